"""The operation ``$validate-code`` in JSON: questions as a batch of requests, and the answers read.

Source: http://hl7.org/fhir/R4/valueset-operation-validate-code.html,
http://hl7.org/fhir/R4/codesystem-operation-validate-code.html, http://hl7.org/fhir/R4/http.html#transaction; the
issue types of answers are those of https://hl7.org/fhir/uv/tx-ecosystem (code system ``tx-issue-type``), which older
servers do not give: then the answer is read with care, and what is not clear stays unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from checker.fhir.terminology import shapes
from checker.model.terminology import CodeFacts, CodeQuestion

VALUE_SET: Final = "ValueSet/$validate-code"
CODE_SYSTEM: Final = "CodeSystem/$validate-code"

_NONE: Final[Mapping[str, dict[str, Any]]] = MappingProxyType({})
_SENT: Final = ("resourceType", "url", "version", "name", "status", "compose", "expansion")
"""Elements of a value set that a server needs."""
_ISSUE_TYPES: Final = "tx-issue-type"
_NOT_THERE = re.compile(
    r"(unknown|unsupported|unrecogni[sz]ed|no) (code ?system|value ?set)|(code ?system|value ?set)\b[^.;]{0,200}?"
    r"(not (be )?(found|known|supported|resolved|loaded)|is unknown|does not exist)|unable to (find|resolve|expand)",
    re.IGNORECASE,
)
"""How servers say that they do not hold what was asked about."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\(?\b(?:https?|urn):\S+")
"""Names within messages: they may hold any word."""
_MESSAGE_LENGTH: Final = 500


def path(question: CodeQuestion) -> str:
    """The operation that answers the question, below the base of the server."""
    return CODE_SYSTEM if question.value_set is None else VALUE_SET


def parameters(question: CodeQuestion, value_set: dict[str, Any] | None = None) -> dict[str, Any]:
    """The Parameters resource of a question. ``value_set`` is given whole to a server that does not hold it."""
    given: list[dict[str, Any]] = []

    def give(name: str, kind: str, value: str | bool | None) -> None:
        if value is not None:
            given.append({"name": name, kind: value})

    if question.value_set is None:
        give("url", "valueUri", question.system)
        give("version", "valueString", question.version)
        give("code", "valueCode", question.code)
    else:
        if value_set is not None:
            given.append({"name": "valueSet", "resource": _lean(value_set)})
        else:
            url, _, version = question.value_set.partition("|")
            give("url", "valueUri", url)
            give("valueSetVersion", "valueString", version or None)
        give("code", "valueCode", question.code)
        give("system", "valueUri", question.system)
        give("systemVersion", "valueString", question.version if question.system else None)
        give("inferSystem", "valueBoolean", True if question.code_only else None)
    give("display", "valueString", question.display)
    give("displayLanguage", "valueCode", question.language)
    return {"resourceType": "Parameters", "parameter": given}


def body(question: CodeQuestion, value_set: dict[str, Any] | None = None) -> bytes:
    """The body of a request with one question. ``value_set`` as for :func:`parameters`."""
    return _encoded(parameters(question, value_set))


def batch(questions: Sequence[CodeQuestion], value_sets: Mapping[str, dict[str, Any]] = _NONE) -> bytes:
    """A batch Bundle of the questions, one entry for each. ``value_sets`` by canonical: those that are given whole."""
    entries = [
        {
            "resource": parameters(one, value_sets.get(one.value_set or "")),
            "request": {"method": "POST", "url": path(one)},
        }
        for one in questions
    ]
    return _encoded({"resourceType": "Bundle", "type": "batch", "entry": entries})


