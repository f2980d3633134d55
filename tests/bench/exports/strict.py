"""The limits of data-quality at their strictest: each field that is empty, invalid or a default is a finding."""

from __future__ import annotations

import json

from checker.checks.quality_fields import LIMITS

ID = "data-quality-strict"
_REASON = "Each fault of a generated export is to be seen, and not a share of them."


def profile() -> str:
    """A profile (YAML) in which no field may lack anything."""
    limits = [{"item": limit.item, "complete": 100, "valid": 100, "default": 0} for limit in LIMITS]
    overlay = [
        {"requirement": requirement, "parameterise": {"limits": limits}, "reason": _REASON}
        for requirement in ("DH-DQ-02", "DH-DQ-03", "DH-DQ-04")
    ]
    made = {
        "id": ID,
        "version": "1.0.0",
        "title": "Quality of data, with nothing allowed",
        "include": [{"profile": "data-quality"}],
        "overlay": overlay,
    }
    return json.dumps(made)  # JSON is YAML
