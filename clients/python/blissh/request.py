"""What can be asked of a running scan; docs/steering.md tells what it obeys."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence, Union

import numpy as np
from numpy.typing import NDArray

from .errors import BlisshError

if TYPE_CHECKING:
    from .asked import Asked
    from .nodes import Scan

Positions = Union[Sequence[float], Sequence[Sequence[float]], NDArray[Any]]


@dataclass(frozen=True)
class Terms:
    """Who asks, and until when the request holds."""

    by: str = ""  # "": the name of the program
    reason: str = ""  # for the record
    id: str = ""  # "": a new one for each request
    before_point: Optional[int] = None  # refused from that point on
    within: Optional[float] = None  # s from now, refused later

    def fields(self, scan: "Scan", do: str) -> Dict[str, Any]:
        """Those that the JSON of every request has."""
        if self.within is not None and not 0 <= self.within < float("inf"):
            raise BlisshError(f"{do}: within is {self.within!r}, a number of s from 0 on expected")
        said = {
            "do": do,
            "id": self.id or secrets.token_hex(8),
            "by": self.by or program(),
            "host": socket.gethostname(),
            "time": time.time(),
            "scan": scan.uid,
            "reason": self.reason or None,
            "before_point": self.before_point,
            "within": self.within,
        }
        return {name: value for name, value in said.items() if value is not None}


def program() -> str:
    """The name of this program."""
    name = os.path.basename(sys.argv[0] if sys.argv else "")
    return name if name not in ("", "-c", "-") else "python"


class Requests:
    """Asks a running scan for a change, which comes between two points. Each of
    these methods sends a request and returns it: answer() waits for what becomes
    of it. Positions are absolute, in the unit of their axis, times in s; axis is
    the axis that positions are of, the first one if it is left out."""

    _scan: "Scan"
    _terms: Terms

    def stop(self, reason: str = "") -> "Asked":
        """The scan ends; its points are valid."""
        return self._ask("stop", reason=reason or None)

    def pause(self, reason: str = "") -> "Asked":
        """It waits between two points, until this program lets it go on."""
        return self._ask("pause", reason=reason or None)

    def resume(self) -> "Asked":
        """Ends the pause that this program has asked for."""
        return self._ask("resume")

    def go_on(self) -> "Asked":
        """No change: an answer for a scan that waits for advice."""
        return self._ask("go_on")

    def range(self, start: float, stop: float, intervals: Optional[int] = None, *, axis: str = "") -> "Asked":
        """From start to stop and no further; without intervals with the step so far."""
        return self._ask("range", start=start, stop=stop, intervals=intervals, axis=axis or None)

    def stop_at(self, position: float, *, axis: str = "") -> "Asked":
        """As before, until that position: a nearer or a farther end."""
        return self._ask("stop_at", position=position, axis=axis or None)

    def step(self, step: float, *, axis: str = "") -> "Asked":
        """To the same end in other steps."""
        return self._ask("step", step=step, axis=axis or None)

    def points(self, points: Positions) -> "Asked":
        """These points and no further: numbers, with several axes a row each."""
        return self._ask("points", points=points)

    def insert(self, around: float, width: float, n: int, *, axis: str = "") -> "Asked":
        """n points over a width around a position, then on as planned."""
        return self._ask("insert", around=around, width=width, n=n, axis=axis or None)

    def skip_to(self, position: Optional[float] = None, *, point: Optional[int] = None, axis: str = "") -> "Asked":
        """What is before a position, or before a point, is left out."""
        return self._ask("skip_to", position=position, point=point, axis=axis or None)

    def repeat(self, n: int = 1) -> "Asked":
        """The last point again, n times."""
        return self._ask("repeat", n=n)

    def count_time(self, seconds: float) -> "Asked":
        """Each point from the next one on counts for so long."""
        return self._ask("count_time", count_time=seconds)

    def _ask(self, do: str, **fields: Any) -> "Asked":
        from .asked import Asked

        said = {name: plain(do, name, value) for name, value in fields.items() if value is not None}
        return Asked(self._scan, {**self._terms.fields(self._scan, do), **said})


class Asking(Requests):
    """The requests of one sender, with terms that are not the usual ones."""

    def __init__(self, scan: "Scan", terms: Terms) -> None:
        self._scan, self._terms = scan, terms


_WHOLE = ("intervals", "n", "point")
_TEXT = ("axis", "reason")


def plain(do: str, name: str, value: Any) -> Any:
    """A value as JSON can say it; those of numpy are welcome."""
    try:
        if name in _TEXT:
            return str(value)
        if name in _WHOLE:
            return whole(value)
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise BlisshError(f"{do}: {name} is {value!r}, {_kind(name)} expected") from None
    if not np.isfinite(numbers).all() or numbers.ndim > (2 if name == "points" else 0):
        raise BlisshError(f"{do}: {name} is {value!r}, {_kind(name)} expected")
    return numbers.tolist()


def whole(value: Any) -> int:
    n = int(value)
    if n != value:
        raise ValueError(value)
    return n


def _kind(name: str) -> str:
    if name == "points":
        return "a list of finite positions"
    return "a whole number" if name in _WHOLE else "a finite number"
