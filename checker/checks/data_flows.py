"""Flows of data: what they may hold, on what basis, and where they may go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from checker.checks.masking import without_numbers
from checker.checks.observed_paths import OBSERVED_PATHS, Paths
from checker.checks.register import REGISTER, Declared, declared
from checker.model.need import ScanNeed
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_LAW = "https://www.legislation.gov.uk/eur/2016/679/article"
_PATHS = ScanNeed(scan=OBSERVED_PATHS.id, params=NoParams())


def covers(pattern: str, path: str) -> bool:
    """Does a declared path cover an observed one: itself, or an element around it? ``*`` stands for one name.

    >>> covers("Patient.name", "Patient.name.family"), covers("Patient.*.family", "Patient.name.family")
    (True, True)
    >>> covers("Patient.name", "Patient.nameless"), covers("*", "Patient.name")
    (False, True)
    """
    if "*" not in pattern:
        return path == pattern or (path.startswith(pattern) and path[len(pattern)] in ".(")
    wanted, there = _names(pattern), _names(path)
    return len(wanted) <= len(there) and all(one in ("*", other) for one, other in zip(wanted, there, strict=False))


def _names(path: str) -> list[str]:
    """The names of a path; the full stops of an extension's url part nothing."""
    names, depth, name = [], 0, ""
    for sign in path:
        depth += (sign == "(") - (sign == ")")
        if sign == "." and depth == 0:
            names.append(name)
            name = ""
        else:
            name += sign
    return [*names, name]


def _declared_paths(flows: list[dict[str, Any]]) -> list[str]:
    return sorted({path for flow in flows for path in flow["paths"]})


def _observed(ev: EvidenceView) -> tuple[Paths, tuple[str, ...]] | Undecided:
    view = ev.scan(_PATHS)
    if not isinstance(view.state, Paths):
        return view.undecided("which elements the export holds")
    if not view.state.resources:
        return Undecided(reason=Reason.NO_DATA, message="the export holds no resource", evidence=view.evidence)
    return view.state, view.evidence


def _both(ev: EvidenceView) -> tuple[Declared, Paths, tuple[str, ...]] | Undecided:
    flows = declared(ev, "dataflows")
    if isinstance(flows, Undecided):
        return flows
    observed = _observed(ev)
    if isinstance(observed, Undecided):
        return observed
    return flows, observed[0], (*flows.evidence, *observed[1])


