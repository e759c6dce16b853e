"""Prints when a scan of a session starts and when it ends.

    python3 follow_scans.py [SESSION]
"""

import sys

import blissh

session = blissh.connect().session(sys.argv[1] if len(sys.argv) > 1 else "demo_session")
print("following", session.name, flush=True)
for event in session.follow():
    if isinstance(event, blissh.NewNode) and isinstance(event.node, blissh.Scan):
        print(f"{event.node.db_name} started: {event.node.title}", flush=True)
    elif isinstance(event, blissh.EndScan):
        print(f"{event.node.db_name} {event.outcome} with {event.points} points {event.reason}".rstrip(), flush=True)
    elif isinstance(event, blissh.Lost):
        print(f"{event.node.db_name}: no sign of life for {event.silent:.0f} s", flush=True)
