"""Following a session or one scan of it."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Iterator, List, Optional, Set, Tuple, Union

from . import address, keys
from .errors import BlisshError, Closed, NotFound, StoreError
from .events import Deleted, Event, Lost
from .link import Link, Waker, away
from .nodes import Session
from .tail import Tail

if TYPE_CHECKING:
    from .store import Store

Filter = Union[None, str, Callable[[Any], bool]]
Fields = Dict[bytes, bytes]

_COUNT = 100  # entries of one stream in one XREAD
_HELD = 8 << 20  # bytes of arrays that one XREAD may bring


@dataclass(frozen=True)
class Times:
    """Delays of the contract, in s."""

    block: float = 2.0  # longest XREAD; then the reader looks around
    patience: float = 30.0  # without a heartbeat until Lost
    grace: float = 12.0  # for a scan to be published again into an empty store
    retry: float = 0.1  # between attempts to connect


def wanted(include: Filter) -> Callable[[Any], bool]:
    """The function of a node that a filter means."""
    if include is None:
        return lambda node: True
    if callable(include):
        return include
    if include in ("scan", "channel"):
        return lambda node: bool(node.kind == include)
    raise BlisshError(f'include {include!r}: "scan", "channel" or a function of a node expected')


def run_id(link: Link) -> bytes:
    """That of the server's process, another one after a restart; b"" if the server
    does not tell, as the embedded one."""
    (answer,) = link.calls([("INFO", "server")])
    if isinstance(answer, Exception):
        if away(answer):
            raise answer
        return b""
    found = re.search(rb"^run_id:(\w+)", answer, re.MULTILINE)
    return found.group(1) if found else b""


class Reader:
    """The events of a session, or of one scan, as an iterator.

    It waits for the next event; while the store is away it goes on trying, and
    what was not seen is read then. One thread iterates; any may close.
    """

    def __init__(
        self,
        store: "Store",
        session: str,
        *,
        ended: bool = False,
        scan: str = "",
        arrays: bool = True,
        wait: bool = True,
        include: Filter = None,
        times: Times = Times(),
    ) -> None:
        self._store, self._session, self._times = store, Session(store, session), times
        self._ended, self._only, self._arrays, self._wait = ended, scan, arrays, wait
        self._wanted = wanted(include)
        self._waker, self._closed = Waker(), False
        self._busy = threading.RLock()  # held while the connection is in use
        self._link: Optional[Link] = None
        self._queue: Deque[Event] = deque()
        self._held = 0  # bytes of arrays that the last XREAD brought
        self._events = b"0-0"  # last entry read of the session's events
        self._listed = False  # the place in them has been found
        self._exhausted = False  # all that is in the store has been read
        self._backlog: Deque[str] = deque()  # uids to be followed when the ended scan before is done
        self._seen: Set[str] = set()
        self._tails: List[Tail] = []
        self._beat: Optional[bytes] = None
        self._looked: Optional[float] = None  # when the heartbeat was read; None after an outage
        self._begin()

    def _begin(self) -> None:
        try:
            if self._only:
                self._session.scan_by_uid(self._only)
                self._meet(self._only)
            self._id = self._identity(self._connect())
        except Exception as e:
            self.close()
            if isinstance(e, BlisshError):
                raise
            raise self._store.error(e) from None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        while not self._closed:
            event = self._take()
            if event is not None:
                return event
            if self._over():
                self.close()
            else:
                self._turn(self._times.block)
        raise StopIteration

    def poll(self, timeout: float = 0.0) -> Optional[Event]:
        """The next event, or None if none comes within so many seconds."""
        until = time.monotonic() + timeout
        while True:
            event = self._take()
            left = until - time.monotonic()
            if event is not None or self._over():
                return event
            if self._closed:
                raise Closed("the reader is closed")
            self._turn(max(min(left, self._times.block), 0.001))
            if left <= 0 and not self._queue:
                return None

    def close(self) -> None:
        """Ends the iteration, also one that waits in another thread."""
        self._closed = True
        self._waker.wake()
        with self._busy:
            self._hang_up()

    def __del__(self) -> None:
        if hasattr(self, "_link"):
            self._hang_up()
            self._waker.close()

    def _take(self) -> Optional[Event]:
        while self._queue:
            event = self._queue.popleft()
            if self._wanted(event.node):
                return event
        return None

    def _over(self) -> bool:
        """Whether nothing can come any more."""
        if self._queue or self._backlog:
            return False
        return (not self._wait and self._exhausted) or bool(self._only and not self._tails)

    def _turn(self, block: float) -> None:
        """Reads until something has come or the time to look around."""
        try:
            with self._busy:
                self._step(block)
        except Exception as e:
            if isinstance(e, BlisshError) and not away(e):
                raise
            self._hang_up()
            self._looked = None
            if self._closed:
                return
            if not away(e):
                raise StoreError(f"follow {self._session.name}: {e}") from e
            if not self._wait:
                raise (e if isinstance(e, BlisshError) else self._store.error(e)) from None
            self._waker.sleep(self._times.retry)

    def _step(self, block: float) -> None:
        if self._closed:
            return
        self._promote()
        link = self._connect()
        if not self._read(link, block):
            return
        if self._looked is None or time.monotonic() - self._looked >= self._times.block:
            self._look(link)

    # The scans to be followed.

    def _connect(self) -> Link:
        """Makes sure that there is a connection. After a new one the scans are
        listed, for their announcements may have been missed."""
        if self._link is None:
            link = Link(address.connection(self._store.client, keys.session(self._session.name)), self._waker)
            self._link = link
            self._list(link)
        return self._link

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _list(self, link: Link) -> None:
        """Finds the place in the session's events, then the scans to be followed;
        in this order, so that none falls in between."""
        name = self._session.name
        last = link.call("XREVRANGE", keys.events(name), "+", "-", "COUNT", 1)
        newest: bytes = last[0][0] if last else b"0-0"
        if not self._listed or keys.parse_id(newest) < keys.parse_id(self._events):
            self._events = newest
        self._listed = True
        if self._only:
            return
        found = link.call("ZRANGE", keys.scans(name), 0, -1, "WITHSCORES")
        for uid, score in zip(found[::2], found[1::2]):
            if self._ended or score == b"inf":
                self._meet(uid.decode())

    def _meet(self, uid: str) -> None:
        if uid not in self._seen:
            self._seen.add(uid)
            self._backlog.append(uid)

    def _promote(self) -> None:
        """Begins to read the scans of the backlog; an ended one is finished before
        the next begins, so that the order is kept."""
        while self._backlog and not any(t.scan.outcome for t in self._tails):
            uid = self._backlog[0]
            try:
                tail = Tail(self._session.scan_by_uid(uid))
            except NotFound:
                self._backlog.popleft()  # it has expired meanwhile
                continue
            except BlisshError as e:
                if away(e):
                    raise  # and is asked for again
                self._backlog.popleft()
                raise StoreError(f"follow {self._session.name}: scan {uid}: {e}") from None
            self._backlog.popleft()
            tail.store = self._id
            self._tails.append(tail)

    # Reading.

    def _read(self, link: Link, block: float) -> bool:
        """One XREAD and what comes of it; False if the reader was closed."""
        command: List[Any] = ["XREAD", "COUNT", _COUNT]
        if self._wait:
            if self._looked is not None:
                block = min(block, self._times.block - (time.monotonic() - self._looked))
            block = max(block, 0.001)
            command += ["BLOCK", int(block * 1000) or 1]
        keys_ = [keys.events(self._session.name).encode(), *(t.key for t in self._tails)]
        ids = [self._events, *(t.position for t in self._tails)]
        answer = link.wait(block, *command, "STREAMS", *keys_, *ids)
        if self._closed:
            self._hang_up()
            return False
        self._held = 0
        for key, entries in answer or []:
            self._received(link, key, entries)
        self._tails = [t for t in self._tails if not t.done]
        self._exhausted = not answer
        return True

    def _received(self, link: Link, key: bytes, entries: List[Tuple[bytes, Optional[List[bytes]]]]) -> None:
        tail = next((t for t in self._tails if t.key == key), None)
        for entry, flat in entries:
            fields = dict(zip(flat[::2], flat[1::2])) if flat else {}
            if tail is None:
                self._announced(entry, fields)
            elif not tail.done and self._held < _HELD:  # else the next XREAD brings it again
                arrays = self._array_blocks(link, tail, entry)
                self._queue.extend(tail.entry(entry, fields, arrays))

    def _announced(self, entry: bytes, fields: Fields) -> None:
        self._events = entry
        event, uid = fields.get(b"event"), fields.get(b"uid", b"").decode("utf-8", "replace")
        if event == b"new" and uid and not self._only:
            self._meet(uid)
        elif event == b"deleted":
            self._deleted(uid)

    def _deleted(self, uid: str) -> None:
        for t in self._tails:
            if t.scan.uid == uid and not t.done:
                t.done = True
                self._queue.append(Deleted(t.scan, -1))

    def _array_blocks(self, link: Link, tail: Tail, entry: bytes) -> Optional[Dict[str, Optional[bytes]]]:
        """The array blocks that belong to a block; each is in its stream already."""
        infos = [c for c in tail.scan.infos if not c.scalar]
        at = keys.parse_id(entry)
        if not self._arrays or not infos or at.seq or at.k >= keys.FOREIGN:
            return None
        blocks: Dict[str, Optional[bytes]] = {}
        for c in infos:
            found = link.call("XRANGE", keys.array(tail.scan.session, tail.scan.uid, c.name), entry, entry)
            flat = found[0][1] if found else []
            blocks[c.name] = dict(zip(flat[::2], flat[1::2])).get(b"data")
            self._held += len(blocks[c.name] or b"")
        return blocks

    # Looking for what wakes nobody.

    def _look(self, link: Link) -> None:
        """Finds scans that are no longer there, and heartbeats that do not come."""
        commands: List[Tuple[Any, ...]] = [("HGET", keys.session(self._session.name), "heartbeat")]
        commands += [("EXISTS", t.key) for t in self._tails]
        beat, *there = link.calls(commands)
        for answer in (beat, *there):
            if isinstance(answer, Exception):
                raise answer
        for t, exists in zip(self._tails, there):
            if exists:
                self._present(link, t)
            else:
                self._missing(link, t)
        self._listen(beat)
        self._tails = [t for t in self._tails if not t.done]

    def _identity(self, link: Link) -> bytes:
        """The id of the store's contents with that of the server's process: neither
        changes while nothing is lost but what somebody deletes."""
        return self._store.identify() + b"@" + run_id(link)

    def _present(self, link: Link, t: Tail) -> None:
        if t.missing is not None or self._looked is None:
            # After an outage: it may have come back empty and been given the scan once more.
            t.store = self._id = self._identity(link)
        t.missing = None
        if t.scan.outcome and t.idle:
            t.done = True  # ended, but for its end; nothing will come
        t.idle = True

    def _missing(self, link: Link, t: Tail) -> None:
        """Ends a scan whose stream is gone. If that is because the store came back
        empty, or with older data, its publisher has time to write it once more."""
        now = time.monotonic()
        if t.missing is None:
            t.missing = now
        if self._identity(link) == t.store or now - t.missing > self._times.grace:
            self._deleted(t.scan.uid)

    def _listen(self, beat: Optional[bytes]) -> None:
        """Counts the time without a heartbeat, during which the store could be read."""
        now = time.monotonic()
        passed = 0.0 if self._looked is None else now - self._looked
        for t in self._tails:
            if beat != self._beat:
                t.silent, t.lost = 0.0, False
            elif not t.scan.outcome:
                t.silent += passed
            if t.silent >= self._times.patience and not t.lost:
                t.lost = True
                self._queue.append(Lost(t.scan, t.silent))
        self._beat, self._looked = beat, now
