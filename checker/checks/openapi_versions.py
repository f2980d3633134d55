"""Two versions of an OpenAPI document: what a client of the older one loses.

Source: https://digital.nhs.uk/developer/guides-and-documentation/api-policies; https://semver.org.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.openapi_description import Description, Operation, descriptions
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_NOW = Need(probe="openapi.submitted", params=NoParams())
_BEFORE = Need(probe="openapi.before", params=NoParams())
_MOST_PAIRS = 600
"""So many pairs of schemas are compared for one response: schemas may be nested in each other without end."""
_MOST_CHANGES = 20
_PART = re.compile(r"\{[^{}/]+\}")


@check(
    "openapi.breaks-only-with-a-major-version",
    needs=lambda p, settings: [_NOW, _BEFORE],
    source="https://digital.nhs.uk/developer/guides-and-documentation/api-policies",
)
def breaks_only_with_a_major_version(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What a client of the version before could do, it can still do; or the major version is another one.

    The version in force is an artefact of kind ``openapi``, the one before of kind ``openapi-other``. A change that
    breaks is: an operation, a successful response or a media type that is gone; a parameter that is new and
    required, or has become so; a member of a request that has become required; a member of a response that is gone
    or of another type. The major version is the first number of ``info.version``.

    Good: 1.4.0 after 1.3.0, with one optional parameter more.
    Bad: 1.4.0 after 1.3.0, and ``DELETE /Slot/{id}`` is gone.
    """
    now, before = descriptions(ev.record(_NOW)), descriptions(ev.record(_BEFORE))
    evidence = tuple(id for id, _ in (*now, *before))
    if not now or not before:
        yield ev.record(_BEFORE if now else _NOW).undecided("the two versions of the OpenAPI document")
        return
    new, old = now[0][1], before[0][1]
    if not new.roots or not old.roots:
        message = "one of the two files is no OpenAPI document"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        return
    majors = [_major(one.files[one.roots[0]]) for one in (old, new)]
    if not all(majors):
        message = "info.version of one of the two does not begin with a number"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        return
    if majors[0] != majors[1]:
        yield Examined(what=f"The major version went from {majors[0]} to {majors[1]}.", evidence=evidence)
        return
    changes = sorted(set(_changes(old, new)))
    for place, what in changes[:_MOST_CHANGES]:
        yield Finding(
            message=f"A change breaks clients within major version {majors[0]}.",
            expected="an addition, or another major version",
            actual=what,
            place=place,
            evidence=evidence,
        )
    if not changes:
        yield Examined(what=f"Nothing is lost within major version {majors[0]}.", evidence=evidence)


def _major(document: dict[str, Any]) -> str:
    info = document.get("info")
    found = re.match(r"v?([0-9]{1,6})(?![0-9])", str(info.get("version", "")) if isinstance(info, dict) else "")
    return found[1] if found else ""


def _changes(old: Description, new: Description) -> Iterator[tuple[str, str]]:
    """(place, what is lost) for every operation of the older description."""
    offered = {_key(one): one for one in new.operations(new.roots[0])}
    for before in old.operations(old.roots[0]):
        place = f"{before.method.upper()} {before.path[:100]}"
        now = offered.get(_key(before))
        if now is None:
            yield place, "the operation is gone"
            continue
        yield from ((place, what) for what in _parameters(before, now))
        yield from ((place, what) for what in _responses(old, before, new, now))
        yield from ((place, what) for what in _bodies(old, before, new, now))


def _key(operation: Operation) -> tuple[str, str]:
    """The names of the parts of a path are the description's own business."""
    return operation.method, _PART.sub("{}", operation.path)


def _parameters(before: Operation, now: Operation) -> Iterator[str]:
    known = {(str(item.get("name")), str(item.get("in"))): item for item in before.parameters}
    for item in now.parameters:
        was = known.get((str(item.get("name")), str(item.get("in"))))
        if item.get("in") == "path" or item.get("required") is not True:
            continue
        if was is None:
            yield f"the parameter {_named(item.get('name'))} is new and required"
        elif was.get("required") is not True:
            yield f"the parameter {_named(item.get('name'))} has become required"


