"""Shared channels under the names of the original."""

import logging
import weakref
from typing import Any, Callable, Dict, List, Optional

import blissh

from .._connection import store

_log = logging.getLogger(__name__)
_channels: Dict[str, "Channel"] = {}
_events: Dict[str, "EventChannel"] = {}
_UNSET = object()


class Channel:
    """A named value that all processes share. There is one object for each name;
    value= overwrites what others have set, default_value= never does."""

    _shared: blissh.SharedChannel

    def __new__(cls, name: str, *args: Any, **kwargs: Any) -> "Channel":
        return _channels.setdefault(name, super().__new__(cls))

    def __init__(
        self,
        name: str,
        value: Any = _UNSET,
        default_value: Any = None,
        callback: Optional[Callable[[Any], None]] = None,
        timeout: Optional[float] = None,
        redis: Any = None,
        bus: Any = None,
    ) -> None:
        if not hasattr(self, "_shared"):
            self._callbacks: List[Any] = []
            self.default_value, self.timeout = default_value, 10.0
        self._shared = store().shared(name, default=default_value)
        self.timeout = self.timeout if timeout is None else timeout
        if value is not _UNSET:
            self.value = value
        if callback is not None:
            self.register_callback(callback)

    def __repr__(self) -> str:
        return f"{self.name}->{self.value}"

    @property
    def name(self) -> str:
        return self._shared.name

    @property
    def value(self) -> Any:
        return self._shared.value

    @value.setter
    def value(self, value: Any) -> None:
        try:
            self._shared.set(value)
        except blissh.NotSent as e:
            _log.warning("%s", e)  # it is sent when the store is back

    def register_callback(self, callback: Callable[[Any], None]) -> None:
        """Calls a function with each new value, in a thread; only as long as
        somebody else holds the function."""
        if not callable(callback):
            raise ValueError(f"{callback!r} is not a function")
        if not self._callbacks:
            self._cancel = self._shared.watch(lambda _: _call(self._callbacks, self.value))
        self._callbacks.append(_weak(callback))

    def unregister_callback(self, callback: Callable[[Any], None]) -> None:
        _forget(self._callbacks, callback)

    def close(self) -> None:
        if _channels.pop(self.name, None) is not None:
            self._shared.close()


class EventChannel:
    """Carries events, which arrive as lists; who is not listening misses them."""

    _events: blissh.EventChannel

    def __new__(cls, name: str, *args: Any, **kwargs: Any) -> "EventChannel":
        return _events.setdefault(name, super().__new__(cls))

    def __init__(self, name: str, redis: Any = None, bus: Any = None) -> None:
        if not hasattr(self, "_events"):
            self._callbacks: List[Any] = []
            self._events = store().events(name)
            self._events.watch(lambda events: _call(self._callbacks, events))

    @property
    def name(self) -> str:
        return self._events.name

    def post(self, event: Any) -> None:
        self._events.post(event)

    def register_callback(self, callback: Callable[[List[Any]], None]) -> None:
        self._callbacks.append(_weak(callback))

    def unregister_callback(self, callback: Callable[[List[Any]], None]) -> None:
        _forget(self._callbacks, callback)

    def close(self) -> None:
        if _events.pop(self.name, None) is not None:
            self._events.close()


def _weak(callback: Callable[..., None]) -> Any:
    if hasattr(callback, "__self__"):
        return weakref.WeakMethod(callback)
    return weakref.ref(callback)


def _forget(callbacks: List[Any], callback: Callable[..., None]) -> None:
    callbacks[:] = [ref for ref in callbacks if ref() not in (None, callback)]


def _call(callbacks: List[Any], value: Any) -> None:
    """One that fails prevents no other."""
    for ref in list(callbacks):
        function = ref()
        if function is None:
            continue
        try:
            function(value)
        except Exception:
            _log.exception("callback %r failed", function)
