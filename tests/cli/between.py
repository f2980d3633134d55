"""What may stand between a right supplier and its clients: each spoils answers in one manner."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers in lower case, body."""
Manner = Callable[[str, int, Answer], Answer | None]
"""What a path with its query, the number of the request, and the right answer become; None: the answer stays."""


class Between:
    """ASGI middleware: every answer in FHIR is handed on as a manner has it."""

    def __init__(self, app: ASGIApp, manner: Manner) -> None:
        self._app = app
        self._manner = manner
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; tokens are given out as always."""
        path = scope.get("path", "")
        if scope["type"] != "http" or "/fhir" not in path.lower():
            await self._app(scope, receive, send)
            return
        self._requests += 1
        number = self._requests
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, keep)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in kept[0]["headers"]}
        body = b"".join(message.get("body", b"") for message in kept[1:])
        query = scope["query_string"].decode("latin-1")
        right: Answer = (kept[0]["status"], headers, body)
        status, said, content = self._manner(f"{path}?{query}" if query else path, number, right) or right
        said = {name: value for name, value in said.items() if name != "content-length"}
        response = Response(content, status_code=status)
        length = [] if scope["method"] == "HEAD" else [(b"content-length", str(len(content)).encode())]
        response.raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in said.items()] + length
        await response(scope, receive, send)


def as_json(answer: Answer) -> dict[str, Any] | None:
    """The resource of an answer; None where there is none."""
    try:
        content = json.loads(answer[2])
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def body(answer: Answer, content: object) -> Answer:
    """The answer with another resource in it."""
    return answer[0], answer[1], json.dumps(content).encode()


def other_id(path: str, number: int, answer: Answer) -> Answer | None:
    """Reads give the record of somebody else."""
    content = as_json(answer)
    if content is None or "id" not in content or content["resourceType"] in ("Bundle", "CapabilityStatement"):
        return None
    return body(answer, {**content, "id": "someone-else"})


def other_type(path: str, number: int, answer: Answer) -> Answer | None:
    """Bundles hold resources of a type that nobody asked for."""
    content = as_json(answer)
    if content is None or content["resourceType"] != "Bundle":
        return None
    entries = [
        {**one, "resource": {**one["resource"], "resourceType": "Basic"}} if "resource" in one else one
        for one in content.get("entry", [])
    ]
    return body(answer, {**content, "entry": entries})


def other_charset(path: str, number: int, answer: Answer) -> Answer | None:
    """UTF-16, said to be so."""
    if as_json(answer) is None:
        return None
    status, headers, content = answer
    said = {**headers, "content-type": "application/fhir+json; charset=utf-16"}
    return status, said, content.decode().encode("utf-16")


def endless_next(path: str, number: int, answer: Answer) -> Answer | None:
    """Each page leads to another that is new."""
    content = as_json(answer)
    if content is None or content["resourceType"] != "Bundle" or not content.get("link"):
        return None
    here = content["link"][0]["url"]
    link = [*(one for one in content["link"] if one["relation"] != "next")]
    link.append({"relation": "next", "url": f"{here}{'&' if '?' in here else '?'}turn={number}"})
    return body(answer, {**content, "link": link})


def next_elsewhere(port: int) -> Manner:
    """Each page leads to another host."""

    def manner(path: str, number: int, answer: Answer) -> Answer | None:
        content = as_json(answer)
        if content is None or content["resourceType"] != "Bundle":
            return None
        link = [one for one in content.get("link", []) if one["relation"] != "next"]
        link.append({"relation": "next", "url": f"https://127.0.0.1:{port}{urlsplit(path).path}"})
        return body(answer, {**content, "link": link})

    return manner


def outcome_for_all(path: str, number: int, answer: Answer) -> Answer | None:
    """200 with an error inside, for everything but the statement."""
    if "/metadata" in path:
        return None
    issue = [{"severity": "error", "code": "exception", "diagnostics": "The database is away."}]
    return (200, answer[1], json.dumps({"resourceType": "OperationOutcome", "issue": issue}).encode())


def half_of_the_pages(path: str, number: int, answer: Answer) -> Answer | None:
    """Every second page that is asked for fails."""
    if "_page=" not in path or number % 2:
        return None
    return 500, answer[1], b'{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception"}]}'


def storm(path: str, number: int, answer: Answer) -> Answer | None:
    """Every second request is one too many."""
    return (429, {"retry-after": "0"}, b"") if number % 2 else None


def lasting_storm(path: str, number: int, answer: Answer) -> Answer | None:
    """After a while every request is one too many, for an hour."""
    return (429, {"retry-after": "3600"}, b"") if number > 6 else None


def large_statement(path: str, number: int, answer: Answer) -> Answer | None:
    """A CapabilityStatement of 20 MB."""
    content = as_json(answer)
    if content is None or content["resourceType"] != "CapabilityStatement":
        return None
    return body(answer, {**content, "description": "x" * 20_000_000})


def other_day(path: str, number: int, answer: Answer) -> Answer | None:
    """A clock that is a day behind."""
    status, headers, content = answer
    return status, {**headers, "date": "Mon, 02 Mar 2026 08:00:00 GMT"}, content
