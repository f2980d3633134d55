"""An ImplementationGuide: what it depends on.

Source: http://hl7.org/fhir/R4/implementationguide.html
"""

from __future__ import annotations

import re
from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_PACKAGE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*(\.[A-Za-z0-9_\-]+)+")

DEPENDENCY: Final = rule(
    "implementation-guide-dependency",
    "error",
    "business-rule",
    title="What an ImplementationGuide depends on cannot be found by what it says",
    why="Tools fetch a dependency by its package, and tell it by the canonical of its ImplementationGuide.",
    fix="Give the canonical of the ImplementationGuide, and the id of its package, such as fhir.r4.ukcore.stu2.",
    source="http://hl7.org/fhir/R4/implementationguide-definitions.html#ImplementationGuide.dependsOn",
    good='"uri": "https://guide.example.nhs.uk/ImplementationGuide/guide", "packageId": "nhs.guide"',
    bad='"uri": "https://guide.example.nhs.uk", "packageId": "guide"',
)


def check(run: Run, node: Node) -> None:
    """Judge the dependencies."""
    for one in node.children("dependsOn"):
        uri, package = one.text("uri"), one.text("packageId")
        if uri is not None and "/ImplementationGuide/" not in uri:
            said = f"'{uri[:200]}' is not the canonical of an ImplementationGuide."
            run.report(DEPENDENCY, one, said, below="uri", found=uri[:200])
        if package is not None and _PACKAGE.fullmatch(package[:300]) is None:
            said = f"'{package[:200]}' is not the id of a package: it has two parts or more, with dots between."
            run.report(DEPENDENCY, one, said, below="packageId", found=package[:200])
