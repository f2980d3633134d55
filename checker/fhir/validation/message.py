"""Messages: a MessageHeader first, its focus inside, and no entry that nobody asked for.

States bdl-12 by hand.

Source: http://hl7.org/fhir/R4/messaging.html
"""

from __future__ import annotations

from checker.fhir.validation import linkage
from checker.fhir.validation.resolver import BundleIndex
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/messaging.html"

FIRST = rule(
    "message-header-first",
    "error",
    "invalid",
    title="The first resource of a message is no MessageHeader (bdl-12)",
    why="The MessageHeader says what the message is about and whom it is for.",
    fix="Make the MessageHeader the first entry.",
    source="http://hl7.org/fhir/R4/bundle.html#invs",
)
ORPHAN = rule(
    "message-entry-orphan",
    "warning",
    "informational",
    title="An entry of a message is not reached from the MessageHeader: no reference leads there",
    why="The receiver processes what the focus leads to; the entry may be overlooked.",
    fix="Refer to it from the focus or from what the focus leads to, or leave it out.",
    source=_SOURCE,
)
BACKWARD = rule(
    "message-entry-backward",
    "information",
    "informational",
    title="An entry of a message is reached only by its own reference back",
    why="It may be meant so; the receiver has to look for it.",
    fix="Check that the receiver needs it, and how it is to find it.",
    source=_SOURCE,
)


def check(run: Run, index: BundleIndex) -> None:
    """Judge a Bundle of type ``message``."""
    header = index.entries[0].resource if index.entries else None
    if header is None or header.type != "MessageHeader":
        found = "there is none" if header is None else f"it is a {header.type}"
        where = index.entries[0].node if index.entries else index.bundle
        run.report(FIRST, where, f"The first resource of a message is a MessageHeader; here {found} (bdl-12)")
    if header is None:
        return
    needed = header.children("focus") if header.type == "MessageHeader" else []
    reached = linkage.follow(run, index, needed)
    for at in reached.backward:
        entry = index.entries[at]
        if entry.type != "Provenance":
            run.report(
                BACKWARD,
                entry.node,
                f"{linkage.name(entry)} is not reached from the MessageHeader; it only refers to what is reached",
            )
    for at in reached.orphans:
        entry = index.entries[at]
        run.report(
            ORPHAN, entry.node, f"{linkage.name(entry)} is not reached from the MessageHeader: no reference leads there"
        )
