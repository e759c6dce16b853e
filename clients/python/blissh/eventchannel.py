"""Event channels: for what happens, as shared channels are for what is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable, List, Tuple

import redis

from .link import Link
from .value import LIFE, decode, encode, entry_text, later
from .watch import Entries

if TYPE_CHECKING:
    from .shared import Bus

_MAX_EVENTS = 1000  # that an event channel keeps
_MAX_QUEUE = 10_000  # events that wait for a watching function


class EventChannel:
    """Carries events: it has no value, and who is not watching misses them."""

    def __init__(self, bus: Bus, name: str, key: str) -> None:
        self._bus, self.name, self.key = bus, name, key
        self._boxes: List[_Box] = []
        self._lock = threading.Lock()
        found = bus.client.xrevrange(key, count=1)
        self._last: bytes = found[0][0] if found else b"0-0"
        self._watcher = bus.follow(self)

    def post(self, event: Any) -> None:
        """Sends one event to all who watch, this process included. Without a store
        it is lost, and the error says so."""
        text = encode(event)
        try:
            pipe = self._bus.client.pipeline(transaction=False)
            pipe.execute_command("XADD", self.key, "MAXLEN", _MAX_EVENTS, "*", "v", text)
            pipe.execute_command("PEXPIRE", self.key, LIFE)
            pipe.execute()
        except (redis.RedisError, OSError) as e:
            raise self._bus.error(e) from None

    def watch(self, function: Callable[[List[Any]], None]) -> Callable[[], None]:
        """Calls a function with the list of events since its last call, in a thread
        of its own. Of more than 10 000 that wait the oldest are dropped."""
        box = _Box(function)
        with self._lock:
            self._boxes.append(box)
        threading.Thread(target=box.run, name=f"watch {self.name}", daemon=True).start()

        def cancel() -> None:
            with self._lock:
                if box in self._boxes:
                    self._boxes.remove(box)
            box.end()

        return cancel

    def close(self) -> None:
        self._bus.release(self)
        self._end()

    def _end(self) -> None:
        with self._lock:
            boxes, self._boxes = self._boxes, []
        for box in boxes:
            box.end()

    def position(self) -> Tuple[bytes, Callable[[Entries], None]]:
        return self._last, self._take

    def _take(self, entries: Entries) -> None:
        self._last = entries[-1][0]
        with self._lock:
            boxes = list(self._boxes)
        for box in boxes:
            box.put([decode(entry_text(flat)) for _, flat in entries])

    def check(self, link: Link) -> None:
        """Keeps the stream alive, and notices when it began anew under an earlier
        clock: then everything in it is new."""
        found, _ = link.calls([("XREVRANGE", self.key, "+", "-", "COUNT", 1), ("PEXPIRE", self.key, LIFE)])
        if isinstance(found, Exception):
            raise found
        if later(self._last, found[0][0] if found else b"0-0"):
            self._last = b"0-0"


class _Box:
    """The events that a watching function has not had."""

    def __init__(self, function: Callable[[List[Any]], None]) -> None:
        self._function = function
        self._queue: List[Any] = []
        self._over = False
        self._change = threading.Condition()

    def put(self, events: List[Any]) -> None:
        with self._change:
            self._queue += events
            del self._queue[:-_MAX_QUEUE]
            self._change.notify_all()

    def end(self) -> None:
        with self._change:
            self._over = True
            self._change.notify_all()

    def run(self) -> None:
        while True:
            with self._change:
                while not self._queue and not self._over:
                    self._change.wait()
                if self._over:
                    return
                events, self._queue = self._queue, []
            self._function(events)
