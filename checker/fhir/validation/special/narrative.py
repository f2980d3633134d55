"""Narratives: a quick look (:mod:`checker.fhir.validation.special.xhtml_quick`) that lets clean ones pass, the full
reading (:mod:`checker.fhir.validation.special.xhtml_reading`) for all others.

Source: http://hl7.org/fhir/R4/narrative.html
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.xhtml_findings import (
    BROKEN_LINK,
    EMPTY,
    ENTITY,
    INSTRUCTION,
    LANGUAGE,
    MALFORMED,
    NAMESPACE,
    NOT_TEXT,
    Finding,
    made,
)
from checker.fhir.validation.special.xhtml_quick import is_clean, is_plain, outer_attributes

_ANY_ANCHOR: Final = re.compile(r"""\s(?:id|name)\s*=\s*["']([^"'<]{1,300})["']""")


def check_div(text: str, language: str | None = None) -> tuple[Finding, ...]:
    """All that is wrong with the text of a narrative's div, empty when nothing is.

    ``language`` is that of the resource, for the comparison with the one that the div states. A link to an id that
    the narrative itself has not is found here; it may still stand elsewhere in the resource.
    """
    if is_clean(text, is_plain(text)):
        if language is None:
            return ()
        outer = outer_attributes(text)
        if outer is not None:
            return tuple(_languages(outer, [], language))
    from checker.fhir.validation.special.xhtml_reading import Reading

    reading = Reading(text)
    found = list(reading.findings)
    if language is not None and reading.root and not any(one.rule in (MALFORMED, INSTRUCTION) for one in found):
        found.extend(_languages(reading.root, reading.sections, language))
    return tuple(found)


def _languages(outer: dict[str, str], sections: list[str], language: str) -> list[Finding]:
    """``outer``: the attributes of the outer div; ``sections``: the languages of the divs right below."""
    plain, marked = outer.get("lang"), outer.get("xml:lang")
    found = []
    if plain is None and marked is None and sections:
        if language not in sections:
            tags = ", ".join(sorted(set(sections)))
            said = f"The resource is in the language {language}, but the sections of the narrative are in {tags}."
            found.append(made(LANGUAGE, said, tags))
    elif plain is None and marked is None:
        said = f"The resource is in the language {language}, but the narrative states none (lang and xml:lang)."
        found.append(made(LANGUAGE, said))
    elif plain is None or marked is None:
        missing = "lang" if plain is None else "xml:lang"
        found.append(made(LANGUAGE, f"The resource is in the language {language}, but the narrative has no {missing}."))
    for name, stated in (("lang", plain), ("xml:lang", marked)):
        if stated is not None and stated != language:
            said = f"The resource is in the language {language}, but {name} of the narrative is {stated}."
            found.append(made(LANGUAGE, said, stated))
    return found


def html_checks(text: str) -> bool:
    """FHIRPath's ``htmlChecks()``: only what a narrative may be made of (txt-1), and some content (txt-2)."""
    return not any(one.rule.severity == "error" and one.rule not in (BROKEN_LINK, ENTITY) for one in check_div(text))


def check(run: Run, node: Node) -> None:
    """Judge a Narrative: the text of its div."""
    for div in node.children("div"):
        text = div.value
        if not isinstance(text, str):
            if isinstance(text, bool | int | float | Decimal):
                run.report(NOT_TEXT, div, f"The narrative is a text in quotation marks; {text} stands there")
            continue
        for finding in check_div(text, node.resource.text("language")):
            if finding.rule is BROKEN_LINK and _is_target(run, div, finding.found):
                continue
            run.report(finding.rule, div, finding.message, found=finding.found)
        if run.options.structure_definitions or "meta" in node.resource.holder:
            from checker.fhir.validation.special import narrative_control

            narrative_control.check(run, div, text)


def _is_target(run: Run, div: Node, id_: str | None) -> bool:
    """Whether an element or a resource has that id: in the resource of the div, in a document anywhere."""
    root = run.tree.root
    holder = root if root.text("type") == "document" and root.type == "Bundle" else div.root_resource
    key = (_is_target, id(holder.value))
    if key not in run.seen:
        run.seen[key] = _ids(holder.value)
    return id_ in run.seen[key]


def _ids(value: object) -> set[str]:
    found: set[str] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            name, div = one.get("id"), one.get("div")
            if isinstance(name, str):
                found.add(name)
            if isinstance(div, str):
                found.update(_ANY_ANCHOR.findall(div))
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


__all__ = ["EMPTY", "MALFORMED", "NAMESPACE", "check", "check_div", "html_checks"]
