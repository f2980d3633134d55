"""Social care: the minimum operational data standard, exchange with health, who providers are, and on which terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count, islice, pairwise
from typing import Final

from checker.checks.assured import Given
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, of_section, of_table, part, table
from checker.checks.pack.messages import digests, not_valid, validated, validation
from checker.checks.pack.said import incomplete, shown
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_MODS = (
    "https://standards.nhs.uk/published-standards/"
    "adult-social-care-digital-social-care-record-minimum-operational-data-specification"
)
_MAPPING: Final = ("class", "item", "field", "why-not?")
_EXPORT: Final = ("record-uid", "version", "changed", "ods?", "cqc?", "uprn?")
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_ODS = re.compile(r"[A-Z0-9]{3,10}", re.ASCII)
_CQC = re.compile(r"1-[0-9]{6,12}|[A-Z0-9]{3,7}", re.ASCII)
_UPRN = re.compile(r"0{0,11}[1-9][0-9]{0,11}", re.ASCII)


class ModsParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``classes``: those of the standard that are looked for; not all that it has."""

    classes: tuple[str, ...] = ("versioned record", "change log", "person demographics", "location", "service")


@check(
    "social-care.records-are-mapped",
    params=ModsParams,
    needs=lambda p, settings: [of_table("mods-mapping", *_MAPPING), of_table("social-care-export", *_EXPORT)],
    source=_MODS,
)
def records_are_mapped(ev: EvidenceView, p: ModsParams) -> Iterator[Statement]:
    """Each item of the mapping has a field or a reason, and each version of an exported record its uid and number.

    *mods-mapping*: class, item, field, why-not. Looked for are the classes of ``classes`` and the two items of a
    versioned record; the standard has more. *social-care-export*: record-uid, version, changed and others. It holds
    every version of its records: 1, 2, 3 without a gap, each once, each changed no earlier than the one before.

    Good: versions 1 and 2, changed at 09:10+01:00 and 08:40Z. Bad: 1 and 3; two lines of version 2.
    """
    mapping = table(ev, "mods-mapping", *_MAPPING)
    if isinstance(mapping, Undecided):
        yield mapping
    else:
        yield Examined(what="items of the mapping", evidence=mapping.evidence, count=max(len(mapping.facts), 1))
        yield from _mapped(mapping, p.classes)
    export = table(ev, "social-care-export", *_EXPORT)
    if isinstance(export, Undecided):
        yield export
        return
    if not export.facts:
        yield export.undecided("the export has no line")
        return
    yield Examined(what="versions of records", evidence=export.evidence, count=max(len(export.facts), 1))
    yield from _versions(export)


def _mapped(found: Given, classes: tuple[str, ...]) -> Iterator[Finding]:
    there = {row["class"].casefold() for row in found.facts}
    for name in classes:
        if name not in there:
            yield found.finding("A class of the standard is not mapped.", name, "none", "mods-mapping")
    mapped = {(row["class"].casefold(), row["item"].casefold()) for row in found.facts if row["field"]}
    for item in ("record uid", "version number"):
        if ("versioned record", item) not in mapped:
            yield found.finding("A versioned record lacks an item.", item, "no field", "mods-mapping versioned record")
    for row in found.facts:
        if not row["field"] and not row.get("why-not"):
            place = f"mods-mapping line {row['line']}"
            message = "An item has neither a field nor a reason."
            yield found.finding(message, shown(f"{row['class']}: {row['item']}"), "neither", place)


def _versions(found: Given) -> Iterator[Finding]:
    records: dict[str, dict[int, tuple[datetime, str]]] = {}
    for row in found.facts:
        place = f"social-care-export line {row['line']}"
        changed = _moment(row["changed"])
        if not row["record-uid"] or not _VERSION.fullmatch(row["version"]) or changed is None:
            message = "A version of a record has no uid, no number from 1, or no moment with its zone."
            yield found.finding(message, "record-uid, version, changed", "missing, or of another form", place)
            continue
        versions, number = records.setdefault(row["record-uid"], {}), int(row["version"])
        if number in versions:
            yield found.finding("A version of a record stands twice.", "each once", str(number), place)
        versions.setdefault(number, (changed, place))
    for versions in records.values():
        numbers = sorted(versions)
        if numbers != list(range(1, len(numbers) + 1)):
            missing = list(islice((one for one in count(1) if one not in versions), min(5, numbers[-1] - len(numbers))))
            place = versions[numbers[-1]][1]
            yield found.finding("A record lacks versions.", "1, 2, 3 …", f"without {missing}", place, len(missing))
        for one, other in pairwise(numbers):
            if versions[other][0] < versions[one][0]:
                message = "A later version was changed earlier."
                yield found.finding(message, f"after version {one}", f"version {other} before", versions[other][1])


