"""A ConceptMap: the codes that it maps are those of their systems.

Source: http://hl7.org/fhir/R4/conceptmap.html
"""

from __future__ import annotations

from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE: Final = "http://hl7.org/fhir/R4/conceptmap-definitions.html"
_SERVER_SIDE: Final = frozenset({"http://snomed.info/sct", "http://loinc.org"})

NO_SYSTEM = rule(
    "concept-map-no-system",
    "warning",
    "required",
    title="A group of the map does not say from or to which code system it maps",
    why="A code without its system means nothing.",
    fix="Give source and target.",
    source=f"{_SOURCE}#ConceptMap.group.source",
)
CODE = rule(
    "concept-map-code",
    "error",
    "required",
    title="A code that is mapped is not in its code system",
    why="The mapping can never apply, and that of the right code may be missing.",
    fix="Check the code for a slip.",
    source=f"{_SOURCE}#ConceptMap.group.element.code",
)
OUTSIDE = rule(
    "concept-map-value-set",
    "error",
    "code-invalid",
    title="A code that is mapped is not in the value set that the map is from, or to",
    why="The map says that it is about the value set alone: who uses it so never meets this code.",
    fix="Drop the mapping, or name the value set that has the code.",
    source=f"{_SOURCE}#ConceptMap.source_x_",
)
TWICE = rule(
    "concept-map-repeated",
    "warning",
    "business-rule",
    title="The same two codes are mapped twice",
    why="Where the two say different things, nobody knows which holds.",
    fix="Keep one.",
    source=f"{_SOURCE}#ConceptMap.group.element.target",
)


def check(run: Run, node: Node) -> None:
    """Judge the groups of a ConceptMap."""
    sources, targets = _value_set(node, "source"), _value_set(node, "target")
    for group in node.children("group"):
        source, target = group.text("source"), group.text("target")
        for name, system in (("source", source), ("target", target)):
            if system is None:
                run.report(NO_SYSTEM, group, f"The group names no {name}.")
        for element in group.children("element"):
            _code(run, element, source, group.text("sourceVersion"), sources)
            seen: set[tuple[str, str]] = set()
            for one in element.children("target"):
                _code(run, one, target, group.text("targetVersion"), targets)
                code = one.text("code")
                pair = (code or "", str(one.holder.get("dependsOn")) + str(one.holder.get("product")))
                if code is not None and pair in seen:
                    run.report(TWICE, one, f"The mapping to '{code}' stands twice.", found=code)
                seen.add(pair)


def _value_set(node: Node, name: str) -> str | None:
    """The value set that the map is from (``source``) or to (``target``)."""
    return next((one.value for one in node.children(name) if isinstance(one.value, str)), None)


def _code(run: Run, node: Node, system: str | None, version: str | None, value_set: str | None) -> None:
    code = node.text("code")
    if system is None or code is None or system in _SERVER_SIDE:
        return
    url, _, stated = system.partition("|")
    answer = run.terminology.validate(None, url, code, None, version or stated or None)
    if answer.outcome == "not-in" and answer.content == "complete":
        run.report(CODE, node, f"'{code}' is no code of '{url}'.", below="code", found=code)
    elif answer.outcome == "unknown" and not answer.system_known and ("concept-map", url) not in run.seen:
        run.seen["concept-map", url] = True
        why = f"the code system {url} is not held"
        run.not_verified.append(NotVerified(kind="terminology", subject=url, path=node.path, detail=why))
    elif answer.outcome == "in" and value_set is not None and not value_set.startswith("#"):
        inside = run.terminology.validate(value_set, url, code, None, version or stated or None)
        if inside.outcome == "not-in" and inside.value_set_known:
            said = f"'{code}' is not in the value set '{value_set}', which the map is about."
            run.report(OUTSIDE, node, said, below="code", found=code)
