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

A running scan is steered by what its node has: stop, pause, range and more.

    answer = scan.range(-0.4, -1.6, intervals=100).answer()

The package needs redis-py (4.3 or newer) and numpy. What is in the store is
described in docs/data.md.
"""

from .answer import Answer, Way
from .asked import Asked
from .errors import BlisshError, Closed, NoAnswer, NotFound, NotSent, StoreAway, StoreError
from .eventchannel import EventChannel
from .events import Deleted, EndScan, Event, Lost, NewData, NewNode, Prepared, Steering
from .nodes import DataChannel, Node, Scan, Session
from .reader import Reader, Times
from .request import Requests
from .shared import SharedChannel
from .store import Store, connect

__version__ = "0.1.0"

__all__ = [
    "Answer", "Asked", "BlisshError", "Closed", "DataChannel", "Deleted", "EndScan", "Event", "EventChannel", "Lost",
    "NewData", "NewNode", "NoAnswer", "Node", "NotFound", "NotSent", "Prepared", "Reader", "Requests", "Scan", "Session",
    "SharedChannel", "Steering", "Store", "StoreAway", "StoreError", "Times", "Way", "connect",
]
