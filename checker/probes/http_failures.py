"""Why an HTTP exchange failed, in a stable word: by the chain of causes, by text only where nothing else tells.

httpx reports a refused connection, an unknown certificate and a peer that speaks no TLS by one
class; what tells them apart is the exception below.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from checker.model.exchange import Failure
from checker.model.terms import Reason
from checker.probes.http2 import trouble
from checker.probes.tls_problems import verification_problem, words

NOT_A_URL = Failure(reason=Reason.NETWORK, cause="protocol", message="Not an http or https URL.")


def deadline(timeout_s: float, *, answering: bool) -> Failure:
    """The time of the request is over: before anything came, or in the middle of the answer."""
    if answering:
        message = f"The answer was not complete after {timeout_s:g} s."
        return Failure(reason=Reason.TIMEOUT, cause="deadline", message=message)
    return Failure(reason=Reason.TIMEOUT, cause="read-timeout", message=f"No answer within {timeout_s:g} s.")


def explain(problem: BaseException) -> Failure:
    """The failure that an exception of the transport stands for."""
    chain = list(_causes(problem))
    names = {name for cause in chain for name in _class_names(cause)}
    cause, message = _tls(chain) or _socket(chain) or trouble(chain) or _by_class(names, problem)
    reason = Reason.TIMEOUT if cause in {"connect-timeout", "read-timeout"} else Reason.NETWORK
    return Failure(reason=reason, cause=cause, message=message)


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        yield problem
        if isinstance(problem, BaseExceptionGroup):  # one for each address that was tried
            yield from (inner for one in problem.exceptions for inner in _causes(one))
        problem = problem.__cause__ or problem.__context__


def _class_names(problem: BaseException) -> Iterator[str]:
    for kind in type(problem).__mro__:
        yield f"{kind.__module__.partition('.')[0]}.{kind.__name__}"


def _tls(chain: list[BaseException]) -> tuple[str, str] | None:
    for cause in chain:
        if isinstance(cause, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            continue  # what a broken-off handshake was waiting for is not what went wrong
        if isinstance(cause, ssl.SSLCertVerificationError):
            problem = verification_problem(cause)
            hint = ". Trust its issuer with --ca-bundle, or use --trust system" if problem == "untrusted" else ""
            return "tls", f"The certificate was not accepted ({problem}): {cause.verify_message}{hint}."
        if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return "closed", "The connection was closed during the TLS exchange, without an alert."
        if isinstance(cause, ssl.SSLError):
            return "tls", f"TLS failed: {words(cause)}"
    return None


def _socket(chain: list[BaseException]) -> tuple[str, str] | None:
    for cause in chain:
        if isinstance(cause, socket.gaierror):
            return "dns", "The name has no address here."
        if isinstance(cause, ConnectionRefusedError):
            return "refused", "The connection was refused."
        if isinstance(cause, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
            return "closed", "The connection was reset by the other side."
    return None


def _by_class(names: set[str], problem: BaseException) -> tuple[str, str]:
    text = str(problem) or type(problem).__name__
    if "httpx.ConnectTimeout" in names:
        return "connect-timeout", "No connection within the time for it (TCP and TLS)."
    if "httpx.TimeoutException" in names:
        return "read-timeout", "The other side took nothing and said nothing."
    if "httpx.ProxyError" in names:
        return "proxy", f"The proxy refused: {text}"
    if "httpx.RemoteProtocolError" in names:
        # h11 is not among the causes when the peer simply went away before answering.
        if "h11.RemoteProtocolError" not in names or "peer closed connection" in text:
            return "closed", "The connection was closed before the answer was complete."
        return "protocol", f"The answer is not HTTP: {text}"
    if "httpx.ConnectError" in names:
        if "anyio.EndOfStream" in names or "anyio.BrokenResourceError" in names:
            return "closed", "The connection was closed during the TLS handshake."
        return "refused", f"No connection: {text}"
    if "httpx.NetworkError" in names:
        return "closed", "The connection was closed."
    return "protocol", f"The request could not be sent: {text}"
