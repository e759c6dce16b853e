"""Which sessions there are."""

from typing import List

from .._connection import store


def get_sessions_list() -> List[str]:
    """Names of the sessions that the store knows."""
    return [s.name for s in store().sessions()]
