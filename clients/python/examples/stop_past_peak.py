"""Stops each scan that has gone past a peak of a counter: three points in a row
are below half of the highest one.

    python3 stop_past_peak.py COUNTER [SESSION]
"""

import sys

import numpy as np

import blissh

session = blissh.connect().session(sys.argv[2] if len(sys.argv) > 2 else "demo_session")
print("following", session.name, flush=True)
values = np.empty(0)
for event in session.follow():
    if isinstance(event, blissh.Prepared):
        values = np.empty(0)
    elif isinstance(event, blissh.NewData) and event.node.name == sys.argv[1]:
        values = np.append(values, event.values)
        if len(values) > 3 and (values[-3:] < values.max() / 2).all():
            answer = event.node.scan.stop(f"past the peak of {values.max():.4g}").answer()
            print(f"{event.node.scan.db_name}: stop {answer}", flush=True)
            values = np.empty(0)
