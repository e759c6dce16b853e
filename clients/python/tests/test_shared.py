"""Shared channels, with other processes and without a store."""

import math
import threading
import time

import numpy as np

import blissh
from blissh import watch

from .support import StoreTest, background, eventually, python

KEY = "blissh:channel:{flag}"


class Values(StoreTest):
    def other(self):
        """A second process, as far as the store is concerned."""
        store = blissh.connect(self.server.url)
        self.addCleanup(store.close)
        return store

    def newest(self, key=KEY):
        return self.server.admin.xrevrange(key, count=1)

    def test_a_default_is_never_published(self):
        flag = self.store.shared("flag", default=False)
        self.assertIs(flag.value, False)
        self.assertEqual((flag.revision, self.newest()), ("", []))
        self.assertIsNone(self.store.shared("empty").value)

    def test_an_initial_value_overwrites(self):
        self.other().shared("flag", initial=True)
        self.assertIs(self.store.shared("flag", default=False).value, True)
        self.store.shared("flag", initial=False)
        self.assertEqual(self.newest()[0][1], {b"v": b"false"})

    def test_others_see_a_value_and_who_comes_late(self):
        here, there = self.store.shared("flag"), self.other().shared("flag")
        here.set(2.5)
        self.assertTrue(there.wait(2.5, 60))
        self.assertEqual(there.revision, here.revision)
        self.assertEqual(self.other().shared("flag", default=0).value, 2.5)
        self.assertEqual(self.server.admin.xlen(KEY), 1)
        self.assertGreater(self.server.admin.pttl(KEY), 20_000)

    def test_one_object_for_a_name(self):
        self.assertIs(self.store.shared("flag"), self.store.shared("flag"))
        private = self.session.shared("flag", initial=1)
        self.assertIsNone(self.store.shared("flag").value)
        self.assertEqual(self.newest("blissh:{demo_session}:channel:flag")[0][1], {b"v": b"1"})
        self.assertIs(private, self.session.shared("flag"))

    def test_anything_that_json_can_say(self):
        here, there = self.store.shared("flag"), self.other().shared("flag")
        for value in (None, True, 3, "text", [1, {"a": "ü"}], math.inf, np.float32(0.5), np.arange(3)):
            here.set(value)
            eventually("it is there", lambda: there.revision == here.revision)
            self.assertEqual(there.value, value.tolist() if hasattr(value, "tolist") else value)
        here.set(math.nan)
        eventually("NaN is there", lambda: isinstance(there.value, float) and math.isnan(there.value))
        with self.assertRaisesRegex(blissh.BlisshError, "^a value that JSON cannot say: object is not"):
            here.set(object())
        with self.assertRaisesRegex(blissh.BlisshError, "^a value of 2000002 bytes, at most 1048576 expected$"):
            here.set("x" * 2_000_000)

    def test_strangers(self):
        flag = self.store.shared("flag")
        self.server.admin.xadd(KEY, {"v": "hello"}, maxlen=1, approximate=False)
        self.assertTrue(flag.wait("hello", 60))
        self.server.admin.xadd(KEY, {"w": "1"}, maxlen=1, approximate=False)
        self.assertTrue(flag.wait(None, 60))
        self.server.admin.xadd(KEY, {"v": b"\xff"}, maxlen=1, approximate=False)
        eventually("bytes are text", lambda: isinstance(flag.value, str))
        self.server.admin.set("blissh:channel:{odd}", "x")
        with self.assertRaisesRegex(blissh.StoreError, "^shared channel odd: WRONGTYPE"):
            self.store.shared("odd")

    def test_truth_is_not_one(self):
        flag = self.store.shared("flag", initial=1)
        self.assertTrue(flag.wait(1.0, 60))
        self.assertFalse(flag.wait(True, 0.05))

    def test_watching(self):
        seen, slow = [], threading.Event()
        flag = self.store.shared("flag", default=0)

        def look(channel):
            seen.append(channel.value)
            slow.wait(60)

        cancel = flag.watch(look)
        there = self.other().shared("flag")
        there.set(1)
        eventually("it was called", lambda: seen == [1])
        for i in range(2, 100):
            there.set(i)  # does not wait for the function
        self.assertTrue(flag.wait(99, 60))
        slow.set()
        eventually("it was called with the newest", lambda: seen[-1] == 99)
        self.assertLess(len(seen), 50)
        cancel()
        there.set(100)
        self.assertTrue(flag.wait(100, 60))
        self.assertNotIn(100, seen)

    def test_closing(self):
        flag = self.store.shared("flag", initial=1)
        with background(lambda: self.assertRaises(blissh.Closed, flag.wait, 2)):
            flag.close()
        with self.assertRaisesRegex(blissh.Closed, "^shared channel flag is closed$"):
            flag.set(2)
        self.assertIsNot(self.store.shared("flag"), flag)
        self.store.close()
        with self.assertRaises(blissh.Closed):
            self.store.shared("flag")

    def test_a_process_that_only_sets(self):
        flag = self.store.shared("flag", default=False)
        program = "import blissh, sys; blissh.connect(sys.argv[1]).shared('flag').set(True)"
        with python("-c", program, self.server.url) as p:
            self.assertTrue(flag.wait(True, 60))
            self.assertEqual((p.communicate()[0], p.returncode), ("", 0))


