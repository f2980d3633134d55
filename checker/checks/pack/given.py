"""What an evidence pack gives, as checks read it: its root, a section, a part of one, a table, a file.

Nothing given is never a pass: each of these says why there is nothing, and the check says so in its turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.checks.assured import Given
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.pack import KIND, SECTION, OfFile, OfSection, OfTable
from checker.model.registry import condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView, RecordView

SECTIONS = (
    *("accessibility", "ai", "device", "dtac", "effectiveness", "exit", "identity", "inclusion", "kpis", "maturity"),
    *("organisation", "pricing", "product", "safety", "service", "social-care", "social-value", "standards", "value"),
)
"""The sections that a pack may have."""
WHOLE = Need(probe="pack.whole", params=NoParams())
"""The need of the pack as a whole."""


def of_section(name: str) -> Need:
    """The need of a section."""
    return Need(probe="pack.section", params=OfSection(name=name))


def of_table(kind: str, *columns: str) -> Need:
    """The need of some columns of a table; ``?`` behind a column that may be left out."""
    return Need(probe="pack.table", params=OfTable(kind=kind, columns=columns))


def of_file(kind: str, reader: str = "digest") -> Need:
    """The need of a file by a named reader."""
    return Need(probe="pack.file", params=OfFile(kind=kind, reader=reader))


def shortened(text: str, most: int = 60) -> str:
    """A text that people wrote, short enough for a report, and without characters that are not shown.

    >>> shortened("a" * 80, 10), shortened("one" + chr(10) + "two")
    ('aaaaaaaaa…', 'one two')
    """
    plain = "".join(one if one.isprintable() else " " for one in text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def whole(ev: EvidenceView) -> Given | Undecided:
    """All facts of the pack (see ``probes.pack.inventory``), or why there are none."""
    return whole_by(ev, WHOLE, "pack")


def whole_by(ev: EvidenceView, need: Need, role: str) -> Given | Undecided:
    """What one probe found in the pack as a whole, or why there is nothing."""
    given = ev.supplier.artefacts_of(KIND)
    if not given:
        return Undecided(reason=Reason.NO_DATA, message="no evidence pack was submitted")
    if len(given) > 1:
        message = f"{len(given)} evidence packs were submitted, and which is meant is not said"
        return Undecided(reason=Reason.PREREQUISITE, message=message)
    return _facts(ev, ev.record(need), role, "the evidence pack")


def root(ev: EvidenceView, name: str) -> Given | Undecided:
    """One key of the root, such as ``product``, or why there is none."""
    found = whole(ev)
    if isinstance(found, Undecided):
        return found
    return _part(found, found.facts["content"], found.facts["faults"], name, "the root of the pack", "pack.yaml ")


def section(ev: EvidenceView, name: str) -> Given | Undecided:
    """What fits of a section, by top-level key, or why there is nothing."""
    found = _section(ev, name)
    return found if isinstance(found, Undecided) else found._replace(facts=found.facts["content"])


def part(ev: EvidenceView, name: str, key: str) -> Given | Undecided:
    """One top-level key of a section, or why there is none: it is not said, or does not fit its schema."""
    found = _section(ev, name)
    if isinstance(found, Undecided):
        return found
    return _part(found, found.facts["content"], found.facts["faults"], key, f"the section {name!r}", "")


def _section(ev: EvidenceView, name: str) -> Given | Undecided:
    kind = SECTION + name
    if not ev.supplier.artefacts_of(kind):
        pack = whole(ev)
        if isinstance(pack, Undecided):
            return pack
        wrong = [one for one in pack.facts["named"] if one["kind"] == kind and one["problem"]]
        if wrong:
            return pack.undecided(f"the section {name!r} cannot be read: {wrong[0]['problem']}", Reason.PREREQUISITE)
        if faults := [one for one in pack.facts["faults"] if not one.startswith("pack.yaml /") or "/sections" in one]:
            return pack.undecided(f"the root of the pack cannot be read: {faults[0]}", Reason.PREREQUISITE)
        return pack.undecided(f"the evidence pack has no section {name!r}")
    return _facts(ev, ev.record(of_section(name)), "section", f"the section {name!r}")


def _part(
    found: Given, content: Mapping[str, Any], faults: list[str], key: str, what: str, before: str
) -> Given | Undecided:
    if key in content:
        return found._replace(facts=content[key])
    starts = (f"{before}/{key}:", f"{before}/{key}/")
    wrong = [one for one in faults if one.startswith(starts) or not one.startswith(f"{before}/")]
    if wrong:
        return found.undecided(f"{what} does not fit its schema: {wrong[0]}", Reason.PREREQUISITE)
    return found.undecided(f"{what} has no {key!r}")


def _facts(ev: EvidenceView, view: RecordView, role: str, what: str) -> Given | Undecided:
    payload = view.payload(role)
    if not isinstance(payload, Artefact) or payload.facts.get("problem"):
        return view.undecided(what)
    return Given(payload.facts, ev.as_of.date(), tuple(item.id for item in view.evidence(role)))


def file(ev: EvidenceView, kind: str, reader: str = "digest") -> Given | Undecided:
    """The facts that a reader takes from the one file of a kind, or why there are none."""
    if (why := _not_one(ev, kind)) is not None:
        return why
    return _facts(ev, ev.record(of_file(kind, reader)), "file", f"the file of kind {kind!r}")


def table(ev: EvidenceView, kind: str, *columns: str) -> Given | Undecided:
    """The lines of the one table of a kind: texts by column, and ``line``; or why there are none."""
    if (why := _not_one(ev, kind)) is not None:
        return why
    found = _facts(ev, ev.record(of_table(kind, *columns)), "table", f"the table of kind {kind!r}")
    if isinstance(found, Undecided):
        return found
    if unread := found.facts["unread"] or found.facts.get("not_read"):
        return found.undecided(f"the table of kind {kind!r}: {unread[0]}", Reason.PREREQUISITE)
    if missing := found.facts["missing"]:
        message = f"the table of kind {kind!r} has no column {', '.join(missing)}"
        return found.undecided(message, Reason.PREREQUISITE)
    return found._replace(facts=found.facts["rows"])


def _not_one(ev: EvidenceView, kind: str) -> Undecided | None:
    given = ev.supplier.artefacts_of(kind)
    if not given:
        return Undecided(reason=Reason.NO_DATA, message=f"no file of kind {kind!r} was submitted")
    if len(given) > 1:
        message = f"{len(given)} files of kind {kind!r} were submitted, and which is meant is not said"
        return Undecided(reason=Reason.PREREQUISITE, message=message)
    return None


class OfProduct(Params, frozen=True, kw_only=True):
    """What the product must say of itself for a requirement to apply."""

    key: str
    """``device``, ``patient-facing``, ``personal-data``, … of ``product`` in the root."""
    says: str = "yes"


@condition("pack.product-says", params=OfProduct, needs=lambda p, settings: [WHOLE], claim=True)
def product_says(ev: EvidenceView, p: OfProduct) -> bool | None:
    """Does the root of the evidence pack say so of the product? Not known where it says nothing."""
    found = root(ev, "product")
    if isinstance(found, Undecided) or p.key not in found.facts:
        return None
    said = found.facts[p.key]
    return p.says in said if isinstance(said, list) else bool(said == p.says)


class OfPart(Params, frozen=True, kw_only=True):
    """Which part of a section must hold something for a requirement to apply."""

    section: str
    key: str


@condition("pack.section-lists", params=OfPart, needs=lambda p, settings: [WHOLE, of_section(p.section)], claim=True)
def section_lists(ev: EvidenceView, p: OfPart) -> bool | None:
    """Does a section of the evidence pack list anything there? Not known where it does not have the key at all."""
    found = part(ev, p.section, p.key)
    return None if isinstance(found, Undecided) else bool(found.facts)
