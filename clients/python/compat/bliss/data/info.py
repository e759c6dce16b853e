"""The description of a scan under the keys of the original."""

import datetime
import time
from typing import Any, Dict, List

import blissh
from blissh.description import ChannelInfo


def full_name(info: ChannelInfo) -> str:
    """A data channel's name with that of its controller: axis:robz,
    timer:elapsed_time, simulation_counter_controller:sim_ct_gauss."""
    group = {"axis": "axis", "timer": "timer"}.get(info.role) or info.controller
    return f"{group}:{info.name}" if group else info.name


def scan_info(scan: blissh.Scan) -> Dict[str, Any]:
    """What the original's scans say of themselves, as far as there is such a thing."""
    d = scan.description
    start = _number(d.get("start"))
    info = {
        "session_name": scan.session, "user_name": d.get("user", ""), "node_name": scan.db_name,
        "name": d.get("name", ""), "scan_nb": scan.number, "title": scan.title, "type": d.get("type") or d.get("name", ""),
        "npoints": d.get("planned", 0), "count_time": d.get("count_time", 0.0), "save": bool(d.get("save")),
        "filename": "", "start_timestamp": start, "start_time": datetime.datetime.fromtimestamp(start).astimezone(),
        "start_time_str": time.strftime("%a %b %d %H:%M:%S %Y", time.localtime(start)),
        "start": [r.get("start") for r in _dicts(d.get("ranges"))], "stop": [r.get("stop") for r in _dicts(d.get("ranges"))],
        "positioners": _positioners(d), "acquisition_chain": _chain(scan),
    }
    if scan.outcome:
        info.update(end_timestamp=_number(d.get("end")), outcome=scan.outcome, end_reason=scan.reason)
    return info


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _dicts(value: Any) -> List[Dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _positioners(d: Dict[str, Any]) -> Dict[str, Any]:
    axes = [a for a in _dicts(d.get("axes")) if a.get("start") is not None]
    return {
        "positioners_start": {a.get("name"): a["start"] for a in axes},
        "positioners_units_start": {a.get("name"): a.get("unit") for a in axes},
    }


def _chain(scan: blissh.Scan) -> Dict[str, Any]:
    """One acquisition chain, led by the scanned axes, or by the timer without any."""
    axes = [c for c in scan.infos if c.role == "axis"]
    others = [c for c in scan.infos if c.role != "axis"]
    return {"axis" if axes else "timer": dict(_sorted(others), master=_sorted(axes))}


def _sorted(infos: List[ChannelInfo]) -> Dict[str, Any]:
    """Data channels by the number of their dimensions."""
    names = {n: [full_name(c) for c in infos if len(c.shape) == n] for n in range(3)}
    return {
        "scalars": names[0], "spectra": names[1], "images": names[2],
        "scalars_units": {full_name(c): c.unit or None for c in infos if c.scalar},
        "display_names": {full_name(c): c.name for c in infos},
    }