def _moment(text: str) -> datetime | None:
    """A moment with its zone, or None.

    >>> _moment("2026-10-25T01:30:00+01:00") < _moment("2026-10-25T01:10:00+00:00"), _moment("2026-10-25T01:30:00")
    (True, None)
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


@check(
    "social-care.exchange-is-shown",
    needs=lambda p, settings: [WHOLE, of_section("social-care"), validation()],
    source=_MODS,
)
def exchange_is_shown(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """At least one flow goes to social care and one comes from it, each with a valid sample that has an NHS number.

    The table *message-validation* has a line whose sha256 is that of the sample in the pack, with no errors. Whether
    the validator was the right one is for people.

    Good: a discharge that is sent and a care plan that is taken, both validated. Bad: a sample that was changed since.
    """
    found = part(ev, "social-care", "exchanges")
    if isinstance(found, Undecided):
        yield found
        return
    rows = validated(ev)
    if isinstance(rows, Undecided):
        yield rows
        return
    joined = rows._replace(evidence=tuple(dict.fromkeys((*rows.evidence, *found.evidence))))
    known = digests(ev)
    yield Examined(what="flows with social care", evidence=joined.evidence, count=max(len(found.facts), 1))
    for way in ("sends", "receives"):
        if not any(one.get("direction") == way for one in found.facts):
            message = "The product does not exchange with social care in both directions."
            yield found.finding(message, f"a flow that it {way}", "none", "section social-care exchanges")
    for one in found.facts:
        place = f"section social-care exchanges {one['id']}"
        yield from incomplete(found, "A flow is not described.", one, place, "flow", "direction", "standard")
        yield from not_valid(joined, one, known, place, numbered=True)


@check(
    "social-care.providers-are-known",
    needs=lambda p, settings: [of_table("social-care-export", *_EXPORT)],
    source=_MODS,
)
def providers_are_known(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Exported records name their provider by ODS code and CQC id, and both have the shape of one.

    An ODS code is 3 to 10 capital letters and digits; a CQC id 1- and digits, or 3 to 7 capital letters and digits.
    Whether the code is in use is not asked.

    Good: VM4X2 and 1-1234567890. Bad: the two in each other's column; no code at all.
    """
    yield from _shapes(ev, "ods", "ODS code", _ODS)
    yield from _shapes(ev, "cqc", "CQC id", _CQC)


@check(
    "social-care.addresses-have-uprn",
    needs=lambda p, settings: [of_table("social-care-export", *_EXPORT)],
    source=_MODS,
)
def addresses_have_uprn(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Exported records can carry the unique property reference number of an address: up to twelve digits, not all 0.

    Good: 000000199356. Bad: a column without one; a postcode.
    """
    yield from _shapes(ev, "uprn", "UPRN", _UPRN)


def _shapes(ev: EvidenceView, column: str, name: str, shape: re.Pattern[str]) -> Iterator[Statement]:
    found = table(ev, "social-care-export", *_EXPORT)
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the export has no line")
        return
    place = f"social-care-export {column}"
    said = [row for row in found.facts if row.get(column)]
    yield Examined(what=f"{name} of exported records", evidence=found.evidence, count=len(found.facts))
    if not said:
        yield found.finding(f"No exported record has a {name}.", "one in some of them", "none", place)
    is_one: Callable[[str], object] = shape.fullmatch
    wrong = [row for row in said if not is_one(row[column])]
    if wrong:
        lines = ", ".join(row["line"] for row in wrong[:5])
        message = f"What stands for a {name} has not the shape of one."
        yield found.finding(message, name, f"another shape at line {lines}", place, len(wrong))


@check(
    "social-care.terms-are-no-worse",
    needs=lambda p, settings: [of_section("social-care")],
    source="docs/policy.md#social-care-gets-it-on-the-same-terms",
)
def terms_are_no_worse(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Social-care providers get each function that health providers get, for no more, or it is said why not.

    Good: 12.00 and 12.00. Also good: not offered, since wards alone use it. Bad: 30.00 against 12.00 without a word.
    """
    found = part(ev, "social-care", "terms")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'social-care' lists no function under 'terms'")
        return
    yield Examined(what="terms for social care", evidence=found.evidence, count=len(found.facts))
    for one in found.facts:
        place = f"section social-care terms {one['id']}"
        if one.get("in-social-care") == "no":
            message = "A function is kept from social care without a reason."
            yield from incomplete(found, message, one, place, "why-not")
            continue
        wanted = ("in-social-care", "health-price", "social-care-price")
        yield from incomplete(found, "The terms of a function are not stated.", one, place, *wanted)
        if one.get("health-price") and one.get("social-care-price") and not one.get("why-dearer", "").strip():
            dearer = decimal(one["social-care-price"]) > decimal(one["health-price"])
            if dearer:
                message = "A function costs social care more, and it is not said why."
                yield found.finding(message, f"at most {one['health-price']}", one["social-care-price"], place)
