"""What becomes of a request: its answer, and where the scan goes then."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Tuple, Union


@dataclass(frozen=True)
class Answer:
    """What became of a request."""

    id: str  # of the request
    applied: bool
    point: int  # index of the first point that it changes, or would have
    reason: str = ""  # why it was refused

    def __str__(self) -> str:
        return f"applied at point {self.point}" if self.applied else f"refused: {self.reason}"

    @property
    def doubled(self) -> bool:
        """It is the answer to the second one of two requests with one id."""
        return not self.applied and self.reason.startswith(f"there was a request {self.id} before")


def answer(said: Any) -> Optional[Answer]:
    """An answer from the object that JSON has for it; None if it is none."""
    if not isinstance(said, dict) or not isinstance(said.get("applied"), bool):
        return None
    point = said.get("point")
    return Answer(str(said.get("id", "")), said["applied"], point if isinstance(point, int) else 0, str(said.get("reason", "")))


def answer_text(text: Union[bytes, str]) -> Optional[Answer]:
    try:
        return answer(json.loads(text))
    except ValueError:
        return None


@dataclass(frozen=True)
class Way:
    """Where a scan goes from a certain point on."""

    planned: int  # points of the whole scan; 0 when open-ended
    left: float  # s that it takes at least from here
    count_time: float  # s, of each point from here on
    path: Tuple[Mapping[str, Any], ...]  # segments of points, as docs/data.md has them

    def position(self, i: int) -> Optional[List[float]]:
        """Where point i is to be taken, in the unit of each scanned axis; None if
        that is not told, or before this way begins."""
        for segment in self.path:
            n, points = i - segment["from"], segment["points"]
            if 0 <= n and (n < points or not points):
                return _position(segment, n)
        return None


def _position(segment: Mapping[str, Any], n: int) -> Optional[List[float]]:
    """Point n of a segment."""
    if "at" in segment:
        return [float(x) for x in segment["at"][n]]
    if "start" not in segment:
        return None
    part = n / max(1, segment["points"] - 1)
    return [a + (b - a) * part for a, b in zip(segment["start"], segment["stop"])]


def way(said: Any) -> Optional[Way]:
    """A way from the object that JSON has for it; None if it is none."""
    try:
        path = tuple(s for s in said["path"] or [] if isinstance(s["from"], int) and isinstance(s["points"], int))
        return Way(int(said["planned"]), float(said["left"]), float(said["count_time"]), path)
    except (KeyError, TypeError, ValueError):
        return None
