"""The report: all verdicts of a judgement, with the digests of everything they rest on.

It is a function of (recordings, profile, tool version, as_of). No clock, path, host name of the
runner or duration enters it, so the same inputs give the same bytes. Every format renders from it.
"""

from __future__ import annotations

from datetime import datetime

from checker import DISCLAIMER
from checker.model.claims import ClaimsNote
from checker.model.dtac import DtacNote
from checker.model.latency import Latency
from checker.model.quality import DataQualityNote
from checker.model.requirement import Change, Clause
from checker.model.shopping import ShoppingNote
from checker.model.terms import (
    Basis,
    Conclusion,
    Cover,
    Decider,
    FailOn,
    Obligation,
    Outcome,
    Reason,
    Safety,
    Vouching,
)
from checker.model.value import Value, canonical, decode
from checker.model.verdict import Verdict

REPORT_FORMAT = 1
"""Version of the report's JSON form."""


class Scope(Value, frozen=True, kw_only=True):
    """What a conclusion speaks of."""

    deciders: tuple[Decider, ...] = (Decider.MACHINE,)
    ceiling: Safety = Safety.S1
    bases: tuple[Basis, ...] = tuple(Basis)

    @property
    def name(self) -> str:
        """``machine@S1`` or ``full@S2``, with the bases when not all count."""
        word = "full" if Decider.HUMAN in self.deciders else "machine"
        some = "" if set(self.bases) == set(Basis) else ":" + "".join(sorted(self.bases))
        return f"{word}@{self.ceiling}{some}"

    def takes(self, cell: Cell) -> bool:
        """Does a conclusion within this scope speak of verdicts like this?"""
        return (
            cell.counts and cell.decider in self.deciders and cell.safety <= self.ceiling and cell.basis in self.bases
        )


class Cell(Value, frozen=True, kw_only=True, order=True):
    """All that a conclusion needs to know of a verdict: the key under which verdicts are counted."""

    counts: bool
    decider: Decider
    safety: Safety
    basis: Basis
    obligation: Obligation
    outcome: Outcome
    cover: Cover
    reason: Reason | None = None

    @staticmethod
    def of(verdict: Verdict) -> Cell:
        """The cell that a verdict falls into."""
        return Cell(**{name: getattr(verdict, name) for name in Cell.__struct_fields__})


class TallyLine(Value, frozen=True, kw_only=True):
    """A cell and how many verdicts fell into it."""

    cell: Cell
    count: int


class Tally(Value, frozen=True, kw_only=True):
    """Counts of verdicts, and flags that once set stay set: a commutative monoid under ``+``.

    ``obstacles``: why this can never conclude compliant (a partial recording, a subset, the
    reference supplier).
    """

    lines: tuple[TallyLine, ...] = ()
    obstacles: tuple[str, ...] = ()


class RecordingNote(Value, frozen=True, kw_only=True):
    """A recording that was judged: digest and who vouches for it."""

    digest: str
    format: int
    vouching: Vouching
    challenge: str
    """Id of the challenge; "" if none."""
    profile: str
    """``id@version`` that it was collected for."""
    profile_digest: str
    tool_version: str
    started: datetime
    ended: datetime
    complete: bool
    evidence: int
    requests: int
    planned: int = 0
    """Requests that its plan held at most, without retries, redirects and further tokens; 0 where it does not say."""
    most: int = 0
    """Requests and connections that would have been let through, with all of these."""
    chain: str
    """Head of the hash chain."""
    software_start: str = ""
    software_end: str = ""
    """Software version that the server named at the start and at the end."""


class SupplierNote(Value, frozen=True, kw_only=True):
    """The supplier as the report names it."""

    name: str
    product: str = ""
    version: str = ""
    environment: str = ""
    base_url: str = ""


