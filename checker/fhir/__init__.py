"""What the checker knows of FHIR itself: a library of its own. No network.

>>> from checker.fhir import Validator
>>> Validator().validate(b'{"resourceType": "Patient", "active": true}').valid
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.fhir.validator import Result, Validator

__all__ = ["Result", "Validator"]


def __getattr__(name: str) -> Any:
    # Loaded when it is asked for: importing a small module of this package must stay cheap.
    if name in __all__:
        from checker.fhir import validator

        return getattr(validator, name)
    raise AttributeError(f"module 'checker.fhir' has no attribute {name!r}")
