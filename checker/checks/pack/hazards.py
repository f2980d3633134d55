"""The hazard log, the controls and the scoring scheme of an evidence pack, as the rows on clinical safety read them.

DCB0129 asks for criteria and mandates no matrix: scales and matrix are those of the pack, of any size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, of_section, of_table, part, root, table, whole
from checker.model.terms import Reason
from checker.model.verdict import Finding, Undecided
from checker.model.view import EvidenceView

LOG = "hazard-log"
CONTROLS = "hazard-controls"
SOURCE = "https://digital.nhs.uk/data-and-information/information-standards/information-standards-and-data-collections-including-extractions/publications-and-notifications/standards-and-collections/dcb0129-clinical-risk-management-its-application-in-the-manufacture-of-health-it-systems"
_COLUMNS = (
    *("id", "name?", "description?", "causes?", "effect?", "hazard?", "harm?", "initial-severity?"),
    *("initial-likelihood?", "initial-risk?", "controls?", "residual-severity?", "residual-likelihood?"),
    *("residual-risk?", "status?", "owner?", "tags?", "parts?", "transferred?", "changed?"),
)
_CONTROL_COLUMNS = (*("id", "hazard", "type?", "owner?", "state?", "evidence?", "test-id?", "verification?"),)
LOG_NEED = of_table(LOG, *_COLUMNS)
CONTROLS_NEED = of_table(CONTROLS, *_CONTROL_COLUMNS)
NEEDS = (WHOLE, of_section("safety"), LOG_NEED, CONTROLS_NEED)
"""What most rows on hazards need."""
RETIRED = ("retired", "withdrawn", "rejected", "superseded", "not applicable", "duplicate", "void")
"""Words for the status of a hazard that is one no longer."""
_MOST = 25
"""So many findings of a sort are told one by one."""
_SPACES = re.compile(r"[\s_-]+")
_SEPARATORS = re.compile(r"[;,|\n]+")
_NO = ("", "no", "n", "false", "0", "none", "n/a", "not transferred")


class Scheme(NamedTuple):
    """Scales as word → rank from 0, and the matrix as (severity, likelihood) → rank of the level."""

    severities: dict[str, int]
    likelihoods: dict[str, int]
    levels: dict[str, int]
    matrix: dict[tuple[int, int], int]
    acceptable: frozenset[int]
    called: dict[str, dict[str, str]]

    def rank(self, scale: str, word: str) -> int | None:
        """Where a word stands on ``severities``, ``likelihoods`` or ``levels``; None for one that is not on it."""
        ranks: dict[str, int] = getattr(self, scale)
        plain = fold(word)
        return ranks.get(plain, ranks.get(self.called.get(scale, {}).get(plain, "")))

    def level(self, rank: int) -> str:
        """The word of a level."""
        return next((word for word, found in self.levels.items() if found == rank), "")


class Rated(NamedTuple):
    """Severity, likelihood and risk of a hazard, by rank."""

    severity: int
    likelihood: int
    risk: int


def fold(text: str) -> str:
    """A word without case, and with one blank for spaces, hyphens and underscores.

    >>> fold(" Very-High "), fold("not_applicable")
    ('very high', 'not applicable')
    """
    return _SPACES.sub(" ", text.strip().casefold()).strip()


def listed(cell: str) -> list[str]:
    """The entries of a cell that holds several, with ``;``, ``,`` or ``|`` between them.

    >>> listed("HC-1; HC-2,"), listed("")
    (['HC-1', 'HC-2'], [])
    """
    return [one.strip() for one in _SEPARATORS.split(cell) if one.strip()]


def key(text: str) -> str:
    """An id as it is compared: without case and outer blanks."""
    return text.strip().casefold()


def scheme_of(content: dict[str, Any]) -> Scheme:
    """The scheme as far as it is one: a cell of the matrix with an unknown word is left out."""
    scales = {name: {fold(one): rank for rank, one in enumerate(content.get(name, []))} for name in _SCALES}
    called = {
        name: {fold(other): fold(one) for other, one in words.items()}
        for name, words in content.get("also-called", {}).items()
    }
    bare = Scheme(scales["severities"], scales["likelihoods"], scales["levels"], {}, frozenset(), called)
    matrix: dict[tuple[int, int], int] = {}
    for severity, row in content.get("matrix", {}).items():
        for likelihood, level in row.items():
            place = (bare.rank("severities", severity), bare.rank("likelihoods", likelihood))
            rank = bare.rank("levels", level)
            if place[0] is not None and place[1] is not None and rank is not None:
                matrix[(place[0], place[1])] = rank
    acceptable = {bare.rank("levels", one) for one in content.get("acceptable", [])}
    return bare._replace(matrix=matrix, acceptable=frozenset(one for one in acceptable if one is not None))


_SCALES = ("severities", "likelihoods", "levels")


def scheme(ev: EvidenceView) -> Given | Undecided:
    """The scoring scheme of the pack, a ``Scheme``, or why there is none."""
    found = part(ev, "safety", "scheme")
    return found if isinstance(found, Undecided) else found._replace(facts=scheme_of(found.facts))


def log(ev: EvidenceView) -> Given | Undecided:
    """The lines of the hazard log, or why there are none."""
    found = table(ev, LOG, *_COLUMNS)
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided("the hazard log holds no hazard")
    return found


def controls(ev: EvidenceView) -> Given | Undecided:
    """The lines of the table of controls, or why there are none."""
    return table(ev, CONTROLS, *_CONTROL_COLUMNS)


def place(row: dict[str, str], what: str = LOG) -> str:
    """Where a line stands, for a finding."""
    return f"{what} line {row['line']}, {row.get('id', '')[:60] or 'no id'}"


def retired(row: dict[str, str]) -> bool:
    """Is it a hazard no longer?"""
    return fold(row.get("status", "")) in RETIRED


def transferred(row: dict[str, str]) -> bool:
    """Is the hazard, or a control of it, handed to the organisation that deploys the product?"""
    return not says_no(row.get("transferred", "")) or fold(row.get("status", "")).startswith("transferred")


def says_no(cell: str) -> bool:
    """Does a cell that holds yes or no say no, or nothing? Another word counts as yes: it is there for a reason.

    >>> says_no("No"), says_no(""), says_no("to the trust")
    (True, True, False)
    """
    return fold(cell) in _NO


def rated(found: Scheme, row: dict[str, str], which: str) -> Rated | None:
    """``initial`` or ``residual`` rating of a hazard; None where a cell is empty or holds a word of no scale."""
    severity = found.rank("severities", row.get(f"{which}-severity", ""))
    likelihood = found.rank("likelihoods", row.get(f"{which}-likelihood", ""))
    risk = found.rank("levels", row.get(f"{which}-risk", ""))
    if severity is None or likelihood is None or risk is None:
        return None
    return Rated(severity, likelihood, risk)


def by_hazard(rows: list[dict[str, str]], hazards: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """The controls of each hazard: those that name it, and those that its own line names."""
    by_id = {key(one["id"]): one for one in rows}
    found: dict[str, list[dict[str, str]]] = {key(one["id"]): [] for one in hazards}
    for one in rows:
        for name in listed(one["hazard"]):
            if key(name) in found:
                found[key(name)].append(one)
    for hazard in hazards:
        of_it = found[key(hazard["id"])]
        known = {id(one) for one in of_it}
        for name in listed(hazard.get("controls", "")):
            control = by_id.get(key(name))
            if control is not None and id(control) not in known:
                of_it.append(control)
                known.add(id(control))
    return found


def together(*given: Given) -> Given:
    """The first with the evidence of all."""
    evidence = dict.fromkeys(one for each in given for one in each.evidence)
    return given[0]._replace(evidence=tuple(evidence))


def bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings of a table: of each message so many one by one, and the rest counted in one."""
    seen: dict[str, int] = {}
    last: dict[str, Finding] = {}
    for one in findings:
        seen[one.message] = seen.get(one.message, 0) + 1
        if seen[one.message] <= _MOST:
            yield one
        else:
            last[one.message] = one
    for message, one in last.items():
        left = seen[message] - _MOST
        yield Finding(
            message=f"{message} ({left} more lines)",
            expected=one.expected,
            actual=one.actual,
            place=f"to {one.place}",
            evidence=one.evidence,
            count=left,
        )


