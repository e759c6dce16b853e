"""Writes the scalar data channels of a scan to standard output, as CSV.

    python3 to_csv.py [NUMBER] [SESSION]
"""

import csv
import sys

import blissh

session = blissh.connect().session(sys.argv[2] if len(sys.argv) > 2 else "demo_session")
scan = session.scan(int(sys.argv[1])) if len(sys.argv) > 1 else session.last_scan()
columns = scan.data()
out = csv.writer(sys.stdout)
out.writerow(columns)
out.writerows(zip(*(c.tolist() for c in columns.values())))
