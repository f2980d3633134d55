"""What the law restricts is left out of an export for others: no code of the declared list is in it."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from checker.checks.alike_nodes import ALIKE_CODINGS
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Fold, Look, Party, Seen
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided

_LISTED = "listed"


class WithheldParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``codes``: ``system|code`` of what is left out; taken from the supplier file (``[records] withheld-codes``)."""

    codes: tuple[str, ...] = ()


class WithheldCodes(TalliedScan[WithheldParams], Fold[WithheldParams, Tallied]):
    """No resource of the export carries a code that the supplier declares as withheld.

    Records of gender recognition, adoption, assisted conception and sexual health are restricted by law. Which
    codes stand for them is the supplier's own list, in the supplier file; with a list the export is said to be
    filtered by it. Looked at is every ``coding``, in any resource and at any depth. Without a list nothing is decided.

    Good: no coding of the list. Bad: a Condition with one. No code is shown.
    """

    id: ClassVar[str] = "codes.withheld"
    params_type: ClassVar[type[Params]] = WithheldParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="coding"),)
    taken_with: ClassVar[Party | None] = ALIKE_CODINGS
    source: ClassVar[str] = "docs/policy.md#declared-codes-are-left-out"

    def bound(self, params: WithheldParams, supplier: Supplier) -> WithheldParams:
        """With the codes of the supplier file."""
        return msgspec.structs.replace(params, codes=tuple(sorted({*params.codes, *supplier.records.withheld_codes})))

    def step(self, state: Tallied, seen: Seen, params: WithheldParams) -> Tallied:
        """Examine one coding."""
        return self.steps(state, (seen,), params)

    def steps(self, state: Tallied, several: Sequence[Seen], params: WithheldParams) -> Tallied:
        """Examine the codings of one resource."""
        codes = params.codes
        coded = 0
        for seen in several:
            node = seen.node
            if not isinstance(node, dict) or not isinstance(node.get("code"), str):
                continue
            coded += 1
            if not codes:
                continue
            system = node.get("system")
            wanted = f"{system if isinstance(system, str) else ''}|{node['code']}"
            at = bisect.bisect_left(codes, wanted)  # sorted when bound
            if at < len(codes) and codes[at] == wanted:
                state.fault(_LISTED, seen.place)
        if coded:
            state.count(by=coded)
        return state

    def foretells(self, seen: Seen, params: WithheldParams) -> bool | None:
        """What is said of all codings with this system and code."""
        counted = self.steps(Tallied(), (seen,), params)
        return None if counted.faults else bool(counted.examined)

    def finish(self, state: Tallied, params: WithheldParams) -> Iterator[Statement]:
        """How many codings were compared with the list, and the finding."""
        if not params.codes:
            message = "no list of withheld codes is declared: give it under [records] withheld-codes"
            yield Undecided(reason=Reason.NO_DATA, message=message)
            return
        if state.examined:
            yield Examined(what=f"codings, against {len(params.codes)} withheld codes", count=state.examined)
        yield from findings(
            state,
            {_LISTED: Said("The export holds a code that is declared as withheld", "no code of the list", "one of it")},
        )


WITHHELD_CODES = WithheldCodes()
