"""Meta: the same tag or security label stands once.

Source: http://hl7.org/fhir/R4/resource.html#Meta
"""

from __future__ import annotations

from checker.fhir.instance import Node
from checker.fhir.validation.issue import Severity
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

DUPLICATE = rule(
    "meta-repeated",
    "error",
    "business-rule",
    title="The same tag or security label stands twice",
    why="Servers keep tags and labels as sets: one of the two is lost or refused.",
    fix="Keep one.",
    source="http://hl7.org/fhir/R4/resource-definitions.html#Meta.tag",
)


def check(run: Run, node: Node) -> None:
    """Judge tags and security labels."""
    for name in ("security", "tag"):
        seen: set[tuple[str, str]] = set()
        for label in node.children(name):
            code = label.text("code")
            key = (label.text("system") or "", code or "")
            if code is not None and key in seen:
                said = f"The {name} {key[0]}#{key[1]} stands twice."
                severity: Severity | None = "warning" if name == "tag" else None
                run.report(DUPLICATE, label, said, severity=severity, found=f"{key[0]}#{key[1]}")
            seen.add(key)
