"""The fast tier of the validator: compiled checks in front of the tier that explains."""

from checker.fhir.fast.clean import Clean
from checker.fhir.fast.tier import FastTier

__all__ = ["Clean", "FastTier"]
