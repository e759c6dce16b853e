"""Following: live, late, replayed, and when things end as they should not."""

import json
import os
import resource
import time
import unittest

import blissh
from blissh import Deleted, EndScan, Lost, NewData, NewNode, Prepared, Steering

from .support import END, ENGINE, IMAGES, StoreTest, array, background, eventually, kinds

WHOLE = "NewNode:12_ascan NewNode:robz NewNode:elapsed_time NewNode:diode Prepared NewData EndScan"


class Following(StoreTest):
    def test_a_session_is_followed_from_before_it_exists(self):
        events = self.follow()
        run = self.begin()
        run.take(1, 3)
        said = self.until(events, NewData)
        run.take(2)
        run.end("stopped", "by hook x")
        said += self.until(events, EndScan)
        self.assertEqual(kinds(said), WHOLE)
        self.assertEqual(self.values(said, "robz"), [0, 10, 20, 30, 40, 50])
        self.assertEqual(self.values(said, "diode"), [2, 12, 22, 32, 42, 52])
        end = said[-1]
        self.assertEqual((end.outcome, end.reason, end.points), ("stopped", "by hook x", 6))
        self.assertEqual((end.node.outcome, end.node.db_name), ("stopped", "demo_session:12_ascan"))

    def test_whoever_comes_late_begins_at_point_0(self):
        run = self.begin()
        run.take(5)
        run.say("steering", {"what": "pause", "text": "by the prompt"})
        events = self.follow()
        said = self.until(events, Steering)
        self.assertEqual((said[-1].what, said[-1].text, said[-1].points), ("pause", "by the prompt", 5))
        run.take(1)
        run.end()
        said += self.until(events, EndScan)
        self.assertEqual(self.values(said, "robz"), [0, 10, 20, 30, 40, 50])

    def test_ended_scans_are_replayed_on_request_only_and_in_order(self):
        for number in (1, 2):
            run = self.begin(number)
            run.take(2)
            run.end()
        running = self.begin(3)
        running.take(1)
        new = [e.node.name for e in self.follow(ended=True, wait=False) if isinstance(e, NewNode) and e.node.kind == "scan"]
        self.assertEqual(new, ["1_ascan", "2_ascan", "3_ascan"])
        said = list(self.follow(wait=False))
        self.assertEqual(kinds(said), "NewNode:3_ascan NewNode:robz NewNode:elapsed_time NewNode:diode Prepared NewData")

    def test_replayed_scans_are_not_mixed(self):
        for number in (1, 2):
            run = self.begin(number)
            run.take(*[1] * 150)  # more than one XREAD takes
            run.end()
        order = [e.node.name for e in self.follow(ended=True, wait=False) if isinstance(e, (Prepared, EndScan))]
        self.assertEqual(order, ["1_ascan", "1_ascan", "2_ascan", "2_ascan"])

    def test_one_scan_to_its_end(self):
        run = self.begin()
        run.take(3)
        run.end()
        self.begin(13)
        said = list(self.session.scan(12).follow())
        self.assertEqual(kinds(said), WHOLE)

    def test_filters(self):
        run = self.begin()
        run.take(1)
        run.end()
        follow = lambda include: kinds(self.follow(ended=True, wait=False, include=include))
        self.assertEqual(follow("scan"), "NewNode:12_ascan Prepared EndScan")
        self.assertEqual(follow("channel"), "NewNode:robz NewNode:elapsed_time NewNode:diode NewData")
        self.assertEqual(follow(lambda node: node.name == "diode"), "NewNode:diode NewData")
        with self.assertRaisesRegex(blissh.BlisshError, "include 'scans': "):
            self.follow(include="scans")

    def test_arrays_come_with_their_points(self):
        run = self.begin(channels=IMAGES)
        run.take(1, 2)
        run.end()
        said = list(self.session.scan(12).follow())
        for channel in IMAGES[1:]:
            want = [array(channel, i).tolist() for i in range(3)]
            self.assertEqual(self.values(said, channel["name"]), want)
        without = [e.node.name for e in self.session.scan(12).follow(arrays=False) if isinstance(e, NewData)]
        self.assertEqual(without, ["robz", "robz"])

    def test_many_arrays_are_taken_in_parts(self):
        wide = [IMAGES[0], dict(IMAGES[2], shape=[1 << 18])]  # 1 MB each
        run = self.begin(channels=wide)
        run.take(*[1] * 30)
        run.end()
        events = self.follow(wait=False, ended=True)
        most, n = 0, 0
        for e in events:
            most = max(most, events._held)
            n += isinstance(e, NewData)
        self.assertEqual(n, 60)
        self.assertLess(most, 10 << 20)

    def test_closing_ends_an_iteration_in_another_thread(self):
        events = self.session.follow()
        with background(lambda: self.assertEqual(list(events), [])):
            time.sleep(0.05)  # most often it waits already
            events.close()

    def test_poll_returns_when_nothing_comes(self):
        self.assertIsNone(self.follow().poll(0.1))


