"""The functions of FHIRPath and of FHIR, by topic.

``FUNCTIONS`` maps a name to the function and its least and greatest number of arguments. A function takes the call
(for its arguments), the focus, and the scope, and gives a collection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.conversion import Collection
from checker.fhir.fhirpath.functions import (
    boundaries,
    collections,
    conversions,
    existence,
    fhir,
    filtering,
    mathematics,
    strings,
    utility,
)

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope

Call = Callable[[Function, Collection, "Scope"], Collection]

FUNCTIONS: dict[str, tuple[Call, int, int]] = {
    **existence.FUNCTIONS,
    **filtering.FUNCTIONS,
    **collections.FUNCTIONS,
    **conversions.FUNCTIONS,
    **strings.FUNCTIONS,
    **mathematics.FUNCTIONS,
    **boundaries.FUNCTIONS,
    **utility.FUNCTIONS,
    **fhir.FUNCTIONS,
}
