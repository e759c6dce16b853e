"""A store of the test's own, and a beamline that writes scans into it as
docs/data.md says, sharing no code with blissh."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import contextmanager
from urllib.parse import urlsplit

import numpy as np
import redis

import blissh
from blissh import reader

from .proxy import Proxy

PATIENCE = 60.0  # s: generous, for the machine may be busy
ENGINE = os.environ.get("BLISSH_TEST_ENGINE", "redis")

END = "9007199254740991-1"
ROBZ = [
    {"name": "robz", "unit": "mm", "dtype": "<f8", "shape": [], "role": "axis"},
    {"name": "elapsed_time", "unit": "s", "dtype": "<f8", "shape": [], "role": "timer"},
    {"name": "diode", "unit": "", "dtype": "<u4", "shape": [], "role": "counter", "controller": "diodes"},
]
IMAGES = [
    ROBZ[0],
    {"name": "image", "unit": "", "dtype": "<u2", "shape": [2, 3], "role": "counter", "controller": "camera"},
    {"name": "mca", "unit": "", "dtype": "<u4", "shape": [4], "role": "counter", "controller": "mca"},
]


def eventually(what, condition):
    """Waits for a condition."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("not within %g s: %s" % (PATIENCE, what))
        time.sleep(0.005)


class Server:
    """A redis-server or an embedded store, that can be killed and started again
    at the same address."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.direct = "redis://127.0.0.1:%d" % self.port
        self.wire = Proxy()
        self.start()

    @property
    def url(self):
        """The store's address over a wire that can be cut."""
        address = urlsplit(self.direct)
        self.wire.target = address.port
        return self.direct.replace(":%d" % address.port, ":%d" % self.wire.port)

    def start(self):
        self.process = self.spawn()
        eventually("the store answers", self.answers)
        self.admin = redis.Redis.from_url(self.direct)
        self.admin.set("blissh:store", os.urandom(8).hex(), nx=True)

    def spawn(self):
        if ENGINE == "embedded":
            command = [shutil.which("blissh"), "store", "--engine", "embedded"]
        else:
            command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        env = dict(os.environ, XDG_RUNTIME_DIR=self.folder, BLISSH_STORE="")
        return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, cwd=self.folder)

    def answers(self):
        try:
            if ENGINE == "embedded":
                with open(os.path.join(self.folder, "blissh", "store.json"), encoding="utf-8") as f:
                    self.direct = json.load(f)["url"]
            with redis.Redis.from_url(self.direct) as r:
                return r.ping()
        except (OSError, ValueError, redis.RedisError):
            return False

    def kill(self):
        """Ends it at once; its data are gone."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self.admin.close()
        self.admin.connection_pool.disconnect()

    def stop(self):
        self.kill()
        self.wire.close()
        shutil.rmtree(self.folder)

    @contextmanager
    def paused(self):
        """The store answers nobody."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


