"""Sessions, scans and data channels as nodes that a program walks."""

from typing import Any, Dict, Iterator, List, Optional

import numpy as np

import blissh

from .._connection import store
from .events import Event, EventType
from .info import full_name, scan_info
from .walk import Filter, Walk


class Info(Dict[str, Any]):
    """What a node says of itself."""

    def get_all(self) -> Dict[str, Any]:
        return dict(self)


class DataNode:
    """A node; type is session, scan or channel."""

    def __init__(self, node: Any, parent: Optional["DataNode"] = None) -> None:
        self._node = node
        self._above = parent

    @property
    def name(self) -> str:
        return str(self._node.name)

    @property
    def fullname(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        return self.name

    @property
    def db_name(self) -> str:
        return str(self._node.db_name)

    @property
    def type(self) -> str:
        return str(self._node.kind)

    @property
    def info(self) -> Info:
        return Info()

    @property
    def parent(self) -> Optional["DataNode"]:
        return self._above

    @property
    def db_connection(self) -> Any:
        """The store's redis-py client."""
        return self._node.store.client

    @property
    def iterator(self) -> "DataNode":
        return self  # an earlier way to walk

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.db_name}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataNode) and self.db_name == other.db_name

    def __hash__(self) -> int:
        return hash(self.db_name)

    def children(self) -> Iterator["DataNode"]:
        return iter(())

    def _existing(self) -> Iterator["DataNode"]:
        """All nodes below this one that are in the store, each before its children."""
        for child in self.children():
            yield child
            yield from child._existing()

    def _follow(self, *, ended: bool, wait: bool) -> Any:
        raise blissh.BlisshError(f"{self.db_name}: a session or a scan can be walked")

    def walk(self, include_filter: Filter = None, wait: bool = True, **options: Any) -> Iterator["DataNode"]:
        """The nodes below this one that exist, then those that come."""
        walk = Walk(_wrap, include_filter, **options)
        reader = walk.open(self._follow(ended=False, wait=True)) if wait else None
        seen = set()
        for node in self._existing():
            seen.add(node.db_name)
            if walk.wants(node):
                yield node
        for event in walk.events(reader) if reader is not None else ():
            if event.type is EventType.NEW_NODE and event.node.db_name not in seen:
                yield event.node

    def walk_from_last(
        self, include_filter: Filter = None, include_last: bool = True, wait: bool = True, **options: Any
    ) -> Iterator["DataNode"]:
        """The last node that exists, then those that come."""
        walk = Walk(_wrap, include_filter, **options)
        reader = walk.open(self._follow(ended=False, wait=True)) if wait else None
        existing = list(self._existing())
        if include_last:
            yield from [n for n in existing if walk.wants(n)][-1:]
        for event in walk.events(reader) if reader is not None else ():
            if event.type is EventType.NEW_NODE and event.node not in existing:
                yield event.node

    def walk_events(
        self, include_filter: Filter = None, wait: bool = True, first_index: int = 0, **options: Any
    ) -> Iterator[Event]:
        """All events of the scans in the store, then those that come."""
        walk = Walk(_wrap, include_filter, **options)
        return walk.events(walk.open(self._follow(ended=True, wait=wait)))

    def walk_on_new_events(self, include_filter: Filter = None, wait: bool = True, **options: Any) -> Iterator[Event]:
        """The events of the running scan from its beginning, then those that come."""
        walk = Walk(_wrap, include_filter, **options)
        return walk.events(walk.open(self._follow(ended=False, wait=wait)))


class SessionNode(DataNode):
    """A session."""

    @property
    def info(self) -> Info:
        said = self._node.store.client.hgetall("blissh:{%s}" % self.name)
        return Info({k.decode(): v.decode("utf-8", "replace") for k, v in said.items()})

    def children(self) -> Iterator[DataNode]:
        return (ScanNode(s, self) for s in self._node.scans())

    def _follow(self, *, ended: bool, wait: bool) -> Any:
        return self._node.follow(ended=ended, wait=wait)


class ScanNode(DataNode):
    """A scan."""

    @property
    def info(self) -> Info:
        return Info(scan_info(self._node))

    def children(self) -> Iterator[DataNode]:
        return (ChannelNode(c, self) for c in self._node.channels.values())

    def _follow(self, *, ended: bool, wait: bool) -> Any:
        return self._node.follow(wait=wait)


class ChannelNode(DataNode):
    """A data channel. Its name has that of the controller in front."""

    @property
    def name(self) -> str:
        return full_name(self._node.info)

    @property
    def short_name(self) -> str:
        return str(self._node.name)

    @property
    def db_connection(self) -> Any:
        return self._node.scan.store.client

    @property
    def info(self) -> Info:
        n = self._node
        return Info(unit=n.unit, dtype=n.dtype.str, shape=n.shape, dim=len(n.shape))

    @property
    def shape(self) -> Any:
        return self._node.shape

    @property
    def dtype(self) -> Any:
        return self._node.dtype

    @property
    def unit(self) -> Optional[str]:
        return self._node.unit or None

    def __len__(self) -> int:
        return len(self._node)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, which: Any) -> Any:
        return self._node[which]

    def get(self, from_index: Optional[int], to_index: Optional[int] = None) -> Any:
        """Without to_index one point: a negative from_index means the last one, and
        None what is not there. With it the points up to and with to_index, a
        negative one meaning all that follow."""
        if to_index is not None:
            return self._node[max(from_index or 0, 0) : None if to_index < 0 else to_index + 1]
        try:
            return self._node.get(-1 if from_index is not None and from_index < 0 else from_index or 0)
        except IndexError:
            return None

    def get_as_array(self, from_index: int, to_index: Optional[int] = None) -> Any:
        """The same, always as an array of the data channel's dtype."""
        found = self.get(from_index, to_index)
        return np.asarray([] if found is None else found, self.dtype)


def _wrap(node: Any) -> DataNode:
    """A node of package blissh as one of these."""
    if isinstance(node, blissh.Session):
        return SessionNode(node)
    if isinstance(node, blissh.Scan):
        return ScanNode(node, _wrap(node.store.session(node.session)))
    return ChannelNode(node, _wrap(node.scan))


def get_session_node(session_name: str) -> SessionNode:
    """The node of a session, which need not exist yet."""
    return SessionNode(store().session(session_name))


def get_node(db_name: str) -> Optional[DataNode]:
    """The node with a db_name, None if there is none."""
    return get_nodes(db_name)[0]


def get_nodes(*db_names: str) -> List[Optional[DataNode]]:
    """The same for several, each session being listed once."""
    sessions = {s.name: s for s in store().sessions()}
    known: Dict[str, Dict[str, DataNode]] = {}
    return [_find(db_name, sessions, known) for db_name in db_names]


def _find(db_name: str, sessions: Dict[str, Any], known: Dict[str, Dict[str, DataNode]]) -> Optional[DataNode]:
    session_name, _, rest = db_name.partition(":")
    if session_name not in sessions:
        return None
    node: DataNode = SessionNode(sessions[session_name])
    if not rest:
        return node
    if session_name not in known:
        known[session_name] = {n.db_name: n for n in node._existing()}
    return known[session_name].get(db_name)


def sessions_list() -> List[SessionNode]:
    """The nodes of all sessions that the store knows."""
    return [SessionNode(s) for s in store().sessions()]


def get_last_saved_scan(parent: DataNode) -> Optional[DataNode]:
    """The newest scan below a node whose files are written."""
    saved = [n for n in parent._existing() if n.type == "scan" and n.info["save"]]
    saved.sort(key=lambda n: float(n.info["start_timestamp"]))
    return saved[-1] if saved else None
