"""The sum of many verdicts: kept small, whatever the number of resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from checker.model.validation import DefinitionProblem, Judged, Population


class ValidationTally:
    """Counts of a run. ``add`` takes one verdict; what workers counted beside them is added apart."""

    def __init__(self) -> None:
        self.resources = 0
        self.invalid = 0
        self.warned = 0
        self.undecided = 0
        self.severities: Counter[str] = Counter()
        self.not_verified: Counter[str] = Counter()
        self._populations: dict[tuple[str, str], list[int]] = {}
        self._problems: dict[DefinitionProblem, None] = {}

    def add(self, judged: Judged) -> None:
        """Count one verdict."""
        self.resources += 1
        self.invalid += not judged.valid
        self.warned += any(issue.severity == "warning" for issue in judged.issues)
        self.undecided += judged.undecided
        self.severities.update(issue.severity for issue in judged.issues)
        self.not_verified.update(judged.not_verified)

    def add_population(self, rows: Iterable[Population]) -> None:
        """Add how often must-support elements were filled."""
        for row in rows:
            counts = self._populations.setdefault((row.definition, row.element), [0, 0])
            counts[0] += row.present
            counts[1] += row.holders

    def add_problems(self, problems: Iterable[DefinitionProblem]) -> None:
        """Keep each problem of a definition once."""
        self._problems.update(dict.fromkeys(problems))

    @property
    def populations(self) -> tuple[Population, ...]:
        """By definition and element."""
        return tuple(
            Population(definition=definition, element=element, present=present, holders=holders)
            for (definition, element), (present, holders) in sorted(self._populations.items())
        )

    @property
    def problems(self) -> tuple[DefinitionProblem, ...]:
        """By definition, element and message."""
        return tuple(sorted(self._problems, key=lambda one: (one.definition, one.element or "", one.message)))
