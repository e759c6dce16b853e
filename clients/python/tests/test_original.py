"""The import names of the original."""

import gc
import os
import threading

import numpy as np
from bliss import _connection
from bliss.config import channels, get_sessions_list, settings
from bliss.config.streaming import DataStreamReaderStopHandler
from bliss.data import node as earlier
from blissdata.data import node

import blissh

from .support import IMAGES, StoreTest, background, eventually


class OriginalTest(StoreTest):
    def setUp(self):
        super().setUp()
        self.assertIsNone(_connection._store)
        os.environ["BLISSH_STORE"] = self.server.url
        self.addCleanup(os.environ.pop, "BLISSH_STORE")
        self.addCleanup(self.forget)

    def forget(self):
        """Each test is a program of its own."""
        for c in [*channels._channels.values(), *channels._events.values()]:
            c.close()
        if _connection._store is not None:
            _connection._store.close()
        _connection._store = None


class Nodes(OriginalTest):
    def test_two_names_of_one_thing(self):
        self.assertIs(earlier.get_session_node, node.get_session_node)
        event = node.EventType.NEW_DATA
        self.assertIs(event.NEW_DATA_IN_CHANNEL, event)
        self.assertNotEqual(event, event.NEW_NODE)

    def test_what_a_scan_says(self):
        run = self.begin(channels=[*IMAGES, {"name": "elapsed_time", "unit": "s", "dtype": "<f8", "shape": [], "role": "timer"}])
        run.take(2, 1)
        run.end()
        scan = node.get_node("demo_session:12_ascan")
        self.assertEqual((scan.name, scan.db_name, scan.type), ("12_ascan", "demo_session:12_ascan", "scan"))
        info = scan.info
        self.assertEqual(info.get_all(), dict(info))
        self.assertEqual((info["title"], info["scan_nb"], info["npoints"]), ("ascan robz 0 1 1000 0.001", 12, 1001))
        self.assertEqual(info["positioners"]["positioners_start"], {"robz": 0.5})
        chain = info["acquisition_chain"]["axis"]
        self.assertEqual((chain["scalars"], chain["spectra"], chain["images"]), (["timer:elapsed_time"], ["mca:mca"], ["camera:image"]))
        self.assertEqual(chain["master"]["scalars"], ["axis:robz"])
        names = [n.name for n in scan.walk(wait=False, include_filter="channel")]
        self.assertEqual(names, ["axis:robz", "camera:image", "mca:mca", "timer:elapsed_time"])
        self.assertEqual([len(n.shape) for n in scan.children()], [0, 2, 1, 0])

    def test_nodes_that_are_not_there(self):
        self.begin()
        found = node.get_nodes("demo_session:12_ascan", "demo_session:13_ascan", "nobody", "demo_session:12_ascan:robz")
        self.assertEqual([n and n.name for n in found], ["12_ascan", None, None, "axis:robz"])
        self.assertIsNone(node.get_node("nobody"))
        self.assertEqual(list(node.get_session_node("nobody").walk(wait=False)), [])

    def test_sessions_and_their_keys(self):
        self.begin(1)
        self.begin(2)
        self.assertEqual(get_sessions_list(), ["demo_session"])
        connection = node.get_node("demo_session").db_connection
        found = settings.scan("demo_session:*_children_list", count=1000000, connection=connection)
        self.assertEqual(list(found), ["demo_session:1_ascan_children_list", "demo_session:2_ascan_children_list"])
        self.assertEqual(list(settings.scan("other:*")), [])
        self.assertEqual(node.get_last_saved_scan(node.get_session_node("demo_session")).name, "2_ascan")

    def test_getting_points_as_the_original_does(self):
        run = self.begin(channels=IMAGES)
        robz, _, mca = node.get_node("demo_session:12_ascan").children()
        self.assertIsNone(robz.get(-1))
        self.assertEqual(robz.get_as_array(0, -1).tolist(), [])
        run.take(2, 3)
        self.assertEqual([robz.get(-1), robz.get(-2), robz.get(0), robz.get(None), robz.get(5)], [40, 40, 0, 0, None])
        self.assertEqual(robz.get(1, 3).tolist(), [10, 20, 30])
        self.assertEqual(robz.get(-3, -7).tolist(), [0, 10, 20, 30, 40])
        self.assertEqual(robz.get(3, 99).tolist(), [30, 40])
        self.assertEqual([robz[-2], len(robz), robz[1:3].tolist()], [30, 5, [10, 20]])
        self.assertEqual(mca.get_as_array(0, -1).shape, (5, 4))
        self.assertEqual(mca.get_as_array(-1).dtype, np.dtype("<u4"))
        self.assertEqual((robz.unit, robz.short_name, robz.parent.name), ("mm", "robz", "12_ascan"))


