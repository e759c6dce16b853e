"""A look at the keys that the original would have."""

import fnmatch
from typing import Any, Iterator, List

from .._connection import store

_CHILDREN = "_children_list"  # the end of the keys that name a session's or a scan's children


def scan(match: str = "*", count: int = 1000, connection: Any = None) -> Iterator[str]:
    """Names of sessions and scans, each with the ending _children_list, that
    match a pattern. Other keys of the original there are not."""
    return (name for name in _names() if fnmatch.fnmatchcase(name, match))


def _names() -> List[str]:
    nodes: List[Any] = []
    for session in store().sessions():
        nodes += [session, *session.scans()]
    return [n.db_name + _CHILDREN for n in nodes]