class Outages(StoreTest):
    def setUp(self):
        super().setUp()
        before = watch.RENEWAL
        watch.RENEWAL = 0.2  # s: what a test waits for
        self.addCleanup(setattr, watch, "RENEWAL", before)
        self.flag = self.store.shared("flag", initial=1)

    def value(self):
        found = self.server.admin.xrevrange(KEY, count=1)
        return found[0][1][b"v"] if found else None

    def test_a_cut_connection_heals(self):
        self.server.wire.cut()
        self.server.admin.xadd(KEY, {"v": "2"}, maxlen=1, approximate=False)
        self.assertTrue(self.flag.wait(2, 60))
        eventually("it is not stale", lambda: not self.flag.stale)

    def test_a_value_set_without_a_store_arrives_when_it_is_back(self):
        self.server.kill()
        try:
            eventually("it is stale", lambda: self.flag.stale)
            for value in (2, 3):
                with self.assertRaisesRegex(blissh.NotSent, "^shared channel flag: not sent yet, the store is away"):
                    self.flag.set(value)
            self.assertEqual(self.flag.value, 3)
        finally:
            self.server.start()
        eventually("the last one is there", lambda: self.value() == b"3")
        eventually("it is not stale", lambda: not self.flag.stale)
        self.flag.set(4)
        self.assertEqual(self.value(), b"4")

    def test_a_key_that_is_gone_is_published_again_with_the_last_value(self):
        revision = self.flag.revision
        self.server.admin.delete(KEY)
        eventually("it is there again", lambda: self.value() == b"1")
        self.assertEqual(self.server.admin.xrevrange(KEY, count=1)[0][0].decode(), revision)

    def test_a_smaller_revision_is_news(self):
        with self.server.admin.pipeline() as p:  # at once, else the holder may publish it again in between
            p.delete(KEY)
            p.xadd(KEY, {"v": "7"}, id="5-0")
            p.execute()
        self.assertTrue(self.flag.wait(7, 60))
        self.assertEqual(self.flag.revision, "5-0")

    def test_a_key_of_another_type_makes_no_other_stale(self):
        self.server.admin.set("blissh:channel:{odd}", "x")
        odd = None
        with self.assertRaises(blissh.StoreError):
            odd = self.store.shared("odd")
        self.assertIsNone(odd)
        self.server.admin.xadd(KEY, {"v": "2"}, maxlen=1, approximate=False)
        self.assertTrue(self.flag.wait(2, 60))

    def test_a_held_value_lives_on(self):
        self.server.admin.pexpire(KEY, 5_000)
        eventually("it is renewed", lambda: self.server.admin.pttl(KEY) > 20_000)


class Events(StoreTest):
    def test_events_arrive_in_order_and_as_lists(self):
        channel, got, calls = self.store.events("news"), [], []
        channel.watch(lambda events: (got.extend(events), calls.append(len(events))))
        there = blissh.connect(self.server.url)
        self.addCleanup(there.close)
        for i in range(50):
            there.events("news").post({"i": i})
        eventually("all are there", lambda: [e["i"] for e in got] == list(range(50)))
        self.assertGreater(self.server.admin.pttl("blissh:channel:{news}:events"), 20_000)

    def test_who_was_not_watching_misses_them(self):
        self.store.events("news").post(1)
        there = blissh.connect(self.server.url)
        self.addCleanup(there.close)
        got = []
        cancel = there.events("news").watch(got.extend)
        self.store.events("news").post(2)
        eventually("the second is there", lambda: got == [2])
        cancel()
        self.store.events("news").post(3)
        time.sleep(0.05)
        self.assertEqual(got, [2])
