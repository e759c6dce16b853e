"""The import names of the original: see package bliss beside this one."""
