"""A release as its publisher declares it: what each field is, for whom it is, and what was promised of it."""

from __future__ import annotations

from checker.model.value import Value

ROLES = ("direct", "quasi", "sensitive", "safe", "free-text", "pseudonym", "date", "geography")
"""What a field of a release may be; it may be several at once."""


class ReleaseField(Value, frozen=True, kw_only=True):
    """One field. ``path``: a resource type, or ``Row`` for a table, and elements: ``Patient.birthDate``."""

    path: str
    roles: tuple[str, ...]


class RiskAssessment(Value, frozen=True, kw_only=True):
    """The assessment of the risk that somebody is named again. Dates are written YYYY-MM-DD."""

    release_model: str
    adversary: str
    k: int
    assessed: str
    approver: str
    review: str
    files: tuple[str, ...]
    """SHA-256 of each file of the release that was assessed, in lower-case hexadecimal."""


class IntruderTest(Value, frozen=True, kw_only=True):
    """An attempt of people who did not make the release to name somebody in data of its kind."""

    made: str
    """The day, YYYY-MM-DD."""
    by: str
    method: str
    findings: str


class Release(Value, frozen=True, kw_only=True):
    """A release that is said to be anonymous or pseudonymised."""

    name: str
    publication: str = "controlled"
    """``open`` when anybody may have it, else ``controlled``."""
    recipient: str = ""
    fields: tuple[ReleaseField, ...] = ()
    k: int = 0
    """How many people at least share each combination of quasi-identifiers; 0 is not declared."""
    l: int = 0  # noqa: E741 - the name that the field has for it
    """How many values a sensitive attribute has in each of these classes; 0 is not declared."""
    birth_dates: str = ""
    """``year`` or ``month``; "" is not declared."""
    geography: str = ""
    """The finest place that the release names: ``postcode-sector``, ``postcode-district``, ``postcode-area``,
    ``oa``, ``lsoa``, ``msoa``, ``icb``; "" is not declared."""
    linkable: bool = False
    """Is it declared that this release and the other can be joined by pseudonym?"""
    assessment: RiskAssessment | None = None
    intruder_test: IntruderTest | None = None

    def __hash__(self) -> int:
        """By name."""
        return hash(self.name)

    def paths(self, role: str) -> tuple[str, ...]:
        """The paths of the fields that have this role."""
        return tuple(one.path for one in self.fields if role in one.roles)
