"""The nodes of bliss.data.node under their later name."""

from bliss.data.events import Event, EventData, EventType
from bliss.data.node import (
    ChannelNode,
    DataNode,
    ScanNode,
    SessionNode,
    get_last_saved_scan,
    get_node,
    get_nodes,
    get_session_node,
    sessions_list,
)

__all__ = [
    "ChannelNode", "DataNode", "Event", "EventData", "EventType", "ScanNode", "SessionNode", "get_last_saved_scan",
    "get_node", "get_nodes", "get_session_node", "sessions_list",
]
