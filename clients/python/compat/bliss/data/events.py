"""The events of a walk."""

from typing import Any, NamedTuple


class EventType:
    """What has happened. The types are found on each of them, too, so that a
    program may ask: event == event.NEW_NODE."""

    NEW_NODE: "EventType"
    PREPARED_SCAN: "EventType"
    NEW_DATA: "EventType"
    NEW_DATA_IN_CHANNEL: "EventType"  # an earlier name of NEW_DATA
    END_SCAN: "EventType"

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"EventType.{self.name}"


for _name in ("NEW_NODE", "PREPARED_SCAN", "NEW_DATA", "END_SCAN"):
    setattr(EventType, _name, EventType(_name))
EventType.NEW_DATA_IN_CHANNEL = EventType.NEW_DATA


class EventData(NamedTuple):
    """What came with an event: new points, or its name."""

    first_index: int
    data: Any
    description: Any
    block_size: int


class Event(NamedTuple):
    type: EventType
    node: Any
    data: Any = None
