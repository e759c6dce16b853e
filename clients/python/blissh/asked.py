"""A request on its way: sent to the shell that runs the scan, and answered.

The answer comes as an element of a list of its own, and as an event of the
scan's stream. The list is quick; the stream is there after the store was away,
too, for the shell writes the scan once more into a store that came back empty.
"""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Tuple

from . import keys
from .answer import Answer, answer, answer_text
from .errors import Closed, NoAnswer, NotFound, StoreAway

if TYPE_CHECKING:
    from .nodes import Scan

PATIENCE = 10.0  # s; a scan waits no longer for its store either
GRACE = 12.0  # s for a scan to be published again into an empty store
SILENCE = 30.0  # s without a heartbeat, after which the scan's process is presumed to be gone
RETRY = 0.1  # s between attempts
_BLOCK = 1.0  # s of one BLPOP: below the time limit of a connection
_LIFE = 50.0  # s for which the list of answers is there, and less than that
_PAGE = 500  # entries of one XRANGE

Fields = Mapping[bytes, bytes]
NONE: Fields = {}


class Asked:
    """A request that was sent. It may be used from any thread."""

    def __init__(self, scan: "Scan", fields: Dict[str, Any]) -> None:
        self.scan = scan
        self.id = keys.check_name("request", fields["id"])
        self.do = str(fields["do"])
        self._fields, self._asked = fields, time.monotonic()
        self._entry = b""  # of the stream of requests, while it is known to be there
        self._from = b"0-0"  # entry of the scan's stream after which the answer comes
        self._tries = 0  # how often it was sent
        self._answer: Optional[Answer] = None
        self._away = False  # the store was away, and the answer may have come meanwhile
        self._ended = 0  # how often the scan was seen to have ended
        self._gone: Optional[float] = None  # since when it is not in the store
        self._beat: Optional[Tuple[Any, float]] = None  # the heartbeat, and since when it is that
        self._waiting = threading.Lock()  # one waits, the others for him
        self._insist(time.monotonic() + PATIENCE)

    def __repr__(self) -> str:
        return f"<{self.do} {self.id} to {self.scan.db_name}: {self._answer or 'no answer yet'}>"

    def answer(self, timeout: Optional[float] = None) -> Answer:
        """Waits for the answer. It comes between two points: after a count of an
        hour it takes an hour. TimeoutError says that it did not come within so
        many seconds, NoAnswer that the scan ended without one; a refusal is an
        answer. While the store is away it is waited for, and a request that was
        lost with the store is sent again."""
        until = None if timeout is None else time.monotonic() + timeout
        if not self._waiting.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            raise TimeoutError(f"{self.do} {self.id}: no answer within {timeout:g} s")
        try:
            if self._answer is None:
                self._answer = self._wait(until)
        finally:
            self._waiting.release()
        if self._answer is None:
            raise TimeoutError(f"{self.do} {self.id}: no answer within {timeout:g} s")
        return self._answer

    def done(self) -> bool:
        """Whether the answer has come; it does not wait."""
        try:
            self.answer(0)
        except TimeoutError:
            return False
        return True

    def future(self) -> "Future[Answer]":
        """The answer as a future, for concurrent.futures and asyncio.wrap_future."""
        result: "Future[Answer]" = Future()
        result.set_running_or_notify_cancel()

        def wait() -> None:
            try:
                result.set_result(self.answer())
            except BaseException as e:
                result.set_exception(e)

        threading.Thread(target=wait, name=f"answer {self.id}", daemon=True).start()
        return result

    # Sending.

    def _insist(self, until: float) -> None:
        """Sends the request, again and again while the store is away. It may get
        there twice: the scan obeys one of an id."""
        while True:
            try:
                return self._send()
            except StoreAway:
                if time.monotonic() > until:
                    raise
            time.sleep(RETRY)

    def _send(self) -> None:
        store, stream = self.scan.store, keys.stream(self.scan.session, self.scan.uid)
        if not self._tries:
            newest = store.ask("xrevrange", stream, "(" + str(keys.END), "-", count=1)
            self._from = newest[0][0] if newest else b"0-0"
        self._tries += 1
        self._entry = store.ask("xadd", keys.requests(self.scan.session, self.scan.uid), {"json": self._text()})

    def _text(self) -> str:
        """The request as JSON. What is left of its time gets less when it is sent
        again, for the scan counts from there."""
        fields = dict(self._fields)
        if "within" in fields:
            fields["within"] = max(0.0, fields["within"] - (time.monotonic() - self._asked))
        return json.dumps(fields, ensure_ascii=False, allow_nan=False)

    # Waiting.

    def _wait(self, until: Optional[float]) -> Optional[Answer]:
        """The answer; None if it did not come in time."""
        while not self.scan.store.closed:
            left = _BLOCK if until is None else min(_BLOCK, until - time.monotonic())
            try:
                found = self._missed() or self._popped(left)
                if found is not None:
                    return found
                if self._over():
                    return self._told() or self._nobody()
            except StoreAway:
                self._away, self._beat = True, None
                time.sleep(RETRY)
            except Exception:
                if not self.scan.store.closed:
                    raise
            if until is not None and time.monotonic() >= until:
                return None
        raise Closed("the store is closed")

    def _missed(self) -> Optional[Answer]:
        """The answer from the scan's stream, if it may be no longer, or never have
        been, in the list. A request that was lost with the store is sent again."""
        at = keys.requests(self.scan.session, self.scan.uid), self._entry, self._entry
        lost = not self.scan.store.ask("xrange", *at)
        if not lost and not self._away and time.monotonic() - self._asked < _LIFE:
            return None
        found = self._told()
        if found is None and lost:
            self._send()
        self._away = False
        return found

    def _popped(self, seconds: float) -> Optional[Answer]:
        """What the list of answers has, or gets within so many seconds."""
        store, key = self.scan.store, keys.answer(self.scan.session, self.scan.uid, self.id)
        if seconds < 0.01:  # 0 would be for ever
            text = store.ask("lpop", key)
        else:
            _, text = store.ask("blpop", key, timeout=seconds) or (key, None)
        found = answer_text(text) if text else None
        if found is not None and found.doubled and self._tries > 1:
            return self._told() or found  # that of the one which was obeyed
        return found

    def _told(self) -> Optional[Answer]:
        """What the scan's stream says: the first answer to a request of this id."""
        after, page = self._from, [(b"", NONE)]
        while page:
            page = self.scan.store.ask("xrange", keys.stream(self.scan.session, self.scan.uid), b"(" + after, "+", count=_PAGE)
            for after, fields in page:
                found = _answered(fields)
                if found is not None and found.id == self.id:
                    return found
        return None

    def _over(self) -> bool:
        """Whether nobody runs the scan any more: it has ended, and a second look
        found no answer either; it is not in the store, also after the time that a
        store which came back empty has; or its shell shows no sign of life."""
        now = time.monotonic()
        try:
            outcome, self._gone = self.scan.refresh().outcome, None
        except NotFound:
            self._gone = self._gone or now
            return now - self._gone > GRACE
        beat = self.scan.store.ask("hget", keys.session(self.scan.session), "heartbeat")
        if self._beat is None or self._beat[0] != beat:
            self._beat = beat, now
        self._ended += bool(outcome)
        return self._ended > 1 or now - self._beat[1] > SILENCE

    def _nobody(self) -> Answer:
        raise NoAnswer(f"{self.do} {self.id} to {self.scan.db_name}: no answer, nobody runs the scan any more")


def _answered(fields: Fields) -> Optional[Answer]:
    """The answer in an entry of a scan's stream, if there is one."""
    if fields.get(b"event") != b"steering":
        return None
    try:
        detail = json.loads(fields.get(b"json", b""))
    except ValueError:
        return None
    return answer(detail.get("answer")) if isinstance(detail, dict) else None
