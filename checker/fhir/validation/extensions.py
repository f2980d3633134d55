"""Extensions: known or not, of the right kind, in the right place, with the right value.

:func:`check` is called once for each ``extension`` and ``modifierExtension`` of an instance. It states ext-1, and
has the extension judged by its own StructureDefinition.

Source: http://hl7.org/fhir/R4/extensibility.html and http://hl7.org/fhir/R4/defining-extensions.html
"""

from __future__ import annotations

import re
from typing import Any

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.forms.quoted import quoted
from checker.fhir.instance import Node
from checker.fhir.validation import extension_context
from checker.fhir.validation.extension_rules import (
    CONTEXT,
    CONTEXT_INVARIANT,
    MODIFIER_PLACE,
    MODIFIER_UNKNOWN,
    NOT_EXTENSION,
    OTHER_VERSION,
    PART_UNKNOWN,
    STATUS,
    UNKNOWN,
    URL_MISSING,
    URL_RELATIVE,
    URL_VERSION,
    VALUE_AND_PARTS,
    VALUE_MISSING,
)
from checker.fhir.validation.issue import NotVerified, Severity
from checker.fhir.validation.literal import is_absolute
from checker.fhir.validation.run import Run

_OTHER_VERSION = re.compile(r"http://hl7\.org/fhir/(\d+\.\d+)/StructureDefinition/extension-(.+)\Z")
_VERSIONS = frozenset({"1.0", "3.0", "4.0", "4.3", "5.0", "6.0"})
_HL7 = "http://hl7.org/fhir/StructureDefinition/"
"""HL7 publishes extensions here in packages of their own, beside those of R4 core: one that is not held may exist."""
_EXAMPLES = ("example.org", "example.com", "acme.com")
_STATUS = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"


def check(run: Run, node: Node, element: Element) -> None:
    """Judge an Extension node, once for each run, whichever element asks."""
    key = ("extension", node)
    if key in run.seen or not isinstance(node.value, dict):
        return
    run.seen[key] = element
    values = _values(node)
    _check_value_or_parts(run, node, values)
    url = node.text("url")
    if not url:
        run.report(URL_MISSING, node, "The extension has no url: nobody can tell what it means")
        return
    if not is_absolute(url):
        _check_part(run, node, url)
        return
    base, version, _ = url.partition("|")
    definition = run.library.structure(base)
    if version:
        severity: Severity = "error" if definition is not None else "warning"
        run.report(
            URL_VERSION, node, f"The url {quoted(url)} carries a version", below="url", severity=severity, found=url
        )
    if definition is None:
        _check_unknown(run, node, base)
    elif definition.type != "Extension":
        run.report(
            NOT_EXTENSION, node, f"{base} is a {definition.type}, not an extension", below="url", found=definition.type
        )
    else:
        _check_known(run, node, definition, values)


def _values(node: Node) -> list[str]:
    """The keys of ``value[x]`` that are there."""
    shape, holder = node.shape, node.holder
    keys = shape.keys if shape is not None else {}
    return sorted({key.removeprefix("_") for key in holder if key.removeprefix("_") in keys and "value" in key})


def _check_value_or_parts(run: Run, node: Node, values: list[str]) -> None:
    parts = bool(node.holder.get("extension"))
    if parts and values:
        run.report(VALUE_AND_PARTS, node, "The extension has both a value and extensions inside it (ext-1)")
    elif not parts and not values:
        run.report(VALUE_AND_PARTS, node, "The extension has neither a value nor extensions inside it (ext-1)")


def _check_part(run: Run, node: Node, url: str) -> None:
    """A relative url: the part of a complex extension, judged with it; elsewhere a mistake."""
    around = node.parent
    if around is None or around.type != "Extension":
        run.report(URL_RELATIVE, node, f"The url {quoted(url)} is not absolute", below="url", found=url)
        return
    chain: list[str] = []
    while around is not None and around.type == "Extension":
        own = around.text("url")
        if not own:
            return
        if is_absolute(own):
            definition = run.library.structure(own.partition("|")[0])
            if definition is not None and definition.type == "Extension":
                _check_listed(run, node, url, definition, list(reversed(chain)))
            return
        chain.append(own)
        around = around.parent
    # The chain ends in a relative url outside any extension: said there.


def _check_listed(run: Run, node: Node, url: str, definition: Structure, chain: list[str]) -> None:
    at = definition.root
    for step in chain:
        found = _parts(at).get(step)
        if found is None:
            return  # said where that step stands
        at = found
    listed = _parts(at)
    if url not in listed:
        run.report(
            PART_UNKNOWN,
            node,
            f"{definition.canonical} has no part {quoted(url)}"
            + (f"; it has {', '.join(sorted(listed))}" if listed else "; it has no parts"),
            below="url",
            by=definition,
            found=url,
            allowed=", ".join(sorted(listed)),
        )


