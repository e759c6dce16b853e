"""The store: where everything begins."""

from __future__ import annotations

import threading
from typing import Any, Dict, List, Optional

import redis

from . import address, keys
from .errors import BlisshError, Closed, NotFound, StoreAway, StoreError
from .eventchannel import EventChannel
from .link import away
from .nodes import Node, Session
from .shared import Bus, SharedChannel


def connect(url: str = "") -> "Store":
    """Connects to the store at a URL, else to the one that BLISSH_STORE or
    BEACON_HOST names, else to this user's own on this machine."""
    return Store(url or address.find())


class Store:
    """A connection to one store. It may be used from several threads; close it,
    or use it in a with statement."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._bus: Optional[Bus] = None
        self._closed = False
        try:
            self.client: Any = address.connect(url)
            self.client.ping()
        except BlisshError:
            raise
        except Exception as e:
            raise self.error(e) from None

    def __repr__(self) -> str:
        return f"<store {address.redact(self.url)}>"

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the shared channels and the connections, but for those of readers."""
        with self._lock:
            self._closed = True
            bus, self._bus = self._bus, None
        if bus is not None:
            bus.close()
        address.disconnect(self.client)

    @property
    def closed(self) -> bool:
        return self._closed

    def error(self, e: Exception) -> StoreError:
        """What went wrong with the store, in one line and without its password."""
        if isinstance(e, redis.AuthenticationError) or str(e).startswith(("WRONGPASS", "NOAUTH", "NOPERM")):
            return StoreError(f"store {address.redact(self.url)}: user or password is refused")
        if away(e):
            return StoreAway(f"store {address.redact(self.url)} does not answer: {e}")
        return StoreError(f"store {address.redact(self.url)}: {e}")

    def ask(self, command: str, *args: Any, **options: Any) -> Any:
        """Calls a method of redis-py's client, and raises its errors as ours."""
        try:
            return getattr(self.client, command)(*args, **options)
        except (redis.RedisError, OSError) as e:
            raise self.error(e) from None

    def hashes(self, names: List[str]) -> List[Dict[bytes, bytes]]:
        """Several hashes in one go."""
        pipe = self.ask("pipeline", transaction=False)
        for name in names:
            pipe.hgetall(name)
        try:
            found: List[Dict[bytes, bytes]] = pipe.execute()
        except (redis.RedisError, OSError) as e:
            raise self.error(e) from None
        return found

    def identify(self) -> bytes:
        """The random id of the store; another one means that it came back empty."""
        found: Optional[bytes] = self.ask("get", keys.STORE)
        return found or b""

    def sessions(self) -> List[Session]:
        """The sessions that the store knows, by name."""
        names = sorted(name.decode() for name in self.ask("smembers", keys.SESSIONS))
        return [Session(self, name) for name in names]

    def session(self, name: str) -> Session:
        """A session, which need not exist yet."""
        return Session(self, name)

    def node(self, db_name: str) -> Node:
        """The node at an address: demo_session, demo_session:12_ascan, or
        demo_session:12_ascan:sim_ct_gauss."""
        session, _, rest = db_name.partition(":")
        if not rest:
            return self.session(session)
        scan, _, channel = rest.partition(":")
        for s in reversed(self.session(session).scans()):
            if s.name == scan:
                return s[channel] if channel else s
        raise NotFound(f"{db_name} is not in the store")

    def shared(self, name: str, *, session: str = "", **options: Any) -> SharedChannel:
        """A shared channel. There is one object for each name.

        initial  a value that is published: it overwrites what is there
        default  the value in this process while the store has none
        session  makes it private to that session
        """
        return self.bus.open(name, session, **options)

    def events(self, name: str) -> EventChannel:
        """An event channel: who is not watching misses what is posted."""
        return self.bus.events(name)

    @property
    def bus(self) -> Bus:
        with self._lock:
            if self._closed:
                raise Closed("the store is closed")
            if self._bus is None:
                self._bus = Bus(self.client, self.error)
            return self._bus
