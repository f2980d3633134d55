"""What a report says of a generated export, held against the truth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tests.bench.exports.covered import COVERED, Covered
from tests.bench.exports.truth import Row, Truth

_PLACE = re.compile(r"([^\s@]+)@(\d+)(?:#(\S*))?")
_UNREADABLE = "unreadable"
_SHOWN = 3


class Found(msgspec.Struct, frozen=True):
    """What was found at the same time: how often, and some of the places."""

    count: int
    message: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One requirement. ``problems`` is empty when the report says what is true."""

    requirement: str
    outcome: str
    expected: int
    found: int
    problems: tuple[str, ...] = ()
    covered: bool = True
    """Else only the places were looked at."""


def of_report(report: Mapping[str, Any]) -> dict[str, tuple[str, tuple[Found, ...]]]:
    """Requirement → outcome and findings, of a report in the form of ``checker report -o json``."""
    return {
        row["verdict"]["requirement"]: (
            row["verdict"]["outcome"],
            tuple(
                Found(one["count"], one["message"], tuple(one["examples"]) or (one["place"],))
                for one in row["verdict"]["findings"]
            ),
        )
        for row in report["rows"]
    }


def compare(
    said: Mapping[str, tuple[str, Iterable[Found]]], truth: Truth, covered: Mapping[str, Covered] = COVERED
) -> list[Compared]:
    """Every requirement that was decided by the records: those that are covered, and those with findings."""
    return list(_compared(said, truth, covered))


def _compared(
    said: Mapping[str, tuple[str, Iterable[Found]]], truth: Truth, covered: Mapping[str, Covered]
) -> Iterator[Compared]:
    unreadable = any(_UNREADABLE in row.breaks and not row.decoy for row in truth.rows)
    for requirement, (outcome, given) in sorted(said.items()):
        findings = tuple(given)
        known = covered.get(requirement)
        if outcome == "not-applicable":
            continue
        if known is not None:
            yield _one(requirement, outcome, findings, truth, known, unreadable=unreadable)
        elif _places(findings):
            yield _beside(requirement, outcome, findings, truth)


def _one(
    requirement: str, outcome: str, findings: tuple[Found, ...], truth: Truth, known: Covered, *, unreadable: bool
) -> Compared:
    """A requirement whose check is covered: verdict, number and places."""
    about = [row for row in truth.rows if requirement in row.breaks or known.counted == "around"]
    faults = [row for row in about if not row.decoy and row.name in known.kinds and row.name not in known.besides]
    faults += [row for row in truth.rows if row.name in known.besides]
    must = [row for row in faults if not row.may]
    if unreadable and known.absences:
        must = faults = []
    expected = "fail" if must else "inconclusive" if unreadable else "pass"
    found = sum(one.count for one in findings)
    problems: list[str] = []
    # A release without people's data may hold nothing that the check could look at.
    nothing_to_see = not must and not found and outcome == "inconclusive" and bool(truth.options.get("anonymised"))
    if outcome != expected and not nothing_to_see:
        problems.append(f"the verdict is {outcome}, and should be {expected}")
    if known.counted == "each" and not len(must) <= found <= len(faults):
        to = f" to {len(faults)}" if len(faults) > len(must) else ""
        problems.append(f"{found} found, and there are {len(must)}{to}")
    if known.counted != "around":
        problems += _elsewhere(findings, faults, [row for row in about if row.decoy])
    return Compared(requirement, outcome, len(must), found, tuple(problems))


def _beside(requirement: str, outcome: str, findings: tuple[Found, ...], truth: Truth) -> Compared:
    """A requirement that is not covered: whatever it shows has to be a resource with some fault."""
    faults = [msgspec.structs.replace(row, pointer="") for row in truth.rows if not row.decoy]
    problems = tuple(_elsewhere(findings, faults, []))
    return Compared(requirement, outcome, 0, sum(one.count for one in findings), problems, covered=False)


def _elsewhere(findings: tuple[Found, ...], faults: list[Row], decoys: list[Row]) -> Iterator[str]:
    """Places that the findings show and at which nothing is wrong."""
    right, quiet = _by_place(faults), _by_place(decoys)
    wrong = []
    for message, place in _places(findings):
        if any(_same(place[2], pointer) for _, pointer in right.get(place[:2], ())):
            continue
        decoy = next((name for name, pointer in quiet.get(place[:2], ()) if _same(place[2], pointer)), "")
        what = f"the decoy {decoy}" if decoy else "nothing is there"
        wrong.append(f"{place[0]}@{place[1]}#{place[2]}: {what}: {message}")
    yield from wrong[:_SHOWN]
    if len(wrong) > _SHOWN:
        yield f"and {len(wrong) - _SHOWN} places more"


def _by_place(rows: Iterable[Row]) -> dict[tuple[str, int], list[tuple[str, str]]]:
    found: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault((row.path, row.offset), []).append((row.name, row.pointer))
        if row.other is not None:
            found.setdefault((row.other.path, row.other.offset), []).append((row.name, ""))
    return found


def _places(findings: Iterable[Found]) -> list[tuple[str, tuple[str, int, str]]]:
    """Message, and file name, offset and pointer, of every place that is shown."""
    return [
        (one.message, (path.rpartition("/")[2], int(offset), pointer))
        for one in findings
        for example in one.examples
        for path, offset, pointer in _PLACE.findall(example)
    ]


def _same(one: str, other: str) -> bool:
    """Is one pointer the other, or above it?"""
    return not one or not other or f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
