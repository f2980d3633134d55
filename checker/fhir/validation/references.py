"""References: their text, where they lead, and whether the target is what the element asks for.

:func:`check` is called for each Reference (and canonical) node, once with the element of the base definition, and
again with the element of each StructureDefinition that says more of it.

Source: http://hl7.org/fhir/R4/references.html and http://hl7.org/fhir/R4/bundle.html#references
"""

from __future__ import annotations

from checker.fhir.definitions.ir import Element
from checker.fhir.forms.quoted import quoted
from checker.fhir.instance import Node
from checker.fhir.validation.bundle_rules import FULL_URL_MISSING
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.literal import (
    conditional_type,
    is_absolute,
    is_query,
    is_resource_type,
    relative,
    restful,
    split_version,
)
from checker.fhir.validation.reference_rules import (
    AGGREGATION,
    AMBIGUOUS,
    CANONICAL_TYPE,
    CONDITIONAL,
    EMPTY,
    FULL_URL_MISMATCH,
    LITERAL_TYPE,
    NOT_CONTAINED,
    QUERY,
    SYNTAX,
    TYPE_MISMATCH,
    TYPE_UNKNOWN,
    URN_MISSING,
    VERSIONING,
    WHITE_SPACE,
)
from checker.fhir.validation.resolver import BundleIndex, Entry, IndexResolver
from checker.fhir.validation.run import Resolution, Run
from checker.fhir.validation.targets import check_target, targets

_PREFIX = "http://hl7.org/fhir/StructureDefinition/"


def check(run: Run, node: Node, element: Element) -> None:
    """Judge a Reference or canonical node.

    ``element`` is the element that asks: ``node.declared`` in the walk over base definitions, which also looks at
    the text of the reference; an element of another StructureDefinition adds only its targets, aggregation and
    versioning.
    """
    base = element is node.declared
    if node.type == "canonical":
        _check_canonical(run, node, element, base)
        return
    if not isinstance(node.value, dict):
        return
    if base:
        _check_type_name(run, node, element)
    text = node.text("reference")
    if not text:
        if base:
            _check_empty(run, node)
        kind = _said_type(run, node)
        if kind is not None:
            check_target(run, node, element, targets(run, element), kind, None, said=True)
        return
    found = run.resolver.resolve(text, node)
    if base and not _check_text(run, node, text, found):
        return
    if found.how == "malformed":
        return
    _check_target(run, node, element, text, found, base)
    _check_aggregation(run, node, element, text, found)


# ---- the text


def _check_empty(run: Run, node: Node) -> None:
    identifier = node.holder.get("identifier")
    identified = isinstance(identifier, dict) and (identifier.get("system") or identifier.get("value"))
    said = node.holder.get("display") or node.holder.get("extension") or node.holder.get("_reference")
    if not identified and not said and not _in_pattern(node):
        run.report(EMPTY, node, "The Reference has neither reference nor identifier nor display: it says nothing")


def _in_pattern(node: Node) -> bool:
    """Whether the node is part of a fixed or pattern value in a StructureDefinition."""
    at: Node | None = node
    while at is not None and not at.is_resource:
        if at.name in ("pattern", "fixed") and at.parent is not None and at.parent.type == "ElementDefinition":
            return True
        at = at.parent
    return False


def _check_text(run: Run, node: Node, text: str, found: Resolution) -> bool:
    """Judge the text of the reference; whether it is worth going on."""
    if found.how == "malformed":
        run.report(
            WHITE_SPACE,
            node,
            f"The reference {quoted(text)} has white space in it",
            below="reference",
            found=quoted(text),
        )
        return False
    if text.startswith("#"):
        if found.how == "missing":
            missing = (
                f"there is no contained resource with the id '{text[1:]}'"
                if text != "#"
                else ("# means the containing resource, and this resource is not contained in another")
            )
            run.report(NOT_CONTAINED, node, f"The reference {quoted(text)} leads nowhere: {missing}", found=text)
            return False
        if found.how == "ambiguous":
            run.report(AMBIGUOUS, node, f"Several contained resources have the id '{text[1:]}'", found=text)
        return True
    around = run.resolver.bundle_of(node) if isinstance(run.resolver, IndexResolver) else None
    if around is not None:
        _check_start(run, *around)
    if conditional_type(text, run.tree.types) is not None:
        _check_conditional(run, node, text, around)
        return False
    if found.how == "ambiguous":
        run.report(AMBIGUOUS, node, f"Several resources can be meant by {quoted(text)}", found=text)
    elif found.how == "bundle":
        return True
    elif around is not None:
        _check_unresolved(run, node, text, *around)
    elif not is_absolute(text) and not _is_typed(run, text):
        _report_syntax(run, node, text, sure=False)
    if found.how == "external" and not run.options.assume_valid_references:
        run.not_verified.append(
            NotVerified(kind="reference", subject=text, path=node.path, detail="the target is not at hand")
        )
    return True


