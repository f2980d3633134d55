"""From an answer to a capture: what may be kept is kept, the rest is taken out and said so."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from checker.model.ask import Capture
from checker.model.clock import Clock
from checker.model.evidence import Redaction
from checker.model.exchange import Failure, Headers, HttpExchange, Request, Response
from checker.model.terms import Reason
from checker.model.value import sha256
from checker.probes.answer import Answer
from checker.probes.live_data import LiveDataGuard, live_data
from checker.probes.redact import Redactor

OAUTH = "oauth"
"""The view whose bodies hold tokens."""


@dataclass(frozen=True)
class Writer:
    """Makes captures. Nothing reaches a recording by another way."""

    redactor: Redactor
    guard: LiveDataGuard
    clock: Clock

    def capture(self, exchange: HttpExchange, received: Answer) -> Capture:
        """The exchange with what was received, without secrets and without live data."""
        redactor = self.redactor.fresh()
        asked = exchange.request
        live = self.guard.in_text(asked.url) | self.guard.numbers(asked.body) | self.guard.numbers(received.body)
        live |= self.guard.in_text("\n".join(value for _, value in (*asked.headers, *received.headers)))
        tokens = exchange.view == OAUTH
        body = b"" if live else redactor.body(received.body, "response.body", tokens=tokens)
        request = self._request(asked, redactor, withhold=bool(live), tokens=tokens)
        response = None
        if received.status is not None:
            response = Response(
                status=received.status,
                headers=self._headers(received.headers, redactor, "response"),
                body=sha256(body) if body else "",
                wire=received.wire,
            )
        failure = live_data(len(live)) if live else self._failure(received.failure, redactor)
        payload = msgspec.structs.replace(exchange, request=request, response=response, failure=failure)
        if live:
            redactor.note("exchange", "NHS number")
        return Capture(
            payload=payload,
            captured_at=self.clock.now(),
            blobs={sha256(body): body} if body else {},
            redactions=_in_order(redactor),
            withheld=Reason.UNSAFE if live else None,
        )

    def _request(self, request: Request, redactor: Redactor, *, withhold: bool, tokens: bool) -> Request:
        return msgspec.structs.replace(
            request,
            url=redactor.url(self.guard.redact(request.url), "request.url"),
            headers=self._headers(request.headers, redactor, "request"),
            body=b"" if withhold else redactor.body(request.body, "request.body", tokens=tokens),
        )

    def _headers(self, headers: Headers, redactor: Redactor, side: str) -> Headers:
        masked = tuple((name, self.guard.redact(value)) for name, value in headers)
        return redactor.headers(masked, f"{side}.headers")

    def _failure(self, failure: Failure | None, redactor: Redactor) -> Failure | None:
        if failure is None:
            return None
        return msgspec.structs.replace(failure, message=self.guard.redact(redactor.text(failure.message, "failure")))


def _in_order(redactor: Redactor) -> tuple[Redaction, ...]:
    return tuple(sorted(redactor.done, key=lambda one: (one.place, one.name)))