def read_batch(body: bytes, questions: Sequence[CodeQuestion]) -> list[CodeFacts] | None:
    """The answers of a batch, in the order of the questions; None if this is no answer to a batch."""
    bundle = parsed(body)
    if bundle.get("resourceType") != "Bundle" or not isinstance(bundle.get("entry"), list):
        return None
    entries = bundle["entry"]
    if len(entries) != len(questions):
        return None
    return [read(one, _resource(entry)) for one, entry in zip(questions, entries, strict=True)]


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, empty for anything else."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def read(question: CodeQuestion, resource: dict[str, Any]) -> CodeFacts:
    """What one answer says: a Parameters resource, or the OperationOutcome of a refusal."""
    if resource.get("resourceType") != "Parameters":
        texts = list(_outcome_texts(resource))
        return CodeFacts(question=question, problem=_cut(texts[0]) if texts else "the server gave no answer")
    given = {shapes.text(one.get("name")): one for one in shapes.objects(resource.get("parameter"))}
    result = _result(resource)
    message = shapes.text(given.get("message", {}).get("valueString"))
    display = shapes.text(given.get("display", {}).get("valueString"))
    if not isinstance(result, bool):
        return CodeFacts(question=question, problem="the answer has no result", message=_cut(message))
    outcome = given.get("issues", {}).get("resource")
    types = set(_issue_types(outcome)) if isinstance(outcome, dict) else set()
    facts = CodeFacts(
        question=question,
        display=display,
        system=_uri(given.get("system", {})),
        version=shapes.text(given.get("version", {}).get("valueString")),
        inactive=given.get("inactive", {}).get("valueBoolean") is True,
        message=_cut(message),
    )
    return _accepted(facts) if result else _refused(facts, types, message)


def _result(resource: dict[str, Any]) -> bool | None:
    """The result, when there is one and no other that contradicts it."""
    told = [one.get("valueBoolean") for one in shapes.objects(resource.get("parameter")) if one.get("name") == "result"]
    first = told[0] if told else None
    return first if isinstance(first, bool) and all(one is first for one in told) else None


def _accepted(facts: CodeFacts) -> CodeFacts:
    member = None if facts.question.value_set is None else True
    display_ok = None if facts.question.display is None else True
    return msgspec.structs.replace(facts, member=member, known=True, display_ok=display_ok)


def _refused(facts: CodeFacts, types: set[str], message: str) -> CodeFacts:
    """The result was false: why?"""
    if "not-found" in types or (not types and _NOT_THERE.search(_QUOTED.sub("", message[:5000]))):
        return msgspec.structs.replace(facts, problem=_cut(message) or "the server does not hold it")
    known = None
    if "invalid-code" in types:
        known = False
    elif "invalid-display" in types or (not types and facts.display):
        # A server that does not know a code cannot say what it is called.
        known = True
    elif not types and facts.question.value_set is None:
        known = False
    if facts.question.value_set is None:
        wrong = known is True and facts.question.display is not None
        return msgspec.structs.replace(facts, known=known, display_ok=False if wrong else None)
    only_display = types == {"invalid-display"}
    return msgspec.structs.replace(facts, member=None if only_display else False, known=known)


def _lean(value_set: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: value_set[name] for name in _SENT if name in value_set}
    if "compose" in kept:
        kept.pop("expansion", None)
    return {"status": "active", **kept}


def _encoded(resource: dict[str, Any]) -> bytes:
    """JSON in UTF-8; lone surrogates of the instance become question marks."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _issue_types(outcome: dict[str, Any]) -> Iterator[str]:
    for issue in shapes.objects(outcome.get("issue")):
        for coding in shapes.objects(shapes.member(issue, "details").get("coding")):
            if shapes.text(coding.get("system")).endswith(_ISSUE_TYPES):
                yield shapes.text(coding.get("code"))


def _outcome_texts(resource: dict[str, Any]) -> Iterator[str]:
    for issue in shapes.objects(resource.get("issue")):
        found = shapes.text(shapes.member(issue, "details").get("text")) or shapes.text(issue.get("diagnostics"))
        if found:
            yield found


def _resource(entry: Any) -> dict[str, Any]:
    """The resource of an entry, or the outcome of its response."""
    resource = shapes.member(entry, "resource")
    return resource or shapes.member(shapes.member(entry, "response"), "outcome")


def _uri(parameter: dict[str, Any]) -> str:
    return shapes.text(parameter.get("valueUri")) or shapes.text(parameter.get("valueString"))


def _cut(text: str) -> str:
    return text[:_MESSAGE_LENGTH]
