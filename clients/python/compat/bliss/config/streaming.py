"""Ending a walk from elsewhere."""

from typing import Any, List


class DataStreamReaderStopHandler:
    """Given to a walk as stop_handler; stop() ends it, from any thread."""

    def __init__(self) -> None:
        self._readers: List[Any] = []
        self._stopped = False

    def attach(self, reader: Any) -> None:
        self._readers.append(reader)
        if self._stopped:
            reader.close()

    def stop(self) -> None:
        self._stopped = True
        for reader in self._readers:
            reader.close()
