"""Documents: a Composition first, an identifier, a date, and everything that the Composition speaks of inside.

States bdl-9, bdl-10 and bdl-11 by hand.

Source: http://hl7.org/fhir/R4/documents.html
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.fhir.instance import Node
from checker.fhir.validation import linkage
from checker.fhir.validation.literal import is_absolute
from checker.fhir.validation.resolver import BundleIndex
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/documents.html#content"
_INVARIANTS = "http://hl7.org/fhir/R4/bundle.html#invs"
_HL7_STYLE = "https://hl7.org/fhir/fhir.css"

FIRST = rule(
    "document-composition-first",
    "error",
    "invalid",
    title="The first resource of a document is no Composition (bdl-11)",
    why="The Composition says whose document it is, who wrote it, and in which order to read it.",
    fix="Make the Composition the first entry.",
    source=_INVARIANTS,
)
IDENTIFIER = rule(
    "document-identifier-missing",
    "error",
    "invariant",
    title="A document has no identifier with system and value (bdl-9)",
    why="Documents are filed and replaced by their identifier; without one, two copies count as two documents.",
    fix="Give Bundle.identifier a system and a value.",
    source=_INVARIANTS,
)
TIMESTAMP = rule(
    "document-timestamp-missing",
    "error",
    "invariant",
    title="A document has no date (bdl-10)",
    why="Readers have to know when the document was put together.",
    fix="Give Bundle.timestamp.",
    source=_INVARIANTS,
)
ORPHAN = rule(
    "document-entry-orphan",
    "error",
    "informational",
    title="An entry of a document is not reached from the Composition: no reference leads there",
    why="No reader of the document is ever led to it: its content is lost, or does not belong there.",
    fix="Refer to it from the Composition or from a resource that the Composition leads to, or remove it.",
    source=_SOURCE,
)
BACKWARD = rule(
    "document-entry-backward",
    "warning",
    "invalid",
    title="An entry of a document is reached only by its own reference back",
    why="In R4 a document is read forward from the Composition; only a Provenance may hang on backward.",
    fix="Refer to it from the Composition, such as from a section.",
    source=_SOURCE,
)
STYLE_MISSING = rule(
    "document-stylesheet-missing",
    "error",
    "not-found",
    title="The stylesheet link of a document leads to no entry",
    why="A relative stylesheet has to travel with the document.",
    fix="Add the Binary with the stylesheet, or link to https://hl7.org/fhir/fhir.css.",
    source="http://hl7.org/fhir/R4/documents.html#presentation",
)
STYLE_EXTERNAL = rule(
    "document-stylesheet-external",
    "warning",
    "business-rule",
    title="The stylesheet of a document stands outside it",
    why="The document looks different, or can't be read, when that server changes or goes away.",
    fix="Put the stylesheet into the document as a Binary.",
    source="http://hl7.org/fhir/R4/documents.html#presentation",
)


def check(run: Run, index: BundleIndex) -> None:
    """Judge a Bundle of type ``document``."""
    bundle = index.bundle
    identifiers = bundle.children("identifier")
    if not any(each.text("system") and each.text("value") for each in identifiers):
        run.report(IDENTIFIER, bundle, "The document has no identifier with a system and a value (bdl-9)")
    if bundle.text("timestamp") is None:
        run.report(TIMESTAMP, bundle, "The document has no timestamp (bdl-10)")
    _check_stylesheets(run, index)
    composition = index.entries[0].resource if index.entries else None
    if composition is None or composition.type != "Composition":
        found = "there is none" if composition is None else f"it is a {composition.type}"
        where = index.entries[0].node if index.entries else bundle
        run.report(FIRST, where, f"The first resource of a document is a Composition; here {found} (bdl-11)")
    if not index.entries:
        return
    needed = list(_composition_references(composition)) if composition is not None else []
    reached = linkage.follow(run, index, needed)
    for at in reached.backward:
        entry = index.entries[at]
        if entry.type != "Provenance":
            run.report(
                BACKWARD,
                entry.node,
                f"{linkage.name(entry)} is not reached from the Composition; it only refers to what is reached",
            )
    for at in reached.orphans:
        entry = index.entries[at]
        run.report(
            ORPHAN, entry.node, f"{linkage.name(entry)} is not reached from the Composition: no reference leads there"
        )


def _composition_references(composition: Node) -> Iterator[Node]:
    """The References of a Composition whose targets have to be in the document."""
    if composition.type != "Composition":
        return
    for name in ("subject", "author", "encounter", "custodian"):
        yield from composition.children(name)
    for attester in composition.children("attester"):
        yield from attester.children("party")
    for event in composition.children("event"):
        yield from event.children("detail")
    waiting = list(composition.children("section"))
    while waiting:
        section = waiting.pop()
        for name in ("author", "focus", "entry"):
            yield from section.children(name)
        waiting.extend(section.children("section"))


def _check_stylesheets(run: Run, index: BundleIndex) -> None:
    for link in index.bundle.children("link"):
        url = link.text("url")
        if link.text("relation") != "stylesheet" or url is None or url == _HL7_STYLE:
            continue
        if is_absolute(url):
            insecure = ", and comes over a connection that anyone may change" if url.startswith("http:") else ""
            run.report(
                STYLE_EXTERNAL,
                link,
                f"The stylesheet '{url}' is not part of the document{insecure}",
                below="url",
                found=url,
            )
        elif not index.alike(url):
            run.report(
                STYLE_MISSING, link, f"The stylesheet '{url}' is no entry of the document", below="url", found=url
            )
