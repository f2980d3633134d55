"""What is kept of each captured exchange: what kind it is, and what judgement of that kind needs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from checker.probes.captured import Captured
from checker.probes.client_tokens import digest, is_audit, plain, token_facts

TOKEN, AUDITED, AUTHORISE, CALLBACK, CALL = "token", "gp-connect", "authorise", "callback", "call"
_INTERACTION = "ssp-interactionid"
_PLATFORM = ".api.service.nhs.uk"
"""What goes there carries an access token of the platform, also where it is for GP Connect."""
_ASSERTED = ("grant_type", "client_assertion", "client_assertion_type")
_SHOWN = ("grant_type", "client_assertion_type")
_TYPE = re.compile(r"[A-Z][a-z][A-Za-z]+")
_WORD = re.compile(r"\$[a-z][a-z.\-]*|metadata|_search|_history")
_MOST_FIELDS = 100


def facts_of(one: Captured) -> dict[str, Any]:
    """The facts of one exchange; its ``kind`` is one of the five above."""
    url = _split(one.url)
    facts: dict[str, Any] = {"at": one.at, "form": one.form, "method": one.method[:20], "status": one.status}
    query = pairs(url.query)
    names = {name for name, _ in query}
    sent = _sent(one)
    if one.method == "POST" and ({*sent, *names} & {*_ASSERTED}):
        return {**facts, "kind": TOKEN, **_token(one, url, query, sent)}
    if "response_type" in names or (url.path.endswith("/authorize") and "client_id" in names):
        return {**facts, "kind": AUTHORISE, **_authorise(url, dict(query))}
    if one.method == "GET" and "code" in names and "state" in names:
        return {**facts, "kind": CALLBACK, "url": _bare(url)}
    bearer = _bearer(one)
    facts |= _called(one, url)
    of_platform = f".{url.origin.partition('://')[2].partition(':')[0].lower()}".endswith(_PLATFORM)
    if is_audit(bearer) or ("gpconnect" in one.headers.get(_INTERACTION, "").lower() and not of_platform):
        return {**facts, "kind": AUDITED, **_audited(one, url, bearer)}
    return {**facts, "kind": CALL, "token": digest(bearer) if bearer else ""}


class _Url:
    """The parts of a URL that somebody else wrote: what is no URL has none."""

    def __init__(self, text: str) -> None:
        inner = text.find("://", text.find("://") + 3)  # the Spine proxy takes a URL behind its own
        start = max(text.rfind("http", 0, inner), 0) if inner > 0 and "?" not in text[:inner] else 0
        try:
            parts = urlsplit(text[start:])
            self.origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
            self.path, self.query = parts.path, parts.query
        except ValueError:
            self.origin, self.path, self.query = "", "", ""


def _split(text: str) -> _Url:
    head, mark, query = text.partition("?")
    return _Url(f"{unquote(head) if '%3A%2F%2F' in head.upper() else head}{mark}{query}")


def _bare(url: _Url) -> str:
    return f"{url.origin}{url.path}"[:300]


def pairs(text: str) -> list[tuple[str, str]]:
    """Names and values of a form or a query; none of what is too long to be one."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _sent(one: Captured) -> dict[str, list[str]]:
    """What the body says: a form, or an object in JSON."""
    found: dict[str, list[str]] = {}
    if one.body.lstrip()[:1] == "{":
        value = _json(one.body)
        given = [(name, text) for name, text in value.items() if isinstance(text, str)]
    else:
        given = pairs(one.body.strip())
    for name, text in given:
        found.setdefault(name, []).append(text)
    return found


