"""A documented extract: every path of an export is explained, and so are the twelve things that a reader must know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from checker.model.evidence import Artefact
from checker.model.need import Need, ScanNeed
from checker.model.registry import check
from checker.model.scan import Fold, Look, Seen
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, RecordView

TOPICS = (
    "physical-description",
    "logical-model",
    "mapping",
    "units",
    "coded-values",
    "business-rules",
    "special-handling",
    "derived-data",
    "exclusions",
    "integrity-checks",
    "reconstitution",
    "format",
)
"""What a documented data extract says of itself (S26, DMI02)."""
_MEMBER = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_EXTENSIONS = frozenset({"extension", "modifierExtension"})
_MOST_PATHS = 20_000
_ANY_TYPE = ("Resource", "DomainResource", "*")
_SHOWN = 5


@dataclass
class Paths:
    """Which paths there are; of too many the smallest."""

    resources: int = 0
    paths: set[str] = field(default_factory=set)
    cut: bool = False

    def trimmed(self) -> Paths:
        """Not more than can be kept."""
        if len(self.paths) > _MOST_PATHS:
            self.paths = set(sorted(self.paths)[:_MOST_PATHS])
            self.cut = True
        return self


class ExportPaths(Fold[NoParams, Paths]):
    """Which elements the resources of an export have: paths without indices, such as ``Patient.name.family``.

    What is contained counts under its own type; below an extension nothing is told apart. Names that no element can
    have count as ``…``, since they may be values.

    Good: an export with resources in it. Bad: an empty one, of which nothing follows.
    """

    id: ClassVar[str] = "export.paths"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#an-export-is-documented"

    def start(self, params: NoParams, side: str) -> Paths:
        """Nothing seen."""
        return Paths()

    def step(self, state: Paths, seen: Seen, params: NoParams) -> Paths:
        """The paths of one resource; what an export says of itself (an OperationOutcome) is no record of it."""
        if seen.resource_type == "OperationOutcome":
            return state
        state.resources += 1
        waiting: list[tuple[str, Any]] = [(_name(seen.resource_type), seen.node)]
        while waiting:
            path, node = waiting.pop()
            if isinstance(node, list):
                waiting += [(path, one) for one in node]
            elif not isinstance(node, dict):
                continue
            elif path.endswith(".contained"):
                kind = node.get("resourceType")
                waiting.append((_name(kind) if isinstance(kind, str) else "…", {**node, "resourceType": None}))
            else:
                for name, inner in node.items():
                    if name == "resourceType":
                        continue
                    below = f"{path}.{_name(name.removeprefix('_'))}"
                    state.paths.add(below)
                    if name not in _EXTENSIONS:
                        waiting.append((below, inner))
        return state.trimmed()

    def merge(self, one: Paths, other: Paths) -> Paths:
        """The paths of both."""
        return Paths(one.resources + other.resources, one.paths | other.paths, one.cut or other.cut).trimmed()

    def dump(self, state: Paths) -> Any:
        """Plain values, sorted."""
        return {"resources": state.resources, "paths": sorted(state.paths), "cut": state.cut}

    def load(self, dumped: Any) -> Paths:
        """The state back."""
        return Paths(dumped["resources"], set(dumped["paths"]), dumped["cut"])

    def finish(self, state: Paths, params: NoParams) -> Iterator[Statement]:
        """How many paths there are."""
        if state.paths:
            yield Examined(what="paths were seen", count=len(state.paths))


EXPORT_PATHS = ExportPaths()
DICTIONARY = Need(probe="exit.dictionary", params=NoParams())
_PATHS = ScanNeed(scan=EXPORT_PATHS.id, params=NoParams())


@check(
    "export.is-documented",
    needs=lambda p, settings: [DICTIONARY, _PATHS],
    source="docs/policy.md#an-export-is-documented",
)
def is_documented(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The data dictionary explains every path of the export, and says the twelve things of a documented extract.

    The dictionary is an artefact of kind ``dictionary``: YAML or CSV, see docs/exit-rehearsal.md. An entry for an
    element covers what is below it (``Patient.name`` covers ``Patient.name.family``); ``Resource.meta`` stands for
    every type. An entry without a meaning explains nothing.

    Good: every element that occurs has an entry. Bad: ``Observation.component`` occurs and has none.
    """
    view, scan = ev.record(DICTIONARY), ev.scan(_PATHS)
    found = dictionaries(view)
    evidence = (*(item.id for item in view.evidence("dictionary")), *scan.evidence)
    if not found:
        yield view.undecided("the data dictionary")
        return
    if not isinstance(scan.state, Paths) or not scan.state.paths:
        yield scan.undecided("the export")
        return
    for one in found:
        for problem in one.facts.get("problems", ()):
            yield Undecided(reason=Reason.NO_DATA, message=f"the dictionary {one.artefact}: {problem}")
    known = {str(path) for one in found for path in one.facts.get("elements", ())}
    unknown = sorted(path for path in scan.state.paths if not _covered(path, known))
    if scan.state.cut:
        yield Undecided(reason=Reason.NO_DATA, message=f"the export has more than {_MOST_PATHS} different paths")
    if unknown:
        yield Finding(
            message=f"{len(unknown)} paths of the export are not in its data dictionary.",
            expected="an entry with a meaning for each path, or for the element above it",
            actual="no entry",
            place=unknown[0],
            evidence=evidence,
            count=len(unknown),
            examples=tuple(unknown[:_SHOWN]),
        )
    said = {str(topic) for one in found for topic in one.facts.get("topics", ())}
    if missing := [topic for topic in TOPICS if topic not in said]:
        yield Finding(
            message=f"The description of the extract is silent on {len(missing)} of {len(TOPICS)} topics.",
            expected="a text under 'topics' of the dictionary for each",
            actual=f"nothing on {', '.join(missing)}",
            place="topics",
            evidence=evidence,
            count=len(missing),
        )
    explained = len(scan.state.paths) - len(unknown)
    yield Examined(what=f"{explained} paths of the export are in its data dictionary.", evidence=evidence)


def dictionaries(view: RecordView) -> list[Artefact]:
    """The dictionaries that could be read."""
    found = [payload for item in view.evidence("dictionary") if isinstance(payload := item.read(), Artefact)]
    return [one for one in found if not one.facts.get("problem")]


def unread(ev: EvidenceView, view: RecordView) -> Undecided | None:
    """Why a dictionary that was handed over could not be read; None where all were, or there is none.

    What is in none of those that were read may stand in this one, so nothing can be said to be missing.
    """
    read = {one.artefact for one in dictionaries(view)}
    waiting = [one.id for one in ev.supplier.artefacts_of("dictionary") if one.id not in read]
    return view.undecided(f"the dictionary {waiting[0]}") if waiting else None


def _covered(path: str, known: set[str]) -> bool:
    kind, *steps = path.split(".")
    for end in range(1, len(steps) + 1):
        below = ".".join(steps[:end])
        if f"{kind}.{below}" in known or any(f"{name}.{below}" in known for name in _ANY_TYPE):
            return True
        # value[x] is written as valueQuantity in an export, and as value[x] or value in a dictionary.
        head, last = steps[: end - 1], steps[end - 1]
        choice = re.match(r"[a-z]+", last)
        if choice and choice[0] != last and f"{'.'.join([kind, *head, choice[0]])}" in known:
            return True
    return False


def _name(name: str) -> str:
    return name if _MEMBER.fullmatch(name) else "…"