class Walking(OriginalTest):
    def setUp(self):
        super().setUp()
        self.node = node.get_session_node("demo_session")

    def said(self, events):
        return ["%s %s" % (event.name, values[0].name) for event, *values in events]

    def test_events_of_the_scans_in_the_store(self):
        run = self.begin()
        run.take(1, 2)
        run.end()
        self.assertEqual(self.said(self.node.walk_events(wait=False, include_filter="scan")), ["NEW_NODE 12_ascan", "PREPARED_SCAN 12_ascan", "END_SCAN 12_ascan"])
        data = [e for e in self.node.walk_events(wait=False, filter=("channel",)) if e.type == e.type.NEW_DATA and e.node.name == "axis:robz"]
        self.assertEqual([(e.data.first_index, e.data.block_size, e.data.data.tolist()) for e in data], [(0, 1, [0]), (1, 2, [10, 20])])
        self.assertEqual(self.said(self.node.walk_on_new_events(wait=False)), [])
        pruned = self.said(self.node.walk_events(wait=False, exclude_children=("scan",)))
        self.assertEqual(pruned, ["NEW_NODE 12_ascan", "PREPARED_SCAN 12_ascan", "END_SCAN 12_ascan"])

    def test_walking_nodes_that_are_there_and_that_come(self):
        self.begin(1).end()
        handler, started = DataStreamReaderStopHandler(), threading.Event()
        seen = []

        def walk():
            for n in self.node.walk(include_filter=lambda n: n.type == "scan", stop_handler=handler, started_event=started):
                seen.append(n.name)

        with background(walk):
            self.assertTrue(started.wait(60))
            eventually("the first is seen", lambda: seen == ["1_ascan"])
            self.begin(2)
            eventually("the second is seen", lambda: seen == ["1_ascan", "2_ascan"])
            handler.stop()
        self.assertEqual([n.name for n in self.node.walk_from_last(wait=False, include_filter="scan")], ["2_ascan"])
        self.assertEqual(list(self.node.walk_from_last(wait=False, include_last=False)), [])

    def test_a_walk_that_was_stopped_before_it_began(self):
        handler = DataStreamReaderStopHandler()
        handler.stop()
        self.assertEqual(list(self.node.walk_on_new_events(stop_handler=handler)), [])

    def test_a_data_channel_has_no_children(self):
        self.begin()
        channel = next(self.node.walk(wait=False, include_filter="channel"))
        self.assertEqual(list(channel.walk(wait=False)), [])
        with self.assertRaises(blissh.BlisshError):
            list(channel.walk_events(wait=False))


class Channels(OriginalTest):
    def test_value_and_default(self):
        flag = channels.Channel("stop_alignment", default_value=False)
        self.assertIs(flag.value, False)
        self.assertEqual(self.server.admin.exists("blissh:channel:{stop_alignment}"), 0)
        flag.value = True
        self.assertEqual(self.store.shared("stop_alignment").value, True)
        self.assertIs(channels.Channel("stop_alignment"), flag)
        self.assertIs(channels.Channel("stop_alignment", default_value=False).value, True)
        self.assertEqual(repr(flag), "stop_alignment->True")
        channels.Channel("stop_alignment", value=None)
        self.assertIsNone(flag.value)

    def test_callbacks_are_held_weakly_and_do_not_hurt_each_other(self):
        flag, seen = channels.Channel("flag"), []

        def bad(value):
            raise ValueError("it is not what it should be")

        def good(value):
            seen.append(value)

        def gone(value):
            seen.append("gone")

        flag.register_callback(bad)
        flag.register_callback(gone)
        flag.register_callback(good)
        with self.assertRaises(ValueError):
            flag.register_callback(3)
        del gone
        gc.collect()
        with self.assertLogs("bliss.config.channels", "ERROR"):
            self.store.shared("flag").set(5)
            eventually("it was called", lambda: seen == [5])
        flag.unregister_callback(bad)
        flag.unregister_callback(good)
        flag.unregister_callback(print)
        flag.value = 6
        self.assertEqual(seen, [5])

    def test_a_value_set_without_a_store_holds_here(self):
        flag = channels.Channel("flag")
        self.server.kill()
        try:
            with self.assertLogs("bliss.config.channels", "WARNING"):
                flag.value = 7
            self.assertEqual(flag.value, 7)
        finally:
            self.server.start()
        eventually("it is sent", lambda: self.server.admin.exists("blissh:channel:{flag}"))

    def test_events(self):
        news, seen = channels.EventChannel("news"), []

        def listen(events):
            seen.extend(events)

        news.register_callback(listen)
        for i in range(10):
            channels.EventChannel("news").post(i)
        eventually("all came", lambda: seen == list(range(10)))
