"""Keys and entry IDs of the store, as docs/data.md states them."""

import re
from typing import NamedTuple, Union

from .errors import BlisshError

STORE = "blissh:store"
SESSIONS = "blissh:sessions"

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def check_name(what: str, name: str) -> str:
    """Returns a name that may be part of a key, and refuses any other."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BlisshError(f"{what} {name!r}: a name is made of letters, digits, _ . and -, at most 64")
    return name


def session(name: str) -> str:
    # The braces keep a session on one server of a Redis Cluster.
    return "blissh:{%s}" % name


def events(name: str) -> str:
    return session(name) + ":events"


def scans(name: str) -> str:
    return session(name) + ":scans"


def scan(name: str, uid: str) -> str:
    return f"{session(name)}:scan:{uid}"


def stream(name: str, uid: str) -> str:
    return scan(name, uid) + ":stream"


def array(name: str, uid: str, channel: str) -> str:
    return f"{scan(name, uid)}:array:{channel}"


def requests(name: str, uid: str) -> str:
    """What is asked of a running scan."""
    return scan(name, uid) + ":requests"


def answer(name: str, uid: str, request: str) -> str:
    """The answers to a request, as its sender gets them."""
    return f"{scan(name, uid)}:answer:{request}"


def shared(name: str, of_session: str = "") -> str:
    """The key of a shared channel, of the store or of one session."""
    if of_session:
        return f"{session(of_session)}:channel:{name}"
    return "blissh:channel:{%s}" % name


class EntryID(NamedTuple):
    """The ID of an entry in a scan's stream: points taken, and 0 for a block
    or the number of the event after that point."""

    k: int
    seq: int

    def __str__(self) -> str:
        return f"{self.k}-{self.seq}"


END = EntryID(9007199254740991, 1)

# More points than a scan can have: an ID from there on that is not the end was
# made from a clock, so by somebody else.
FOREIGN = 1_000_000_000_000


def parse_id(text: Union[bytes, str]) -> EntryID:
    """Reads an ID as Redis writes it."""
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    k, _, seq = text.partition("-")
    try:
        return EntryID(int(k), int(seq))
    except ValueError:
        raise BlisshError(f"{text!r} is not the ID of an entry") from None
