"""A small registry and profiles on paper, for the tests of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from checker.catalogue.library import Library
from checker.catalogue.load import load_profile
from checker.model.registry import Registry, check, condition
from checker.model.requirement import CheckUse, ConditionUse, Profile, Settings
from checker.model.scan import Fold, Look, Seen
from checker.model.terms import Safety
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement
from checker.model.view import EvidenceView


class Typed(Params, frozen=True, kw_only=True):
    """A resource type, and how many of it."""

    type: str
    max_reads: int = 3
    share: float = 0.5


class Interaction(Params, frozen=True, kw_only=True):
    """An interaction of a type."""

    type: str
    interaction: str


@check("read.works", params=Typed, needs=lambda p, settings: [], source="https://example.org/read")
def read_works(ev: EvidenceView, params: Typed) -> Iterator[Statement]:
    """A read works."""
    yield Examined(what=params.type)


@check("access.refused", needs=lambda p, settings: [], source="https://example.org/access")
def access_refused(ev: EvidenceView, params: NoParams) -> Iterator[Statement]:
    """Access is refused."""
    yield Examined(what="access")


@condition("capability.interaction", params=Interaction, needs=lambda p, settings: [], claim=True)
def claims(ev: EvidenceView, params: Interaction) -> bool | None:
    """It is claimed."""
    return None


class Unique(Fold[NoParams, int]):
    """A scan that counts."""

    id = "identifier.unique"
    params_type = NoParams
    looks = (Look(),)
    source = "https://example.org/unique"

    def start(self, params: NoParams, side: str) -> int:
        """Nothing."""
        return 0

    def step(self, state: int, seen: Seen, params: NoParams) -> int:
        """One more."""
        return state + 1

    def merge(self, one: int, other: int) -> int:
        """The sum."""
        return one + other

    def dump(self, state: int) -> Any:
        """As it is."""
        return state

    def load(self, dumped: Any) -> int:
        """As it was."""
        return int(dumped)

    def finish(self, state: int, params: NoParams) -> Iterator[Statement]:
        """How many."""
        yield Examined(what="resources", count=state)


def registry() -> Registry:
    """A registry of the above."""
    module = ModuleType("sample")
    for name, item in {"a": read_works, "b": access_refused, "c": claims, "d": Unique()}.items():
        setattr(module, name, item)
    return Registry.of_modules([module])


def safety(use: CheckUse, condition: ConditionUse | None, settings: Settings) -> Safety:
    """What the planner would say: access is deliberately wrong, reading is not."""
    return Safety.S2 if use.check == "access.refused" else Safety.S1


HEAD = "id: {id}\nversion: 1.0.0\ntitle: A test\n"

ROW = """\
  - id: {id}
    obligation: {obligation}
    verb: SHALL
    basis: S
    clause: {{standard: test, section: "1", url: "https://example.org/1"}}
    summary: It works.
    fix: Make it work.
{more}"""

READ = "    check: read.works\n    with: {type: Patient}\n"


WHEN_CLAIMED = (
    READ + "    applies-when: {condition: capability.interaction, with: {type: Patient, interaction: read}}\n"
)


def row(id: str = "T-ONE-001", more: str = READ, obligation: str = "MUST") -> str:
    """One requirement as YAML."""
    return ROW.format(id=id, more=more, obligation=obligation)


def write(folder: Path, *rows: str, id: str = "test", head: str = "") -> Path:
    """A profile file of those rows."""
    place = folder / id
    place.mkdir(parents=True, exist_ok=True)
    requirements = "requirements:\n" + "".join(rows) if rows else ""
    file = place / "profile.yaml"
    file.write_text(HEAD.format(id=id) + head + requirements, encoding="utf-8")
    return file


def library(folder: Path, cache: Path | None = None) -> Library:
    """A library whose shipped profiles are those of the folder."""
    return Library(folder, cache=cache, plugins=False)


def load(file: Path) -> Profile:
    """Load a profile file; the library ships nothing."""
    return load_profile(file.as_posix(), registry(), library(file.parent / "none"), safety_of=safety)
