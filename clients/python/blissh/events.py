"""What a scan says: in the order NewNode, Prepared, NewData, EndScan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from numpy.typing import NDArray

from .answer import Answer, Way
from .nodes import DataChannel, Scan


@dataclass(frozen=True)
class NewNode:
    """A scan, or a data channel of it, has come into being."""

    node: Union[Scan, DataChannel]


@dataclass(frozen=True)
class Prepared:
    """The scan's devices are ready; points follow."""

    node: Scan


@dataclass(frozen=True, eq=False)
class NewData:
    """Consecutive points of one data channel."""

    node: DataChannel
    first: int  # index of the first one
    values: NDArray[Any]  # a point each: of shape (n,), (n, channels) or (n, rows, columns); read-only

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Steering:
    """Something that happened between points: a pause, a resume, a request."""

    node: Scan
    points: int  # taken so far
    what: str  # "pause", "resume", "applied", "refused", ...; "foreign": somebody else has written into the scan
    text: str  # for people, one line
    request: Optional[Mapping[str, Any]] = None  # that was applied or refused, as it was sent
    answer: Optional[Answer] = None  # to it
    way: Optional[Way] = None  # where the scan goes from now on, if that has changed


@dataclass(frozen=True)
class EndScan:
    """The last event of a scan."""

    node: Scan  # described with its outcome
    outcome: str  # done, stopped, aborted or failed; the points are valid in each
    reason: str
    points: int


@dataclass(frozen=True)
class Lost:
    """No heartbeat of the scan's process was seen for so long, although the
    store could be read. A presumption: data that come later revoke it."""

    node: Scan
    silent: float  # s


@dataclass(frozen=True)
class Deleted:
    """Points that were not seen are gone from the store."""

    node: Union[Scan, DataChannel]
    first: int  # the first point that is still there; -1 when the whole scan is gone


Event = Union[NewNode, Prepared, NewData, Steering, EndScan, Lost, Deleted]