class StoreTest(unittest.TestCase):
    """A test with a store that is empty at its beginning."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.server.admin.flushall()
        self.server.admin.set("blissh:store", os.urandom(8).hex())
        self.store = blissh.connect(self.server.url)
        self.addCleanup(self.store.close)
        self.session = self.store.session("demo_session")

    def begin(self, number=12, channels=ROBZ, **more):
        return Run(self.server.admin, number, channels, **more)

    def follow(self, session="demo_session", **options):
        options.setdefault("times", reader.Times(block=0.05, patience=0.5, grace=0.5, retry=0.01))
        r = blissh.Reader(self.store, session, **options)
        self.addCleanup(r.close)
        return r

    def until(self, events, kind):
        """Events up to and with the first of a kind."""
        said = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            event = events.poll(0.2)
            if event is not None:
                said.append(event)
            if isinstance(event, kind):
                return said
        self.fail("no %s after %s" % (kind, kinds(said)))

    def values(self, said, name):
        """The values of a data channel; the blocks must follow each other."""
        blocks = [e for e in said if isinstance(e, blissh.NewData) and e.node.name == name]
        at = 0
        for e in blocks:
            self.assertEqual(e.first, at, name)
            at += len(e)
        return np.concatenate([e.values for e in blocks]).tolist() if blocks else []


def kinds(said):
    """Names of the events, those that repeat once."""
    names = []
    for e in said:
        name = type(e).__name__
        if isinstance(e, blissh.NewNode):
            name += ":" + e.node.name
        if names[-1:] != [name]:
            names.append(name)
    return " ".join(names)


class Run:
    """A scan in the hands of a test. Point i of data channel c is i*10+c, of an
    array i*100 and counting."""

    def __init__(self, client, number, channels, session="demo_session", name="ascan", sessions=None, **more):
        (sessions or client).sadd("blissh:sessions", session)
        self.client, self.channels, self.n, self.event = client, channels, 0, 0
        self.session, self.uid, self.number = "blissh:{%s}" % session, "u%d" % number, number
        self.key = "%s:scan:%s" % (self.session, self.uid)
        self.description = {
            "session": session, "uid": self.uid, "number": number, "name": name, "title": "ascan robz 0 1 1000 0.001",
            "command": "ascan(robz,0,1,1000,.001)", "user": "u", "host": "h", "version": "0", "start": 1e9 + number, "end": 0,
            "planned": 1001, "taken": 0, "save": True, "axes": [{"name": "robz", "unit": "mm", "start": 0.5}], "moving": ["robz"],
            "channels": channels, "outcome": "", "reason": "", "timing": {}, "bytes": 0, "type": "ascan", "relative": "",
            "ranges": [{"axis": "robz", "start": 0, "stop": 1, "low": 0, "high": 1}], "count_time": 0.001,
        }
        self.description.update(more)
        self.create()

    def create(self):
        hash_ = {k: v if isinstance(v, str) else json.dumps(v) for k, v in self.description.items()}
        new = {"event": "new", "json": json.dumps(self.description)}
        with self.client.pipeline() as p:
            p.hset(self.key, mapping=hash_)
            for c in self.arrays():
                p.xadd(self.key + ":array:" + c["name"], new, id="0-1")
            p.xadd(self.key + ":stream", new, id="0-1")
            p.zadd(self.session + ":scans", {self.uid: "+inf"})
            p.xadd(self.session + ":events", self.announcement("new"))
            p.execute()
        self.event = 1
        self.say("prepared", {})

    def arrays(self):
        return [c for c in self.channels if c["shape"]]

    def announcement(self, event):
        return {"event": event, "uid": self.uid, "number": self.number, "name": self.description["name"]}

    def say(self, event, detail):
        self.event += 1
        self.client.xadd(self.key + ":stream", {"event": event, "json": json.dumps(detail)}, id="%d-%d" % (self.n, self.event))

    def take(self, *blocks):
        """Takes points, as many as are given for each block."""
        for n in blocks:
            points = range(self.n, self.n + n)
            self.n, self.event = self.n + n, 0
            with self.client.pipeline() as p:
                fields = {}
                for c, ch in enumerate(self.channels):
                    if not ch["shape"]:
                        fields[ch["name"]] = np.array([i * 10 + c for i in points], ch["dtype"]).tobytes()
                    else:
                        data = np.concatenate([array(ch, i).ravel() for i in points]).tobytes()
                        p.xadd("%s:array:%s" % (self.key, ch["name"]), {"data": data}, id="%d-0" % self.n)
                p.xadd(self.key + ":stream", fields, id="%d-0" % self.n)
                p.execute()

    def beat(self):
        self.client.hincrby(self.session, "heartbeat", 1)

    def end(self, outcome="done", reason=""):
        detail = {"outcome": outcome, "reason": reason, "points": self.n, "end": 2e9, "timing": {}}
        with self.client.pipeline() as p:
            p.xadd(self.key + ":stream", {"event": "end", "json": json.dumps(detail)}, id=END)
            p.hset(self.key, mapping={"outcome": outcome, "reason": reason, "taken": self.n, "end": "2e9"})
            p.zadd(self.session + ":scans", {self.uid: 2e9 + self.number})
            p.xadd(self.session + ":events", self.announcement("ended"))
            p.execute()

    def delete(self):
        self.client.delete(self.key, self.key + ":stream", *(self.key + ":array:" + c["name"] for c in self.arrays()))
        self.client.zrem(self.session + ":scans", self.uid)
        self.client.xadd(self.session + ":events", self.announcement("deleted"))


def array(channel, i):
    """Point i of a spectrum or image."""
    size = int(np.prod(channel["shape"]))
    return (np.arange(size) + 100 * i).astype(channel["dtype"]).reshape(channel["shape"])


@contextmanager
def background(function):
    """Runs a function in a thread, and waits for its end."""
    failure = []

    def run():
        try:
            function()
        except BaseException as e:  # shown by the test
            failure.append(e)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield thread
    thread.join(PATIENCE)
    if thread.is_alive():
        raise AssertionError("it did not end")
    if failure:
        raise failure[0]


def python(*arguments, **options):
    """Starts a Python program with the client library on its path."""
    return subprocess.Popen([sys.executable, "-u", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