def _parts(element: Element) -> dict[str, Element]:
    """The parts that an extension (or a part of one) defines, by url."""
    inside = element.children.get("extension")
    found: dict[str, Element] = {}
    for one in inside.slices if inside is not None else ():
        url = one.children.get("url")
        fixed = url.fixed or url.pattern if url is not None else None
        if fixed is not None and isinstance(fixed.value, str):
            found[fixed.value] = one
    return found


# ---- not known


def _check_unknown(run: Run, node: Node, url: str) -> None:
    modifier = node.name == "modifierExtension"
    other = _OTHER_VERSION.match(url)
    if other is not None and not modifier:
        if other[1] in _VERSIONS:
            run.not_verified.append(
                NotVerified(
                    kind="structure-definition",
                    subject=url,
                    path=node.path,
                    detail=f"the definition of {other[2]} in FHIR {other[1]} is not held",
                )
            )
        else:
            run.report(
                OTHER_VERSION, node, f"{quoted(url)} names FHIR {other[1]}, which never was", below="url", found=url
            )
        return
    if modifier:
        run.report(
            MODIFIER_UNKNOWN,
            node,
            f"Nobody defines the modifier extension {quoted(url)}: the record can't be used",
            found=url,
        )
        return
    severity = run.options.unknown_extensions
    if severity == "error" and (
        url.startswith(_HL7) or (run.options.example_urls and any(name in url for name in _EXAMPLES))
    ):
        severity = "warning"
    run.report(
        UNKNOWN,
        node,
        f"The extension {quoted(url)} is not defined in any package that is at hand, so it was not verified",
        severity=severity,
        found=url,
    )
    run.not_verified.append(
        NotVerified(kind="structure-definition", subject=url, path=node.path, detail="the extension is not defined")
    )


# ---- known


def _check_known(run: Run, node: Node, definition: Structure, values: list[str]) -> None:
    _check_status(run, node, definition)
    modifier = node.name == "modifierExtension"
    if definition.root.is_modifier != modifier:
        wanted = "modifierExtension" if definition.root.is_modifier else "extension"
        run.report(
            MODIFIER_PLACE,
            node,
            f"{definition.url} belongs in {wanted}, and stands in {node.name}",
            by=definition,
            found=node.name,
            allowed=wanted,
        )
    _check_context(run, node, definition)
    _check_value(run, node, definition, values)
    run.validate(run, node, definition)


def _check_context(run: Run, node: Node, definition: Structure) -> None:
    if not extension_context.fits(run, node, definition):
        allowed = ", ".join(context.expression for context in definition.contexts)
        place = node.parent.path if node.parent is not None else node.path
        run.report(
            CONTEXT,
            node,
            f"{definition.url} may not stand on {place}; it may stand on {allowed}",
            by=definition,
            found=place,
            allowed=allowed,
        )
        return
    broken = extension_context.invariant_broken(run, node, definition)
    if broken is not None:
        run.report(
            CONTEXT_INVARIANT,
            node,
            f"{definition.url} may stand here only where {broken}",
            by=definition,
            allowed=broken,
        )


def _check_value(run: Run, node: Node, definition: Structure, values: list[str]) -> None:
    """A definition that needs a single value and says nothing of parts, used with parts.

    Where the value may be left out, parts that no definition names may stand alone. The type of the value is judged
    with the rest of the definition.
    """
    inside = definition.root.children.get("extension")
    needed = any(one.plain_name.startswith("value") and one.min > 0 for one in definition.root.children.values())
    allowed = _allowed_types(definition)
    if values or not allowed or not needed or not node.holder.get("extension"):
        return
    if inside is None or (inside.max != 0 and not inside.slices):
        kinds = " or ".join(sorted(allowed))
        run.report(
            VALUE_MISSING,
            node,
            f"{definition.url} takes a value of type {kinds}, and has parts in its place",
            by=definition,
            allowed=kinds,
        )


def _allowed_types(definition: Structure) -> set[str]:
    """The types that the definition allows for ``value[x]``, whether it renames or slices it or not."""
    allowed: set[str] = set()
    for child in definition.root.children.values():
        if child.plain_name.startswith("value") and child.max != 0:
            allowed.update(kind.code for kind in child.types)
    return allowed


def _check_status(run: Run, node: Node, definition: Structure) -> None:
    """A note, once for a definition and instance; R4 core's own extensions are drafts nearly all and get none."""
    key = ("extension status", definition.url)
    if key in run.seen:
        return
    run.seen[key] = True
    status = definition.status
    if status == "draft" and definition.url.startswith("http://hl7.org/fhir/"):
        status = None
    if status not in ("draft", "retired"):
        status = "deprecated" if _is_deprecated(run, definition) else None
    if status is not None:
        run.report(STATUS, node, f"The definition of {definition.url} is {status}", by=definition, found=status)


def _is_deprecated(run: Run, definition: Structure) -> bool:
    raw = run.library.raw(definition.url, "StructureDefinition")
    listed: Any = raw.get("extension") if raw is not None else None
    return isinstance(listed, list) and any(
        isinstance(each, dict) and each.get("url") == _STATUS and each.get("valueCode") == "deprecated"
        for each in listed
    )
