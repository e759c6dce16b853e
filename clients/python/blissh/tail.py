"""One scan, as far as a reader has come in it: entries become events."""

import json
from typing import Any, Dict, List, Mapping, Optional

from . import keys, reading
from .answer import answer, way
from .errors import BlisshError
from .events import Deleted, EndScan, Event, NewData, NewNode, Prepared, Steering
from .nodes import Scan

Fields = Mapping[bytes, bytes]
Arrays = Optional[Dict[str, Optional[bytes]]]


class Tail:
    """Turns the entries of a scan's stream into events."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.key = keys.stream(scan.session, scan.uid).encode()
        self.position = b"0-0"
        self.k = 0  # points seen
        self.told = False  # NewNode has been given
        self.done = False
        self.silent = 0.0  # s without a heartbeat or data
        self.lost = False  # Lost has been given
        self.idle = False  # nothing came since the last look
        self.missing: Optional[float] = None  # since when the stream is not there
        self.store = b""  # id of the store in which it was seen last

    def entry(self, entry: bytes, fields: Fields, arrays: Arrays) -> List[Event]:
        """The events of one entry. arrays are the blocks of spectra and images
        that belong to it, None where it is gone; without, they are not wanted."""
        at = keys.parse_id(entry)
        self.position, self.silent, self.lost, self.idle = entry, 0.0, False, False
        said = self.tell()
        if at == keys.END:
            said.append(self._end(fields))
        elif at.k >= keys.FOREIGN:
            said.append(self._foreign(str(at), "it has no place in a scan"))
        elif at.seq == 0:
            said += self._block(at.k, fields, arrays)
        else:
            said += self._event(at.k, fields)
        return said

    def tell(self) -> List[Event]:
        """Introduces the scan and its data channels, once."""
        if self.told:
            return []
        self.told = True
        return [NewNode(self.scan), *(NewNode(c) for c in self.scan.channels.values())]

    def _block(self, k: int, fields: Fields, arrays: Arrays) -> List[Event]:
        said: List[Event] = []
        try:
            n = reading.block_points(self.scan.infos, fields)
        except BlisshError as e:
            return [self._foreign(f"{k}-0", str(e))]
        first = k - n
        if first < self.k:
            return [self._foreign(f"{k}-0", f"{n} points end at {k}, {self.k} were there")]
        if first > self.k:
            said.append(Deleted(self.scan, first))
        self.k = k
        for name, node in self.scan.channels.items():
            if node.info.scalar:
                said.append(NewData(node, first, reading.values(node.info, fields[name.encode()], n)))
            elif arrays is not None:
                said.append(self._array(k, n, name, arrays.get(name)))
        return said

    def _array(self, k: int, n: int, name: str, data: Optional[bytes]) -> Event:
        node = self.scan.channels[name]
        if data is None:
            return Deleted(node, k)
        try:
            return NewData(node, k - n, reading.values(node.info, data, n))
        except BlisshError as e:
            return self._foreign(f"{k}-0", str(e))

    def _event(self, k: int, fields: Fields) -> List[Event]:
        name = _text(fields, b"event")
        if name == "new":
            return []
        if name == "prepared":
            return [Prepared(self.scan)]
        detail = _object(fields)
        if name == "steering":
            return [self._steering(k, detail)]
        return [Steering(self.scan, k, name, _text(fields, b"json"))]

    def _steering(self, k: int, detail: Dict[str, Any]) -> Steering:
        request = detail.get("request")
        return Steering(
            self.scan, k, str(detail.get("what", "")), str(detail.get("text", "")),
            request if isinstance(request, dict) else None, answer(detail.get("answer")), way(detail.get("way")),
        )

    def _end(self, fields: Fields) -> Event:
        """The end; its node is a copy, for others may be reading the first one."""
        detail = _object(fields)
        if "outcome" not in detail:
            raise BlisshError(f"{self.scan.db_name}: the end of the scan is not understood")
        self.done = True
        points = detail.get("points")
        points = points if isinstance(points, int) else self.k
        ended = dict(self.scan.description, taken=points)
        ended.update((k, detail[k]) for k in ("outcome", "reason", "end", "timing") if k in detail)
        return EndScan(Scan(self.scan.store, ended), str(detail["outcome"]), str(detail.get("reason", "")), points)

    def _foreign(self, at: str, why: str) -> Event:
        return Steering(self.scan, self.k, "foreign", f"entry {at} is not the scan's: {why}")


def _text(fields: Fields, name: bytes) -> str:
    return fields.get(name, b"").decode("utf-8", "replace")


def _object(fields: Fields) -> Dict[str, Any]:
    try:
        detail = json.loads(_text(fields, b"json"))
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}
