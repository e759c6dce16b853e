"""Where the store is."""

import json
import os
import tempfile
import unittest
from unittest import mock

import blissh
from blissh import address


class Finding(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        env = mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": self.folder, "PATH": "", "BLISSH_STORE": "", "BEACON_HOST": ""})
        env.start()
        self.addCleanup(env.stop)

    def write(self, **said):
        os.makedirs(os.path.join(self.folder, "blissh"), exist_ok=True)
        with open(os.path.join(self.folder, "blissh", "store.json"), "w", encoding="utf-8") as f:
            json.dump(said, f)

    def test_the_variables_come_first(self):
        self.write(url="redis://own", pid=os.getpid())
        self.assertEqual(address.find(), "redis://own")
        os.environ["BEACON_HOST"] = "id00:6380"
        self.assertEqual(address.find(), "redis://id00:6380")
        os.environ["BEACON_HOST"] = "rediss://id00"
        self.assertEqual(address.find(), "rediss://id00")
        os.environ["BLISSH_STORE"] = "redis://named"
        self.assertEqual(address.find(), "redis://named")

    def test_a_file_that_a_crash_has_left_names_nobody(self):
        self.write(url="redis://own", pid=2**22 + 1)
        with self.assertRaisesRegex(blissh.StoreError, "^no store is running: start blissh or blissh store, or set BLISSH_STORE$"):
            address.find()

    def test_a_broken_file_is_named(self):
        self.write(pid=1)
        with self.assertRaisesRegex(blissh.StoreError, "^store file .*store.json: 'url'$"):
            address.find()

    def test_without_a_runtime_folder_it_is_in_the_temporary_one(self):
        os.environ["XDG_RUNTIME_DIR"], os.environ["TMPDIR"] = "", self.folder
        self.assertEqual(address.runtime_dir(), "%s/blissh-%d" % (self.folder, os.getuid()))
        link = os.path.join(self.folder, "link")
        os.symlink(self.folder, link)
        os.environ["XDG_RUNTIME_DIR"] = link  # could be anybody's
        self.assertEqual(address.runtime_dir(), "%s/blissh-%d" % (self.folder, os.getuid()))


class Addresses(unittest.TestCase):
    def test_parts(self):
        for url, hosts, master, cluster in (
            ("redis://h", [("h", 6379)], "", False),
            ("redis://u:p@h:1/2", [("h", 1)], "", False),
            ("redis://a:1,b:2", [("a", 1), ("b", 2)], "", True),
            ("redis://a:1?cluster=true", [("a", 1)], "", True),
            ("redis://a:1,b:2?master=m", [("a", 1), ("b", 2)], "m", False),
            ("rediss://[::1]:7", [("::1", 7)], "", False),
            ("redis://:p@", [("localhost", 6379)], "", False),
        ):
            a = address.Address(url)
            self.assertEqual((a.hosts, a.master, a.cluster), (hosts, master, cluster), url)

    def test_arguments(self):
        def of(url):
            return address.connect(url).connection_pool.connection_kwargs

        self.assertLess({"username": "u", "password": "p@", "host": "h", "port": 1, "db": 2}.items(), of("redis://u:p%40@h:1/2").items())
        self.assertLess({"path": "/run/r.sock", "password": "p", "db": 3}.items(), of("unix://:p@/run/r.sock?db=3").items())
        self.assertLess({"host": "h", "ssl_ca_certs": "/ca.pem"}.items(), of("rediss://h?ssl_ca_certs=/ca.pem").items())

    def test_what_is_no_address(self):
        for url in ("localhost:6379", "http://h", "", "redis://:geheim@h:port"):
            with self.assertRaisesRegex(blissh.StoreError, "^store address") as caught:
                address.connect(url)
            self.assertNotIn("geheim", str(caught.exception))

    def test_no_password_is_shown(self):
        self.assertEqual(address.redact("redis://u:p@h:1/2?password=x"), "redis://***@h:1/2")
        self.assertEqual(address.redact("u:p@h"), "***@h")
