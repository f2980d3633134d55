"""One testable obligation, and the profile that lists it. Data, never code."""

from __future__ import annotations

from typing import Any, Literal

from checker.model.terms import Basis, Decider, DutyHolder, Obligation, Safety, Waivable
from checker.model.value import Value, canonical, digest, plain


class Clause(Value, frozen=True, kw_only=True):
    """Where a requirement comes from."""

    standard: str
    section: str = ""
    url: str = ""


class ConditionUse(Value, frozen=True, kw_only=True):
    """A named condition with its parameters."""

    condition: str
    params: dict[str, Any] = {}

    def __hash__(self) -> int:
        """Over the canonical bytes."""
        return hash(canonical(self))

    @property
    def key(self) -> str:
        """Stable text of condition and parameters."""
        return f"{self.condition} {canonical(self.params).decode()}"


class CheckUse(Value, frozen=True, kw_only=True):
    """A check or scan with its parameters; ``over`` names the sources of a scan."""

    check: str
    params: dict[str, Any] = {}
    over: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Over the canonical bytes."""
        return hash(canonical(self))


class AttestationUse(Value, frozen=True, kw_only=True):
    """A requirement that a person decides: the question, and which roles may answer."""

    statement: str
    roles: tuple[str, ...] = ("supplier", "assessor")


class NotTested(Value, frozen=True, kw_only=True):
    """A requirement that is listed and honestly not tested."""

    reason: str


class Requirement(Value, frozen=True, kw_only=True):
    """One obligation and how it is decided: exactly one of check, attestation, not_tested."""

    id: str
    obligation: Obligation
    verb: str
    """The source's own verb, e.g. ``SHALL``."""
    basis: Basis
    clause: Clause
    summary: str
    fix: str
    rationale: str = ""
    duty_holder: DutyHolder = DutyHolder.SUPPLIER
    confirmed: bool = False
    """True only where someone read the clause at its source."""
    draft: bool = False
    """From a draft standard: judged and shown apart."""
    core: bool = False
    """Not applicable by the supplier's own word is inconclusive."""
    applies_when: ConditionUse | None = None
    requires: tuple[str, ...] = ()
    safety: Safety = Safety.S0
    """The highest class that deciding it takes; set by linking from its probes."""
    waivable: Waivable = Waivable.SUPPLIER
    tags: tuple[str, ...] = ()
    check: CheckUse | None = None
    attestation: AttestationUse | None = None
    not_tested: NotTested | None = None
    evidence_floor: int = 0
    """The lowest level of evidence (``terms.LEVEL_WORDS``) that a pass may rest on."""
    advisory: bool = False
    """Our policy, in a profile that leaves it to a buyer to adopt: judged and shown apart."""

    @property
    def decider(self) -> Decider:
        """Who decides it: a check, or a person (also when nobody tests it yet)."""
        return Decider.MACHINE if self.check is not None else Decider.HUMAN

    @property
    def counts(self) -> bool:
        """Can it make a run not compliant?"""
        apart = self.draft or self.advisory
        return self.confirmed and not apart and self.duty_holder is DutyHolder.SUPPLIER


class HeaderRule(Value, frozen=True, kw_only=True):
    """A header that an API wants of every request, or of those to one address.

    ``value`` may hold ``{name}``: what ``[known]`` of ``supplier.toml`` says under that name, or ``{uuid}``, a UUID
    that belongs to the request. A header with a name that nobody gave is left out.
    """

    name: str
    value: str
    method: str = ""
    """Requests by that method alone; "" is any."""
    path: str = ""
    """Requests to that address below the base; ``*`` stands for one part of it. "" is every address."""
    encode: Literal["plain", "base64"] = "plain"


class Settings(Value, frozen=True, kw_only=True):
    """How a national API differs from base FHIR: typed once per profile, not per requirement.

    Each setting stands here from the day on which something reads it.
    """

    fhir_version: str = "4.0.1"
    """The version that the CapabilityStatement must name."""
    max_waiver_days: int = 365
    """The longest that a waiver may run."""
    waivers_name_hazards: tuple[str, ...] = ()
    """Tags of requirements that only a waiver covers which names hazards of the hazard log that was submitted."""
    error_system: tuple[str, ...] = ()
    """The code systems of ``issue.details`` in errors, any one of them. None: FHIR asks for none."""
    request_id: Literal["assign", "echo"] = "assign"
    """What becomes of the X-Request-ID of a request: base FHIR leaves it to the server, ``echo`` gives it back."""
    required_headers: tuple[str, ...] = ()
    """The headers without which a request is refused."""
    request_headers: tuple[HeaderRule, ...] = ()
    """What the API wants of requests beside FHIR's own headers."""
    accept_parameter: str = ""
    """A parameter that goes with the media type in Accept, e.g. ``version={api-version}``. "" is none."""
    search_by: Literal["post", "get"] = "post"
    """How searches by what is told of a person are sent; ``get`` where an API has no other way."""


class Layer(Value, frozen=True, kw_only=True):
    """Which file and line set a field: what ``checker explain`` shows."""

    source: str
    line: int


class Change(Value, frozen=True, kw_only=True):
    """What an overlay did to a requirement, and why."""

    requirement: str
    verb: str
    """``tighten``, ``parameterise``, ``exclude``, ``relax``, ``adopt``; ``set`` for a setting that was changed."""
    reason: str
    detail: str = ""


_NEWER: dict[str, Any] = {"evidence_floor": 0, "advisory": False, "decision": "", "policy_rows": ""}
"""Fields that came later, of a requirement or a profile, and what they hold where they are not used."""


class Profile(Value, frozen=True, kw_only=True):
    """A linked profile: requirements in order, settings, and what was changed on the way.

    ``origins``: requirement id → field → layer. Not part of the digest, since line numbers are
    not part of what is demanded.
    """

    id: str
    version: str
    title: str
    requirements: tuple[Requirement, ...]
    settings: Settings = Settings()
    expects: tuple[ConditionUse, ...] = ()
    includes: tuple[str, ...] = ()
    """``id@version`` of every profile that was included."""
    changes: tuple[Change, ...] = ()
    gate_scope: str = ""
    """A gate profile fixes the scope: ``machine@S1``. "" leaves it to the caller."""
    decision: Literal["", "tender"] = ""
    """What is decided by its conclusion, beside compliance."""
    policy_rows: Literal["", "advisory"] = ""
    """What its rows of basis P are until a buyer adopts them."""
    origins: dict[str, dict[str, Layer]] = {}

    def __hash__(self) -> int:
        """By id and version."""
        return hash((self.id, self.version))

    @property
    def modified(self) -> bool:
        """Was something excluded, relaxed, tightened or given other parameters?"""
        return bool(self.changes)

    @property
    def digest(self) -> str:
        """SHA-256 over all that is demanded (not over where it was written).

        What a profile does not use, and profiles of older versions could not, is left out: their digests stand.
        """
        said = {name: plain(getattr(self, name)) for name in self.__struct_fields__ if name != "origins"}
        for newer, unused in _NEWER.items():
            for held in (said, *said["requirements"]):
                if held.get(newer) == unused:
                    del held[newer]
        return digest(said)

    def by_id(self, requirement: str) -> Requirement | None:
        """The requirement of that id, or None."""
        return next((row for row in self.requirements if row.id == requirement), None)
