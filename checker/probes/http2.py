"""HTTP/2 (RFC 9113): whether it can be spoken here, what it cannot carry, and what its failures mean."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from typing import Any

from checker.errors import SupplierFault
from checker.model.exchange import Headers

_OF_ONE_CONNECTION = frozenset({"connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def demand() -> None:
    """Raises ``SupplierFault`` where HTTP/2 is asked for and ``h2`` is not installed."""
    if importlib.util.find_spec("h2") is None:
        raise SupplierFault(
            "HTTP/2 is asked for, and the extra 'http2' is not installed.",
            where="--http2, or http2 under [network] of supplier.toml",
            next_step='Install it (pip install "nhs-standards-checker[http2]"), or leave the option out.',
        )


def unsendable(method: str, headers: Headers) -> str:
    """What of a request HTTP/2 cannot carry as it is written (RFC 9113 sections 8.2 and 8.3.1); "" for nothing.

    The libraries would leave some of it out without a word, and send the rest as it is.

    >>> unsendable("GET", (("TE", "trailers"), ("Authorization", "a"), ("Authorization", "b")))
    ''
    >>> unsendable("GET", (("Connection", "close"),))
    'the header Connection, which is of one HTTP/1.1 connection'
    """
    if not _TOKEN.fullmatch(method):
        return "a method that is no token"
    for name, value in headers:
        lower = name.lower()
        if not _TOKEN.fullmatch(name):
            return "a header whose name is no token"
        if _CONTROL.search(value):
            return f"the header {name}, whose value has a control character"
        if lower in _OF_ONE_CONNECTION or (lower == "te" and value.lower() != "trailers"):
            return f"the header {name}, which is of one HTTP/1.1 connection"
    if [name.lower() for name, _ in headers].count("host") > 1:
        return "more than one Host"
    return ""


def trouble(chain: Iterable[BaseException]) -> tuple[str, str] | None:
    """Stable word and sentence for exceptions that HTTP/2 explains; None where it does not.

    The events and errors of ``h2`` are told by their names: nothing is imported where HTTP/2 is not spoken.
    """
    for cause in chain:
        for one in (cause, *cause.args):
            kinds = {kind.__name__ for kind in type(one).__mro__ if kind.__module__.partition(".")[0] in _LIBRARIES}
            if type(one).__name__ == "ConnectionNotAvailable":  # of httpcore, in the middle of an answer
                return "closed", "The server ended the connection before the answer was complete."
            if "StreamReset" in kinds:
                return "closed", f"The server reset the stream ({_code(one)}) before the answer was complete."
            if "ConnectionTerminated" in kinds:
                return (
                    "closed",
                    f"The server ended the connection (GOAWAY, {_code(one)}) before the answer was complete.",
                )
            if kinds & {"StreamClosedError", "NoSuchStreamError"}:
                return "closed", "The server closed the stream before it had taken the whole request."
            if kinds and "ConnectionState.CLOSED" in str(one):
                return "closed", "The connection had ended by what happened to another request."
            if kinds:
                return "protocol", f"The exchange does not keep to HTTP/2: {str(one) or type(one).__name__}"
    return None


_LIBRARIES = frozenset({"h2", "hpack", "hyperframe"})


def _code(event: Any) -> str:
    code = getattr(event, "error_code", None)
    said = getattr(code, "name", None) or (f"error code {code}" if isinstance(code, int) else "no error code")
    return f"{said}: it wants HTTP/1.1" if said == "HTTP_1_1_REQUIRED" else str(said)
