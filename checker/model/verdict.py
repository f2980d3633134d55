"""What a check says, and the verdict on one requirement."""

from __future__ import annotations

from checker.model.terms import Basis, Cover, Decider, DutyHolder, Obligation, Outcome, Reason, Safety
from checker.model.value import Value


class Examined(Value, frozen=True, kw_only=True, tag="examined"):
    """One thing was looked at. Without at least one there is no pass.

    ``interaction`` is set by passive checks, for their coverage; ``count`` when many like
    things are said at once (a scan).
    """

    what: str
    evidence: tuple[str, ...] = ()
    interaction: str = ""
    count: int = 1


class Finding(Value, frozen=True, kw_only=True, tag="finding"):
    """One thing wrong. ``actual`` is masked by the check: a report holds no patient data.

    ``place`` is a JSON pointer, header name, file offset or URL path inside the evidence.
    """

    message: str
    expected: str
    actual: str
    place: str = ""
    evidence: tuple[str, ...] = ()
    fix: str = ""
    count: int = 1
    """How many like findings this one stands for."""
    examples: tuple[str, ...] = ()
    reproduce: dict[str, str] = {}
    """Shell name → command that repeats it; set by the engine for HTTP findings."""

    def __hash__(self) -> int:
        """Over the parts that cannot change."""
        return hash((self.message, self.expected, self.actual, self.place, self.evidence))


class Undecided(Value, frozen=True, kw_only=True, tag="undecided"):
    """This could not be decided, and why."""

    reason: Reason
    message: str
    evidence: tuple[str, ...] = ()


Statement = Examined | Finding | Undecided


class WaiverNote(Value, frozen=True, kw_only=True):
    """The waiver that names a requirement, and whether it has an effect."""

    id: str
    owner: str
    reason: str
    expires: str
    """UTC date or time, as written."""
    effect: str
    """``covers``, ``expired``, ``not-waivable``, ``not-trusted``, ``too-long``, ``other-scope``,
    ``not-yet``, ``stale``, ``no-hazard``."""
    detail: str = ""
    hazards: tuple[str, ...] = ()
    """Ids of the hazards under which the deviation is kept, as written."""


class AttestationNote(Value, frozen=True, kw_only=True):
    """The attestation that names a requirement, and whether it has an effect."""

    by: str
    role: str
    statement: str
    """``met`` or ``not met``."""
    effect: str
    """``covers``, ``not-met``, ``expired``, ``not-trusted``, ``other-version``, ``not-yet``,
    ``wrong-role``, ``not-needed``."""
    detail: str = ""


class Verdict(Value, frozen=True, kw_only=True):
    """The outcome of one requirement, with all that it rests on."""

    requirement: str
    outcome: Outcome
    reason: Reason | None = None
    why: tuple[str, ...] = ()
    """Plain sentences: what was examined, or why there is no decision."""
    not_claimed: bool = False
    """Not applicable by the supplier's own word only."""
    examined: int = 0
    findings: tuple[Finding, ...] = ()
    evidence: tuple[str, ...] = ()
    cover: Cover = Cover.NONE
    waiver: WaiverNote | None = None
    attestation: AttestationNote | None = None
    # What the tally and every format need to know about the requirement:
    obligation: Obligation
    basis: Basis
    duty_holder: DutyHolder
    decider: Decider
    safety: Safety
    level: int | None = None
    """Level of the evidence that it rests on (``terms.LEVEL_WORDS``); None where it rests on none."""
    counts: bool
    """False for unconfirmed and draft rows and for other duty-holders: judged and shown apart."""

    def __hash__(self) -> int:
        """By requirement and outcome."""
        return hash((self.requirement, self.outcome, self.reason, self.cover))
