"""A connection of one's own, on which one waits and can be woken."""

import select
import socket
from typing import Any, List, Optional, Sequence

import redis
from redis import exceptions

from .errors import StoreAway

MARGIN = 3.0  # s, after which the answer to a blocking command is overdue

# Beginnings of the answers of a server that cannot do its work now, though it
# may later.
_TEMPORARY = (
    "LOADING ", "READONLY ", "MASTERDOWN ", "CLUSTERDOWN ", "MOVED ", "ASK ", "TRYAGAIN ",
    "BUSY ", "NOREPLICAS ", "UNBLOCKED ", "max number of clients",
)

_GONE = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.RedisClusterException, OSError, StoreAway)


def away(error: Exception) -> bool:
    """Whether an error means that the store, or this server of it, cannot be
    reached now, as opposed to an answer that it gave."""
    if isinstance(error, exceptions.ResponseError):
        temporary = (
            exceptions.ReadOnlyError, exceptions.ClusterDownError, exceptions.AskError, exceptions.TryAgainError,
        )
        return isinstance(error, temporary) or str(error).startswith(_TEMPORARY)
    return isinstance(error, _GONE)


def ready(files: Sequence[Any], seconds: Optional[float]) -> List[Any]:
    """Which of some files have something to read, after so many seconds at most.
    select would fail in a program with more than 1024 open files."""
    poll = select.poll()
    for f in files:
        poll.register(f, select.POLLIN)
    found = {fd for fd, _ in poll.poll(None if seconds is None else int(seconds * 1000 + 0.999))}
    return [f for f in files if f.fileno() in found]


class Waker:
    """Wakes one waiting thread, now or the next time that it waits."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair()
        self._here.setblocking(False)
        self._there.setblocking(False)

    def fileno(self) -> int:
        return self._here.fileno()

    def wake(self) -> None:
        try:
            self._there.send(b"!")
        except OSError:
            pass  # it is awake for many wakes already, or gone

    def clear(self) -> None:
        try:
            while self._here.recv(4096):
                pass
        except OSError:
            pass

    def sleep(self, seconds: Optional[float]) -> bool:
        """Waits; True if woken before."""
        return bool(ready([self], seconds))

    def close(self) -> None:
        self._here.close()
        self._there.close()


class Link:
    """A connection that one thread uses. It is never repaired: after an error
    the owner closes it and makes another, so that he knows of it."""

    def __init__(self, connection: Any, waker: Waker) -> None:
        self._connection = connection
        self._waker = waker
        self._connection.connect()

    def call(self, *command: Any) -> Any:
        """One command and its answer, as Redis gives it."""
        self._connection.send_command(*command)
        return self._connection.read_response()

    def calls(self, commands: Sequence[Sequence[Any]]) -> List[Any]:
        """Several commands in one go. An answer that is an error is in the list."""
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        return [self._answer() for _ in commands]

    def _answer(self) -> Any:
        try:
            return self._connection.read_response()
        except exceptions.ResponseError as e:
            return e

    def wait(self, seconds: float, *command: Any) -> Any:
        """A command that blocks for so long; None if nothing came or the waker
        was used. After the latter the link must be closed."""
        self._connection.send_command(*command)
        found = ready([self._connection._sock, self._waker], seconds + MARGIN)
        if self._waker in found:
            return None
        if not found:
            raise redis.TimeoutError("no answer")
        return self._connection.read_response()

    def close(self) -> None:
        self._connection.disconnect()
