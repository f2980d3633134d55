"""A ValueSet: the systems, value sets, codes and filters of its composition.

Source: http://hl7.org/fhir/R4/valueset.html
"""

from __future__ import annotations

import re
from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified, Severity
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.in_reach import contained
from checker.fhir.validation.special.json_shape import dicts, text

_SOURCE: Final = "http://hl7.org/fhir/R4/valueset-definitions.html"
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.+")
_MOST_CODES: Final = 1000

SYSTEM = rule(
    "value-set-system",
    "error",
    "invalid",
    title="The system of an include is no absolute URL of a code system",
    why="Nobody can tell which codes are meant.",
    fix="Give the url of the code system; its version stands in version.",
    source=f"{_SOURCE}#ValueSet.compose.include.system",
)
SYSTEM_VERSION = rule(
    "value-set-system-version",
    "error",
    "business-rule",
    title="The system of an include has a version in it",
    why="No code system has such a url: the codes are of none.",
    fix="Put the version in version.",
    source=f"{_SOURCE}#ValueSet.compose.include.version",
)
SYSTEM_CONTENT = rule(
    "value-set-system-content",
    "warning",
    "invalid",
    title="The code system of an include is held in part only",
    why="The value set may lack codes.",
    fix="Use the complete code system.",
    source=f"{_SOURCE}#ValueSet.compose.include.system",
)
CODE = rule(
    "value-set-code",
    "error",
    "business-rule",
    title="A code of the value set is not in its code system",
    why="The code can never be right, and the right one may be missing.",
    fix="Check the code for a slip, and the version of the code system.",
    source=f"{_SOURCE}#ValueSet.compose.include.concept.code",
)
UNKNOWN = rule(
    "value-set-import-unknown",
    "warning",
    "business-rule",
    title="A value set that is imported is not at hand, or is none",
    why="The value set cannot be expanded.",
    fix="Give it to the validator in a package, or mend the canonical.",
    source=f"{_SOURCE}#ValueSet.compose.include.valueSet",
)
INTERSECTION = rule(
    "value-set-several-imports",
    "warning",
    "informational",
    title="Several imports in one include mean what is in all of them",
    why="Authors often mean what is in any of them.",
    fix="Give each its own include where any is meant.",
    source=f"{_SOURCE}#ValueSet.compose.include.valueSet",
)
_BOOLEANS: Final = frozenset({"inactive", "notSelectable"})
"""Properties that each code system has, and that are true or false."""
_BY_CONCEPT: Final = frozenset({"is-a", "is-not-a", "descendent-of", "generalizes"})

FILTER = rule(
    "value-set-filter",
    "error",
    "invalid",
    title="A filter of the value set cannot work",
    why="The value set cannot be expanded.",
    fix="Give the filter a value that its operator takes.",
    source=f"{_SOURCE}#ValueSet.compose.include.filter",
)
NO_SYSTEM = rule(
    "value-set-no-system",
    "warning",
    "business-rule",
    title="An include has codes or filters, but no system",
    why="A code without a system means nothing.",
    fix="Give the system.",
    source=f"{_SOURCE}#ValueSet.compose.include.system",
)


def check(run: Run, node: Node) -> None:
    """Judge includes and excludes."""
    for compose in node.children("compose"):
        for include in (*compose.children("include"), *compose.children("exclude")):
            _include(run, node, include)


def _include(run: Run, node: Node, include: Node) -> None:
    imports = include.children("valueSet")
    for one in imports:
        canonical = one.value
        if isinstance(canonical, str) and not canonical.startswith("#"):
            known = run.library.raw(canonical, "ValueSet")
            if known is None and not _is_implicit(canonical):
                other = run.library.raw(canonical)
                what = f"is a {other.get('resourceType')}" if other is not None else "is not at hand"
                run.report(UNKNOWN, one, f"The value set '{canonical}' {what}.", found=canonical)
    if len(imports) > 1:
        run.report(INTERSECTION, include, f"Only codes that are in all {len(imports)} value sets are meant.")
    concepts, filters = include.children("concept"), include.children("filter")
    system, version = include.text("system"), include.text("version")
    if system is None:
        if concepts or filters:
            run.report(NO_SYSTEM, include, "There are codes or filters, but no system that they are of.")
        return
    url, bar, stated = system.partition("|")
    if bar and stated:
        said = f"The version '{stated}' stands in system; it belongs in version."
        run.report(SYSTEM_VERSION, include, said, below="system", found=system, allowed=url)
    if not _ABSOLUTE.fullmatch(url):
        _relative(run, node, include, url)
    elif _is_code_system(run, include, url, version):
        _codes(run, include, concepts, url, version)
    for one in filters:
        _filter(run, one)
        _filter_boolean(run, one, url)
        _filter_code(run, one, url, version)