class WhatGoesWrong(StoreTest):
    def test_a_cut_connection_doubles_and_loses_nothing(self):
        events = self.follow()
        run = self.begin()
        run.take(3)
        said = self.until(events, NewData)
        self.server.wire.cut()
        run.take(1, 1)
        run.end()
        self.begin(13).end()  # announced while nobody listened
        said += self.until(events, EndScan)
        self.assertEqual(self.values(said, "robz"), [0, 10, 20, 30, 40])
        self.assertEqual(kinds(said), WHOLE)
        self.assertEqual(self.until(events, EndScan)[-1].node.name, "13_ascan")

    def test_a_scan_written_again_into_an_empty_store_goes_on(self):
        events = self.follow(times=blissh.Times(block=0.05, grace=60, retry=0.01))
        run = self.begin()
        run.take(3)
        said = self.until(events, NewData)
        self.server.kill()
        self.server.start()
        self.store.client.ping()
        time.sleep(0.2)  # the reader may look around before the scan is there again
        run.client, run.n = self.server.admin, 0
        run.create()
        run.take(1, 1, 1, 2)
        run.end()
        said += self.until(events, EndScan)
        self.assertEqual(self.values(said, "robz"), [0, 10, 20, 30, 40])

    @unittest.skipIf(ENGINE != "redis", "the embedded store keeps nothing")
    def test_a_store_that_comes_back_with_older_data_is_given_the_scan_again(self):
        self.server.admin.save()
        self.addCleanup(os.remove, os.path.join(self.server.folder, "dump.rdb"))
        events = self.follow(times=blissh.Times(block=0.05, grace=60, retry=0.01))
        run = self.begin()
        run.take(3)
        said = self.until(events, NewData)
        self.server.kill()
        self.server.start()
        said += iter(lambda: events.poll(0.5), None)  # it looks around, and does not give up
        run.client, run.n = self.server.admin, 0
        run.create()
        run.take(3, 2)
        run.end()
        said += self.until(events, EndScan)
        self.assertEqual(self.values(said, "robz"), [0, 10, 20, 30, 40])

    def test_a_scan_that_does_not_come_back_is_deleted(self):
        events = self.follow()
        run = self.begin()
        run.take(3)
        self.until(events, NewData)
        self.server.kill()
        self.server.start()
        said = self.until(events, Deleted)
        self.assertEqual((said[-1].node.name, said[-1].first), ("12_ascan", -1))
        self.begin(13)
        self.assertEqual(self.until(events, Prepared)[-1].node.name, "13_ascan")

    def test_a_deleted_scan_is_told(self):
        for announced in (True, False):
            with self.subTest(announced=announced):
                events = self.follow()
                run = self.begin()
                run.take(1)
                self.until(events, NewData)
                if announced:
                    run.delete()
                else:
                    self.server.admin.delete(run.key + ":stream", run.key)
                self.assertEqual(self.until(events, Deleted)[-1].first, -1)
                self.server.admin.flushall()

    def test_a_trimmed_beginning_is_told(self):
        run = self.begin()
        run.take(2, 2, 1)
        self.server.admin.xdel(run.key + ":stream", "0-1", "0-2", "2-0", "4-0")
        said = self.until(self.follow(), NewData)
        self.assertEqual(kinds(said), "NewNode:12_ascan NewNode:robz NewNode:elapsed_time NewNode:diode Deleted NewData")
        self.assertEqual([e.first for e in said if isinstance(e, (Deleted, NewData))][:2], [4, 4])

    def test_deleted_arrays_are_told(self):
        run = self.begin(channels=IMAGES)
        run.take(2)
        self.server.admin.xdel(run.key + ":array:mca", "2-0")
        said = self.until(self.follow(), Deleted)
        self.assertEqual((said[-1].node.name, said[-1].first), ("mca", 2))

    def test_lost_is_a_presumption(self):
        events = self.follow()
        run = self.begin()
        run.beat()
        run.take(1)
        said = self.until(events, Lost)
        self.assertEqual(kinds(said[-1:]), "Lost")
        self.assertGreaterEqual(said[-1].silent, 0.5)
        run.take(1)
        said = self.until(events, Lost)  # again, after data that have revoked the first
        self.assertEqual(kinds(said), "NewData Lost")
        run.end("failed", "lost")
        self.assertEqual(self.until(events, EndScan)[-1].reason, "lost")

    def test_a_store_that_cannot_be_read_makes_nobody_lost(self):
        events = self.follow(times=blissh.Times(block=0.05, patience=4, retry=0.01))
        run = self.begin()
        said = self.until(events, Prepared)
        with self.server.paused():
            self.assertIsNone(events.poll(6))
        run.take(1)
        run.end()
        said += self.until(events, EndScan)
        self.assertEqual(kinds(said), WHOLE)

    def test_strange_entries_are_named_and_hurt_nobody(self):
        run = self.begin()
        stream = run.key + ":stream"
        self.server.admin.xadd(stream, {"robz": b"123"}, id="1-0")
        self.server.admin.xadd(stream, {"what": b"\xff"}, id="2-0")
        self.server.admin.xadd(stream, {"event": b"\xff", "json": "{"}, id="2-1")
        run.n, run.event = 2, 1
        run.say("steering", ["no object"])
        self.server.admin.xadd(stream, {"v": "true"})  # an ID made from the clock
        self.server.admin.xadd(stream, {"event": "end", "json": '{"outcome": "done", "points": "x"}'}, id=END)
        said = self.until(self.follow(), EndScan)
        foreign = [e.text for e in said if isinstance(e, Steering) and e.what == "foreign"]
        self.assertEqual(len(foreign), 3, foreign)
        self.assertRegex(foreign[0], "^entry 1-0 is not the scan's: 3 bytes of robz")

    def test_a_hostile_description_is_an_error_in_one_line(self):
        for channels, why in (
            ([dict(IMAGES[0], dtype="O")], "dtype 'O' of shape \\[\\] is not known"),
            ([dict(IMAGES[1], shape=[-1])], "is not known"),
            ([dict(IMAGES[1], shape=[1 << 40])], "at most"),
            ([dict(IMAGES[0], name="../x")], "a name is made of"),
            ([IMAGES[1]], "no scalar data channel"),
            ([IMAGES[0], IMAGES[0]], "one name"),
            ([], "no scalar data channel"),
        ):
            with self.subTest(why=why):
                self.server.admin.flushall()
                self.begin(channels=IMAGES[:1])
                self.server.admin.hset("blissh:{demo_session}:scan:u12", "channels", json.dumps(channels))
                with self.assertRaisesRegex(blissh.BlisshError, why) as caught:
                    self.until(self.follow(), EndScan)
                self.assertNotIn("\n", str(caught.exception))

    def test_a_key_of_another_type_is_an_error(self):
        self.server.admin.set("blissh:{demo_session}:events", "x")
        with self.assertRaisesRegex(blissh.StoreError, "WRONGTYPE"):
            self.follow()

    def test_no_store_is_an_error_without_a_password(self):
        url = "redis://:geheim@127.0.0.1:1"
        with self.assertRaises(blissh.StoreError) as caught:
            blissh.connect(url)
        self.assertRegex(str(caught.exception), r"^store redis://\*\*\*@127.0.0.1:1 does not answer: ")
        self.assertNotIn("geheim", str(caught.exception))


class Sockets(StoreTest):
    def test_readers_leave_no_connection(self):
        self.read()
        before = self.files()
        for _ in range(5):
            self.read()
        eventually("their connections are closed", lambda: self.files() <= before)

    def test_a_program_with_many_open_files(self):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        if before[1] < 2048:
            self.skipTest("this user may not open 2048 files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(2048, before[0]), before[1]))
        files = [open(os.devnull, "rb") for _ in range(1100)]
        try:
            flag = self.store.shared("flag", default=0)
            events = self.follow()
            self.begin().take(1)
            self.until(events, NewData)
            self.server.admin.xadd("blissh:channel:{flag}", {"v": "1"})
            self.assertTrue(flag.wait(1, 60))
            events.close()
        finally:
            for f in files:
                f.close()
            self.store.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

    def read(self):
        with self.session.follow() as events:
            self.assertIsNone(events.poll(0.01))

    def files(self):
        return len(os.listdir("/proc/self/fd"))
