"""Where the brightest pixel of each image of a scan is: of the running scan as
the images come, else of the one that ended last.

    python3 brightest.py IMAGE [SESSION]
"""

import sys

import numpy as np

import blissh

scan = blissh.connect().session(sys.argv[2] if len(sys.argv) > 2 else "demo_session").last_scan()
for event in scan.follow():
    if isinstance(event, blissh.NewData) and event.node.name == sys.argv[1]:
        for i, image in enumerate(event.values, event.first):
            row, column = np.unravel_index(image.argmax(), image.shape)
            print(f"{scan.db_name} point {i}: {image.max()} at row {row}, column {column}", flush=True)
