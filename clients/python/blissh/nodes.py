"""Addresses in the data tree: a session, its scans, their data channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Optional, Tuple, Union

import numpy as np
from numpy.typing import NDArray

from . import keys, reading
from .description import ChannelInfo, channel_infos, from_hash
from .errors import NotFound
from .request import Asking, Requests, Terms

if TYPE_CHECKING:
    from .reader import Filter, Reader
    from .store import Store

Array = NDArray[Any]


class Session:
    """A session, which need not exist yet."""

    kind = "session"

    def __init__(self, store: "Store", name: str) -> None:
        self.store = store
        self.name = self.db_name = keys.check_name("session", name.lower())

    def __repr__(self) -> str:
        return f"<session {self.name}>"

    def scans(self) -> List["Scan"]:
        """The scans in the store, the oldest first; those that run are last."""
        uids = [uid.decode() for uid in self.store.ask("zrange", keys.scans(self.name), 0, -1)]
        found = self.store.hashes([keys.scan(self.name, uid) for uid in uids])
        # One that has expired is still in the list.
        return [self._described(uid, fields) for uid, fields in zip(uids, found) if fields]

    def scan(self, number: int) -> "Scan":
        """The newest scan with a number."""
        for s in reversed(self.scans()):
            if s.number == number:
                return s
        raise NotFound(f"session {self.name}: there is no scan {number} in the store")

    def last_scan(self) -> "Scan":
        """The running scan, else the one that ended last."""
        for uid in self.store.ask("zrevrange", keys.scans(self.name), 0, -1):
            try:
                return self.scan_by_uid(uid.decode())
            except NotFound:
                pass  # it has expired, and the list does not know
        raise NotFound(f"session {self.name}: there is no scan in the store")

    def scan_by_uid(self, uid: str) -> "Scan":
        keys.check_name("uid", uid)
        fields = self.store.ask("hgetall", keys.scan(self.name, uid))
        if not fields:
            raise NotFound(f"session {self.name}: there is no scan {uid} in the store")
        return self._described(uid, fields)

    def _described(self, uid: str, fields: Mapping[bytes, bytes]) -> "Scan":
        return Scan(self.store, dict(from_hash(fields), session=self.name, uid=uid))

    def follow(
        self, *, ended: bool = False, arrays: bool = True, wait: bool = True, include: "Filter" = None
    ) -> "Reader":
        """Follows the running scan from its first point, and everything new.

        ended   replay the scans that have ended and are in the store, first
        arrays  read spectra and images, too, however large
        wait    go on for ever; else end when all that is in the store was read
        include "scan", "channel", or a function of a node that says whether
                its events are wanted
        """
        from .reader import Reader

        return Reader(self.store, self.name, ended=ended, arrays=arrays, wait=wait, include=include)

    def shared(self, name: str, **options: Any) -> Any:
        """A shared channel that is private to this session; see Store.shared."""
        return self.store.shared(name, session=self.name, **options)


class Scan(Requests):
    """A scan. Its description is that of the moment when it was read. While it
    runs it can be steered: scan.stop("why").answer()."""

    kind = "scan"

    def __init__(self, store: "Store", description: Mapping[str, Any]) -> None:
        self.store = store
        self._scan, self._terms = self, Terms()
        self.description: Dict[str, Any] = dict(description)
        self.infos: Tuple[ChannelInfo, ...] = channel_infos(self.description)
        self.channels: Dict[str, DataChannel] = {c.name: DataChannel(self, c) for c in self.infos}

    @property
    def session(self) -> str:
        return str(self.description["session"])

    @property
    def uid(self) -> str:
        return str(self.description["uid"])

    @property
    def number(self) -> int:
        n = self.description.get("number")
        return n if isinstance(n, int) else 0

    @property
    def name(self) -> str:
        """NUMBER_NAME, as in 12_ascan."""
        return f"{self.number}_{self.description.get('name', '')}"

    @property
    def db_name(self) -> str:
        """SESSION:NUMBER_NAME, as in demo_session:12_ascan."""
        return f"{self.session}:{self.name}"

    @property
    def title(self) -> str:
        return str(self.description.get("title", ""))

    @property
    def outcome(self) -> str:
        """done, stopped, aborted or failed; "" while it runs."""
        return str(self.description.get("outcome", ""))

    @property
    def reason(self) -> str:
        return str(self.description.get("reason", ""))

    def __repr__(self) -> str:
        return f"<scan {self.db_name}>"

    def __getitem__(self, name: str) -> "DataChannel":
        try:
            return self.channels[name]
        except KeyError:
            raise NotFound(f"{self.db_name} has no data channel {name}; it has {', '.join(self.channels)}") from None

    def __len__(self) -> int:
        """Points in the store now."""
        return reading.points(self)

    def __bool__(self) -> bool:
        return True  # a scan without points is a scan

    def asking(
        self, *, by: str = "", reason: str = "", id: str = "", before_point: Optional[int] = None, within: Optional[float] = None
    ) -> Requests:
        """Requests with more than what is asked for: scan.asking(within=5).repeat().

        by           who asks, for the record; else the name of the program
        reason       why, for the record
        id           names the request: one of a name is obeyed, however often it is
                     sent; letters, digits, _ . and -, at most 64; else a new one
        before_point from that point on the request is refused
        within       s from now, after which it is refused
        """
        return Asking(self, Terms(by, reason, id, before_point, within))

    def data(self) -> Dict[str, Array]:
        """All scalar data channels, name to values, all of the same length."""
        scalars = [c for c in self.infos if c.scalar]
        return reading.columns(self, scalars, 0, reading.points(self))

    def refresh(self) -> "Scan":
        """The scan as it is described now, with its outcome if it has ended."""
        return Session(self.store, self.session).scan_by_uid(self.uid)

    def follow(self, *, arrays: bool = True, wait: bool = True, include: "Filter" = None) -> "Reader":
        """Follows this scan alone, ended or not, from its first point to its end."""
        from .reader import Reader

        return Reader(self.store, self.session, scan=self.uid, arrays=arrays, wait=wait, include=include)


class DataChannel:
    """The values of one axis, timer or counter in one scan, as they are in the
    store: node[-1] is the last point, node[10:20] some, node[:] all."""

    kind = "channel"

    def __init__(self, scan: Scan, info: ChannelInfo) -> None:
        self.scan = scan
        self.info = info

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def db_name(self) -> str:
        """As in demo_session:12_ascan:sim_ct_gauss."""
        return f"{self.scan.db_name}:{self.name}"

    @property
    def unit(self) -> str:
        return self.info.unit

    @property
    def dtype(self) -> "np.dtype[Any]":
        return self.info.dtype

    @property
    def shape(self) -> Tuple[int, ...]:
        """Of one point: () is one number."""
        return self.info.shape

    def __repr__(self) -> str:
        return f"<data channel {self.db_name}>"

    def __len__(self) -> int:
        return reading.points(self.scan)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, which: Union[int, slice]) -> Any:
        if isinstance(which, slice):
            return self._slice(which)
        return self.get(which)

    def __iter__(self) -> Iterator[Any]:
        return iter(self[:])

    def get(self, i: int = -1) -> Any:
        """Point i, a number or an array; -1 is the last, -2 the one before. An
        index beyond the points is an IndexError."""
        if i == -1 and self.info.scalar:
            newest = reading.newest(self.scan, self.info)
            if newest is not None:
                return newest
        n = reading.points(self.scan)
        at = i + n if i < 0 else i
        if not 0 <= at < n:
            raise IndexError(f"{self.db_name}: there is no point {i}, the scan has {n} points")
        return self.read(at, at + 1)[0]

    def read(self, first: int, last: int) -> Array:
        """The points first to last-1, of which all must be there."""
        if self.info.scalar:
            return reading.columns(self.scan, [self.info], first, last)[self.name]
        return reading.arrays(self.scan, self.info, first, last)

    def _slice(self, which: slice) -> Array:
        wanted = range(*which.indices(reading.points(self.scan)))
        if not wanted:
            return np.empty((0, *self.shape), self.dtype)
        low, high = sorted((wanted[0], wanted[-1]))
        return self.read(low, high + 1)[:: wanted.step]


Node = Union[Session, Scan, DataChannel]
