"""Zooms on the peak: once a scan of one axis has gone past the peak of its first
counter, asks it to take finer points there, and says at the end where the peak
is. The scan has to allow that: s.allow(robz, -3, 1, points=400).

    python3 zoom_on_peak.py [SESSION]
"""

import sys
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

import blissh

INTERVALS, WIDTHS = 100, 1.5  # of the fine range, which is so many widths of the peak


class Curve:
    """The first counter of one scan over its axis."""

    def __init__(self, scan: blissh.Scan) -> None:
        moving = scan.description["moving"]
        counters = [c.name for c in scan.infos if c.role == "counter" and c.scalar]
        good = len(moving) == 1 and counters and scan.description["allow"]
        self.names: List[str] = [moving[0], counters[0]] if good else []
        self.columns: List[Any] = [np.empty(0), np.empty(0)]
        self.fine = 0  # first point of the fine range; -1: refused

    def take(self, event: blissh.NewData) -> None:
        if event.node.name in self.names:
            i = self.names.index(event.node.name)
            self.columns[i] = np.append(self.columns[i], event.values)

    def fine_range(self) -> Optional[Tuple[float, float]]:
        """From where to where the peak is, beginning at the side where the axis is;
        None while the scan is not past it."""
        n = min(map(len, self.columns))
        x, y = (c[:n] for c in self.columns)
        if n < 5 or self.fine:
            return None
        above = np.flatnonzero(y > (y.max() + y.min()) / 2)
        if len(above) < 2 or above[0] == 0 or above[-1] > n - 3:
            return None
        # The edges of the peak are in the middle of the steps into it and out of it.
        first, last = x[above[0] - 1 : above[0] + 1].mean(), x[above[-1] : above[-1] + 2].mean()
        middle, half = (first + last) / 2, WIDTHS * (last - first) / 2
        return middle + half, middle - half


def peak(x: Any, y: Any) -> float:
    """The centre of a Gauss curve through the points above a fifth of the height:
    its logarithm is a parabola."""
    top = y > y.max() / 5
    if top.sum() < 3:
        return float("nan")
    at = x[top].mean()
    a, b, _ = np.polyfit(x[top] - at, np.log(y[top]), 2, w=y[top])
    return float(at - b / (2 * a))


def zoom(scan: blissh.Scan, curve: Curve) -> None:
    """Asks for the finer points as soon as it is known where they belong."""
    wanted = curve.fine_range()
    if not wanted:
        return
    curve.fine = -1
    try:
        answer = scan.range(*wanted, INTERVALS).answer()
    except blissh.NoAnswer as e:
        print(e, flush=True)
        return
    print(f"{scan.db_name}: {wanted[0]:.4f} to {wanted[1]:.4f}: {answer}", flush=True)
    if answer.applied:
        curve.fine = answer.point


def report(scan: blissh.Scan, curve: Curve) -> None:
    """Says where the peak is."""
    if curve.fine > 0:
        x, y = curve.columns
        coarse, fine = peak(x[: curve.fine], y[: curve.fine]), peak(x[curve.fine :], y[curve.fine :])
        print(f"{scan.db_name}: the peak is at {fine:.5f} by the fine points, {coarse:.5f} by the coarse ones", flush=True)


session = blissh.connect().session(sys.argv[1] if len(sys.argv) > 1 else "demo_session")
curves: Dict[str, Curve] = {}  # by uid: what one scan has measured is not another's
print("following", session.name, flush=True)
for event in session.follow():
    if isinstance(event, blissh.NewNode) and isinstance(event.node, blissh.Scan):
        curves[event.node.uid] = Curve(event.node)
    elif isinstance(event, blissh.NewData):
        curves[event.node.scan.uid].take(event)
        zoom(event.node.scan, curves[event.node.scan.uid])
    elif isinstance(event, blissh.EndScan):
        report(event.node, curves.pop(event.node.uid))
