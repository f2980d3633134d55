"""Codes that somebody else can read: with their system, and a dictionary where that is the supplier's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from checker.checks.exit_dictionary import DICTIONARY, dictionaries, unread
from checker.model.need import ScanNeed
from checker.model.registry import check
from checker.model.scan import Fold, Look, Seen, Smallest
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_MOST_PAIRS = 50_000


class CodesParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``published``: how the systems begin of those who publish what their codes mean."""

    published: tuple[str, ...] = ()


class PublishedParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the systems begin of those who publish what their codes mean: ``published``, and ``also`` some more.

    The list stands in the row of the profile; ``also`` adds to it without repeating it.
    """

    published: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass
class Coded:
    """What codes there are."""

    examined: int = 0
    without_system: int = 0
    places: Smallest = field(default_factory=Smallest)
    local: set[tuple[str, str]] = field(default_factory=set)
    """System and digest of the code, of systems that are not published."""
    defined: set[tuple[str, str]] = field(default_factory=set)
    """Of CodeSystems in the export."""
    cut: bool = False

    def trimmed(self) -> Coded:
        """Not more than can be kept: the smallest."""
        for name in ("local", "defined"):
            if len(getattr(self, name)) > _MOST_PAIRS:
                setattr(self, name, set(sorted(getattr(self, name))[:_MOST_PAIRS]))
                self.cut = True
        return self


class ExportCodes(Fold[CodesParams, Coded]):
    """Which codes an export holds without a system, and which under systems that nobody publishes.

    Looked at is each Coding: below ``coding``, ``valueCoding``, ``class``, ``meta.tag`` and ``meta.security``. A
    Coding without a code says nothing that could be lost.

    Good: ``{"system": "http://snomed.info/sct", "code": "73211009"}``. Bad: ``{"code": "73211009"}``.
    """

    id: ClassVar[str] = "export.codes"
    params_type: ClassVar[type[Params]] = CodesParams
    looks: ClassVar[tuple[Look, ...]] = (
        Look(types=("CodeSystem",)),
        *(Look(element=name) for name in ("coding", "valueCoding", "class", "tag", "security")),
    )
    source: ClassVar[str] = "docs/policy.md#codes-keep-their-meaning"

    def start(self, params: CodesParams, side: str) -> Coded:
        """Nothing seen."""
        return Coded()

    def step(self, state: Coded, seen: Seen, params: CodesParams) -> Coded:
        """One Coding, or a whole CodeSystem."""
        node = seen.node
        if not isinstance(node, dict):
            return state
        if node.get("resourceType") == "CodeSystem":
            url = node.get("url")
            if isinstance(url, str) and not seen.pointer:
                state.defined |= {(url, _digest(url, code)) for code in _concepts(node.get("concept"))}
            return state.trimmed()
        code, system = node.get("code"), node.get("system")
        if not isinstance(code, str) or not code:
            return state
        state.examined += 1
        if not isinstance(system, str) or not system:
            state.without_system += 1
            state.places.add(seen.place)
        elif not system.startswith(params.published):
            state.local.add((system, _digest(system, code)))
        return state.trimmed()

    def merge(self, one: Coded, other: Coded) -> Coded:
        """The codes of both."""
        return Coded(
            examined=one.examined + other.examined,
            without_system=one.without_system + other.without_system,
            places=one.places.merged(other.places),
            local=one.local | other.local,
            defined=one.defined | other.defined,
            cut=one.cut or other.cut,
        ).trimmed()

    def dump(self, state: Coded) -> Any:
        """Plain values, sorted."""
        return {
            "examined": state.examined,
            "without_system": state.without_system,
            "places": list(state.places.items),
            "local": [list(one) for one in sorted(state.local)],
            "defined": [list(one) for one in sorted(state.defined)],
            "cut": state.cut,
        }

    def load(self, dumped: Any) -> Coded:
        """The state back."""
        return Coded(
            examined=dumped["examined"],
            without_system=dumped["without_system"],
            places=Smallest(items=tuple(dumped["places"])),
            local={(system, code) for system, code in dumped["local"]},
            defined={(system, code) for system, code in dumped["defined"]},
            cut=dumped["cut"],
        )

    def finish(self, state: Coded, params: CodesParams) -> Iterator[Statement]:
        """How many codes were looked at."""
        if state.examined:
            yield Examined(what="codes", count=state.examined)


EXPORT_CODES = ExportCodes()


def _codes(p: PublishedParams) -> ScanNeed:
    return ScanNeed(scan=EXPORT_CODES.id, params=CodesParams(published=(*p.published, *p.also)))


@check(
    "export.codes-keep-their-meaning",
    params=PublishedParams,
    needs=lambda p, settings: [_codes(p), DICTIONARY],
    source="docs/policy.md#codes-keep-their-meaning",
)
def codes_keep_their_meaning(ev: EvidenceView, p: PublishedParams) -> Iterator[Statement]:
    """Every code leaves with its system, and every code of the supplier's own comes with its meaning.

    Meanings stand under ``code-systems`` of the dictionary, or in a CodeSystem of the export. Systems of those who
    publish what their codes mean (HL7, SNOMED, LOINC, the NHS Data Dictionary …) need none: those that begin as
    ``published`` or ``also`` say, in the row of the profile.

    Good: ``{"system": "https://supplier.example/ward", "code": "W7"}``, and W7 is in the dictionary.
    Bad: the same without the entry; or a code without a system.
    """
    scan, view = ev.scan(_codes(p)), ev.record(DICTIONARY)
    if not isinstance(scan.state, Coded) or not scan.state.examined:
        yield (
            scan.undecided("the codes of the export")
            if scan.shortfalls
            else Undecided(reason=Reason.NO_DATA, message="the export holds no code", evidence=scan.evidence)
        )
        return
    state = scan.state
    if state.without_system:
        yield Finding(
            message=f"{state.without_system} codes of the export have no system.",
            expected="Coding.system beside each code",
            actual="a code alone, whose meaning is lost",
            place=state.places.items[0],
            evidence=scan.evidence,
            count=state.without_system,
            examples=tuple(state.places.items),
        )
    known = set(state.defined)
    for one in dictionaries(view):
        for system, codes in one.facts.get("codes", {}).items():
            known |= {(str(system), str(code)) for code in codes}
    unknown: dict[str, int] = {}
    for system, _ in state.local - known:
        unknown[system] = unknown.get(system, 0) + 1
    if state.cut:
        yield Undecided(reason=Reason.BUDGET, message=f"the export has more than {_MOST_PAIRS} codes of its own")
    elif unknown and (why := unread(ev, view)):
        yield why
    else:
        for system, count in sorted(unknown.items()):
            yield Finding(
                message=f"{count} codes of a system of the supplier's own are explained nowhere.",
                expected="each code with its meaning under 'code-systems' of the dictionary, or in a CodeSystem",
                actual="no entry",
                place=system,
                evidence=scan.evidence,
                count=count,
            )
    yield Examined(what=f"{state.examined} codes of the export", evidence=scan.evidence, count=state.examined)


def _concepts(found: Any) -> Iterator[str]:
    waiting = [found]
    while waiting:
        listed = waiting.pop()
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict):
                if isinstance(one.get("code"), str):
                    yield one["code"]
                waiting.append(one.get("concept"))


def _digest(system: str, code: str) -> str:
    """As the reader of dictionaries makes it."""
    return hashlib.sha256(f"{system}|{code}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
