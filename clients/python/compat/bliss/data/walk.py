"""Walking: which events a program wants, and how it is ended."""

import threading
from typing import Any, Callable, Iterator, Optional, Sequence, Union

import blissh

from .events import Event, EventData, EventType

Filter = Union[None, str, Sequence[str], Callable[[Any], bool]]


class Walk:
    """The options of a walk. wrap turns a node of package blissh into one of the
    original's."""

    def __init__(
        self,
        wrap: Callable[[Any], Any],
        include_filter: Filter = None,
        filter: Filter = None,
        exclude_children: Filter = (),
        stop_handler: Any = None,
        started_event: Optional[threading.Event] = None,
        **ignored: Any,
    ) -> None:
        self._wrap = wrap
        self._include = _predicate(filter if include_filter is None else include_filter)
        self._exclude = _predicate(exclude_children)
        self._handler, self._started = stop_handler, started_event

    def wants(self, node: Any) -> bool:
        above = node.parent
        return self._include(node) and not (above is not None and self._exclude(above))

    def open(self, reader: blissh.Reader) -> blissh.Reader:
        """Tells that the reader is there, and lets it be stopped."""
        if self._handler is not None:
            self._handler.attach(reader)
        if self._started is not None:
            self._started.set()
        return reader

    def events(self, reader: blissh.Reader) -> Iterator[Event]:
        with reader:
            for e in reader:
                event = self._event(e)
                if event is not None and self.wants(event.node):
                    yield event

    def _event(self, e: blissh.Event) -> Optional[Event]:
        """The original's event; None where it has none."""
        node = self._wrap(e.node)
        if isinstance(e, blissh.NewNode):
            return Event(EventType.NEW_NODE, node)
        if isinstance(e, blissh.NewData):
            return Event(EventType.NEW_DATA, node, EventData(e.first, e.values, dict(node.info), len(e)))
        if isinstance(e, blissh.Prepared):
            return Event(EventType.PREPARED_SCAN, node, EventData(0, "PREPARED_SCAN", None, 0))
        if isinstance(e, blissh.EndScan):
            return Event(EventType.END_SCAN, node, EventData(0, "END_SCAN", None, 0))
        return None


def _predicate(what: Filter) -> Callable[[Any], bool]:
    if what is None:
        return lambda node: True
    if callable(what):
        return what
    types = (what,) if isinstance(what, str) else tuple(what)
    return lambda node: node.type in types
