"""The description of a scan: its hash in the store, and the JSON of `new`."""

import json
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Tuple

import numpy as np

from . import keys
from .errors import BlisshError

# The fields of the hash that are text as it is; all others are JSON.
_TEXT = frozenset(
    "session uid name title command user host version outcome reason type relative".split()
)
_DTYPES = frozenset("<f8 <f4 <i8 <i4 <i2 <i1 |i1 <u8 <u4 <u2 <u1 |u1".split())
_MAX_POINT = 1 << 30  # bytes of one spectrum or image


@dataclass(frozen=True)
class ChannelInfo:
    """One data channel, as the description of its scan has it."""

    name: str
    unit: str
    dtype: "np.dtype[Any]"
    shape: Tuple[int, ...]  # (): one number a point; (n,): a spectrum; (rows, columns): an image
    role: str  # "axis", "timer" or "counter"
    controller: str

    @property
    def scalar(self) -> bool:
        return not self.shape

    @property
    def size(self) -> int:
        """Bytes of one point."""
        size = self.dtype.itemsize
        for n in self.shape:
            size *= n
        return size


def channel_info(said: Mapping[str, Any]) -> ChannelInfo:
    name = keys.check_name("data channel", said.get("name", ""))
    dtype, shape = said.get("dtype"), said.get("shape") or []
    if dtype not in _DTYPES or not isinstance(shape, list) or not all(type(n) is int and n > 0 for n in shape):
        raise BlisshError(f"data channel {name}: dtype {dtype!r} of shape {shape!r} is not known")
    texts = (str(said.get(k, "")) for k in ("unit", "role", "controller"))
    unit, role, controller = texts
    info = ChannelInfo(name, unit, np.dtype(dtype), tuple(shape), role, controller)
    if info.size > _MAX_POINT:
        raise BlisshError(f"data channel {name}: a point of shape {shape} has {info.size} bytes, at most {_MAX_POINT} expected")
    return info


def channel_infos(description: Mapping[str, Any]) -> Tuple[ChannelInfo, ...]:
    """The data channels of a scan, in their order."""
    said = description.get("channels")
    if not isinstance(said, list) or not all(isinstance(c, dict) for c in said):
        raise BlisshError("the scan's description has no list of data channels")
    infos = tuple(channel_info(c) for c in said)
    if len({c.name for c in infos}) != len(infos):
        raise BlisshError("two data channels of the scan have one name")
    if not any(c.scalar for c in infos):
        raise BlisshError("the scan has no scalar data channel")
    return infos


def from_hash(fields: Mapping[bytes, bytes]) -> Dict[str, Any]:
    """A description from the fields and values of a scan's hash."""
    return {k: _value(k, v.decode("utf-8", "replace")) for k, v in ((_text(k), v) for k, v in fields.items())}


def _text(b: bytes) -> str:
    return b.decode("utf-8", "replace")


def _value(field: str, text: str) -> Any:
    if field in _TEXT:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text  # of a later version, perhaps
