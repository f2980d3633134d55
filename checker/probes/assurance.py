"""What a supplier declares of its certificates and tests, and of vulnerabilities: two structured files.

Both are YAML or JSON as the register is: every scalar is text, no key twice, no alias. ``assurance`` is held against
``reports/schemas/assurance.schema.json`` section by section; a ``vulnerability-report`` as a whole. Who owns something
is not kept.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from checker import resources
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams
from checker.probes.plain_yaml import Refused, parsed
from checker.probes.register import GIVEN, words
from checker.probes.sbom import EARLIER
from checker.probes.sbom import KIND as SBOM

if TYPE_CHECKING:
    from checker.json_schema import Draft202012Validator

ASSURANCE, REPORT = "assurance", "vulnerability-report"
IDENTITY = "identity-configuration"
"""A third of the same form: how a client is registered with those that sign its users in."""
_MOST_BYTES = 4 * 1024 * 1024
_MOST_FAULTS = 20
_PEOPLE = frozenset({"owner"})


class Declaration:
    """Reads one such file, by the schema of its kind."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._held = bytearray()
        self._bytes = 0
        self._files = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        self._files += 1

    def facts(self) -> dict[str, Any]:
        """``content``: what fits the schema. ``faults``: what does not, by place and without its value."""
        if self._files != 1:
            return {"content": {}, "faults": [f"it is one file, and there are {self._files}"]}
        if self._bytes > _MOST_BYTES:
            return {"content": {}, "faults": [f"it is longer than {_MOST_BYTES} bytes"]}
        try:
            found = parsed(bytes(self._held))
        except Refused as refused:
            return {"content": {}, "faults": [str(refused)]}
        errors = [
            ("".join(f"/{str(step)[:60]}" for step in error.absolute_path), words(error.validator))
            for error in _validator(self._kind).iter_errors(found)
        ]
        wrong = {place.split("/")[1] for place, _ in errors if place} | found.keys() - _sections(self._kind)
        whole = self._kind in (ASSURANCE, IDENTITY)
        content = {name: _kept(one) for name, one in found.items() if name not in wrong} if whole or not errors else {}
        faults = sorted(f"{place or '/'}: {said}" for place, said in errors)
        return {"content": content, "faults": faults[:_MOST_FAULTS]}


def _kept(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: GIVEN if name in _PEOPLE and isinstance(one, str) and one.strip() else _kept(one)
            for name, one in node.items()
        }
    return [_kept(one) for one in node] if isinstance(node, list) else node


@cache
def _schema(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resources.data("reports/schemas").joinpath(f"{kind}.schema.json").read_bytes())
    return found


def _sections(kind: str) -> frozenset[str]:
    return frozenset(_schema(kind)["properties"])


@cache
def _validator(kind: str) -> Draft202012Validator:
    from checker.json_schema import Draft202012Validator

    return Draft202012Validator(_schema(kind))


@probe("supply-chain.submitted", "1", params=NoParams, budget=lambda p: Budget(artefacts=4), safety=Safety.S0)
async def submitted(s: Session, p: NoParams) -> None:
    """Read what was submitted of bill of materials, earlier ones, vulnerability report and assurance."""
    for kind, reader in ((SBOM, "sbom"), (EARLIER, "sbom"), (ASSURANCE, ASSURANCE), (REPORT, REPORT)):
        if s.supplier.artefacts_of(kind):
            await s.artefacts(kind, kind, reader)
