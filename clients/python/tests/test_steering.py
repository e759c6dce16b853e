"""Requests to a running scan. The scan is in the hands of the test, which
answers as docs/data.md says, or of blissh."""

import json
import os
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numpy as np

import blissh
from blissh import EndScan, NewData, Steering, asked, keys

from .support import ENGINE, PATIENCE, Run, StoreTest, background, eventually
from .test_blissh import Shells


class Shell(Run):
    """A scan whose shell answers by the test's order."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.last, self.heard = "0-0", []

    def asked(self):
        """The requests that have come since."""
        found = self.client.xrange(self.key + ":requests", "(" + self.last, "+")
        if found:
            self.last = found[-1][0].decode()
        return [json.loads(fields[b"json"]) for _, fields in found]

    def hear(self):
        """The next request."""
        eventually("a request", lambda: self.heard.extend(self.asked()) or self.heard)
        return self.heard.pop(0)

    def answer(self, request, reason="", record=True, deliver=True, way=None):
        answer = {"id": request["id"], "applied": not reason, "point": self.n}
        if reason:
            answer["reason"] = reason
        if record:
            detail = {"what": "refused" if reason else "applied", "text": "so", "request": request, "answer": answer}
            self.say("steering", dict(detail, way=way) if way else detail)
        if deliver:
            self.client.rpush(self.key + ":answer:" + request["id"], json.dumps(dict(answer, text="so")))


class Requests(StoreTest):
    def setUp(self):
        super().setUp()
        self.shell = Shell(self.server.admin, 12, self.CHANNELS)
        self.scan = self.session.last_scan()

    from .support import ROBZ as CHANNELS

    def sent(self, asked):
        """What was sent, without what every request has."""
        q = self.shell.hear()
        self.assertEqual((q.pop("id"), q.pop("do"), q.pop("scan")), (asked.id, asked.do, "u12"))
        self.assertAlmostEqual(q.pop("time"), time.time(), delta=PATIENCE)
        self.assertTrue(q.pop("host"))
        return q

    def test_each_says_what_is_asked(self):
        s = self.scan.asking(by="me")
        for asked, fields in [
            (s.stop(), {}), (s.pause("lunch"), {"reason": "lunch"}), (s.resume(), {}), (s.go_on(), {}),
            (s.range(-0.4, np.float64(-1.6), np.int64(100)), {"start": -0.4, "stop": -1.6, "intervals": 100}),
            (s.range(1, 2, axis="robz"), {"start": 1.0, "stop": 2.0, "axis": "robz"}),
            (s.stop_at(3), {"position": 3.0}), (s.step(0.1), {"step": 0.1}),
            (s.points(np.array([1, 2.5])), {"points": [1.0, 2.5]}), (s.points([(1, 2), (3, 4)]), {"points": [[1.0, 2.0], [3.0, 4.0]]}),
            (s.insert(2, 0.5, 3), {"around": 2.0, "width": 0.5, "n": 3}), (s.skip_to(7), {"position": 7.0}),
            (s.skip_to(point=4), {"point": 4}), (s.repeat(), {"n": 1}), (s.count_time(0.5), {"count_time": 0.5}),
        ]:
            self.assertEqual(self.sent(asked), dict(fields, by="me"))

    def test_terms_go_with_it(self):
        asked = self.scan.asking(reason="the peak", id="zoom-1", before_point=30, within=5).repeat(2)
        q = self.shell.hear()
        self.assertEqual((q["reason"], q["id"], q["before_point"], q["n"]), ("the peak", "zoom-1", 30, 2))
        self.assertTrue(0 < q["within"] <= 5 and asked.id == "zoom-1" and q["by"], q)

    def test_what_no_request_can_hold_is_not_sent(self):
        s = self.scan
        for wrong, said in [
            (lambda: s.range(0, float("nan")), "range: stop is nan, a finite number expected"),
            (lambda: s.range(0, 1, 2.5), "range: intervals is 2.5, a whole number expected"),
            (lambda: s.step("a"), "step: step is 'a', a finite number expected"),
            (lambda: s.points([[1, 2], [3]]), "points: points is [[1, 2], [3]], a list of finite positions expected"),
            (lambda: s.asking(within=-1).stop(), "stop: within is -1, a number of s from 0 on expected"),
            (lambda: s.asking(id="a b").stop(), "request 'a b': a name is made of letters"),
        ]:
            with self.assertRaises(blissh.BlisshError) as e:
                wrong()
            self.assertTrue(str(e.exception).startswith(said), e.exception)
        self.assertEqual(self.shell.asked(), [])

    def test_the_answer_is_waited_for(self):
        self.shell.take(3)
        yes, no = self.scan.repeat(), self.scan.step(9)
        self.assertFalse(yes.done())
        with self.assertRaises(TimeoutError):
            yes.answer(0.01)
        with background(lambda: self.assertEqual(str(yes.answer(PATIENCE)), "applied at point 3")):
            self.shell.answer(self.shell.hear())
        self.shell.answer(self.shell.hear(), "too far")
        self.assertTrue(no.done())
        self.assertEqual((str(no.answer()), no.answer().applied, yes.answer()), ("refused: too far", False, blissh.Answer(yes.id, True, 3)))

    def test_the_answer_as_a_future(self):
        futures = [self.scan.insert(i, 1, 2).future() for i in range(3)]
        for q in self.shell.asked():
            self.shell.answer(q)
        self.assertEqual([f.result(PATIENCE).applied for f in futures], [True] * 3)

    def test_the_reader_tells_what_was_asked_and_where_the_scan_goes(self):
        events = self.follow()
        self.shell.take(2)
        self.scan.asking(by="fit").range(5, 6, 2)
        path = [{"from": 2, "points": 3, "start": [5], "stop": [6]}, {"from": 5, "points": 2, "at": [[1], [9]]}, {"from": 7, "points": 1}]
        self.shell.answer(self.shell.hear(), way={"planned": 8, "left": 1.5, "count_time": 0.1, "path": path})
        e = self.until(events, Steering)[-1]
        self.assertEqual((e.points, e.what, e.request["by"], e.answer.applied, e.answer.point), (2, "applied", "fit", True, 2))
        self.assertEqual((e.way.planned, e.way.left, e.way.count_time), (8, 1.5, 0.1))
        self.assertEqual([e.way.position(i) for i in range(1, 8)], [None, [5], [5.5], [6], [1], [9], None])
        self.shell.say("steering", {"what": "pause", "text": "paused by me", "way": [], "answer": 3})
        e = self.until(events, Steering)[-1]
        self.assertEqual((e.what, e.text, e.request, e.answer, e.way), ("pause", "paused by me", None, None, None))

    def test_nobody_answers(self):
        asked = self.scan.stop()
        self.shell.end()
        with self.assertRaises(blissh.NoAnswer):
            asked.answer(PATIENCE)
        late = self.scan.stop()  # the shell says so, in the list alone
        self.assertEqual(self.shell.hear()["id"], asked.id)
        self.shell.answer(self.shell.hear(), "the scan has ended", record=False)
        self.assertEqual(str(late.answer(PATIENCE)), "refused: the scan has ended")

    def test_a_shell_that_is_gone_is_not_waited_for(self):
        with mock.patch.object(asked, "SILENCE", 0.2), self.assertRaises(blissh.NoAnswer):
            self.scan.stop().answer(PATIENCE)

    def test_a_closed_store_ends_the_wait(self):
        future = self.scan.stop().future()
        self.store.close()
        with self.assertRaises(blissh.Closed):
            future.result(PATIENCE)

    # The store goes away.

    def test_while_the_store_does_not_answer(self):
        asked = self.scan.repeat()
        with background(lambda: self.assertTrue(asked.answer(PATIENCE).applied)):
            q = self.shell.hear()
            with self.server.paused():
                time.sleep(4)  # longer than one command may take
            self.server.wire.cut()
            self.shell.answer(q)
        self.assertEqual(self.shell.asked(), [])

    def test_an_answer_that_got_lost_is_in_the_stream(self):
        asked = self.scan.repeat()
        self.shell.take(1)
        with background(lambda: self.assertEqual(asked.answer(PATIENCE).point, 1)):
            self.shell.answer(self.shell.hear(), deliver=False)
            self.shell.take(1)
            self.server.wire.cut()
        self.shell.end()
        asked = self.scan.repeat()

    def test_a_request_that_got_lost_with_the_store_is_sent_again(self):
        if ENGINE == "embedded":
            self.skipTest("the embedded store does not come back at its address")
        asked = self.scan.asking(within=100).repeat()
        first = self.shell.hear()
        with background(lambda: self.assertEqual(str(asked.answer(PATIENCE)), "applied at point 0")):
            self.server.kill()
            self.server.start()
            self.shell.client, self.shell.last = self.server.admin, "0-0"
            self.shell.event = 0
            time.sleep(1)  # the scan is not there yet
            self.shell.create()
            again = self.shell.hear()
            self.assertEqual(again["id"], first["id"])
            self.assertLess(again["within"], first["within"])
            self.shell.answer(again)
            self.shell.answer(again, "there was a request %s before: applied at point 0" % again["id"])

    def test_sent_twice_and_obeyed_once(self):
        """The answer to the one which was obeyed got lost, the other came."""
        asked = self.scan.repeat()
        first = self.shell.hear()
        asked._send()
        self.shell.answer(first, deliver=False)
        self.shell.answer(self.shell.hear(), "there was a request %s before: applied at point 0" % first["id"])
        self.assertEqual(str(asked.answer(PATIENCE)), "applied at point 0")

    def test_sending_waits_for_the_store(self):
        self.server.wire.target, port = 1, self.server.wire.target  # nobody listens there
        self.server.wire.cut()
        with mock.patch.object(asked, "PATIENCE", 0.2), self.assertRaises(blissh.StoreAway):
            self.scan.stop()
        with ThreadPoolExecutor() as pool:
            later = pool.submit(self.scan.stop)
            time.sleep(0.3)
            self.server.wire.target = port
            self.assertEqual(later.result(PATIENCE).id, self.shell.hear()["id"])


class Steered(Shells):
    """Scans that blissh runs."""

    def waiting(self, *lines):
        """A scan that waits for advice after its first point, and its shell."""
        events = self.session.follow(include="channel")
        p = self.shell(
            "s = ascan(robz, 0, 10, 10, .001, diode1, run=False, wait_advice=600)", "s.allow(robz, 0, 20, points=100, count_time=1, duration=6000)",
            *lines, "s.run()",
        )
        return self.until(events, NewData)[-1].node.scan, p

    def positions(self, scan):
        return np.round(scan["robz"][:], 3).tolist()

    def test_all_of_them(self):
        scan, p = self.waiting()
        ask = scan.asking(by="test")
        told = scan.follow()
        for request, point, position in [
            (lambda: ask.go_on(), 1, 1), (lambda: ask.repeat(), 2, 1), (lambda: ask.insert(4, 2, 2), 3, 3), (lambda: ask.go_on(), 4, 5),
            (lambda: ask.skip_to(point=6), 5, 3), (lambda: ask.step(0.5), 6, 3.5), (lambda: ask.stop_at(12), 7, 4), (lambda: ask.count_time(0.01), 8, 4.5),
            (lambda: ask.range(7, 8, 4), 9, 7), (lambda: ask.skip_to(7.4), 10, 7.5), (lambda: ask.points([9, 20, 2]), 11, 9),
            (lambda: ask.pause("a moment"), 12, None), (lambda: ask.resume(), 12, 20),
        ]:
            self.assertEqual(str(request().answer(PATIENCE)), "applied at point %d" % point, self.positions(scan))
            if position is not None:
                eventually("point %d" % point, lambda: len(scan) > point)
                self.assertAlmostEqual(scan["robz"][point], position, delta=1e-3)
        doubled, late = scan.asking(id="once", by="test"), scan.asking(before_point=5)
        self.assertEqual(str(late.repeat().answer(PATIENCE)), "refused: it was to be applied before point 5")
        self.assertEqual(str(scan.asking(within=0).repeat().answer(PATIENCE))[:38], "refused: it was to be applied within 0")
        self.assertEqual(str(doubled.repeat().answer(PATIENCE)), "applied at point 13")
        self.assertEqual(str(doubled.repeat().answer(PATIENCE)), "refused: there was a request once before: applied at point 13")
        self.assertEqual(str(ask.range(0, 30, 2).answer(PATIENCE))[:8], "refused:")
        eventually("the repeated point", lambda: len(scan) > 13)
        self.assertEqual(str(ask.stop("all seen").answer(PATIENCE)), "applied at point 14")
        said = self.until(told, EndScan)
        self.assertEqual((said[-1].outcome, said[-1].reason), ("stopped", "by test on %s: all seen" % os.uname().nodename))
        answers = [e.answer for e in said if isinstance(e, Steering) and e.answer]
        self.assertEqual([a.applied for a in answers].count(True), 15, answers)
        self.assertEqual(self.positions(scan), [0, 1, 1, 3, 5, 3, 3.5, 4, 4.5, 7, 7.5, 9, 20, 20])
        ways = [e.way for e in said if isinstance(e, Steering) and e.way]
        self.assertEqual((ways[0].position(2), ways[-1].position(13)), ([1], [20]))
        self.leave(p)

    def test_the_store_is_killed_while_it_is_asked(self):
        if ENGINE == "embedded":
            self.skipTest("the embedded store does not come back at its address")
        scan, p = self.waiting()
        asked = scan.asking(by="test").insert(4, 2, 3)
        self.server.kill()
        self.server.start()
        self.assertEqual(str(asked.answer(PATIENCE)), "applied at point 1")
        eventually("the point after it", lambda: self.server.admin.xlen(keys.stream("demo_session", scan.uid)) and len(scan) > 1)
        self.assertTrue(scan.stop().answer(PATIENCE).applied)
        said = list(scan.follow())
        applied = [e.request["do"] for e in said if isinstance(e, Steering) and e.answer and e.answer.applied]
        self.assertEqual((applied, self.positions(scan)), (["insert", "stop"], [0, 3]))
        self.leave(p)


if __name__ == "__main__":
    unittest.main()
