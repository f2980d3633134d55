"""Contained resources: they have an id of their own, are referred to, and are no records of their own.

States dom-2, dom-3, dom-4 and dom-5 by hand: the published dom-3 takes time that grows with the square of the
resource and looks at types that no reference has.

Source: http://hl7.org/fhir/R4/references.html#contained and http://hl7.org/fhir/R4/domainresource.html#invs
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/references.html#contained"
_INVARIANTS = "http://hl7.org/fhir/R4/domainresource.html#invs"
_LINK = re.compile(r"""=\s*["']#([^"']+)["']""")

NO_ID = rule(
    "contained-id-missing",
    "error",
    "required",
    title="A contained resource has no id",
    why="The id is the only way to refer to a contained resource.",
    fix="Give it an id and refer to it with #id.",
    source=_SOURCE,
    good='"contained": [{"resourceType": "Patient", "id": "p"}]',
    bad='"contained": [{"resourceType": "Patient"}]',
)
DUPLICATE = rule(
    "contained-id-duplicate",
    "error",
    "business-rule",
    title="Two contained resources have the same id",
    why="A reference to #id could mean either; which one a receiver takes is left to chance.",
    fix="Give each contained resource an id of its own.",
    source=_SOURCE,
)
ORPHAN = rule(
    "contained-orphan",
    "error",
    "invariant",
    title="Nothing refers to a contained resource (dom-3)",
    why="A contained resource has no meaning by itself: without a reference its data is lost to every receiver.",
    fix="Refer to it with #id from the resource that contains it, or remove it.",
    source=_INVARIANTS,
    good='"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "#p"}',
    bad='"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "Patient/p"}',
)
NESTED = rule(
    "contained-nested",
    "error",
    "invariant",
    title="A contained resource contains another (dom-2)",
    why="References are looked up in the outermost resource only, so the inner one is never found.",
    fix="Move it to the contained list of the outermost resource.",
    source=_INVARIANTS,
)
VERSION = rule(
    "contained-meta-version",
    "error",
    "invariant",
    title="A contained resource has a version or a date of change (dom-4)",
    why="It has no history of its own: it changes when its container does.",
    fix="Remove meta.versionId and meta.lastUpdated from the contained resource.",
    source=_INVARIANTS,
)
SECURITY = rule(
    "contained-meta-security",
    "error",
    "invariant",
    title="A contained resource has a security label (dom-5)",
    why="Systems enforce the labels of the outer resource only; a label inside protects nothing.",
    fix="Put the security label on the containing resource.",
    source=_INVARIANTS,
)


def check(run: Run, node: Node) -> None:
    """Judge the contained resources of a resource; a contained resource itself is judged with its container."""
    if node.name == "contained" and node.parent is not None:
        return
    inside = [each for each in node.children("contained") if isinstance(each.value, dict)]
    if not inside:
        return
    named, pointing = _local_references(node.value)
    seen: set[str] = set()
    for each in inside:
        identity = each.text("id")
        if identity is None:
            run.report(NO_ID, each, "The contained resource has no id", below="id")
        elif identity in seen:
            run.report(DUPLICATE, each, f"Another contained resource has the id {identity}", below="id", found=identity)
        else:
            seen.add(identity)
        if identity is not None and identity not in named and id(each.value) not in pointing:
            run.report(ORPHAN, each, f"Nothing refers to the contained resource '#{identity}' (dom-3)", found=identity)
        if each.holder.get("contained"):
            run.report(NESTED, each, "The contained resource contains a resource itself (dom-2)", below="contained")
        _check_meta(run, each)


def _check_meta(run: Run, node: Node) -> None:
    meta = node.holder.get("meta")
    if not isinstance(meta, dict):
        return
    for name in ("versionId", "lastUpdated"):
        if name in meta or "_" + name in meta:
            run.report(VERSION, node, f"The contained resource has meta.{name} (dom-4)", below=f"meta.{name}")
    if meta.get("security"):
        run.report(SECURITY, node, "The contained resource has a security label (dom-5)", below="meta.security")


def _local_references(resource: dict[str, Any]) -> tuple[set[str], set[int]]:
    """The ids that ``#id`` names anywhere in a resource, and which contained resources refer to it with ``#``.

    The latter by the identity of their dict. References, canonicals, uris and links in a narrative count.
    """
    named: set[str] = set()
    pointing: set[int] = set()
    for each in _list(resource.get("contained")):
        for text in _texts(each):
            if text == "#":
                pointing.add(id(each))
            else:
                _take(text, named)
    for name, value in resource.items():
        if name != "contained":
            for text in _texts(value):
                _take(text, named)
    return named, pointing


def _take(text: str, named: set[str]) -> None:
    if text.startswith("#"):
        named.add(text[1:].partition("|")[0])
    elif "#" in text and "<" in text:
        named.update(_LINK.findall(text))


def _texts(value: Any) -> Iterator[str]:
    """All texts below a JSON value."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, str):
            yield at
        elif isinstance(at, dict):
            waiting.extend(at.values())
        elif isinstance(at, list):
            waiting.extend(at)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
