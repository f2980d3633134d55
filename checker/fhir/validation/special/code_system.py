"""A CodeSystem: counts, supplements, and the value set of all its codes.

Source: http://hl7.org/fhir/R4/codesystem.html
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import code_system_properties
from checker.fhir.validation.special.in_reach import find
from checker.fhir.validation.special.json_shape import dicts, integer, text

_SOURCE: Final = "http://hl7.org/fhir/R4/codesystem-definitions.html"

COUNT = rule(
    "code-system-count",
    "error",
    "invalid",
    title="The stated number of codes is not the number of codes",
    why="Receivers go by the count to tell whether they have all codes.",
    fix="State the number of all concepts, those inside others included.",
    source=f"{_SOURCE}#CodeSystem.count",
)
CONTENT = rule(
    "code-system-content",
    "error",
    "invalid",
    title="What the CodeSystem has does not fit its content mode",
    why="Receivers decide by the mode whether a code that is not listed exists.",
    fix="Use supplement where supplements is given, and not-present without concepts.",
    source=f"{_SOURCE}#CodeSystem.content",
)
LACKS = rule(
    "code-system-incomplete",
    "information",
    "business-rule",
    title="The CodeSystem does not say what receivers need to know of it",
    why="Whether letter case matters, and what its hierarchy means, cannot be guessed.",
    fix="Give caseSensitive, and hierarchyMeaning where concepts stand in others.",
    source=_SOURCE,
)
VALUE_SET = rule(
    "code-system-all-codes",
    "error",
    "business-rule",
    title="The value set of all codes is another one",
    why="It must hold this code system, all of it, and nothing else.",
    fix="Let it have one include with this system, without concepts or filters, or leave valueSet out.",
    source=f"{_SOURCE}#CodeSystem.valueSet",
)
SUPPLEMENT = rule(
    "code-system-supplement-code",
    "error",
    "business-rule",
    title="A supplement adds to a code that its code system has not",
    why="A supplement may add displays and properties, but no codes.",
    fix="Take the code out.",
    source=f"{_SOURCE}#CodeSystem.supplements",
)
SUPPLEMENT_UNKNOWN = rule(
    "code-system-supplement-unknown",
    "warning",
    "business-rule",
    title="The code system that is supplemented is not at hand",
    why="The codes could not be judged.",
    fix="Give it to the validator in a package.",
    source=f"{_SOURCE}#CodeSystem.supplements",
)


def check(run: Run, node: Node) -> None:
    """Judge a CodeSystem."""
    held = node.holder
    content, supplements = text(held.get("content")), text(held.get("supplements"))
    concepts = node.children("concept")
    count, nested = _number(dicts(held.get("concept")))
    if supplements is not None:
        _supplement(run, node, content, supplements)
    elif content == "supplement":
        run.report(CONTENT, node, "A supplement must say what it supplements.", below="content")
    if supplements is None:
        hl7 = any(part in (text(held.get("url")) or "") for part in ("hl7.org", "fhir.org"))
        if "caseSensitive" not in held:
            run.report(
                LACKS,
                node,
                "The CodeSystem does not say whether letter case matters.",
                severity="warning" if hl7 else None,
            )
        if nested and "hierarchyMeaning" not in held:
            said = "The CodeSystem does not say what its hierarchy means."
            run.report(LACKS, node, said, severity="warning" if hl7 else None)
    if content == "not-present" and concepts:
        run.report(CONTENT, concepts[0], "The content is said not to be present, but there are concepts.")
    _count(run, node, content, count)
    code_system_properties.check(run, node)
    _value_set(run, node, text(held.get("url")), text(held.get("valueSet")))


def _number(concepts: list[dict[str, Any]]) -> tuple[int, bool]:
    """How many concepts there are, and whether any stands in another."""
    total, nested, waiting = 0, False, list(concepts)
    while waiting:
        below = dicts(waiting.pop().get("concept"))
        total += 1
        nested = nested or bool(below)
        waiting.extend(below)
    return total, nested


def _count(run: Run, node: Node, content: str | None, count: int) -> None:
    stated = integer(node.holder.get("count"))
    if stated is None or stated < 0:
        return
    if content == "complete" and stated != count:
        said = f"The count is stated as {stated}, but there are {count} concepts."
        run.report(COUNT, node, said, below="count", found=str(stated), allowed=str(count))
    elif content in ("example", "fragment") and count >= stated:
        said = f"Of a part, the count should be that of the whole: it is stated as {stated}, and there are {count}."
        run.report(COUNT, node, said, below="count", severity="warning", found=str(stated))


def _supplement(run: Run, node: Node, content: str | None, supplements: str) -> None:
    if content != "supplement":
        said = "Where supplements is given, the content is 'supplement'."
        run.report(CONTENT, node, said, below="content", found=content, allowed="supplement")
    for name in ("caseSensitive", "hierarchyMeaning"):
        if name in node.holder:
            said = f"A supplement does not state {name}: its code system does."
            run.report(CONTENT, node, said, below=name)
    concepts = node.children("concept")
    if not concepts:
        return
    url, _, version = supplements.partition("|")
    for concept in concepts:
        code = concept.text("code")
        if code is None:
            continue
        answer = run.terminology.validate(None, url, code, None, version or None)
        if not answer.system_known:
            said = f"The code system '{supplements}' is not at hand, so the codes were not judged."
            run.report(SUPPLEMENT_UNKNOWN, node, said, below="supplements", found=supplements)
            return
        if answer.code_known is False and answer.content in ("complete", "ruled", "server"):
            run.report(SUPPLEMENT, concept, f"'{code}' is no code of '{supplements}'.", found=code)


def _value_set(run: Run, node: Node, url: str | None, value_set: str | None) -> None:
    if value_set is None:
        return
    found = find(run, node, value_set, "ValueSet")
    if found is None:
        return
    compose = found[0].get("compose")
    includes = dicts(compose.get("include")) if isinstance(compose, dict) else []
    if len(includes) != 1:
        why = f"it has {len(includes)} includes"
    elif includes[0].get("system") != url:
        why = f"it includes '{includes[0].get('system')}'"
    elif any(includes[0].get(part) for part in ("valueSet", "concept", "filter")):
        why = "it does not include all codes"
    else:
        return
    run.report(VALUE_SET, node, f"The value set '{value_set}' is not that of all codes: {why}.", below="valueSet")
