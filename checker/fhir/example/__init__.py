"""Ready examples: small resources that show one element, made from nothing but a StructureDefinition."""

from __future__ import annotations

from checker.fhir.example.builder import example_of

__all__ = ["example_of"]
