"""The import names of the original, for its client programs.

A program that follows sessions of the original runs unchanged with this folder
and package blissh on PYTHONPATH. docs/python.md says what is here.
"""
