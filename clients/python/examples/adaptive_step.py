"""Takes two points more wherever a counter has changed by more than a tenth of
its range; the points that were planned are taken, too. The scan has to allow it:
s.allow(robz, -5, 5, points=200). One that waits for advice, with wait_advice=10,
has each two points where they belong, and not some points later.

    python3 adaptive_step.py COUNTER [SESSION]
"""

import sys
from typing import List

import blissh

store = blissh.connect()
session = store.session(sys.argv[2] if len(sys.argv) > 2 else "demo_session")
print("following", session.name, flush=True)
planned: List[float] = []  # positions of the planned points
values: List[float] = []  # and what was counted there
extra = range(0)  # points that were asked for
for event in session.follow():
    if isinstance(event, blissh.Prepared):
        planned, values, extra = [], [], range(0)
    elif isinstance(event, blissh.NewData) and event.node.name == sys.argv[1]:
        scan = event.node.scan
        for i, y in enumerate(event.values, event.first):
            if i in extra:
                scan.go_on()
                continue
            planned.append(scan[scan.description["moving"][0]][i])
            values.append(y)
            if len(values) > 3 and abs(values[-1] - values[-2]) > (max(values) - min(values)) / 10:
                middle, step = (planned[-1] + planned[-2]) / 2, abs(planned[-1] - planned[-2]) / 3
                answer = scan.insert(middle, step, 2).answer()
                print(f"{scan.db_name}: two points more around {middle:.3f}: {answer}", flush=True)
                extra = range(answer.point, answer.point + 2) if answer.applied else extra
            else:
                scan.go_on()
