"""Shared channels: named values that the processes of a beamline share.

Whoever writes last wins, by the order in which the store received the writes;
a late joiner reads the value at once. A value lives as long as a process holds
its shared channel, and a minute longer.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

import redis

from . import keys
from .errors import BlisshError, Closed, NotSent, StoreError
from .eventchannel import EventChannel
from .link import Link, away
from .value import LIFE, decode, encode, entry_text, later
from .watch import Entries, Watcher, Watchers

Raise = Callable[[Exception], StoreError]


@dataclass(frozen=True)
class _Held:
    """One revision of a value."""

    id: bytes = b""  # b"" before anything was published
    text: str = "null"
    value: Any = None


def _held(id_: bytes, text: str) -> _Held:
    return _Held(id_, text, decode(text))


class Bus:
    """The shared channels of one store in this process."""

    def __init__(self, client: Any, error: Raise) -> None:
        self.client, self.error = client, error
        self._lock = threading.Lock()
        self._topics: Dict[str, Any] = {}  # by key
        self._watchers = Watchers(client)
        self._closed = False

    def open(self, name: str, session: str = "", *, initial: Any = None, default: Any = None) -> "SharedChannel":
        keys.check_name("shared channel", name)
        if session:
            keys.check_name("session", session)
        key = keys.shared(name, session)
        new = key not in self._topics
        channel: SharedChannel = self._hold(key, lambda k: SharedChannel(self, name, k))
        try:
            channel._begin(initial, default)
        except NotSent:
            raise
        except BlisshError:
            if new:
                channel.close()
            raise
        return channel

    def events(self, name: str) -> "EventChannel":
        key = keys.shared(keys.check_name("event channel", name)) + ":events"
        channel: EventChannel = self._hold(key, lambda k: EventChannel(self, name, k))
        return channel

    def _hold(self, key: str, make: Callable[[str], Any]) -> Any:
        with self._lock:
            if self._closed:
                raise Closed("the store is closed")
            if key not in self._topics:
                try:
                    self._topics[key] = make(key)
                except (redis.RedisError, OSError) as e:
                    raise self.error(e) from None
            return self._topics[key]

    def follow(self, topic: Any) -> Watcher:
        return self._watchers.add(topic)

    def release(self, topic: Any) -> None:
        with self._lock:
            if self._topics.pop(topic.key, None) is not None:
                topic._watcher.remove(topic)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            topics, self._topics = list(self._topics.values()), {}
        for t in topics:
            t._end()
        self._watchers.close()


class SharedChannel:
    """One shared channel as this process sees it; reads are local and never
    wait. It may be used from any thread."""

    def __init__(self, bus: Bus, name: str, key: str) -> None:
        self._bus, self.name, self.key = bus, name, key
        self._now = _Held()
        self._pending: Optional[str] = None  # newest value that the store does not have
        self._closed = False
        self._change = threading.Condition()  # guards the four above
        self._setting = threading.Lock()  # one set at a time
        self._watcher = bus.follow(self)

    def __repr__(self) -> str:
        return f"<shared channel {self.name}: {self._now.text}>"

    @property
    def value(self) -> Any:
        """The value: None, bool, number, text, list or dict. Do not change it in
        place. Setting the property is set()."""
        return self._now.value

    @value.setter
    def value(self, value: Any) -> None:
        self.set(value)

    @property
    def revision(self) -> str:
        """Identifies the value in the store; "" if the store has none."""
        return self._now.id.decode()

    @property
    def stale(self) -> bool:
        """The connection to the store is down, the value may be out of date."""
        return self._watcher.stale

    def set(self, value: Any) -> None:
        """Publishes a value and returns when the store has it. NotSent says that
        the store is away; the value is sent when it is back."""
        text = encode(value)
        try:
            with self._setting:
                self._send(text)
        except NotSent:
            self._watcher.owe()  # only now may the watcher send it
            raise

    def watch(self, function: Callable[["SharedChannel"], None]) -> Callable[[], None]:
        """Calls a function after each change, set here or elsewhere, in a thread of
        its own; changes that come while it runs are one call. Returns what ends
        that."""
        over = threading.Event()
        seen = self._now
        thread = threading.Thread(target=self._attend, args=(function, over, seen), daemon=True)
        thread.name = f"watch {self.name}"
        thread.start()

        def cancel() -> None:
            over.set()
            with self._change:
                self._change.notify_all()

        return cancel

    def wait(self, value: Any, timeout: Optional[float] = None) -> bool:
        """Waits until the value equals one; False if it does not within so many
        seconds. True and 1 differ, 1 and 1.0 do not."""
        wanted = decode(encode(value))
        until = None if timeout is None else time.monotonic() + timeout
        with self._change:
            while not _same(self._now.value, wanted):
                left = None if until is None else until - time.monotonic()
                if self._closed:
                    raise Closed(f"shared channel {self.name} is closed")
                if left is not None and left <= 0:
                    return False
                self._change.wait(left)
        return True

    def close(self) -> None:
        """Gives the shared channel back: its value is no longer renewed."""
        self._bus.release(self)
        self._end()

    def _end(self) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _attend(self, function: Callable[["SharedChannel"], None], over: threading.Event, seen: _Held) -> None:
        while True:
            with self._change:
                while self._now is seen and not over.is_set() and not self._closed:
                    self._change.wait()
                if over.is_set() or self._closed:
                    return
                seen = self._now
            function(self)

    def _begin(self, initial: Any, default: Any) -> None:
        """Gives it the value that it has for this opener."""
        if initial is not None:
            self.set(initial)
            return
        try:
            seen = self._now
            found = self._bus.client.xrevrange(self.key, count=1)
            self._bus.client.pexpire(self.key, LIFE)
        except redis.ResponseError as e:
            raise StoreError(f"shared channel {self.name}: {e}") from None
        except (redis.RedisError, OSError) as e:
            raise self._bus.error(e) from None
        for id_, fields in found:
            self._offer(seen, id_, fields.get(b"v", b"null").decode("utf-8", "replace"))
        if default is not None:
            self._propose(encode(default))

    def _propose(self, text: str) -> None:
        with self._change:
            if not self._now.id and self._pending is None:
                self._now = _held(b"", text)

    def _send(self, text: str) -> None:
        if self._closed:
            raise Closed(f"shared channel {self.name} is closed")
        if self.stale:
            self._postpone(text)
            raise NotSent(f"shared channel {self.name}: not sent yet, the store is away")
        try:
            self._publish(text, self._through_client)
        except redis.ResponseError as e:
            if not away(e):
                raise StoreError(f"shared channel {self.name}: {e}") from None
            self._not_sent(text, e)
        except (redis.RedisError, OSError) as e:
            self._not_sent(text, e)

    def _not_sent(self, text: str, e: Exception) -> None:
        self._postpone(text)
        raise NotSent(f"shared channel {self.name}: not sent yet, the store is away: {e}") from None

    def _through_client(self, *commands: Tuple[Any, ...]) -> List[Any]:
        pipe = self._bus.client.pipeline(transaction=False)
        for c in commands:
            pipe.execute_command(*c)
        answers: List[Any] = pipe.execute()
        return answers

    def _publish(self, text: str, calls: Callable[..., List[Any]]) -> None:
        seen = self._now
        id_, _ = calls(("XADD", self.key, "MAXLEN", 1, "*", "v", text), ("PEXPIRE", self.key, LIFE))
        if isinstance(id_, Exception):
            raise id_
        with self._change:
            self._pending = None
        self._offer(seen, id_, text)

    def _postpone(self, text: str) -> None:
        """Shows a value in this process and keeps it for the watcher to send."""
        with self._change:
            self._pending = text
            self._now = _held(self._now.id, text)
            self._change.notify_all()

    def _offer(self, seen: _Held, id_: bytes, text: str) -> None:
        """Takes what the store was found to hold. seen is what was held here when
        it was asked: if that is still so, any other revision is news, also a lower
        one, for the store may have come back under an earlier clock. If not, an
        answer overtook this one, and only a later revision is."""
        with self._change:
            now = self._now
            if self._pending is not None or id_ == now.id or (now is not seen and not later(id_, now.id)):
                return
            self._now = _held(id_, text)
            self._change.notify_all()

    # The watcher's side.

    def position(self) -> Tuple[bytes, Callable[[Entries], None]]:
        """After which entry to read, and what takes the entries that come."""
        seen = self._now

        def take(entries: Entries) -> None:
            nonlocal seen
            for id_, flat in entries:
                self._offer(seen, id_, entry_text(flat))
                seen = self._now

        return seen.id or b"0-0", take

    def check(self, link: Link) -> None:
        """Renews the key and reads it, sends what the store has not, and publishes
        the last value again if the key is gone."""
        seen = self._now
        found, renewed = link.calls(
            [("XREVRANGE", self.key, "+", "-", "COUNT", 1), ("PEXPIRE", self.key, LIFE)]
        )
        for answer in (found, renewed):
            if isinstance(answer, Exception):
                raise answer
        if self._pending is not None:
            self._resend(link)
        elif found:
            self._offer(seen, found[0][0], entry_text(found[0][1]))
        elif seen.id:
            # Under its old revision, which Redis refuses if somebody has set a newer one meanwhile.
            link.calls([("XADD", self.key, "MAXLEN", 1, seen.id, "v", seen.text), ("PEXPIRE", self.key, LIFE)])

    def _resend(self, link: Link) -> None:
        """Publishes the pending value, unless a set is at it just now."""
        if not self._setting.acquire(blocking=False):
            return
        try:
            text = self._pending
            if text is not None:
                self._publish(text, lambda *c: link.calls(c))
        except redis.ResponseError as e:
            if not away(e):
                with self._change:
                    self._pending = None  # refused: it would be refused again
            raise
        finally:
            self._setting.release()


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)