def _check_start(run: Run, index: BundleIndex, entry: Entry | None) -> None:
    """An entry of a batch or transaction that refers to others: what its references start from is its fullUrl.

    Elsewhere each entry needs one, whatever it refers to. What is created may go without.
    """
    if entry is None or entry.full_url is not None or index.type not in ("transaction", "batch"):
        return
    if "fullUrl" in entry.node.holder or "_fullUrl" in entry.node.holder:
        return
    request = entry.node.holder.get("request")
    created = isinstance(request, dict) and request.get("method") == "POST"
    said = "The resource of the entry has references, and the entry has no fullUrl that they start from"
    run.report(FULL_URL_MISSING, entry.node, said, severity="warning" if created else None)


def _report_syntax(run: Run, node: Node, text: str, *, sure: bool) -> None:
    """A relative reference of no known form; an error where nothing else can be meant by it.

    That is so in an entry of a FHIR Bundle, and where a URL stands in the place of the id (``Patient/urn:uuid:…``).
    """
    name, _, rest = text.partition("/")
    sure = sure or (is_resource_type(name, run.tree.types) and is_absolute(rest))
    run.report(
        SYNTAX,
        node,
        f"The reference {quoted(text)} is not of the form Type/id",
        below="reference",
        severity="error" if sure else "warning",
        found=text,
    )


def _is_typed(run: Run, text: str) -> bool:
    parts = relative(text.partition("#")[0])
    return parts is not None and is_resource_type(parts.type, run.tree.types)


def _check_conditional(run: Run, node: Node, text: str, around: tuple[BundleIndex, Entry | None] | None) -> None:
    if not is_query(text):
        run.report(QUERY, node, f"{quoted(text)} is no proper search", below="reference", found=text)
        return
    kind = around[0].type if around is not None else None
    if kind in ("transaction", "batch"):
        return
    where = f"a FHIR Bundle of type {kind}" if kind is not None else "a resource on its own"
    run.report(
        CONDITIONAL,
        node,
        f"The conditional reference {quoted(text)} stands in {where}",
        below="reference",
        severity="error" if kind is not None else "warning",
        found=text,
    )


def _check_unresolved(run: Run, node: Node, text: str, index: BundleIndex, entry: Entry | None) -> None:
    """A reference in a FHIR Bundle that leads to no entry. Documents and messages have rules of their own for it."""
    if text.startswith("urn:"):
        run.report(URN_MISSING, node, f"No entry of the FHIR Bundle has the fullUrl {quoted(text)}", found=text)
        return
    if is_absolute(text):
        return
    if not _is_typed(run, text):
        if entry is not None:
            _report_syntax(run, node, text, sure=text.count("/") not in (1, 3) and entry.full_url is not None)
        return
    alike = index.alike(text.partition("#")[0])
    if alike and index.type not in ("document", "message"):
        known = ", ".join(each.full_url or "(no fullUrl)" for each in alike[:3])
        run.report(
            FULL_URL_MISMATCH,
            node,
            f"{quoted(text)} leads to no entry; an entry with that type and id has the fullUrl {known}, which is not"
            " what the reference means where it stands",
            found=text,
        )


# ---- Reference.type


def _said_type(run: Run, node: Node) -> str | None:
    """The resource type that Reference.type says, when it is one."""
    said = node.text("type")
    if said is None:
        return None
    return said if is_resource_type(said, run.tree.types) else None


