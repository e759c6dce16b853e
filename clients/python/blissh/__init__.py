"""Reading what blissh measures, while it is measured, and talking back.

    import blissh

    store = blissh.connect()
    for event in store.session("demo_session").follow():
        if isinstance(event, blissh.NewData):
            print(event.node.name, event.first, event.values)

connect finds the store as blissh does. A session is followed from the first
point of the running scan; its scans, and their data channels as numpy arrays,
can be read at any time. A shared channel carries a value between processes:

    stop = store.shared("stop_alignment", default=False)
    stop.set(True)

The package needs redis-py (4.3 or newer) and numpy. What is in the store is
described in docs/data.md.
"""

from .errors import BlisshError, Closed, NotFound, NotSent, StoreAway, StoreError
from .eventchannel import EventChannel
from .events import Deleted, EndScan, Event, Lost, NewData, NewNode, Prepared, Steering
from .nodes import DataChannel, Node, Scan, Session
from .reader import Reader, Times
from .shared import SharedChannel
from .store import Store, connect

__version__ = "0.1.0"

__all__ = [
    "BlisshError", "Closed", "DataChannel", "Deleted", "EndScan", "Event", "EventChannel", "Lost", "NewData",
    "NewNode", "Node", "NotFound", "NotSent", "Prepared", "Reader", "Scan", "Session", "SharedChannel",
    "Steering", "Store", "StoreAway", "StoreError", "Times", "connect",
]