def _responses(old: Description, before: Operation, new: Description, now: Operation) -> Iterator[str]:
    offered = new.responses(now)
    for status, (response, file, _) in old.responses(before).items():
        if not status.startswith("2"):
            continue
        found = offered.get(status) or offered.get("2XX") or offered.get("default")
        if found is None:
            yield f"the response {status} is gone"
            continue
        yield from _contents(old, response, file, new, found[0], found[1], f"response {status}")


def _contents(
    old: Description, was: dict[str, Any], old_file: str, new: Description, is_now: dict[str, Any], file: str, what: str
) -> Iterator[str]:
    before, now = was.get("content"), is_now.get("content")
    if not isinstance(before, dict):
        return
    for media_type, entry in before.items():
        other = now.get(media_type) if isinstance(now, dict) else None
        if other is None:
            yield f"the media type {_named(media_type)} of the {what} is gone"
        elif isinstance(entry, dict) and isinstance(other, dict):
            one = (old, entry.get("schema"), old_file)
            yield from _members(one, (new, other.get("schema"), file), f"of the {what}", set())


_Schema = tuple[Description, Any, str]


def _members(was: _Schema, is_now: _Schema, what: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    """Members of a response that are gone, or of another type. ``seen``: the pairs of schemas that were compared."""
    (old, before, old_file), (new, now, file) = was, is_now
    before, old_file, _ = old.follow(before, old_file)
    now, file, _ = new.follow(now, file)
    pair = id(before), id(now)
    if pair in seen or len(seen) > _MOST_PAIRS or not isinstance(before, dict) or not isinstance(now, dict):
        return
    seen.add(pair)
    if isinstance(before.get("type"), str) and isinstance(now.get("type"), str) and before["type"] != now["type"]:
        yield f"what was {before['type'][:20]} {what} is {now['type'][:20]}"
        return
    listed, offered = before.get("properties"), now.get("properties")
    if isinstance(listed, dict) and isinstance(offered, dict):
        for name, inner in listed.items():
            if name not in offered:
                yield f"the member {_named(name)} {what} is gone"
            else:
                below = f"at {_named(name)} {what}"
                yield from _members((old, inner, old_file), (new, offered[name], file), below, seen)
    if "items" in before and "items" in now:
        yield from _members((old, before["items"], old_file), (new, now["items"], file), what, seen)


def _bodies(old: Description, before: Operation, new: Description, now: Operation) -> Iterator[str]:
    """Members of a request that have become required, and media types that are no longer taken."""
    was, was_file, _ = old.follow(before.content.get("requestBody"), before.file)
    is_now, file, _ = new.follow(now.content.get("requestBody"), now.file)
    if not isinstance(is_now, dict):
        return
    if not isinstance(was, dict):
        if is_now.get("required") is True:
            yield "a request body has become required"
        return
    taken, listed = is_now.get("content"), was.get("content")
    for media_type, entry in listed.items() if isinstance(listed, dict) else ():
        other = taken.get(media_type) if isinstance(taken, dict) else None
        if other is None:
            yield f"the media type {_named(media_type)} of the request is no longer taken"
        elif isinstance(entry, dict) and isinstance(other, dict):
            before_required = _required(old, entry.get("schema"), was_file)
            for name in sorted(_required(new, other.get("schema"), file) - before_required):
                yield f"the member {_named(name)} of the request has become required"


def _required(one: Description, schema: Any, file: str) -> frozenset[str]:
    node, _, _ = one.follow(schema, file)
    found = node.get("required") if isinstance(node, dict) else None
    return frozenset(name for name in found if isinstance(name, str)) if isinstance(found, list) else frozenset()


def _named(name: Any) -> str:
    """A name of the document, short enough to be shown."""
    return str(name)[:60]