@check("flows.observed-is-declared", needs=lambda p, settings: [REGISTER, _PATHS], source=f"{_LAW}/5")
def observed_is_declared(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every element that the export holds belongs to a declared flow.

    The flows stand in the register (section ``dataflows``), each with the paths of its elements: ``Patient.name``
    covers all below it, ``*`` stands for one name, and how many elements only a ``*`` covers is said. An
    extension is declared by its url: ``Patient.extension(https://…)``. ``id`` and ``meta`` need no declaration.

    Good: ``Patient.birthDate`` in the export and in a flow. Bad: ``Patient.photo`` in the export alone.
    """
    both = _both(ev)
    if isinstance(both, Undecided):
        yield both
        return
    flows, observed, evidence = both
    paths = _declared_paths(flows.section)
    exact, wild = [path for path in paths if "*" not in path], [path for path in paths if "*" in path]
    by_star, loose = 0, []
    for path in observed.counts:
        if any(covers(one, path) for one in exact):
            continue
        if any(covers(one, path) for one in wild):
            by_star += 1
        else:
            loose.append(path)
    stars = f", {by_star} by a wildcard alone" if by_star else ""
    yield Examined(
        what=f"elements held against {len(flows.section)} flows{stars}", evidence=evidence, count=len(observed.counts)
    )
    if loose:
        shown = tuple(f"{without_numbers(path)} (in {observed.counts[path]} resources)" for path in sorted(loose)[:10])
        yield Finding(
            message=f"{len(loose)} elements of the export belong to no declared flow.",
            expected="each element in the paths of a flow, or not sent",
            actual=f"{len(loose)} of {len(observed.counts)} elements undeclared",
            place=without_numbers(sorted(loose)[0]),
            evidence=evidence,
            count=len(loose),
            examples=shown,
        )


class UnusedParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most_per_cent``: so many of the declared paths may be without any data."""

    most_per_cent: int = 20


@check(
    "flows.declared-is-observed",
    params=UnusedParams,
    needs=lambda p, settings: [REGISTER, _PATHS],
    source=f"{_LAW}/5",
)
def declared_is_observed(ev: EvidenceView, p: UnusedParams) -> Iterator[Statement]:
    """What is declared is used: few declared paths are without any data in the export.

    Looked at are paths without ``*``, of resource types that the export holds: a type that is not in it at all says
    nothing. Some elements are rare; a share of them may be unused.

    Good: 2 of 40 declared paths unused. Bad: 20 of 40.
    """
    both = _both(ev)
    if isinstance(both, Undecided):
        yield both
        return
    flows, observed, evidence = both
    kinds = {path.partition(".")[0] for path in observed.counts}
    asked = [one for one in _declared_paths(flows.section) if "*" not in one and one.partition(".")[0] in kinds]
    unused = [one for one in asked if not any(covers(one, path) for path in observed.counts)]
    if asked:
        yield Examined(what="declared paths", evidence=evidence, count=len(asked))
    if len(unused) * 100 > p.most_per_cent * len(asked):
        yield Finding(
            message=f"{len(unused)} of {len(asked)} declared paths have no data in the export.",
            expected=f"at most {p.most_per_cent} % unused (a limit of this profile)",
            actual=f"{len(unused)} unused",
            place=unused[0],
            evidence=evidence,
            count=len(unused),
            examples=tuple(unused[:5]),
        )


SCHEDULE_1: Final[dict[str, tuple[int, int]]] = {
    "9(2)(b)": (1, 1),
    "9(2)(h)": (2, 2),
    "9(2)(i)": (3, 3),
    "9(2)(j)": (4, 4),
    "9(2)(g)": (6, 28),
}
"""Condition of Article 9 → first and last paragraph of Schedule 1 that meets it (Data Protection Act 2018, section
10(2) and (3), Schedule 1 Parts 1 and 2). The other conditions need none."""
_INTERESTS = "6(1)(f)"


@check("flows.have-a-basis", needs=lambda p, settings: [REGISTER], source=f"{_LAW}/9")
def have_a_basis(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each flow names a basis of Article 6; one with health data a condition of Article 9 and what that needs besides.

    The conditions (b), (g), (h), (i) and (j) need a paragraph of Schedule 1 to the Data Protection Act 2018, each its
    own. Legitimate interests, 6(1)(f), are no basis for the tasks of a public authority. Whether a basis is the right
    one is for people to say.

    Good: 6(1)(e), 9(2)(h), paragraph 2. Bad: health data on 6(1)(e) alone.
    """
    flows = declared(ev, "dataflows")
    if isinstance(flows, Undecided):
        yield flows
        return
    yield Examined(what="flows with a legal basis", evidence=flows.evidence, count=len(flows.section))
    for flow in flows.section:
        for expected, actual in _without_basis(flow):
            yield Finding(
                message="A flow of data names no lawful combination of bases.",
                expected=expected,
                actual=actual,
                place=f"dataflows {flow['id']}",
                evidence=flows.evidence,
            )


def _without_basis(flow: dict[str, Any]) -> Iterator[tuple[str, str]]:
    six, nine, paragraph = flow.get("article-6", ""), flow.get("article-9", ""), flow.get("schedule-1", "")
    if not six:
        yield "a basis of Article 6", "none"
    elif six == _INTERESTS and flow.get("public-task") == "yes":
        yield "another basis for a task of a public authority", "legitimate interests"
    if flow["health"] == "yes" and not nine:
        yield "a condition of Article 9 for health data", "none"
    if nine in SCHEDULE_1:
        first, last = SCHEDULE_1[nine]
        if not (paragraph.isdigit() and first <= int(paragraph) <= last):
            wanted = str(first) if first == last else f"{first} to {last}"
            yield f"paragraph {wanted} of Schedule 1 with {nine}", f"paragraph {paragraph}" if paragraph else "none"


_HOME = "GB"


@check("transfers.have-a-mechanism", needs=lambda p, settings: [REGISTER], source=f"{_LAW}/44")
def have_a_mechanism(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every country outside the United Kingdom has a transfer mechanism; ``UK only`` is contradicted by none.

    Countries are those of the locations, of the flows and of all processors. A mechanism is adequacy, IDTA, Addendum or
    binding corporate rules; all but adequacy need the date of a transfer risk assessment. Which countries are adequate
    changes, and is for people to say.

    Good: a processor in IE, and a transfer to IE by adequacy. Bad: the claim ``UK only``, and a processor in US.
    """
    found = declared(ev, "locations")
    if isinstance(found, Undecided):
        yield found
        return
    used = dict.fromkeys(found.section["countries"], "locations")
    evidence = found.evidence
    for name in ("dataflows", "processors"):
        other = declared(ev, name)
        if isinstance(other, Undecided):
            yield other
            continue
        for one in other.section:
            used.update({country: f"{name} {one['id']}" for country in one["countries"] if country not in used})
    yield Examined(what="countries", evidence=evidence, count=len(used))
    abroad = {country: place for country, place in sorted(used.items()) if country != _HOME}
    if abroad and found.section["claim"] == "UK only":
        yield Finding(
            message="The claim that data stay in the United Kingdom is contradicted.",
            expected="GB alone, or the claim 'as listed'",
            actual=", ".join(abroad),
            place=", ".join(sorted(set(abroad.values()))),
            evidence=evidence,
            count=len(abroad),
        )
    transfers = {one["country"]: one for one in found.section.get("transfers", [])}
    for country, place in abroad.items():
        transfer = transfers.get(country)
        if transfer is None:
            expected, actual = "adequacy, idta, addendum or bcr", "no mechanism"
        elif transfer["mechanism"] != "adequacy" and not transfer.get("risk-assessment"):
            expected, actual = "a transfer risk assessment with its date", "none"
        else:
            continue
        yield Finding(
            message=f"Data go to {country} without what a transfer needs.",
            expected=expected,
            actual=actual,
            place=place,
            evidence=evidence,
        )
