"""The ways to run Redis for many: unix socket, TLS, Sentinel, Cluster."""

import os
import shutil
import socket
import subprocess
import tempfile
import unittest

import redis

import blissh
from blissh import EndScan, NewData

from .support import ENGINE, ROBZ, Run, eventually, kinds

PATIENCE = 60.0


def free_port():
    """A port that is free, and whose port of the cluster bus is."""
    while True:
        with socket.socket() as s, socket.socket() as bus:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            try:
                bus.bind(("127.0.0.1", port + 10000))
                return port
            except (OSError, OverflowError):
                pass


@unittest.skipIf(ENGINE != "redis", "the embedded store is for one machine")
def is_master(server):
    """Whether it is one; in the moment when it becomes one it drops its clients."""
    try:
        return server.role()[0] == b"master"
    except redis.ConnectionError:
        return False


class Deployments(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def server(self, *options, config="", **connection):
        """Starts a redis-server, a sentinel if it has a configuration; how to talk
        to it, and its process."""
        folder = tempfile.mkdtemp(dir=self.folder)
        command = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--dir", folder, *map(str, options)]
        if config:
            command = ["redis-server", config, "--sentinel", *map(str, options)]
        p = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        client = redis.Redis(**connection)
        self.addCleanup(client.connection_pool.disconnect)
        path = connection.get("unix_socket_path", self.folder)
        eventually("the server answers", lambda: os.path.exists(path) and answers(client))
        return client, p

    def follow(self, url, client, **more):
        """Follows a scan that the client writes, and sets a shared channel."""
        with blissh.connect(url) as store:
            store.client.set("blissh:store", "x")
            flag = store.shared("flag", default=1)
            with store.session("demo_session").follow() as events:
                run = Run(client, 12, ROBZ, **more)
                run.take(1, 2)
                run.end()
                said = []
                while not said or not isinstance(said[-1], EndScan):
                    said.append(next(events))
            self.assertEqual([s.name for s in store.sessions()], ["demo_session"])
            self.assertEqual(store.session("demo_session").scan(12)["diode"][:].tolist(), [2, 12, 22])
            flag.set(2)
            with blissh.connect(url) as other:
                self.assertEqual(other.shared("flag").value, 2)
                other.shared("flag").set(3)
                self.assertTrue(flag.wait(3, PATIENCE))
                second = other.shared("second", initial=5)
                self.assertEqual(store.shared("second").value, second.value)
        self.assertTrue(kinds(said).endswith("Prepared NewData EndScan"), kinds(said))

    def test_a_unix_socket_with_a_password(self):
        path = os.path.join(self.folder, "redis.sock")
        client, _ = self.server("--port", 0, "--unixsocket", path, "--requirepass", "p@ss", unix_socket_path=path, password="p@ss")
        self.follow("unix://:p%40ss@" + path, client)
        with self.assertRaisesRegex(blissh.StoreError, r"^store unix://\*\*\*@.*/redis.sock: user or password is refused$"):
            blissh.connect("unix://:wrong@" + path)

    def test_tls_with_a_private_authority(self):
        ca, cert, key = self.certificates()
        port = free_port()
        files = {"ssl_ca_certs": ca, "ssl_certfile": cert, "ssl_keyfile": key}
        client, _ = self.server(
            "--port", 0, "--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca,
            host="localhost", port=port, ssl=True, **files,
        )
        query = "&".join(f"{k}={v}" for k, v in files.items())
        self.follow(f"rediss://localhost:{port}?{query}", client)
        with self.assertRaisesRegex(blissh.StoreError, "does not answer: .*certificate"):
            blissh.connect(f"rediss://localhost:{port}")

    def certificates(self):
        """Of an authority, and of a server and client that it trusts."""
        def openssl(*args):
            subprocess.run(["openssl", *args], cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=authority", "-days", "2")
        openssl("req", *new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy",
                "-out", "server.crt", "-days", "2")
        return [os.path.join(self.folder, name) for name in ("ca.crt", "server.crt", "server.key")]

    def test_a_cluster(self):
        ports = [free_port() for _ in range(3)]
        nodes = [self.server("--port", port, "--cluster-enabled", "yes", port=port)[0] for port in ports]
        for i, node in enumerate(nodes):
            first, after = i * 5462, min((i + 1) * 5462, 16384)
            node.execute_command("CLUSTER ADDSLOTS", *range(first, after))
            node.execute_command("CONFIG SET", "cluster-require-full-coverage", "no")
        for port in ports[1:]:
            nodes[0].execute_command("CLUSTER MEET", "127.0.0.1", port)
        eventually("the cluster is one", lambda: all("cluster_known_nodes:3" in info(n) and "cluster_state:ok" in info(n) for n in nodes))
        eventually("all slots are known", lambda: all("cluster_slots_ok:16384" in info(n) for n in nodes))
        url = f"redis://127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}"
        of = lambda key: nodes[min(nodes[0].execute_command("CLUSTER KEYSLOT", key) // 5462, 2)]
        self.follow(url, of("blissh:{demo_session}"), sessions=of("blissh:sessions"))

    def test_sentinel_and_a_fail_over(self):
        ports = [free_port() for _ in range(3)]
        master, process = self.server("--port", ports[0], port=ports[0])
        replica, _ = self.server("--port", ports[1], "--replicaof", "127.0.0.1", ports[0], port=ports[1])
        path = os.path.join(self.folder, "sentinel.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"sentinel monitor beamline 127.0.0.1 {ports[0]} 1\nsentinel down-after-milliseconds beamline 1000\n")
        sentinel, _ = self.server("--port", ports[2], port=ports[2], config=path)
        eventually("the sentinel knows the replica", lambda: sentinel.execute_command("SENTINEL REPLICAS", "beamline"))
        with blissh.connect(f"redis://127.0.0.1:{ports[2]}?master=beamline") as store:
            store.client.set("blissh:store", "x")
            flag = store.shared("flag", initial=1)
            with store.session("demo_session").follow() as events:
                run = Run(master, 12, ROBZ)
                run.take(3)
                said = [next(events)]
                while not isinstance(said[-1], NewData):
                    said.append(next(events))
                master.wait(1, 60_000)
                process.kill()
                eventually("the replica is the master", lambda: is_master(replica))
                run.client = replica
                run.take(2)
                run.end()
                while not isinstance(said[-1], EndScan):
                    said.append(next(events))
            robz = [v for e in said if isinstance(e, NewData) and e.node.name == "robz" for v in e.values]
            self.assertEqual(robz, [0, 10, 20, 30, 40])
            eventually("the shared channel is connected again", lambda: not flag.stale)
            flag.set(2)
            self.assertEqual(replica.xrevrange("blissh:channel:{flag}", count=1)[0][1], {b"v": b"2"})


def answers(client):
    try:
        return client.ping()
    except (redis.RedisError, OSError):
        return False


def info(node):
    """CLUSTER INFO as it is; redis-py would take it apart."""
    with node.client() as one:
        one.connection.send_command("CLUSTER", "INFO")
        return one.connection.read_response().decode()
