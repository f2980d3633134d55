"""What the network gave for one request, before anything of it is written."""

from __future__ import annotations

from checker.model.exchange import Failure, Headers, OwnConnection, Wire
from checker.model.value import Value


class Answer(Value, frozen=True, kw_only=True):
    """A status, a failure, or both when the head came and the body could not be kept.

    ``body`` is decoded and whole, or b"". It still holds whatever the server said, secrets too.
    """

    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    wire: Wire = Wire()
    failure: Failure | None = None
    connection: OwnConnection | None = None
    """Where it came over a connection of its own. With an alert there, and no status, the alert was the answer."""
