"""The validator's own words for :mod:`checker.model.validation`, where reports find them too."""

from __future__ import annotations

from checker.model.validation import SEVERITY_ORDER, DefinitionProblem, Issue, NotVerified, Severity

__all__ = ["SEVERITY_ORDER", "DefinitionProblem", "Issue", "NotVerified", "Severity"]
