"""The closed lists of words that profiles, verdicts and reports use. One word, one thing."""

from __future__ import annotations

from enum import StrEnum


class Obligation(StrEnum):
    """How strongly a requirement binds (RFC 2119). The source's own verb is kept beside it."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Basis(StrEnum):
    """What a requirement rests on. Only ``LAW`` is ever called a mandate."""

    LAW = "L"
    """Law or information standard in force for the duty-holder."""
    NHS = "N"
    """Other NHS or government publication."""
    STANDARD = "S"
    """Other published standard: HL7, IETF, OWASP."""
    POLICY = "P"
    """Our own policy, also where ours is stronger than the source's verb."""
    CONTRACT = "C"
    """Adopted by a named buyer in a named notice."""


BASIS_WORDS = {
    Basis.LAW: "law or information standard in force",
    Basis.NHS: "other NHS or government publication",
    Basis.STANDARD: "other published standard",
    Basis.POLICY: "policy of this tool",
    Basis.CONTRACT: "adopted by a named buyer",
}
"""What each basis letter means, for people."""


LEVEL_WORDS = (
    "asserted",
    "structured and consistent",
    "matched to an artefact",
    "matched to a live probe",
)
"""What each level of evidence, 0 to 3, means."""


class DutyHolder(StrEnum):
    """Who is bound by the requirement."""

    SUPPLIER = "supplier"
    BUYER = "buyer"
    PROVIDER = "provider"
    PUBLIC_BODY = "public-body"


class Safety(StrEnum):
    """What sending a probe may do to the system under test. Ordered: ``S0 < S1 < …``."""

    S0 = "S0"
    """No traffic of its own."""
    S1 = "S1"
    """Well-formed and read-only: what any client may send."""
    S2 = "S2"
    """Deliberately wrong but stateless."""
    S3 = "S3"
    """Writes, or touches a second patient."""
    S4 = "S4"
    """May degrade a service: own fixture only."""


class Waivable(StrEnum):
    """Who may waive a requirement."""

    NEVER = "never"
    SUPPLIER = "supplier"
    BUYER = "buyer"


class Outcome(StrEnum):
    """The outcome of one requirement."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


class Reason(StrEnum):
    """Why a verdict is inconclusive. A closed list, in the order in which they are named."""

    UNSAFE = "unsafe"
    """Not allowed by the safety class or the live-data guard, or stopped to spare the system."""
    NETWORK = "network"
    TIMEOUT = "timeout"
    AUTH = "auth"
    BUDGET = "budget"
    TERMINOLOGY = "terminology"
    PREREQUISITE = "prerequisite"
    NO_DATA = "no-data"
    HUMAN = "human"
    """A person decides, or nobody tests it yet."""


REASON_ORDER = {reason: index for index, reason in enumerate(Reason)}
"""When several reasons hold, the one that comes first is named."""


class Decider(StrEnum):
    """Who decides a requirement."""

    MACHINE = "machine"
    HUMAN = "human"


class Cover(StrEnum):
    """What covers an outcome that is not a pass."""

    NONE = "none"
    WAIVER = "waiver"
    ATTESTATION = "attestation"


class Vouching(StrEnum):
    """Who vouches for a recording. Hashes show accident, not fraud."""

    SELF_DECLARED = "self-declared"
    CHALLENGED = "challenged"
    WITNESSED = "witnessed"


class FailOn(StrEnum):
    """Which failed obligation makes the exit code 1."""

    MUST = "must"
    SHOULD = "should"
    NEVER = "never"


class Conclusion(StrEnum):
    """What a judgement says of the whole, within its scope."""

    COMPLIANT = "compliant"
    NOT_COMPLIANT = "not compliant"
    INCONCLUSIVE = "inconclusive"
