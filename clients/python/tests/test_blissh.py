"""Scans that blissh runs."""

import os
import shutil
import subprocess
import tempfile

import numpy as np

import blissh
from blissh import EndScan, Lost, NewData, Prepared

from .support import StoreTest


class Shells(StoreTest):
    """blissh is on the path."""

    def setUp(self):
        super().setUp()
        state = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, state)
        self.env = dict(os.environ, BLISSH_STORE=self.server.direct, XDG_STATE_HOME=state, NO_COLOR="1", BLISSH_SAVING="off")

    def shell(self, *lines):
        p = subprocess.Popen(["blissh"], env=self.env, cwd=self.env["XDG_STATE_HOME"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(p.communicate)
        self.addCleanup(p.kill)
        p.stdin.write("\n".join(lines) + "\n")
        p.stdin.flush()
        return p

    def leave(self, p):
        out, _ = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 0, out)
        return out


class Scans(Shells):
    def test_a_scan_is_followed_and_read(self):
        events = self.session.follow()
        out = self.leave(self.shell("ascan(robz, -2, 2, 40, .001, sim_ct_gauss, mca, image, save=False)"))
        said = self.until(events, EndScan)
        scan = said[-1].node
        self.assertEqual((scan.outcome, len(scan), scan.title), ("done", 41, "ascan robz -2 2 40 0.001"), out)
        np.testing.assert_allclose(scan["robz"][:], np.linspace(-2, 2, 41), atol=1e-4)
        gauss = 23.9365 * np.exp(-0.5 * (scan["robz"][:] / 1.6667) ** 2)
        np.testing.assert_allclose(scan["sim_ct_gauss"][:], gauss, rtol=1e-3)
        self.assertEqual((scan["mca"][:].shape, scan["image"][:].shape), ((41, 1024), (41, 64, 64)))
        self.assertGreater(scan["image"][20].sum(), scan["image"][0].sum())
        for name in scan.channels:  # what came is what is there
            self.assertEqual(self.values(said, name), scan[name][:].tolist(), name)
        self.assertTrue((np.diff(scan["epoch"][:]) > 0).all())
        again = list(scan.follow())
        self.assertEqual(self.values(again, "robz"), scan["robz"][:].tolist())

    def test_a_reader_that_comes_late_misses_nothing(self):
        p = self.shell("loopscan(400, .01, sim_ct_gauss, save=False)")
        early = self.session.follow()
        said = self.until(early, NewData)
        while said[-1].node.name != "elapsed_time" or said[-1].first + len(said[-1]) < 20:
            said += self.until(early, NewData)
        late = self.until(self.session.follow(), EndScan)
        said += self.until(early, EndScan)
        self.assertEqual(self.values(late, "elapsed_time"), self.values(said, "elapsed_time"))
        self.assertEqual(len(self.values(late, "epoch")), 400)
        self.leave(p)

    def test_killed_in_mid_scan(self):
        events = self.follow(times=blissh.Times(block=0.2, patience=5))
        p = self.shell("loopscan(100000, .01, sim_ct_gauss, save=False)")
        said = self.until(events, NewData)
        p.kill()
        p.wait()  # a process nobody has waited for counts as alive
        said += self.until(events, Lost)
        self.assertGreaterEqual(said[-1].silent, 5)
        points = len(self.values(said, "epoch"))
        self.leave(self.shell("ct(.001, sim_ct_gauss)"))
        said += self.until(events, EndScan)
        self.assertEqual((said[-1].outcome, said[-1].reason), ("failed", "lost"))
        self.assertEqual(len(self.values(said, "epoch")), points)
        self.assertEqual(said[-1].points, points)
        self.assertEqual(self.until(events, Prepared)[-1].node.number, said[-1].node.number + 1)

    def test_a_scan_is_stopped_through_a_shared_channel(self):
        stop = self.store.shared("enough", default=False)
        p = self.shell(
            "s = loopscan(100000, .01, sim_ct_gauss, save=False, run=False)", 's.StopOn("enough")', "s.run()", "s.reason",
        )
        events = self.session.follow()
        self.until(events, NewData)
        stop.set(True)
        self.assertEqual(self.until(events, EndScan)[-1].outcome, "stopped")
        self.leave(p)