def _json(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _token(one: Captured, url: _Url, query: list[tuple[str, str]], sent: dict[str, list[str]]) -> dict[str, Any]:
    answer = _json(one.answer)
    access = answer.get("access_token")
    assertions = [*sent.get("client_assertion", []), *(text for name, text in query if name == "client_assertion")]
    secret = "basic" if one.headers.get("authorization", "").lower().startswith("basic ") else ""
    return {
        "url": _bare(url),
        "media_type": one.headers.get("content-type", "").partition(";")[0].strip().lower()[:80],
        "body": "json" if one.body.lstrip()[:1] == "{" else "form" if sent else "",
        "sent": {name: [text[:200] for text in sent[name][:3]] for name in _SHOWN if name in sent},
        "in_query": sorted({name for name, _ in query} & {*_ASSERTED, "client_secret"}),
        "assertions": len(assertions),
        "assertion": token_facts(assertions[0]) if assertions else None,
        "secret": "post" if "client_secret" in sent else secret,
        "token": digest(access) if isinstance(access, str) and access else "",
        "expires_in": plain(answer.get("expires_in")),
        "retry_after": _retry_after(one),
        "request": _same(one),
    }


def _called(one: Captured, url: _Url) -> dict[str, Any]:
    """Where a call went, with ids left out: the root of the service, and the path below it."""
    segments = [part for part in unquote(url.path).split("/") if part]
    first = next((at for at, part in enumerate(segments) if _TYPE.fullmatch(part) or _WORD.fullmatch(part)), None)
    if first is None:
        return {"root": url.origin[:300], "path": "", "retry_after": _retry_after(one), "request": _same(one)}
    below = [part if _TYPE.fullmatch(part) or _WORD.fullmatch(part) else "{id}" for part in segments[first:]]
    root = "/".join((url.origin, *("{id}" if _is_id(part) else part for part in segments[:first])))
    return {
        "root": root[:300],
        "path": "/".join(below)[:200],
        "retry_after": _retry_after(one),
        "request": _same(one),
    }


def _is_id(segment: str) -> bool:
    """Is it long enough to say who somebody is? Codes of organisations and versions are shorter."""
    return len(segment) >= 32 or sum(one.isdigit() for one in segment) >= 7


def _audited(one: Captured, url: _Url, bearer: str) -> dict[str, Any]:
    interaction = one.headers.get(_INTERACTION, "")[:200]
    text = f"{url.path}/{interaction}".upper()
    old = "/DSTU2/" in text or "GPC.GETCARERECORD" in text
    return {
        "interaction": interaction,
        "line": "0.x" if old else "1.x" if "/STU3/" in text else "",
        "token": token_facts(bearer) if bearer else None,
    }


def _authorise(url: _Url, query: dict[str, str]) -> dict[str, Any]:
    """``state`` and ``nonce`` stay as they are, until ``measured`` takes them away."""
    client = query.get("client_id", "")
    return {
        "url": _bare(url),
        "response_type": query.get("response_type", "")[:80],
        "client": digest(client) if client else "",
        "redirect_uri": query.get("redirect_uri", "")[:300],
        "scope": query.get("scope", "")[:300],
        "vtr": query.get("vtr", "")[:200],
        "state": query.get("state", ""),
        "nonce": query.get("nonce", ""),
    }


def measured(values: Sequence[str]) -> list[dict[str, Any] | None]:
    """What is kept of values that should not be guessed, in their order: digest, length, and how much is free.

    ``bits``: as many as the characters can hold that are not the same in the value before that is most alike. It is
    the most that the value can have of chance, and not what it has. None where there is no value.

    >>> [one["bits"] for one in measured(["state-0001", "state-0002"])], measured([""])
    ([46, 5], [None])
    """
    found: list[dict[str, Any] | None] = []
    for at, value in enumerate(values):
        bare = value.replace("-", "")
        size = 10 if bare.isdigit() else 16 if re.fullmatch(r"[0-9a-fA-F]+", bare) else 36 if bare.islower() else 64
        before = [other.replace("-", "") for other in values[max(0, at - 50) : at] if other and other != value]
        free = min((_free(bare, other) for other in before), default=len(bare))
        held = {"digest": digest(value), "length": len(value), "bits": int(free * math.log2(size))}
        found.append(held if value else None)
    return found


def _free(one: str, other: str) -> int:
    """How many characters are left between the beginning and the end that two texts share."""
    most = min(len(one), len(other))
    front = next((at for at in range(most) if one[at] != other[at]), most)
    back = next((at for at in range(most - front) if one[-1 - at] != other[-1 - at]), most - front)
    return len(one) - front - back


def _bearer(one: Captured) -> str:
    scheme, _, token = one.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _retry_after(one: Captured) -> str | None:
    found = one.answer_headers.get("retry-after")
    return found.strip()[:60] if found is not None else None


def _same(one: Captured) -> str:
    """By this the same request is known again, without its credentials."""
    body = digest(one.body) if one.body and "client_assertion" not in one.body else ""
    return digest(f"{one.method} {one.url} {body}")[:23]
