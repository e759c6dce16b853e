"""What shared channels carry: JSON, in the field v of an entry."""

from __future__ import annotations

import json
from typing import Any, List, Optional

from . import keys
from .errors import BlisshError

LIFE = 60_000  # ms that a key lives without a renewal
_MAX_VALUE = 1 << 20  # bytes of JSON; measured data belong in a scan


def encode(value: Any) -> str:
    """A value as JSON, with NaN and Infinity as Python writes them."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError) as e:
        raise BlisshError(f"a value that JSON cannot say: {e}") from None
    if len(text.encode()) > _MAX_VALUE:
        raise BlisshError(f"a value of {len(text.encode())} bytes, at most {_MAX_VALUE} expected")
    return text


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not a number, text, list or dict")


def decode(text: str) -> Any:
    """The reverse; what is not JSON, as somebody may have typed, is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def entry_text(flat: Optional[List[bytes]]) -> str:
    """The value of an entry; a stranger's entry without our field is null."""
    fields = dict(zip(flat[::2], flat[1::2])) if flat else {}
    return fields.get(b"v", b"null").decode("utf-8", "replace")


def later(a: bytes, b: bytes) -> bool:
    """Compares IDs; b"" is before all."""
    return keys.parse_id(a or b"0-0") > keys.parse_id(b or b"0-0")
