"""Sessions, scans, and the points that are in the store."""

import numpy as np

import blissh

from .support import IMAGES, StoreTest, array


class Nodes(StoreTest):
    def test_sessions_and_scans(self):
        self.assertEqual(self.store.sessions(), [])
        self.assertEqual(self.session.scans(), [])
        with self.assertRaisesRegex(blissh.NotFound, "^session demo_session: there is no scan in the store$"):
            self.session.last_scan()
        self.begin(1).end("aborted", "by Ctrl-C")
        self.begin(2)
        self.assertEqual([s.name for s in self.store.sessions()], ["demo_session"])
        self.assertEqual([s.db_name for s in self.session.scans()], ["demo_session:1_ascan", "demo_session:2_ascan"])
        self.assertEqual(self.session.last_scan().number, 2)
        first = self.session.scan(1)
        self.assertEqual((first.outcome, first.reason, first.title), ("aborted", "by Ctrl-C", "ascan robz 0 1 1000 0.001"))
        self.assertEqual(first.description["moving"], ["robz"])
        with self.assertRaisesRegex(blissh.NotFound, "^session demo_session: there is no scan 3 in the store$"):
            self.session.scan(3)

    def test_text_in_the_description_is_not_json(self):
        self.begin(1, reason="5", title="[1]", relative="true")
        d = self.session.scan(1).description
        self.assertEqual((d["reason"], d["title"], d["relative"], d["planned"]), ("5", "[1]", "true", 1001))

    def test_an_expired_scan_is_skipped(self):
        run = self.begin(1)
        self.begin(2)
        self.server.admin.delete(run.key, run.key + ":stream")
        self.assertEqual([s.number for s in self.session.scans()], [2])

    def test_nodes_by_address(self):
        self.begin(1)
        self.assertEqual(self.store.node("demo_session").kind, "session")
        self.assertEqual(self.store.node("demo_session:1_ascan").kind, "scan")
        self.assertEqual(self.store.node("demo_session:1_ascan:robz").unit, "mm")
        for missing in ("demo_session:2_ascan", "demo_session:1_ascan:roby"):
            with self.assertRaises(blissh.NotFound):
                self.store.node(missing)

    def test_names_cannot_leave_their_key(self):
        for bad in ("", "a}b", "a:b", "a" * 65, "a b", "ä"):
            with self.assertRaisesRegex(blissh.BlisshError, "a name is made of"):
                self.store.session(bad)
            with self.assertRaisesRegex(blissh.BlisshError, "a name is made of"):
                self.store.shared(bad)

    def test_a_scan_refreshes(self):
        run = self.begin(1)
        scan = self.session.scan(1)
        run.end("failed", "motor stalled")
        self.assertEqual((scan.outcome, scan.refresh().outcome), ("", "failed"))


class Points(StoreTest):
    def setUp(self):
        super().setUp()
        self.run_ = self.begin(channels=IMAGES)
        self.run_.take(1, 3, 2)
        self.scan = self.session.last_scan()

    def test_one_point(self):
        robz = self.scan["robz"]
        self.assertEqual([robz[0], robz[3], robz[-1], robz.get(), robz[-6]], [0, 30, 50, 50, 0])
        self.run_.take(1)
        self.assertEqual((robz.get(-1), len(robz)), (60, 7))
        self.run_.say("steering", {"what": "pause", "text": ""})
        self.assertEqual((robz.get(-1), len(robz)), (60, 7))
        for i in (7, -8, 1 << 40):
            with self.assertRaisesRegex(IndexError, "^demo_session:12_ascan:robz: there is no point %d, the scan has 7 points$" % i):
                robz[i]
        self.assertEqual(self.scan["mca"].get(-1).tolist(), array(IMAGES[2], 6).tolist())
        self.assertEqual(self.scan["image"][4].tolist(), array(IMAGES[1], 4).tolist())

    def test_every_slice_is_that_of_a_list(self):
        whole = {c["name"]: [array(c, i).tolist() if c["shape"] else i * 10 for i in range(6)] for c in IMAGES}
        bounds = [None, *range(-8, 9)]
        for name in ("robz", "mca"):
            for start in bounds[::3]:
                for stop in bounds[::2]:
                    for step in (None, 1, 2, -1, -3):
                        got = self.scan[name][start:stop:step]
                        self.assertEqual(got.tolist(), whole[name][start:stop:step], (name, start, stop, step))
                        self.assertEqual(got.shape[1:], tuple(IMAGES[2]["shape"]) if name == "mca" else ())

    def test_slices_have_the_dtype(self):
        self.assertEqual(self.scan["image"][:].dtype, np.dtype("<u2"))
        self.assertEqual(self.scan["image"][9:].shape, (0, 2, 3))
        self.assertEqual(self.scan["image"].shape, (2, 3))

    def test_all_scalars_at_once(self):
        data = self.scan.data()
        self.assertEqual({k: v.tolist() for k, v in data.items()}, {"robz": [0, 10, 20, 30, 40, 50]})

    def test_a_scan_of_many_blocks(self):
        run = self.begin(13)
        run.take(*[1] * 1201)
        robz = self.session.scan(13)["robz"]
        self.assertEqual(robz[:].tolist(), [10.0 * i for i in range(1201)])
        self.assertEqual(robz[499:502].tolist(), [4990, 5000, 5010])

    def test_after_the_end(self):
        self.run_.end()
        self.assertEqual((len(self.scan), self.scan["robz"][-1], self.scan["robz"][4:].tolist()), (6, 50, [40, 50]))

    def test_no_points_yet(self):
        self.begin(13)
        scan = self.session.scan(13)
        self.assertEqual((len(scan), scan["robz"][:].tolist()), (0, []))
        with self.assertRaisesRegex(IndexError, "the scan has 0 points"):
            scan["robz"][-1]
        with self.assertRaisesRegex(blissh.NotFound, "has no data channel roby; it has robz, elapsed_time, diode"):
            scan["roby"]

    def test_points_that_are_gone(self):
        self.server.admin.xdel(self.run_.key + ":stream", "1-0", "4-0")
        with self.assertRaisesRegex(blissh.NotFound, "^demo_session:12_ascan: points 0 to 3 are not in the store$"):
            self.scan["robz"][:]
        self.assertEqual(self.scan["robz"][4:].tolist(), [40, 50])
        self.server.admin.xdel(self.run_.key + ":array:mca", "6-0")
        with self.assertRaisesRegex(blissh.NotFound, "^demo_session:12_ascan:mca: points 4 to 5 are not in the store$"):
            self.scan["mca"][3:]
        self.run_.delete()
        with self.assertRaisesRegex(blissh.NotFound, "^demo_session:12_ascan is no longer in the store$"):
            self.scan["robz"][-1]

    def test_without_a_store(self):
        self.server.kill()
        try:
            for ask in (self.session.scans, self.session.last_scan, lambda: self.scan["robz"][-1], self.store.sessions, self.scan.data):
                with self.assertRaisesRegex(blissh.StoreAway, r"^store redis://\S* does not answer: ") as caught:
                    ask()
                self.assertNotIn("\n", str(caught.exception))
        finally:
            self.server.start()
