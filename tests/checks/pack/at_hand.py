"""Sections and tables of a pack at hand, as a check sees them; no file is read but those of the good pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import yaml

from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.pack import SECTION, OfSection, OfTable
from checker.model.supplier import ArtefactRef
from checker.model.terms import Reason
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView
from checker.probes.pack.schemas import held_against
from checker.probes.pack.table import PackTable
from fixtures.packs.build import GOOD

SECTIONS = ("service", "kpis", "exit")


@dataclass(frozen=True)
class _Named:
    id: str


@dataclass(frozen=True)
class _Record:
    facts: dict[str, Any] | None
    kind: str

    def payload(self, role: str) -> Artefact | None:
        if self.facts is None:
            return None
        return Artefact(artefact=self.kind, role=self.kind, files=(), facts=self.facts)

    def evidence(self, role: str | None = None) -> tuple[_Named, ...]:
        return (_Named(self.kind),)

    def undecided(self, what: str) -> Undecided:
        return Undecided(reason=Reason.NO_DATA, message=what)


@dataclass(frozen=True)
class _Supplier:
    kinds: frozenset[str]
    base_url: str = "https://supplier.invalid/fhir"

    def artefacts_of(self, kind: str) -> tuple[ArtefactRef, ...]:
        return (ArtefactRef(id=kind, kind=kind),) if kind in self.kinds else ()


@dataclass(frozen=True)
class AtHand:
    """``sections`` by name, ``tables`` as text by kind, ``answers`` of a run, and the time that is judged."""

    sections: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    tables: Mapping[str, str | bytes] = field(default_factory=dict)
    answers: tuple[Any, ...] = ()
    as_of: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    _records: dict[str, _Record] = field(default_factory=dict)

    @property
    def supplier(self) -> _Supplier:
        """What is submitted."""
        return _Supplier(frozenset({SECTION + name for name in self.sections} | self.tables.keys()))

    def record(self, need: Need) -> _Record:
        """What the probe of the pack would bring."""
        if need.key not in self._records:
            self._records[need.key] = self._gathered(need)
        return self._records[need.key]

    def _gathered(self, need: Need) -> _Record:
        asked = need.params
        if isinstance(asked, OfSection) and asked.name in self.sections:
            held = held_against(asked.name, self.sections[asked.name])
            return _Record({"content": held.content, "faults": list(held.faults)}, asked.name)
        if isinstance(asked, OfTable) and asked.kind in self.tables:
            reader, text = PackTable(asked.columns), self.tables[asked.kind]
            reader.feed(text.encode() if isinstance(text, str) else text)
            reader.end()
            return _Record(reader.facts(), asked.kind)
        return _Record(None, need.probe)

    def every(self, every: object) -> tuple[Any, ...]:
        """The answers of the run."""
        return self.answers


@cache
def _read(name: str) -> bytes:
    return (GOOD / name).read_bytes()


def good_section(name: str) -> dict[str, Any]:
    """A section of the good pack, to be changed."""
    return cast("dict[str, Any]", yaml.load(_read(f"{name}/{name}.yaml"), Loader=yaml.BaseLoader))


def good_tables() -> dict[str, str | bytes]:
    """The tables of the good pack that belong to these sections, by kind."""
    root = yaml.load(_read("pack.yaml"), Loader=yaml.BaseLoader)
    return {one["kind"]: _read(one["path"]) for one in root["artefacts"] if one["path"].endswith(".csv")}


def good(**sections: dict[str, Any]) -> AtHand:
    """The good pack, with other sections where some are given."""
    return AtHand({name: sections.get(name) or good_section(name) for name in SECTIONS}, good_tables())


def said(check: Any, found: AtHand, **with_: Any) -> list[Any]:
    """What a check says of it."""
    return list(check.judge(cast("EvidenceView", found), check.params_type(**with_)))
