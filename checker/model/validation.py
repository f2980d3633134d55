"""What the FHIR validator says: issues, what it could not verify, and the verdict on one resource.

Source for severities and type codes: http://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["fatal", "error", "warning", "information"]

SEVERITY_ORDER: dict[str, int] = {"fatal": 0, "error": 1, "warning": 2, "information": 3}


class Issue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that the validator says of an instance.

    - ``rule``: stable id, explained by ``checker explain RULE``; ``code`` the type code of an OperationOutcome issue.
    - ``path``: FHIRPath location; ``pointer``: JSON pointer of the value, or of what should hold it.
    - ``line``, ``column``: 1-based, in the text of the file; None where the instance came without a text.
    - ``definition``: canonical of the StructureDefinition that asks; ``element`` its element id.
    - ``found``, ``allowed``, ``fix``: what stands there, what may stand there, how to mend it (short, in words).
    - ``invariant``, ``expression``: key and FHIRPath of the invariant that does not hold.
    - ``slice``: the nearest slice, and the discriminator that failed.
    - ``advice``: best practice, shown only when it is asked for.
    """

    severity: Severity
    rule: str
    code: str
    path: str
    message: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    definition: str | None = None
    element: str | None = None
    found: str | None = None
    allowed: str | None = None
    fix: str | None = None
    slice: str | None = None
    invariant: str | None = None
    expression: str | None = None
    advice: bool = False

    @property
    def is_error(self) -> bool:
        """Whether the instance is invalid because of it."""
        return self.severity in ("fatal", "error")


class NotVerified(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question that could not be answered offline: visible and counted, neither a pass nor an error.

    ``subject`` is what was not held: the code system, the value set, a profile, a reference's target.
    """

    kind: Literal["terminology", "reference", "structure-definition", "questionnaire", "invariant"]
    subject: str
    path: str
    detail: str = ""


class DefinitionProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something wrong in a definition, not in the instance: reported once for a run.

    ``definition`` is a canonical, or the package or member of it; ``element`` an element id. ``severity``: *error* when
    a rule was lost, *warning* when it was read as well as it could be, *note* otherwise.
    """

    definition: str
    message: str
    element: str | None = None
    severity: Literal["error", "warning", "note"] = "error"


class Judged(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The verdict on one input resource: one line of ``--format ndjson``.

    ``source`` is the path as it was given, ``line`` the line where the resource begins (NDJSON; 1 for a file).
    ``not_verified`` counts what could not be verified offline, by kind and subject. ``undecided``: a
    StructureDefinition that was asked for, or one that judging by it leads to, could not be applied wholly, so that
    "valid" is not the whole answer.
    """

    source: str
    line: int
    resource_type: str | None
    id: str | None
    valid: bool
    issues: tuple[Issue, ...]
    structure_definitions: tuple[str, ...] = ()
    not_verified: dict[str, int] = {}
    undecided: bool = False

    def count(self, severity: Severity) -> int:
        """How many issues of that severity."""
        return sum(issue.severity == severity for issue in self.issues)


class Population(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How often a must-support element was filled: present in ``present`` of ``holders`` places that could have it."""

    definition: str
    element: str
    present: int
    holders: int


class Summary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A whole run of ``validate``: counts, and what is said once for all resources."""

    resources: int
    invalid: int
    severities: dict[str, int]
    not_verified: dict[str, int]
    unreadable: tuple[str, ...]
    skipped: tuple[str, ...]
    definition_problems: tuple[DefinitionProblem, ...]
    must_support: tuple[Population, ...]
    definitions: tuple[str, ...]
    """The packages judged by, as ``name#version``, the built-in ones too."""
    exit_code: int
    notes: tuple[str, ...] = ()
    """What else must be known to read the answer: a terminology server that was down."""