def unreadable(found: Given, left: int, why: str) -> Iterator[Undecided]:
    """That some lines were not decided, where there are any."""
    if left:
        yield found.undecided(f"{left} hazards were not decided: {why}", Reason.PREREQUISITE)


def in_force(pack: Given, artefact: str) -> str:
    """Why an artefact that a place of the pack names is not there with the digest that is declared; "" when it is."""
    if not artefact:
        return "no file is named"
    known = [one for one in pack.facts["content"].get("artefacts", []) if one["id"] == artefact]
    if not known:
        return "the root of the pack names no such artefact"
    for one in pack.facts["named"]:
        if one["what"] == f"artefact {artefact}":
            if one["problem"]:
                return f"its file: {one['problem']}"
            return "" if not one["declared"] or one["declared"] == one["found"] else "its file has another digest"
    return "its file is not in the pack"


def officers(ev: EvidenceView) -> Given | Undecided:
    """The clinical safety officers by id, or why nobody can be told to be one."""
    found = part(ev, "safety", "officers")
    if isinstance(found, Undecided):
        return found
    return found._replace(facts={one["id"]: one for one in found.facts})


def files(ev: EvidenceView) -> Given | Undecided:
    """The pack as a whole, whose list of artefacts can be read: what ``in_force`` asks."""
    named = root(ev, "artefacts")
    if isinstance(named, Undecided) and named.reason is Reason.PREREQUISITE:
        return named
    return whole(ev)
