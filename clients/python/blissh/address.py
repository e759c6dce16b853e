"""Where the store is, and connections to it.

The store is the one that BLISSH_STORE names, else BEACON_HOST, else this
user's own on this machine, as for blissh itself.
"""

import json
import os
import shutil
import stat
import subprocess
import threading
import time
from typing import Any, Dict, List, Tuple
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import redis
from redis.cluster import ClusterNode, RedisCluster
from redis.sentinel import Sentinel

from .errors import StoreError

CONNECT = 3.0  # s, to connect or for one command
START = 10.0  # s, for a store that is started to answer
PORT = 6379

_WANTED = "want redis://host:port, rediss://host:port or unix:///path"


def find() -> str:
    """The address of the store to use. If the user's own is not running it is
    started, where the program blissh is on the path."""
    named = os.environ.get("BLISSH_STORE") or beacon(os.environ.get("BEACON_HOST", ""))
    return named or running() or _start()


def beacon(host: str) -> str:
    """The address that BEACON_HOST means: HOST or HOST:PORT of a Redis server."""
    if not host or "://" in host:
        return host
    return "redis://" + host


def runtime_dir() -> str:
    """The folder of the user's store file: $XDG_RUNTIME_DIR/blissh, else
    blissh-UID in the temporary folder."""
    xdg = os.environ.get("XDG_RUNTIME_DIR", "")
    if xdg and _owned(xdg):
        return os.path.join(xdg, "blissh")
    return os.path.join(os.environ.get("TMPDIR") or "/tmp", f"blissh-{os.getuid()}")


def _owned(path: str) -> bool:
    """Whether a path is a folder, no link, of this user."""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid()


def running() -> str:
    """The address of this user's own store; "" if it is not running."""
    folder = runtime_dir()
    path = os.path.join(folder, "store.json")
    if not os.path.exists(path):
        return ""
    if not _owned(folder):
        raise StoreError(f"{folder} is not a folder of user {os.getuid()}")
    try:
        with open(path, encoding="utf-8") as f:
            said = json.load(f)
        url, pid = str(said["url"]), int(said["pid"])
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise StoreError(f"store file {path}: {e}") from e
    return url if _alive(pid) else ""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return pid > 0


def _start() -> str:
    """Starts the user's store in the background. Of several that are started at
    once one stays, and that one counts."""
    program = shutil.which("blissh")
    if not program:
        raise StoreError("no store is running: start blissh or blissh store, or set BLISSH_STORE")
    folder = runtime_dir()
    os.makedirs(folder, mode=0o700, exist_ok=True)
    log = os.path.join(folder, "store.log")
    with open(log, "ab", opener=lambda p, flags: os.open(p, flags, 0o600)) as out:
        child = subprocess.Popen(
            [os.path.abspath(program), "store", "--background"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )
    # Reaps it, should it end before us: a dead process that was not waited for looks alive.
    threading.Thread(target=child.wait, daemon=True).start()
    return _answering(child, log)


def _answering(child: "subprocess.Popen[bytes]", log: str) -> str:
    until = time.monotonic() + START
    while time.monotonic() < until:
        ended = child.poll() is not None
        url = running()
        if url and _answers(url):
            return url
        if ended and not url:
            break
        time.sleep(0.02)
    raise StoreError(f"the store that was started does not answer; its log is {log}")


def _answers(url: str) -> bool:
    try:
        client = connect(url)
        try:
            return bool(client.ping())
        finally:
            disconnect(client)
    except (redis.RedisError, StoreError):
        return False


def redact(url: str) -> str:
    """An address without its password, for messages."""
    scheme, sep, rest = url.partition("://")
    if not sep:
        scheme, rest = "", url
    rest = rest.partition("?")[0]
    if "@" in rest:
        rest = "***@" + rest.rpartition("@")[2]
    return scheme + sep + rest


class Address:
    """A store's URL, taken apart."""

    def __init__(self, url: str) -> None:
        scheme, sep, rest = url.partition("://")
        if not sep or scheme not in ("redis", "rediss", "unix"):
            raise StoreError(f"store address {redact(url)}: {_WANTED}")
        self.url = url
        self.scheme = scheme
        rest, _, query = rest.partition("?")
        self.query: Dict[str, List[str]] = parse_qs(query)
        self.master = self._take("master")
        self.sentinel_login = self._take("sentinel_username") or None, self._take("sentinel_password") or None
        self.cluster = self._take("cluster") == "true"
        self.user, at, hosts = rest.rpartition("@")
        self.user += at
        hosts, slash, path = hosts.partition("/")
        self.path = slash + path
        self.hosts = [_host(h) for h in hosts.split(",")]
        self.cluster = self.cluster or len(self.hosts) > 1 and not self.master

    def _take(self, name: str) -> str:
        return self.query.pop(name, [""])[0]

    def first(self) -> str:
        """The address with its first host only, which redis-py understands."""
        host, port = self.hosts[0]
        place = "" if self.scheme == "unix" else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        query = "?" + urlencode(self.query, doseq=True) if self.query else ""
        return f"{self.scheme}://{self.user}{place}{self.path}{query}"


def _host(text: str) -> Tuple[str, int]:
    parts = urlsplit("//" + (text or "localhost"))
    try:
        return parts.hostname or "localhost", parts.port or PORT
    except ValueError:
        raise StoreError(f"store address: {text!r} has no valid port") from None


def _limits(a: Address) -> Dict[str, Any]:
    """How long the store may take; a unix socket connects at once or not."""
    wait = {"socket_timeout": CONNECT}
    return wait if a.scheme == "unix" else dict(wait, socket_connect_timeout=CONNECT)


def connect(url: str) -> Any:
    """A client for ordinary, short commands; it connects when it is used."""
    a = Address(url)
    try:
        if a.master:
            return _sentinel(a)
        if a.cluster:
            return _cluster(a)
        return redis.Redis.from_url(a.first(), **_limits(a))
    except (ValueError, TypeError):
        raise StoreError(
            f"store address {redact(url)}: not understood; a password with / ? # @ or % in it must be percent-encoded"
        ) from None


def _options(a: Address) -> Dict[str, Any]:
    """What redis-py reads from a URL, as arguments."""
    o: Dict[str, Any] = dict(redis.connection.parse_url(a.first()))
    for name in ("host", "port", "connection_class"):
        o.pop(name, None)
    o.update(_limits(a))
    if a.scheme == "rediss":
        o["ssl"] = True
    return o


def _sentinel(a: Address) -> Any:
    o = _options(a)
    # The sentinels are not asked with the store's user and password.
    asked = dict(o, db=0, username=a.sentinel_login[0], password=a.sentinel_login[1])
    return Sentinel(a.hosts, sentinel_kwargs=asked, **o).master_for(a.master)


def _cluster(a: Address) -> Any:
    o = _options(a)
    o.pop("db", None)
    nodes = [ClusterNode(host, port) for host, port in a.hosts]
    return RedisCluster(startup_nodes=nodes, **o)


def disconnect(client: Any) -> None:
    """Closes the connections of a client that is no longer needed."""
    client.close()
    if not isinstance(client, RedisCluster):
        client.connection_pool.disconnect()


def connection(client: Any, key: str) -> Any:
    """A new connection to the server that holds key."""
    if isinstance(client, RedisCluster):
        client = client.get_redis_connection(client.get_node_from_key(key))
    return client.connection_pool.make_connection()
