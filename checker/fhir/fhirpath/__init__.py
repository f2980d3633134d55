"""FHIRPath: parser, interpreter and compiler.

:func:`parse` reads an expression, :func:`evaluate` computes it over nodes, in an :class:`Environment`; :func:`holds`
is for invariants.

Source: FHIRPath N1 (2.0.0) with what FHIR R4 adds, http://hl7.org/fhir/R4/fhirpath.html
"""

from checker.fhir.fhirpath.ast import Expression
from checker.fhir.fhirpath.environment import Environment
from checker.fhir.fhirpath.errors import FHIRPathError, FHIRPathSyntaxError
from checker.fhir.fhirpath.interpreter import evaluate, holds
from checker.fhir.fhirpath.parser import parse

__all__ = ["Environment", "Expression", "FHIRPathError", "FHIRPathSyntaxError", "evaluate", "holds", "parse"]
