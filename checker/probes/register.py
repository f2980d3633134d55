"""The register: what a supplier declares about its data, in one YAML file with a section for each subject.

Every scalar is text: nothing guesses that NO is false, or that 2026-11-22 is a date. No aliases, no key twice. Each
section is held against its own JSON Schema (``reports/schemas/register``). The facts are the sections that fit, with
contacts left out; what does not fit is named by place.
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

if TYPE_CHECKING:
    from checker.json_schema import Draft202012Validator

SECTIONS = (
    *("breaches", "contract-end", "data-quality", "dataflows", "disposals", "dpia", "holds", "locations", "own-uses"),
    *("processors", "registration", "releases", "retention", "ropa", "training"),
)
_DATE = "assessed-on"
_MOST_BYTES = 4 * 1024 * 1024
_MOST_FAULTS = 20
_CONTACTS = frozenset({"contact", "dpo", "signed-by", "authorised-by"})
GIVEN = "given"
"""Stands in the facts for a contact, which may name a person."""


class Register:
    """Reads the one file of a register."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._bytes = 0
        self._texts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        self._texts.append(bytes(self._held))
        self._held = bytearray()

    def facts(self) -> dict[str, Any]:
        """``sections`` that fit their schema, ``assessed_on``, and ``faults`` by place."""
        if len(self._texts) != 1:
            return {"sections": {}, "faults": [f"a register is one file, and there are {len(self._texts)}"]}
        if self._bytes > _MOST_BYTES:
            return {"sections": {}, "faults": [f"the register is longer than {_MOST_BYTES} bytes"]}
        try:
            found = parsed(self._texts[0])
        except Refused as refused:
            return {"sections": {}, "faults": [str(refused)]}
        return _facts(found)


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    faults: list[str] = []
    sections: dict[str, Any] = {}
    date = found.get(_DATE, "")
    for name, section in found.items():
        if name == _DATE:
            continue
        if name not in SECTIONS:
            faults.append(f"/{name[:60]}: unknown section")
            continue
        wrong = [
            f"/{name}{''.join(f'/{step}' for step in error.absolute_path)}: {words(error.validator)}"
            for error in _validator(name).iter_errors(section)
        ]
        faults += wrong
        if not wrong:
            sections[name] = _without_contacts(section)
    return {
        "sections": sections,
        "assessed_on": date if isinstance(date, str) else "",
        "faults": sorted(faults)[:_MOST_FAULTS],
    }


def words(validator: object) -> str:
    """What is wrong, without the value."""
    said = {
        "additionalProperties": "a key that there is not",
        "required": "a key is missing",
        "enum": "not one of the words that may stand here",
        "pattern": "not of the form that is asked for",
        "type": "text, list or mapping in place of another",
        "minItems": "an empty list",
        "minLength": "an empty text",
        "format": "a day that there is not",
        "not": "still to be filled in",
    }
    return said.get(str(validator), "does not fit its schema")


def _without_contacts(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: GIVEN if name in _CONTACTS and isinstance(one, str) else _without_contacts(one)
            for name, one in node.items()
        }
    return [_without_contacts(one) for one in node] if isinstance(node, list) else node


def schema_bytes(section: str) -> bytes:
    """The published schema of a section."""
    return resources.data("reports/schemas").joinpath("register", f"{section}.schema.json").read_bytes()


@cache
def _validator(section: str) -> Draft202012Validator:
    from checker.json_schema import Draft202012Validator

    return Draft202012Validator(json.loads(schema_bytes(section)))


@probe("register.facts", "1", params=NoParams, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def register_facts(s: Session, p: NoParams) -> None:
    """Read the register that the supplier submits (an artefact of kind ``register``).

    Without one nothing is missing from the collection: rows that would look at it say so, and many do not apply.
    """
    if s.supplier.artefacts_of("register"):
        await s.artefacts("register", "register", "register")
