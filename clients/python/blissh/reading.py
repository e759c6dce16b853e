"""Reading the points of a scan that are in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray

from . import keys
from .description import ChannelInfo
from .errors import BlisshError, NotFound

if TYPE_CHECKING:
    from .nodes import Scan

Fields = Mapping[bytes, bytes]

_PAGE = 500  # entries of one XRANGE
_ARRAY_PAGE = 8  # of arrays; each entry may be 1 MB, or one large image


def _newest_entry(scan: "Scan") -> List[Tuple[bytes, Fields]]:
    """The newest entry below the end."""
    key = keys.stream(scan.session, scan.uid)
    found: List[Tuple[bytes, Fields]] = scan.store.ask("xrevrange", key, f"{keys.FOREIGN - 1}", "-", count=1)
    return found


def newest(scan: "Scan", info: ChannelInfo) -> Any:
    """The last point of a scalar data channel, in one command; None if the newest
    entry is not a block."""
    for entry, fields in _newest_entry(scan):
        if keys.parse_id(entry).seq == 0:
            n = block_points(scan.infos, fields)
            return values(info, fields[info.name.encode()], n)[-1]
    return None


def points(scan: "Scan") -> int:
    """How many points of a scan are in the store."""
    last = _newest_entry(scan)
    if last:
        return keys.parse_id(last[0][0]).k
    _exists(scan)
    return 0


def _exists(scan: "Scan") -> None:
    if not scan.store.ask("exists", keys.stream(scan.session, scan.uid)):
        raise NotFound(f"{scan.db_name} is no longer in the store")


def block_points(channels: Sequence[ChannelInfo], fields: Fields) -> int:
    """How many points a block holds; its data channels must agree."""
    n = -1
    for c in channels:
        if not c.scalar:
            continue
        size = len(fields.get(c.name.encode(), b""))
        if not size or size % c.dtype.itemsize or n not in (-1, size // c.dtype.itemsize):
            raise BlisshError(f"{size} bytes of {c.name} are not its share of the points")
        n = size // c.dtype.itemsize
    return n


def values(info: ChannelInfo, data: bytes, n: int) -> NDArray[Any]:
    """n points in their binary form; the array is read-only."""
    if len(data) != n * info.size:
        raise BlisshError(f"{info.name}: {len(data)} bytes, {n} times {info.size} expected")
    return np.frombuffer(data, info.dtype).reshape((n, *info.shape))


def columns(scan: "Scan", channels: List[ChannelInfo], first: int, last: int) -> Dict[str, NDArray[Any]]:
    """The points first to last-1 of some scalar data channels."""
    parts: Dict[str, List[NDArray[Any]]] = {c.name: [np.empty(0, c.dtype)] for c in channels}
    for start, k, fields in _blocks(scan, first, last):
        cut = slice(max(first - start, 0), min(last, k) - start)
        for c in channels:
            parts[c.name].append(values(c, fields[c.name.encode()], k - start)[cut])
    return {name: np.concatenate(list_) for name, list_ in parts.items()}


def _blocks(scan: "Scan", first: int, last: int) -> Iterator[Tuple[int, int, Fields]]:
    """The blocks with the points first to last-1, without a hole: index of the
    first point, that after the last one, fields."""
    at = first
    for k, fields in _entries(scan, keys.stream(scan.session, scan.uid), first, last, _PAGE):
        start = k - block_points(scan.infos, fields)
        if start > at:
            raise _gone(scan.db_name, at, start)
        yield start, k, fields
        at = k
    if at < last:
        _exists(scan)
        raise _gone(scan.db_name, at, last)


def _gone(name: str, first: int, after: int) -> NotFound:
    return NotFound(f"{name}: points {first} to {after - 1} are not in the store")


def _entries(scan: "Scan", key: str, first: int, last: int, page: int) -> Iterator[Tuple[int, Fields]]:
    """The blocks of a stream that end after point first, up to the one with
    point last-1."""
    after = f"{first + 1}-0"
    while first < last:
        found = scan.store.ask("xrange", key, after, f"{keys.FOREIGN - 1}", count=page)
        for entry, fields in found:
            at = keys.parse_id(entry)
            after = f"{at.k}-{at.seq + 1}"
            if at.seq or first >= last:
                continue
            yield at.k, fields
            first = at.k
        if not found:
            return


def arrays(scan: "Scan", info: ChannelInfo, first: int, last: int) -> NDArray[Any]:
    """The points first to last-1 of a spectrum or image."""
    parts = [np.empty((0, *info.shape), info.dtype)]
    at, name = first, f"{scan.db_name}:{info.name}"
    for k, fields in _entries(scan, keys.array(scan.session, scan.uid, info.name), first, last, _ARRAY_PAGE):
        data = fields.get(b"data", b"")
        start = k - len(data) // info.size
        if start > at:
            raise _gone(name, at, start)
        parts.append(values(info, data, k - start)[max(first - start, 0) : min(last, k) - start])
        at = k
    if at < last:
        raise _gone(name, at, last)
    return np.concatenate(parts)
