"""The codes of an OperationOutcome's issue in FHIR R4.

Source: http://hl7.org/fhir/R4/valueset-issue-severity.html and
http://hl7.org/fhir/R4/valueset-issue-type.html (required bindings, all codes of code system 4.0.1).
"""

from __future__ import annotations

SEVERITIES = frozenset({"fatal", "error", "warning", "information"})

ISSUE_TYPES = frozenset(
    {
        *("invalid", "structure", "required", "value", "invariant"),
        *("security", "login", "unknown", "expired", "forbidden", "suppressed"),
        *("processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long"),
        *("code-invalid", "extension", "too-costly", "business-rule", "conflict"),
        *("transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"),
        "informational",
    }
)
