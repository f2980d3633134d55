"""What the supplier of a generated export declares: every element of a healthy one, and how long records are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from fixtures.supplier.edits import EXPORTS, REGISTER

_OF_ITSELF = frozenset({"resourceType", "id", "meta"})
ON = "2026-11-22"
"""The day for which the register is written."""


def register(healthy: Path) -> str:
    """The register (YAML) of the folder ``data-protection``, with the elements of a healthy export in its flow."""
    found: dict[str, Any] = yaml.load((EXPORTS / "data-protection" / REGISTER).read_bytes(), Loader=yaml.BaseLoader)
    paths: set[str] = set()
    for file in sorted(healthy.glob("*.ndjson")):
        for line in file.read_bytes().splitlines():
            one = json.loads(line)
            paths |= {f"{one['resourceType']}.{name}" for name in one.keys() - _OF_ITSELF}
    found["assessed-on"] = ON
    found["dataflows"][0]["paths"] = sorted(paths)
    del found["holds"]
    return json.dumps(found)  # JSON is YAML
