"""The thread that waits for changes of shared channels."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Callable, List, Optional, Tuple

import redis
from redis.cluster import RedisCluster

from . import address
from .link import Link, Waker, away

Entries = List[Tuple[bytes, Optional[List[bytes]]]]

RENEWAL = 20.0  # s; two renewals of a key that lives 60 s may be lost
BLOCK = 2.0  # s of one XREAD
RETRY_MIN, RETRY_MAX = 0.02, 1.0  # s

log = logging.getLogger("blissh")


class Watchers:
    """One watcher for all topics of a store; on a Redis Cluster, where each key
    may be on another server, one for each."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._each = isinstance(client, RedisCluster)
        self._all: List[Watcher] = []

    def add(self, topic: Any) -> "Watcher":
        if self._each or not self._all:
            self._all.append(Watcher(self._client))
        self._all[-1].add(topic)
        return self._all[-1]

    def close(self) -> None:
        for w in self._all:
            w.close()


class Watcher:
    """Owns one connection, on which it waits for changes of its topics. A topic
    has a key, a position() from which to read on, and a check() that renews the
    key and reads it."""

    def __init__(self, client: Any) -> None:
        self.stale = False
        self._client = client
        self._topics: List[Any] = []
        self._owing = False  # a value was set that the store does not have
        self._over = False
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name="shared channels", daemon=True)
        self._thread.start()

    def add(self, topic: Any) -> None:
        self._topics = [*self._topics, topic]
        self._waker.wake()

    def remove(self, topic: Any) -> None:
        self._topics = [t for t in self._topics if t is not topic]
        self._waker.wake()

    def owe(self) -> None:
        """Has a value sent that is pending."""
        self._owing = True
        if not self.stale:
            self._waker.wake()

    def close(self) -> None:
        self._over = True
        self._waker.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(10)

    def _run(self) -> None:
        retry = RETRY_MIN
        while not self._over:
            self._waker.clear()  # before the topics are read, so that no change is missed
            topics = self._topics
            if not topics:
                self._waker.sleep(None)
                continue
            worked = self._attend(topics)
            if self.stale:
                retry = RETRY_MIN if worked else min(2 * retry, RETRY_MAX)
                self._waker.sleep(retry)
        self._waker.close()

    def _attend(self, topics: List[Any]) -> bool:
        """Follows topics until they change or the connection breaks; True if it
        worked at first."""
        worked, link = False, None
        try:
            link = Link(address.connection(self._client, topics[0].key), self._waker)
            while not self._over:
                self._owing = False
                good = self._check(link, topics)
                worked, self.stale = True, False
                if self._owing:
                    continue  # set after the check, by somebody who still saw stale
                if not self._listen(link, good):
                    break  # woken
        except Exception as e:  # the thread has to live, or all values would be stale for ever
            if not self.stale and not self._over:
                log.warning("shared channels: the store is away: %s", e)
            self.stale = True
        finally:
            if link is not None:
                link.close()
        return worked

    def _check(self, link: Link, topics: List[Any]) -> List[Any]:
        """Renews and reads each topic; those that can be followed. A key that
        somebody has overwritten with another type is left out."""
        good = []
        for t in topics:
            try:
                t.check(link)
                good.append(t)
            except redis.ResponseError as e:
                if away(e):
                    raise
                log.warning("shared channel %s: %s", t.name, e)
        return good

    def _listen(self, link: Link, topics: List[Any]) -> bool:
        """Takes changes as they come, for as long as a renewal holds; False if it
        was woken, after which the link is of no use."""
        if not topics:
            return not self._waker.sleep(RENEWAL)
        until = time.monotonic() + RENEWAL
        while time.monotonic() < until:
            takers: "dict[bytes, Callable[[Entries], None]]" = {}
            ids = []
            for t in topics:
                after, takers[t.key.encode()] = t.position()
                ids.append(after)
            answer = link.wait(BLOCK, "XREAD", "BLOCK", int(BLOCK * 1000), "STREAMS", *takers, *ids)
            for key, entries in answer or []:
                takers[key](entries)
            if answer is None and self._waker.sleep(0):
                return False
        return True