class ProfileNote(Value, frozen=True, kw_only=True):
    """The profile as the report names it."""

    id: str
    version: str
    title: str
    digest: str
    modified: bool
    changes: tuple[Change, ...] = ()
    includes: tuple[str, ...] = ()


class Row(Value, frozen=True, kw_only=True):
    """One requirement as the report shows it, with its verdict."""

    id: str
    summary: str
    clause: Clause
    verb: str
    rationale: str
    fix: str
    tags: tuple[str, ...]
    confirmed: bool
    draft: bool
    waivable: str
    advisory: bool = False
    evidence_floor: int = 0
    source: str
    """``profile-id:line`` where the requirement is written."""
    verdict: Verdict
    in_scope: bool
    """Is it among the rows that the conclusion speaks of?"""
    red: bool
    """Does it count against the exit code under this scope and ``fail_on``?"""


class Open(Value, frozen=True, kw_only=True):
    """A requirement that a decision waits for, and who decides it."""

    requirement: str
    who: str
    what: str
    """What has to be done, or why it is open."""


class Decision(Value, frozen=True, kw_only=True):
    """What the conclusion comes to for a buyer: a view of the tally, never more."""

    word: str
    """``go``, ``go with conditions``, ``no go``, ``not decided``."""
    sentence: str
    conditions: tuple[str, ...] = ()
    """Each waiver of the buyer that covers a requirement: until when, and by whom."""
    against: tuple[str, ...] = ()
    """Ids of the requirements that stand against it."""
    open: tuple[Open, ...] = ()
    advisory: int = 0
    """How many requirements of our policy fail that no notice has adopted."""
    unconfirmed: int = 0
    """How many fail whose clause nobody has read at its source yet."""
    annex_digest: str = ""
    """Digest of what was demanded: that of the annex to the notice."""


class Report(Value, frozen=True, kw_only=True):
    """One judgement. ``exit_code`` is what the command that made it ends with."""

    format: int = REPORT_FORMAT
    disclaimer: str = DISCLAIMER
    tool_version: str
    supplier: SupplierNote
    profile: ProfileNote
    recordings: tuple[RecordingNote, ...]
    as_of: datetime
    scope: Scope
    fail_on: FailOn
    conclusion: Conclusion
    headline: str
    """What the conclusion rests on in one plain sentence, with scope and who vouches."""
    warnings: tuple[str, ...] = ()
    """Said first: what the reader must know before any number ("38 of 40 answers were 401")."""
    exit_code: int
    interrupted: bool = False
    tally: Tally
    rows: tuple[Row, ...]
    outside_scope: tuple[str, ...] = ()
    """Ids of the rows that the conclusion does not speak of."""
    unused_waivers: tuple[str, ...] = ()
    """Waivers that name no requirement of this profile."""
    inputs: dict[str, str] = {}
    """Digests of waivers, attestations and trusted keys: name → SHA-256."""
    data_quality: DataQualityNote | None = None
    """The fields of an export in numbers; None where the profile does not ask for them."""
    claims: ClaimsNote | None = None
    """What the CapabilityStatement claims beside what was seen; None where the profile does not ask for it."""
    decision: Decision | None = None
    """What a buyer decides by it; None where the profile is not for that."""
    latencies: tuple[Latency, ...] = ()
    """How long the answers of this run took, by interaction."""

    shopping_list: ShoppingNote | None = None
    """What of must-support no resource shows, with an example of each; None where the profile does not ask for it."""
    dtac: DtacNote | None = None
    """The DTAC form of an evidence pack; None where the profile does not ask for it."""

    def __hash__(self) -> int:
        """Over the canonical bytes."""
        return hash(canonical(self))

    def to_json(self) -> bytes:
        """The canonical JSON form, with a final newline."""
        return canonical(self) + b"\n"

    @staticmethod
    def from_json(data: bytes) -> Report:
        """Read a report back. Raises ``msgspec.ValidationError`` or ``msgspec.DecodeError``."""
        return decode(data, Report)
