"""The store that programs use without naming it."""

import threading
from typing import Optional

import blissh

_lock = threading.Lock()
_store: Optional[blissh.Store] = None


def store() -> blissh.Store:
    """This program's connection: to BLISSH_STORE, BEACON_HOST or the user's own."""
    global _store
    with _lock:
        if _store is None:
            _store = blissh.connect()
        return _store
