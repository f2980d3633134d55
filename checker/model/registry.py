"""The specifications of probes, checks, conditions and scans, and the registry that finds them.

The decorators return a specification, not the function: a module's specifications are collected
by :func:`Registry.of_modules`. There is no global list, so a plug-in cannot change a built-in.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Generic, TypeVar

import msgspec

from checker.model.need import Budget, CheckNeed, Need, Use
from checker.model.requirement import Settings
from checker.model.scan import Scan
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams, Params
from checker.model.verdict import Statement
from checker.model.view import EvidenceView

ParamsT = TypeVar("ParamsT", bound=Params)
T = TypeVar("T")

_ONE_REQUEST = Budget(requests=1)


@dataclass(frozen=True, kw_only=True)
class ProbeSpec:
    """A registered probe. ``uses`` and ``budget`` are functions of the parameters."""

    id: str
    version: str
    params_type: type[Params]
    uses: Callable[[Any], Iterable[Use]]
    budget: Callable[[Any], Budget]
    safety: Safety
    interactions: tuple[str, ...]
    """Interaction kinds that it may send: what passive checks plan their coverage by."""
    identities: Callable[[Any], tuple[str, ...]]
    gather: Callable[[Session, Any], Awaitable[None]]
    explain: str
    alone: bool = False
    """It looks at what the requests before it left behind: nothing else is under way, and nothing was sent early."""
    elsewhere: bool = False
    """What it asks is not the endpoint, and it needs none."""


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """A registered check: a pure function from evidence and parameters to statements."""

    id: str
    params_type: type[Params]
    needs: Callable[[Any, Settings], Iterable[CheckNeed]]
    judge: Callable[[EvidenceView, Any], Iterable[Statement]]
    source: str
    explain: str


@dataclass(frozen=True, kw_only=True)
class ConditionSpec:
    """A registered condition. ``claim``: it rests on the supplier's own word."""

    id: str
    params_type: type[Params]
    needs: Callable[[Any, Settings], Iterable[Need]]
    applies: Callable[[EvidenceView, Any], bool | None]
    claim: bool
    explain: str


def probe(
    id: str,
    version: str,
    *,
    params: type[Params] = NoParams,
    uses: Callable[[Any], Iterable[Use]] = lambda p: (),
    budget: Callable[[Any], Budget] = lambda p: _ONE_REQUEST,
    safety: Safety = Safety.S1,
    interactions: tuple[str, ...] = (),
    identities: Callable[[Any], tuple[str, ...]] = lambda p: ("default",),
    alone: bool = False,
    elsewhere: bool = False,
) -> Callable[[Callable[[Session, Any], Awaitable[None]]], ProbeSpec]:
    """Register an I/O procedure. It returns nothing: its record is the result."""

    def register(function: Callable[[Session, Any], Awaitable[None]]) -> ProbeSpec:
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"probe {id}: gather must be 'async def'")
        return ProbeSpec(
            id=id,
            version=version,
            params_type=params,
            uses=uses,
            budget=budget,
            safety=safety,
            interactions=interactions,
            identities=identities,
            gather=function,
            explain=_explain(function, id),
            alone=alone,
            elsewhere=elsewhere,
        )

    return register


def check(
    id: str,
    *,
    params: type[Params] = NoParams,
    needs: Callable[[Any, Settings], Iterable[CheckNeed]],
    source: str,
) -> Callable[[Callable[[EvidenceView, Any], Iterable[Statement]]], CheckSpec]:
    """Register a check. Its docstring is its ``explain`` page."""

    def register(function: Callable[[EvidenceView, Any], Iterable[Statement]]) -> CheckSpec:
        return CheckSpec(
            id=id, params_type=params, needs=needs, judge=function, source=source, explain=_explain(function, id)
        )

    return register


def condition(
    id: str,
    *,
    params: type[Params] = NoParams,
    needs: Callable[[Any, Settings], Iterable[Need]],
    claim: bool,
) -> Callable[[Callable[[EvidenceView, Any], bool | None]], ConditionSpec]:
    """Register a condition: true, false, or None when it cannot be known."""

    def register(function: Callable[[EvidenceView, Any], bool | None]) -> ConditionSpec:
        return ConditionSpec(
            id=id, params_type=params, needs=needs, applies=function, claim=claim, explain=_explain(function, id)
        )

    return register


def _explain(function: Callable[..., Any], id: str) -> str:
    text = inspect.getdoc(function)
    if not text:
        raise TypeError(f"{id}: a docstring is required, it is the explain page")
    return text


class Shelf(Generic[T]):
    """Specifications of one sort by id."""

    def __init__(self, sort: str, items: Iterable[tuple[str, T]]) -> None:
        self.sort = sort
        self._items: dict[str, T] = {}
        for name, item in items:
            if name in self._items:
                raise ValueError(f"two {sort}s are called {name!r}: ids are unique and never re-used")
            self._items[name] = item

    def get(self, name: str) -> T | None:
        """The specification of that id, or None."""
        return self._items.get(name)

    def __getitem__(self, name: str) -> T:
        """The specification of that id; KeyError if there is none (a fault after linking)."""
        return self._items[name]

    def __contains__(self, name: str) -> bool:
        """Is there one of that id?"""
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        """The ids, sorted."""
        return iter(sorted(self._items))

    def nearest(self, name: str) -> str | None:
        """The id most like ``name``, for messages."""
        close = difflib.get_close_matches(name, list(self._items), n=1, cutoff=0.5)
        return close[0] if close else None


@dataclass(frozen=True)
class Registry:
    """All that is known by name in this run."""

    probes: Shelf[ProbeSpec]
    checks: Shelf[CheckSpec]
    conditions: Shelf[ConditionSpec]
    scans: Shelf[Scan[Any, Any]]
    modules: tuple[str, ...] = field(default=())

    @staticmethod
    def of_modules(modules: Iterable[ModuleType]) -> Registry:
        """Collect the specifications that stand at the top level of the modules."""
        probes: list[tuple[str, ProbeSpec]] = []
        checks: list[tuple[str, CheckSpec]] = []
        conditions: list[tuple[str, ConditionSpec]] = []
        scans: list[tuple[str, Scan[Any, Any]]] = []
        seen: set[int] = set()
        names: list[str] = []
        for module in modules:
            names.append(module.__name__)
            for item in vars(module).values():
                if id(item) in seen:
                    continue
                seen.add(id(item))
                if isinstance(item, ProbeSpec):
                    probes.append((item.id, item))
                elif isinstance(item, CheckSpec):
                    checks.append((item.id, item))
                elif isinstance(item, ConditionSpec):
                    conditions.append((item.id, item))
                elif isinstance(item, Scan):
                    scans.append((item.id, item))
        return Registry(
            probes=Shelf("probe", probes),
            checks=Shelf("check", checks),
            conditions=Shelf("condition", conditions),
            scans=Shelf("scan", scans),
            modules=tuple(names),
        )


def read_params(params_type: type[ParamsT], given: Any) -> ParamsT:
    """Parameters from plain values. Raises ``msgspec.ValidationError`` with the place."""
    return msgspec.convert(given, type=params_type)
