"""A supplier that sends back whatever it was sent, each time dressed up otherwise."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = b"s3ss10n-0f-the-server-8f2c41d7"
"""The session that the server opens, and shows on its pages."""
IN_LOCATION = b"operator:w0rd-of-passage@"
"""Who may go to where it redirects."""
REFRESH = b"refresh-4f0c2a9be17d4c55a0"
IDENTITY = b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLW9mLWFuLWlkLXRva2Vu"
Headers = list[tuple[bytes, bytes]]
_HEADERS = frozenset({b"authorization", b"proxy-authorization", b"cookie"})
_MEMBERS = frozenset({"access_token", "client_assertion", "client_secret", "refresh_token"})


def _in_halves(secret: bytes) -> Headers:
    middle = len(secret) // 2
    return [(b"x-first", secret[:middle]), (b"x-second", b"and then " + secret[middle:])]


def _percent(secret: bytes) -> bytes:
    return "".join(f"%{byte:02x}" for byte in secret).encode()


def _escapes(secret: bytes) -> bytes:
    return "".join(f"\\u{byte:04X}" for byte in secret).encode()


def _references(secret: bytes) -> bytes:
    return "".join(f"&#x{byte:X};" if byte % 2 else f"&#{byte};" for byte in secret).encode()


IN_HEADERS: tuple[Callable[[bytes], Headers], ...] = (
    _in_halves,
    lambda secret: [(b"x-echo", b"you sent " + secret)],
    lambda secret: [(b"x-echo", base64.b64encode(b"ab" + secret))],
    lambda secret: [(b"x-echo", secret.hex().upper().encode())],
    lambda secret: [(b"x-echo", _percent(secret))],
    lambda secret: [(b"www-authenticate", b'Bearer error="invalid_token", error_description="' + secret + b'"')],
    lambda secret: [(b"x-refreshed-access-token", secret), (b"set-cookie", b"last=" + secret + b"; Secure")],
    lambda secret: [(b"location", b"https://" + IN_LOCATION + b"elsewhere.example/?t=" + secret)],
)
IN_BODIES: tuple[Callable[[bytes], tuple[str, bytes]], ...] = (
    lambda secret: ("text/html", b"<h1>Error</h1><pre>Authorization: " + secret + b"</pre>"),
    lambda secret: ("text/html", b"<p>" + _references(secret) + b" in session " + COOKIE),
    lambda secret: ("application/fhir+json", _outcome(secret)),
    lambda secret: ("application/fhir+json", _outcome(_escapes(secret))),
    lambda secret: ("application/fhir+json", _outcome(secret.hex().encode())),
    lambda secret: ("application/fhir+json", _outcome(base64.b64encode(b"x" + secret))),
    lambda secret: ("application/fhir+json; charset=utf-16", _outcome(secret).decode("latin-1").encode("utf-16")),
    lambda secret: ("application/octet-stream", gzip.compress(_outcome(secret))),
    lambda secret: ("text/plain", _percent(secret) + b" " + secret[:20] + b"\n" + secret),
    lambda secret: ("application/fhir+xml", b'<OperationOutcome><id value="' + _references(secret) + b'"/>'),
    lambda secret: ("text/html", b'<a href="https://' + IN_LOCATION + b'inside.example/">' + secret + b"</a>"),
)


def _outcome(text: bytes) -> bytes:
    start = (
        b'{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "login", "diagnostics": "Not: '
    )
    return start + text + b'"}]}'


class Echoing:
    """ASGI middleware. ``seen`` is every secret that came, ``given`` what it gives of its own accord.

    Every answer has the secrets of its request in its headers; every error and every seventh is a page with one of
    them, and the others, where they are JSON, have it inside.
    """

    def __init__(self, app: ASGIApp, also: tuple[bytes, ...] = ()) -> None:
        self._app = app
        self._also = frozenset(also)
        """Names of further headers that hold a secret."""
        self._answers = 0
        self._pages = 0
        self.seen: set[bytes] = set()
        self.given = {COOKIE, IN_LOCATION, REFRESH, IDENTITY}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: the right answer, spoilt."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = await _whole(receive)
        sent, answer = [False], list[Message]()

        async def again() -> Message:
            if sent[0]:
                return {"type": "http.disconnect"}
            sent[0] = True
            return {"type": "http.request", "body": asked, "more_body": False}

        async def keep(message: Message) -> None:
            answer.append(message)

        secrets = self._secrets(scope, asked)
        self.seen |= set(secrets)
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, again, keep)
        await self._say(scope["path"], secrets, answer, send)

    def _secrets(self, scope: Scope, asked: bytes) -> list[bytes]:
        found = []
        for name, value in scope["headers"]:
            if name in _HEADERS | self._also:
                scheme, _, rest = value.partition(b" ")
                found.append(rest or value)
                if scheme.lower() == b"basic":
                    found.append(base64.b64decode(rest).partition(b":")[2])
        pairs = parse_qsl(scope["query_string"].decode("latin-1")) + parse_qsl(asked.decode("latin-1"))
        found += [value.encode() for name, value in pairs if name in _MEMBERS]
        return [one for one in found if len(one) >= 8]

    async def _say(self, path: str, secrets: list[bytes], answer: list[Message], send: Send) -> None:
        status, body = answer[0]["status"], b"".join(message.get("body", b"") for message in answer[1:])
        headers: Headers = [pair for pair in answer[0]["headers"] if pair[0].lower() != b"content-length"]
        self._answers += 1
        number = self._answers
        headers.append((b"set-cookie", b"session=" + COOKIE + b"; HttpOnly"))
        for secret in secrets:
            headers += IN_HEADERS[number % len(IN_HEADERS)](secret)
        if path.endswith("/token") and status == 200:
            members = json.loads(body)
            body = json.dumps({**members, "refresh_token": REFRESH.decode(), "id_token": IDENTITY.decode()}).encode()
        elif secrets and (status >= 400 or number % 7 == 0) and not path.endswith("metadata"):
            self._pages += 1
            kind, body = IN_BODIES[self._pages % len(IN_BODIES)](secrets[0])
            status = status if status >= 400 or self._pages % 2 else 403
            headers = [pair for pair in headers if pair[0].lower() not in (b"content-type", b"content-encoding")]
            headers.append((b"content-type", kind.encode()))
        elif secrets and body.startswith(b"{"):
            body = b'{"implicitRules": "' + _escapes(secrets[-1]) + b'", ' + body[1:]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _whole(receive: Receive) -> bytes:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return content
