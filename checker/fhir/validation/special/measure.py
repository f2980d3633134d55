"""A Measure: its groups, and the libraries and languages of its criteria.

Source: http://hl7.org/fhir/R4/measure.html
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.in_reach import find
from checker.fhir.validation.special.json_shape import dicts, text

_SOURCE: Final = "http://hl7.org/fhir/R4/measure.html"
_CQL: Final = frozenset({"text/cql", "text/cql.identifier", "text/cql-identifier"})
_ELM_TYPE: Final = "application/elm+xml"
_ELM: Final = "urn:hl7-org:elm:r1"

LIBRARY_UNKNOWN = rule(
    "measure-library-unknown",
    "information",
    "not-found",
    title="A library of the Measure is not at hand",
    why="Its expressions could not be looked up.",
    fix="Give the Library to the validator, as a package or beside the file.",
    source=f"{_SOURCE}#notes",
)
GROUPS = rule(
    "measure-group",
    "warning",
    "required",
    title="The Measure lacks groups, or codes to tell its groups, populations or stratifiers apart",
    why="A report can only say what it counts by these codes.",
    fix="Give each group its populations, and each of several a code.",
    source=_SOURCE,
)
CRITERIA = rule(
    "measure-criteria",
    "error",
    "invalid",
    title="The criteria of the Measure name no expression of its libraries",
    why="The Measure cannot be evaluated.",
    fix="Name the library that has the expression, and the expression as it is defined there.",
    source=f"{_SOURCE}#logic",
)
CRITERIA_UNKNOWN = rule(
    "measure-criteria-unknown",
    "warning",
    "not-found",
    title="The expression of the criteria could not be looked up",
    why="The library is not at hand, or only its source is.",
    fix="Give the Library to the validator, with its compiled form (ELM).",
    source=f"{_SOURCE}#logic",
)
CRITERIA_LANGUAGE = rule(
    "measure-criteria-language",
    "warning",
    "required",
    title="The criteria of the Measure are in a language that is not judged",
    why="Only CQL is looked up.",
    fix="Check the expression yourself.",
    source=f"{_SOURCE}#logic",
)


def check(run: Run, node: Node) -> None:
    """Judge the groups of a Measure."""
    libraries = _libraries(run, node)
    states_some = bool(node.children("library"))
    groups = node.children("group")
    if not groups:
        run.report(GROUPS, node, "The Measure has no groups, so there is nothing to report.")
    for group in groups:
        if len(groups) > 1 and not group.children("code"):
            run.report(GROUPS, group, "One of several groups has no code.")
        populations = group.children("population")
        if not populations:
            run.report(GROUPS, group, "The group has no population.")
        for population in populations:
            if len(populations) > 1 and not population.children("code"):
                run.report(GROUPS, population, "One of several populations has no code.")
        stratifiers = group.children("stratifier")
        for stratifier in stratifiers:
            components = stratifier.children("component")
            if len(stratifiers) > 1 and not stratifier.children("code") and not components:
                run.report(GROUPS, stratifier, "One of several stratifiers has no code.")
            for component in components:
                if len(components) > 1 and not component.children("code"):
                    run.report(GROUPS, component, "One of several components has no code.")
            for holder in (stratifier, *components):
                for criteria in holder.children("criteria"):
                    _criteria(run, criteria, libraries, states_some)


def _libraries(run: Run, node: Node) -> list[dict[str, Any]]:
    libraries = []
    for library in node.children("library"):
        if not isinstance(library.value, str):
            continue
        found = find(run, library, library.value, "Library")
        if found is None:
            said = f"The Library '{library.value}' is not at hand, so criteria were not looked up in it."
            run.report(LIBRARY_UNKNOWN, library, said, found=library.value)
        else:
            libraries.append(found[0])
    return libraries


def _criteria(run: Run, criteria: Node, libraries: list[dict[str, Any]], states_some: bool) -> None:
    language, expression = criteria.text("language"), criteria.text("expression")
    if language is None:
        return
    if language not in _CQL:
        run.report(CRITERIA_LANGUAGE, criteria, f"Criteria in '{language}' are not judged.", found=language)
        return
    if not states_some:
        run.report(CRITERIA, criteria, "The criteria are CQL, but the Measure names no library.")
        return
    if not libraries:
        _not_judged(run, criteria, "its library is not at hand")
        return
    name, dot, inside = (expression or "").partition(".")
    named = [one for one in libraries if one.get("name") == name] if dot else libraries
    if len(named) != 1:
        which = f"{len(named)} libraries are called '{name}'" if dot else f"the Measure has {len(named)} libraries"
        run.report(CRITERIA, criteria, f"The library of '{expression}' is not clear: {which}.", found=expression)
        return
    if not any(one.get("contentType") == _ELM_TYPE for one in dicts(named[0].get("content"))):
        _not_judged(run, criteria, f"its library '{named[0].get('url')}' has no compiled form ({_ELM_TYPE})")
        return
    fault = _fault(named[0], inside if dot else name)
    if fault:
        url = named[0].get("url")
        run.report(
            CRITERIA, criteria, f"'{expression}' was not found in the Library '{url}': {fault}.", found=expression
        )


def _not_judged(run: Run, criteria: Node, why: str) -> None:
    expression = criteria.text("expression")
    run.report(CRITERIA_UNKNOWN, criteria, f"'{expression}' was not looked up: {why}.", found=expression)
    run.not_verified.append(NotVerified(kind="invariant", subject=expression or "", path=criteria.path, detail=why))


def _fault(library: dict[str, Any], name: str) -> str:
    """Why the compiled library (ELM) has no expression of that name; empty when it has."""
    for content in dicts(library.get("content")):
        if content.get("contentType") == _ELM_TYPE:
            data = text(content.get("data"))
            try:
                elm = base64.b64decode(data or "")
            except (binascii.Error, ValueError):
                return "its ELM is not base64"
            return _elm_fault(elm, name)
    return f"it has no {_ELM_TYPE}"


def _elm_fault(elm: bytes, name: str) -> str:
    """Reads with expat, without any DOCTYPE: the names of the definitions in ``library/statements``."""
    from xml.parsers import expat

    line: list[str] = []
    names: set[str] = set()
    root: list[str] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if not line:
            root.append(element)
        line.append(element)
        if line[1:] == [f"{_ELM} statements", f"{_ELM} def"]:
            names.add(attributes.get("name", ""))

    def refuse(*_: Any) -> None:
        raise ValueError("it has a DOCTYPE")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: line.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(elm, True)
    except (expat.ExpatError, ValueError) as error:
        return f"its ELM cannot be read ({error})"
    if root != [f"{_ELM} library"]:
        return "its ELM is no ELM library"
    return "" if name in names else "its ELM does not define it"