def _check_type_name(run: Run, node: Node, element: Element) -> None:
    said = node.text("type")
    if said is None or _said_type(run, node) is not None:
        return
    if is_absolute(said) and not said.startswith(_PREFIX):
        return  # the type of a logical model
    allowed = targets(run, element)
    whole = said.startswith(_PREFIX) and is_resource_type(said.removeprefix(_PREFIX), run.tree.types)
    why = "is a whole URL: resource types go by their name" if whole else "is no resource type"
    run.report(
        TYPE_UNKNOWN,
        node,
        f"Reference.type says {quoted(said)}, which {why}",
        below="type",
        severity="warning" if allowed.open else "error",  # it can't be one of the types that the element allows
        found=said,
        allowed=allowed.described or None,
    )


# ---- the target


def _check_target(run: Run, node: Node, element: Element, text: str, found: Resolution, base: bool) -> None:
    literal = restful(text.partition("#")[0], run.tree.types)
    stated = literal.type if literal is not None else None
    said = _said_type(run, node)
    actual = found.node.type if found.node is not None else stated
    if base and found.node is not None and stated is not None and stated != found.node.type:
        run.report(
            LITERAL_TYPE,
            node,
            f"{quoted(text)} says {stated}, and the resource that it leads to is of type {found.node.type}",
            below="reference",
            found=text,
        )
    if base and said is not None and actual and said != actual:
        run.report(
            TYPE_MISMATCH,
            node,
            f"Reference.type says {quoted(said)}, and the reference is to a resource of type {actual}",
            below="type",
            found=said,
            allowed=actual,
        )
    kind = actual or said
    allowed = targets(run, element)
    if kind and not allowed.open:
        check_target(run, node, element, allowed, kind, found.node, said=said is not None)


def _check_aggregation(run: Run, node: Node, element: Element, text: str, found: Resolution) -> None:
    kinds = [each for each in element.types if each.code == "Reference"]
    modes = sorted({mode for each in kinds for mode in each.aggregation})
    if modes and all(each.aggregation for each in kinds):
        inside = text.startswith("#")
        right = (
            (inside and "contained" in modes)
            or (not inside and "referenced" in modes)
            or (found.how == "bundle" and "bundled" in modes)
        )
        if not right:
            place = "contained" if inside else "in the FHIR Bundle" if found.how == "bundle" else "elsewhere"
            run.report(
                AGGREGATION,
                node,
                f"The target of {quoted(text)} is {place}; {element.path} wants it {' or '.join(modes)}",
                by=element,
                found=place,
                allowed=", ".join(modes),
            )
    versioning = {each.versioning or "either" for each in kinds}
    if len(versioning) == 1 and not text.startswith("#"):
        wanted = versioning.pop()
        versioned = split_version(text)[1] is not None
        if (wanted == "specific" and not versioned) or (wanted == "independent" and versioned):
            run.report(
                VERSIONING,
                node,
                f"{quoted(text)} is to {'a' if versioned else 'no'} version; {element.path} wants it {wanted}",
                by=element,
                found=text,
                allowed=wanted,
            )


# ---- canonical URLs


def _check_canonical(run: Run, node: Node, element: Element, base: bool) -> None:
    text = node.value
    if not isinstance(text, str) or not text:
        return
    url = text.partition("|")[0]
    allowed = targets(run, element, "canonical")
    if url.startswith("#"):
        found = run.resolver.resolve(url, node)
        if found.node is not None:
            if allowed.allows(found.node.type, run) is False:
                _report_canonical(run, node, element, text, found.node.type, allowed.described)
        elif base and found.how == "missing" and len(url) > 1:
            run.report(
                NOT_CONTAINED,
                node,
                f"The canonical {quoted(text)} leads nowhere: there is no contained resource with the id '{url[1:]}'",
                found=text,
            )
        return
    if allowed.open or allowed.unknown or not is_absolute(url):
        return
    kinds = {structure.type for structure in allowed.structures}
    if any(run.library.raw(text, kind) is not None for kind in kinds):
        return
    held = run.library.raw(text)
    kind = held.get("resourceType") if held is not None else None
    if isinstance(kind, str) and allowed.allows(kind, run) is False:
        _report_canonical(run, node, element, text, kind, allowed.described)


def _report_canonical(run: Run, node: Node, element: Element, text: str, kind: str, allowed: str) -> None:
    run.report(
        CANONICAL_TYPE,
        node,
        f"{quoted(text)} is a {kind}; {element.path} asks for {allowed}",
        by=element,
        found=kind,
        allowed=allowed,
    )
