"""What can go wrong, in one line each."""


class BlisshError(Exception):
    """Anything that this package complains about."""


class StoreError(BlisshError):
    """There is no store, or it cannot be reached or understood."""


class StoreAway(StoreError):
    """The store cannot be reached now; what was asked may be asked again."""


class NotFound(BlisshError, LookupError):
    """A scan or a point is not in the store, or no longer."""


class NotSent(StoreAway):
    """A shared channel was set while the store was away.

    The value holds in this process and is published when the store is back,
    unless a newer one replaces it or the process ends before.
    """


class NoAnswer(BlisshError):
    """A request to a scan that nobody runs any more, and that was not answered."""


class Closed(BlisshError):
    """The store, reader or shared channel has been closed."""
