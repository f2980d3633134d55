"""Datatypes with rules of their own: the statements that call the explaining tier's module only where it could object.

These modules look at nothing but the value, so that a node without surroundings will do.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from importlib import import_module
from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.fast.build import MOST_ANSWERS, Build
from checker.fhir.fast.clean import NOTHING, Clean, Dirty, Told
from checker.fhir.fast.writing import Writer
from checker.fhir.forms.characters import is_base64
from checker.fhir.instance import Key, Node
from checker.fhir.validation.rule import Rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import nhs_number
from checker.fhir.validation.special.xhtml_quick import is_clean, is_plain

IDENTIFIER_RULES = frozenset({"identifier-system-relative", "identifier-uri-value", "identifier-uuid-system"})
"""The rules of identifiers that the short cuts here reckon with: they hang on the system, and for some on the value."""


def _module(build: Build, kind: str, value: Any, c: Clean) -> None:
    """Put a value to the module of its type; keep what that says. Raises ``Dirty`` for an error."""
    from checker.fhir.validation.special import DATATYPES

    told = build.told(import_module(DATATYPES[kind]).check, build.inside(value, kind, None, c.language))
    if told is not NOTHING:
        c.said.append((told, value, "", ()))


def narrative(build: Build) -> Callable[[Any, Clean, Any], None]:
    """The judge of the div of a Narrative: called with the text, the context, and the Narrative."""
    from checker.fhir.validation.special import narrative as rules
    from checker.fhir.validation.special.xhtml_findings import BROKEN_LINK, LANGUAGE, Finding

    of_languages: dict[tuple[Finding, ...], Told] = {}

    def judge(v: Any, c: Clean, holder: Any) -> None:
        if v.__class__ is not str or not v:
            raise Dirty("Narrative div")
        plain = is_plain(v)
        c.quotes += 2 if plain else v.count('"')
        if c.language is None and is_clean(v, plain):
            return
        found = rules.check_div(v, c.language)
        if found:
            if any(one.rule is BROKEN_LINK for one in found):
                raise Dirty("Narrative link")
            told = of_languages.get(found)
            if told is None:
                told = build.told(rules.check, build.inside(holder, "Narrative", None, c.language))
                if len(of_languages) < MOST_ANSWERS and all(one.rule is LANGUAGE for one in found):
                    of_languages[found] = told
            c.said.append((told, holder, "", ()))

    return judge


def odd_primitive(build: Build, kind: str, element: Element) -> Callable[[Any, Clean, Any, str, tuple[Key, ...]], None]:
    """The judge of primitives that are not plainly good: called with value, context, holder, and its place in that."""
    from checker.fhir.forms import primitives

    def check(run: Run, node: Node) -> None:
        primitives.check(run, node, element)

    def judge(v: Any, c: Clean, holder: Any, place: str, keys: tuple[Key, ...]) -> None:
        if isinstance(v, Decimal):
            beyond = abs(v.adjusted()) > 400
        elif isinstance(v, int):
            beyond = not -(10**30) < v < 10**30
        elif isinstance(v, str):
            beyond = False
        else:
            raise Dirty(f"{kind}{place}: JSON type")
        if beyond:
            raise Dirty(f"{kind}{place}: beyond measure")
        told = build.told(check, build.inside(v, kind, element, None))
        if told is not NOTHING:
            c.said.append((told, holder, place, keys))

    return judge


def _call(w: Writer, v: str, build: Build, kind: str) -> str:
    return f"{w.name(build.kept(('own', kind), lambda: partial(_module, build, kind)))}({v}, c)"


def _identifier(w: Writer, v: str, build: Build, asks: Any) -> str:
    good, judge = build.kept("identifiers", lambda: _identifiers(build))
    return f"if {v}.get('system') not in {w.name(good)}: {w.name(judge)}({v}, c)"


def _identifiers(build: Build) -> tuple[set[Any], Callable[[Any, Clean], None]]:
    """The systems that say nothing of the value and are good, and the judge of the other identifiers."""
    good: set[Any] = {None}
    judge = partial(_module, build, "Identifier")
    telling = (nhs_number.SYSTEM, "urn:ietf:", "https://tools.ietf.org/")
    known = _rule_ids("Identifier") <= IDENTIFIER_RULES

    def identifier(value: Any, c: Clean) -> None:
        system = value.get("system")
        if known and system == nhs_number.SYSTEM and _is_nhs_number(value.get("value")):
            return
        judge(value, c)
        if known and not str(system).startswith(telling) and len(good) < MOST_ANSWERS and not c.said:
            good.add(system)

    return good, identifier


def _rule_ids(kind: str) -> set[str]:
    """The rules that the module of a datatype states: when there are others, no short cut is taken."""
    from checker.fhir.validation.special import DATATYPES

    module = import_module(DATATYPES[kind])
    return {one.id for one in vars(module).values() if isinstance(one, Rule)}


def _is_nhs_number(value: Any) -> bool:
    """Ten digits, the last of which checks the others; what this does not know goes to the module."""
    if value.__class__ is not str or len(value) != 10 or not value.isascii() or not value.isdigit():
        return False
    a, b, c, d, e, f, g, h, i, j = value.encode()
    # Each byte is a digit and 48; the weights 10 to 1 make 55 times 48 of that, which 11 divides.
    total = 10 * a + 9 * b + 8 * c + 7 * d + 6 * e + 5 * f + 4 * g + 3 * h + 2 * i + j
    return total % 11 == 0 and value != value[0] * 10


def _meta(w: Writer, v: str, build: Build, asks: Any) -> str:
    unless = f"if 'tag' in {v} or 'security' in {v}: " if _rule_ids("Meta") == {"meta-repeated"} else ""
    return unless + _call(w, v, build, "Meta")


def _attachment(w: Writer, v: str, build: Build, asks: Any) -> str:
    known = _rule_ids("Attachment") == {"attachment-size", "attachment-hash", "attachment-empty"}
    if not known:
        return _call(w, v, build, "Attachment")
    there = f"'url' not in {v} if 'data' not in {v} else 'size' in {v} and {w.name(_other_size)}({v}) or 'hash' in {v}"
    return f"if {there}: {_call(w, v, build, 'Attachment')}"


def _other_size(attachment: Any) -> bool:
    """Whether the size may be another than that of the data."""
    data = attachment["data"]
    if data.__class__ is not str or attachment["size"] != len(data) // 4 * 3 - data[-2:].count("="):
        return True
    return not is_base64(data)


def _sampled(w: Writer, v: str, build: Build, asks: Any) -> str:
    return _call(w, v, build, "SampledData")


OWN: dict[str, Callable[[Writer, str, Build, Any], str]] = {
    "Attachment": _attachment,
    "Identifier": _identifier,
    "Meta": _meta,
    "SampledData": _sampled,
}
"""By datatype: the statement for a value in a variable."""
