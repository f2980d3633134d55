"""A probe of all that a CapabilityStatement claims and that is safe to ask: by reading alone.

Source: http://hl7.org/fhir/R4/capabilitystatement-definitions.html.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from checker.fhir import bundle, statement
from checker.model.asked import Claims
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.view import Exchange
from checker.probes.fhir import get

T = TypeVar("T")

OF_A_RESOURCE = 4
"""Requests for the history of a type and for what is claimed of one of its resources, at most."""
_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())
_ABSENT = {
    "token": "no-such-code-9f6c2d",
    "string": "zzqx-no-such-text-9f6c2d",
    "date": "1500-01-01",
    "reference": "no-such-id-9f6c2d",
    "number": "987654321.125",
    "quantity": "987654321.125",
    "uri": "urn:uuid:9f6c2d00-0000-4000-8000-00000000f6c2",
}
"""Type of a search parameter → a well-formed value that no record has. A date, so early that no period with a
beginning holds it, and one without a beginning is not held by it."""
_COMMON = {"_id": "token", "_lastUpdated": "date"}
_BY_SOUND = frozenset({"phonetic"})
"""Parameters by which an impossible value may find somebody after all."""


def absent_value(name: str, kind: str) -> str:
    """A well-formed value for a search parameter that no record has; "" where there is none to be sure of."""
    if name in _BY_SOUND or (name.startswith("_") and name not in _COMMON):
        return ""
    return _ABSENT.get(_COMMON.get(name, kind), "")


class _Asker:
    """Asks until the requests are used up, and remembers what was left out.

    What is asked for has names that the statement chose, ``path`` and ``role`` among them.
    """

    def __init__(self, s: Session, room: int) -> None:
        self._s, self._room = s, room
        self.left_out: list[str] = []

    async def ask(self, path: str, role: str, interaction: str, /, **query: str) -> Exchange | None:
        """The answer; None when there was no room for the request."""
        if self._room < 1:
            self.left_out.append(role)
            return None
        self._room -= 1
        return await self._s.send(get(self._s.url(path, **query)), role, interaction=interaction)

    async def each(self, steps: Sequence[Coroutine[Any, Any, T]], most: int) -> list[T]:
        """Take steps that ask for ``most`` together; at once, where nothing of what there is room for depends on it."""
        if most <= self._room:
            return list(await self._s.together(steps))
        return [await step for step in steps]


@probe(
    "fhir.claims",
    "1",
    params=Claims,
    uses=lambda p: (_CAPABILITIES,),
    budget=lambda p: Budget(requests=p.requests),
    interactions=("search", "read", "vread", "history"),
)
async def claims(s: Session, p: Claims) -> None:
    """Ask for each claim once: searches, reads, versions, histories, search parameters, includes.

    A parameter is asked for with a value that no record has: who filters by it finds nothing, who ignores it finds
    what the search without it finds. So parameters and includes are not asked for where that search finds nothing,
    and the histories of such types come last: a statement may name every type of FHIR. Types that are not claimed and
    that care depends on are searched as well. Roles: ``<what> <type>[ <name>]``.
    """
    stated = await s.need(_CAPABILITIES)
    exchange = stated.exchange("metadata")
    said = exchange.json().value if exchange is not None and exchange.ok else None
    claimed = statement.interactions(said)
    if not claimed:
        s.short(Reason.NO_DATA, "the CapabilityStatement claims nothing of any resource type")
        return
    asker = _Asker(s, p.requests)
    searching = [name for name, codes in claimed.items() if "search-type" in codes]
    both = [*searching, *(name for name in statement.CARE_FIRST if name not in claimed)]
    found = dict(zip(both, await asker.each([_searched(asker, name) for name in both], len(both)), strict=True))
    searched = {name: found[name] for name in searching}
    empty = {name for name, one in searched.items() if finds_nothing(one, name)}
    steps = [_instance(asker, name, codes, searched.get(name)) for name, codes in claimed.items() if name not in empty]
    alone = [one for name in searched if name not in empty for one in _parameters(said, name)]
    most = OF_A_RESOURCE * len(steps) + len(alone)
    await asker.each([*steps, *(_alone(asker, *one) for one in alone)], most)
    last = sorted(empty, key=list(claimed).index)
    await asker.each([_instance(asker, name, claimed[name], None) for name in last], len(last))
    s.note("left-out", asker.left_out)


def finds_nothing(searched: Exchange | None, name: str) -> bool:
    """Was a search answered, and with no match of the type? What was not answered may hold some."""
    if searched is None or not searched.ok or searched.lost:
        return False
    page = searched.json()
    return page.resource_type == "Bundle" and next(bundle.matches(page.value, name), None) is None


async def _searched(asker: _Asker, name: str) -> Exchange | None:
    return await asker.ask(name, f"search {name}", "search", _count="5")


async def _instance(asker: _Asker, name: str, codes: frozenset[str], searched: Exchange | None) -> None:
    """Ask of the first resource that a search found what is claimed of single ones, and for the history of the type."""
    page = searched.json().value if searched is not None and searched.ok else None
    one = next((each for _, each in bundle.matches(page, name) if bundle.is_id(each.get("id"))), None)
    if "history-type" in codes:
        await asker.ask(f"{name}/_history", f"history-type {name}", "history", _count="5")
    if one is None:
        return
    place = f"{name}/{one['id']}"
    if "read" in codes:
        await asker.ask(place, f"read {name}", "read")
    if "history-instance" in codes:
        await asker.ask(f"{place}/_history", f"history-instance {name}", "history", _count="5")
    version = bundle.version_id(one)
    if "vread" in codes and bundle.is_id(version):
        await asker.ask(f"{place}/_history/{version}", f"vread {name}", "vread")


def _parameters(said: Any, name: str) -> list[tuple[str, str, dict[str, str]]]:
    """Each parameter and include that is claimed of a type: the type, the role, and what to ask with."""
    found = []
    for parameter, kind in statement.typed_parameters(said, name).items():
        value = absent_value(parameter, kind)
        if value:
            found.append((name, f"parameter {name} {parameter}", {parameter: value}))
    return found + [(name, f"include {name} {one}", {"_include": one}) for one in statement.includes(said, name)]


async def _alone(asker: _Asker, name: str, role: str, query: dict[str, str]) -> None:
    """A search by one parameter or include."""
    await asker.ask(name, role, "search", **query, _count="5")