def _is_implicit(canonical: str) -> bool:
    """Whether the canonical is that of a value set that its code system defines by rule."""
    return "?fhir_vs" in canonical or canonical.startswith(("http://loinc.org/vs", "http://snomed.info/sct"))


def _relative(run: Run, node: Node, include: Node, url: str) -> None:
    said = f"The system '{url}' is no absolute URL."
    if url.startswith("#"):
        inside = contained(node, url[1:], "CodeSystem")
        said += " A contained code system cannot be named so." if inside is not None else " Nothing contained has it."
    run.report(SYSTEM, include, said, below="system", found=url)


def _is_code_system(run: Run, include: Node, url: str, version: str | None) -> bool:
    """Whether the codes can be judged; says when the system is a supplement, or no code system."""
    held = run.library.raw(f"{url}|{version}" if version else url, "CodeSystem") or run.library.raw(url, "CodeSystem")
    if held is None:
        other = run.library.raw(url, "ValueSet")
        if other is not None:
            said = f"The system '{url}' is that of a value set, not of a code system."
            run.report(SYSTEM, include, said, below="system", found=url)
            return False
        return True
    content = held.get("content")
    if content == "supplement":
        said = f"The system '{url}' is a supplement; name the code system that it supplements."
        run.report(SYSTEM, include, said, below="system", found=url, allowed=str(held.get("supplements")))
        return False
    if content in ("example", "fragment"):
        said = f"Only a part of the code system '{url}' is held ({content})."
        severity: Severity | None = None if content == "example" else "information"
        run.report(SYSTEM_CONTENT, include, said, severity=severity, found=url)
    return True


def _codes(run: Run, include: Node, concepts: list[Node], url: str, version: str | None) -> None:
    for concept in concepts[:_MOST_CODES]:
        code = concept.text("code")
        if code is None:
            continue
        answer = run.terminology.validate(None, url, code, None, version)
        if not answer.system_known and answer.outcome == "unknown":
            why = f"the code system {url} is not held"
            run.not_verified.append(NotVerified(kind="terminology", subject=url, path=include.path, detail=why))
            return
        if answer.outcome == "not-in":
            said = f"'{code}' is no code of '{url}'{f' version {version}' if version else ''}."
            # What is no code by the rules of a system (a unit of UCUM) may still be an old spelling.
            run.report(CODE, concept, said, severity="warning" if answer.content == "ruled" else None, found=code)


def _filter(run: Run, one: Node) -> None:
    operator, value, name = one.text("op"), one.text("value"), one.text("property")
    if operator is None or value is None:
        return
    if operator == "exists" and value not in ("true", "false"):
        run.report(FILTER, one, f"The operator exists takes true or false, not '{value}'.", below="value", found=value)
    elif operator == "regex":
        if name == "concept":
            run.report(FILTER, one, "A regular expression cannot be matched with concept.", below="op")
        try:
            re.compile(value[:1000])
        except (re.error, OverflowError, RecursionError) as error:
            run.report(FILTER, one, f"'{value[:200]}' is no regular expression: {error}.", below="value")


def _filter_boolean(run: Run, one: Node, url: str) -> None:
    """A filter by a property that is true or false: it asks for one of them."""
    operator, value, name = one.text("op"), one.text("value"), one.text("property")
    if value is None or value in ("true", "false") or operator in ("exists", "regex", "in", "not-in"):
        return
    held = run.library.raw(url, "CodeSystem") or {}
    declared = {text(each.get("code")): text(each.get("type")) for each in dicts(held.get("property"))}
    if declared.get(name, "boolean" if name in _BOOLEANS else None) == "boolean":
        said = f"The property '{name}' is true or false, never '{value[:200]}'."
        run.report(FILTER, one, said, below="value", found=value[:200], allowed="true, false")


def _filter_code(run: Run, one: Node, url: str, version: str | None) -> None:
    """A filter that goes by a concept: the code system has to have it."""
    operator, value = one.text("op"), one.text("value")
    if operator not in _BY_CONCEPT or value is None or one.text("property") not in ("concept", "code"):
        return
    answer = run.terminology.validate(None, url, value, None, version)
    if answer.outcome == "not-in" and answer.content == "complete":
        run.report(FILTER, one, f"'{value[:200]}' is no code of '{url}'.", below="value", found=value[:200])
