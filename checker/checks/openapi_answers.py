"""An OpenAPI description against what the interface answers.

Source: https://spec.openapis.org/oas/v3.0.3; https://www.gov.uk/guidance/gds-api-technical-and-data-standards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from checker.checks import openapi_schema
from checker.checks.openapi_description import (
    ANOTHER_HOST,
    UNREAD,
    Description,
    Operation,
    descriptions,
    escaped,
    faults,
)
from checker.checks.passive import Alike, own_answers
from checker.model.asked import OfType, Sample
from checker.model.exchange import Intent
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SUBMITTED = Need(probe="openapi.submitted", params=NoParams())
_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("read", "search"))
_NOT_OF_THE_API = frozenset({401, 403, 407, 408, 429, 500, 502, 503, 504})
"""What stands before an API answers these, or a server in trouble: a description need not list them."""
_MOST_FAULTS = 10
_MOST_BODY_BYTES = 2 * 1024 * 1024


@check(
    "openapi.describes-the-answers",
    params=OfType,
    needs=lambda p, settings: [
        _SUBMITTED,
        _ANSWERS,
        Need(probe="fhir.sample", params=Sample(type=p.type)),
    ],
    source="https://www.gov.uk/guidance/gds-api-technical-and-data-standards#document-your-api",
)
def describes_the_answers(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An OpenAPI 3 document is supplied, is well-formed, its references resolve, and the answers are as it says.

    The document is an artefact of kind ``openapi``: a file or a folder, JSON or YAML. Every answer of this run to a
    request that was meant well is held against the operation of its path and method: a success is among the
    responses, its media type among those of the response, and its JSON fits the schema. Errors need not be
    described; those that are have to be so, but for 401, 403, 407, 408, 429 and 5xx, which others may answer. An
    answer whose path the document does not have is not judged; where no answer has one, nothing is decided. A
    reference to another host is not followed.

    Good: ``GET /Patient/{id}`` with 200 as application/fhir+json, and so it is answered.
    Bad: a ``$ref`` that leads nowhere; 200 with a media type or a member that the document does not have.
    """
    view = ev.record(_SUBMITTED)
    found = descriptions(view)
    if not found:
        yield view.undecided("the OpenAPI document")
        return
    for evidence, one in found:
        yield from _of_itself(evidence, one)
    yield from _of_answers(ev, found)


def _of_itself(evidence: str, one: Description) -> Iterator[Statement]:
    problems = sorted(set(faults(one)))
    for place, problem in problems[:_MOST_FAULTS]:
        yield Finding(
            message="The OpenAPI document is not well-formed.",
            expected="what OpenAPI 3 asks for",
            actual=problem,
            place=f"{one.artefact}#{place}",
            evidence=(evidence,),
        )
    lost: dict[tuple[str, str], int] = {}
    for file, _, problem in one.references():
        if problem:
            lost[file, problem] = lost.get((file, problem), 0) + 1
    for (file, problem), count in sorted(lost.items()):
        if problem == ANOTHER_HOST or problem.startswith(UNREAD):
            message = f"{count} references of {file}: each {problem}"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(evidence,))
            continue
        yield Finding(
            message="A reference in the OpenAPI document does not resolve.",
            expected="a reference that leads to what was submitted",
            actual=problem[:120],
            place=f"{one.artefact}/{file}",
            evidence=(evidence,),
            count=count,
        )
    for file, why in sorted(one.limits.items()):
        message = f"{file} of the OpenAPI document was not read: {why}"
        yield Undecided(reason=Reason.BUDGET, message=message, evidence=(evidence,))
    if not problems and not lost and one.roots:
        yield Examined(what="The OpenAPI document is well-formed, and its references resolve.", evidence=(evidence,))


def _of_answers(ev: EvidenceView, found: list[tuple[str, Description]]) -> Iterator[Statement]:
    known = _Operations(ev.supplier.base_url, [one for _, one in found])
    wrong = Alike(expected="what the OpenAPI document says", place="answer")
    matched = 0
    for exchange in own_answers(ev, _ANSWERS):
        if exchange.http.intent is Intent.MUTANT or exchange.status in _NOT_OF_THE_API or exchange.request.alteration:
            continue
        place = known.of(exchange)
        if place is None or exchange.lost:
            continue
        matched += 1
        problem = _problem(exchange, *place)
        if isinstance(problem, Undecided):
            yield problem
        elif problem:
            wrong.add(*problem, exchange)
        else:
            what = "Answers are as the OpenAPI document says."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()
    if not matched:
        message = "no answer of this run is of an operation that the OpenAPI document describes"
        yield Undecided(reason=Reason.NO_DATA, message=message)


