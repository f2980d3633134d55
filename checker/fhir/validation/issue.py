"""What the validator says: issues, and what it could not verify.

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
    - ``slice``: the nearest slice, and the discriminator that failed.
    - ``advice``: best practice, shown only when it is asked for.
    """

    rule: str
    severity: Severity
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
    """Something wrong in a definition, not in the instance: reported once for a run."""

    definition: str
    message: str
    element: str | None = None
