"""Stops a scan that has passed a peak: sets the shared channel stop_alignment
once a counter falls under half of its largest value.

    python3 half_height.py COUNTER [SESSION]
"""

import sys

import blissh

store = blissh.connect()
session = store.session(sys.argv[2] if len(sys.argv) > 2 else "demo_session")
stop = store.shared("stop_alignment", default=False)
print("following", session.name, flush=True)
largest = 0.0
for event in session.follow():
    if isinstance(event, blissh.Prepared):
        largest = 0.0
    elif isinstance(event, blissh.NewData) and event.node.name == sys.argv[1]:
        largest = max(largest, event.values.max())
        if event.values[-1] < largest / 2 and not stop.value:
            print(f"stop at point {event.first + len(event) - 1}: {event.values[-1]:.4g} of {largest:.4g}", flush=True)
            stop.set(True)