class _Operations:
    """The operations of all descriptions, by what their paths match."""

    def __init__(self, base_url: str, found: list[Description]) -> None:
        self._base = urlsplit(base_url).path.rstrip("/")
        self._known: list[tuple[re.Pattern[str], int, Description, Operation]] = []
        for one in found:
            for root in one.roots:
                for operation in one.operations(root):
                    pattern = "".join(
                        "[^/]+" if part.startswith("{") else re.escape(part)
                        for part in re.split(r"(\{[^{}/]+\})", operation.path)
                    )
                    for prefix in _prefixes(one.files[root], self._base):
                        whole = re.compile(re.escape(prefix) + pattern)
                        self._known.append((whole, operation.path.count("{"), one, operation))
        self._known.sort(key=lambda entry: entry[1])

    def of(self, exchange: Exchange) -> tuple[Description, Operation] | None:
        """The operation of an exchange: of several that match, the one with the fewest parts left open."""
        path, method = unquote(urlsplit(exchange.request.url).path), exchange.request.method.lower()
        for whole, _, one, operation in self._known:
            if operation.method == method and whole.fullmatch(path):
                return one, operation
        return None


def _prefixes(document: dict[str, Any], base: str) -> list[str]:
    """What may stand before a path: the paths of its servers, and that of the interface."""
    servers = document.get("servers")
    urls = [one.get("url") for one in servers if isinstance(one, dict)] if isinstance(servers, list) else []
    found = [base]
    for url in urls:
        if isinstance(url, str) and "{" not in url:
            try:
                found.append(urlsplit(url).path.rstrip("/"))
            except ValueError:
                continue
    return list(dict.fromkeys(found))


def _problem(exchange: Exchange, one: Description, operation: Operation) -> tuple[str, str] | Undecided | None:
    """What of an answer is not as the operation says."""
    responses = one.responses(operation)
    status = str(exchange.status)
    name = next((key for key in (status, f"{status[0]}XX", "default") if key in responses), "")
    where = f"{operation.method.upper()} {operation.path[:80]}"
    if not name and exchange.status >= 300:
        return None
    if not name:
        return f"{where} is answered with a status that the OpenAPI document does not have.", status
    response, file, pointer = responses[name]
    content = response.get("content")
    if not isinstance(content, dict) or not content or exchange.body_bytes is None:
        return None
    media_type = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    key = next((key for key in content if _takes(str(key), media_type)), None)
    if key is None:
        return f"{where} is answered with a media type that the OpenAPI document does not have.", media_type[:80]
    entry = content[key]
    if not isinstance(entry, dict) or "schema" not in entry or "json" not in media_type:
        return None
    return _fits(exchange, one, file, f"{pointer}/content/{escaped(str(key))}/schema", where)


def _takes(key: str, media_type: str) -> bool:
    """Does a media type of the document, which may be a range, stand for that of an answer?"""
    name = key.partition(";")[0].strip().lower()
    return name in (media_type, "*/*", f"{media_type.partition('/')[0]}/*")


def _fits(
    exchange: Exchange, one: Description, file: str, pointer: str, where: str
) -> tuple[str, str] | Undecided | None:
    body = exchange.json()
    if body.problem:
        return f"{where} is answered with what is no JSON.", body.problem[:80]
    if len(exchange.body_bytes or b"") > _MOST_BODY_BYTES:
        message = f"an answer to {where} is too long to be held against its schema"
        return Undecided(reason=Reason.BUDGET, message=message, evidence=(exchange.id,))
    try:
        found = openapi_schema.faults(one, file, pointer, body.value)
    except openapi_schema.Unjudged as why:
        message = f"an answer to {where} cannot be held against its schema: {why}"
        return Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    if found:
        return f"{where} is answered with JSON that does not fit the schema of the OpenAPI document.", found[0][:120]
    return None
