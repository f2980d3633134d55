"""From rows to requirements: every name must exist, every parameter must fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from checker.catalogue.document import advice
from checker.catalogue.overlay import STRENGTH, strength_of_verb
from checker.catalogue.rows import Assembled, Row
from checker.errors import ProfileFault
from checker.model.registry import Registry, read_params
from checker.model.requirement import (
    AttestationUse,
    CheckUse,
    Clause,
    ConditionUse,
    Layer,
    NotTested,
    Requirement,
    Settings,
)
from checker.model.terms import Basis, DutyHolder, Obligation, Safety, Waivable
from checker.model.value import Params

SafetyOf = Callable[[CheckUse, ConditionUse | None, Settings], Safety]
"""The highest safety class that deciding a requirement takes: the planner knows."""


_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]*)`")
_PLACE = re.compile(r" - at `\$\.?([^`]*)`")


class Linker:
    """Links the rows of one profile against one registry."""

    def __init__(self, registry: Registry, settings: Settings, safety_of: SafetyOf, found: Assembled) -> None:
        self._registry = registry
        self._settings = settings
        self._safety_of = safety_of
        self._tender = found.decision == "tender"
        self._advisory = found.policy_rows == "advisory"

    def requirement(self, row: Row) -> Requirement:
        """The linked requirement of a row. Raises ``ProfileFault``."""
        data = row.data
        _verb_carries(row)
        use = self.check_use(row) if "check" in data else None
        given = data.get("applies-when")
        condition = self.condition_use(given, row.place("applies-when")) if given else None
        return Requirement(
            id=row.id,
            obligation=Obligation(data["obligation"]),
            verb=data["verb"],
            basis=Basis(data["basis"]),
            duty_holder=DutyHolder(data.get("duty-holder", DutyHolder.SUPPLIER)),
            clause=Clause(**data["clause"]),
            summary=data["summary"],
            rationale=data.get("rationale", ""),
            fix=data["fix"],
            confirmed=data.get("confirmed", False),
            draft=data.get("draft", False),
            core=data.get("core", False),
            applies_when=condition,
            requires=tuple(data.get("requires", ())),
            safety=self._safety_of(use, condition, self._settings) if use else Safety.S0,
            waivable=self._waivable(data),
            tags=tuple(data.get("tags", ())),
            check=use,
            attestation=_attestation(data.get("attestation")),
            not_tested=NotTested(reason=data["not-tested"]["reason"]) if "not-tested" in data else None,
            evidence_floor=data.get("evidence-floor", 0),
            advisory=self._advisory and data["basis"] == Basis.POLICY,
        )

    def _waivable(self, data: Mapping[str, Any]) -> Waivable:
        """Where a buyer decides, a supplier waives nothing."""
        said = Waivable(data.get("waivable", Waivable.SUPPLIER))
        return Waivable.BUYER if self._tender and said is Waivable.SUPPLIER else said

    def check_use(self, row: Row) -> CheckUse:
        """The check or scan of a row, its parameters read once to see that they fit."""
        name: str = row.data["check"]
        checks, scans = self._registry.checks, self._registry.scans
        check, scan = checks.get(name), scans.get(name)
        params = _underscored(row.data.get("with", {}))
        if check is None and scan is None:
            told = advice(name, [*checks, *scans], "check")
            raise ProfileFault(f"no check or scan is called {name!r}", where=row.place("check"), next_step=told)
        fits(
            check.params_type if check else type_of(scan),
            params,
            name,
            lambda key: row.place(f"with.{key}" if "with" in row.data else "check"),
        )
        if scan is not None:
            return CheckUse(check=name, params=params, over=tuple(row.data.get("over", ("export",))))
        if "over" in row.data:
            raise ProfileFault(
                f"{name!r} is a check, not a scan, so it has no 'over'",
                where=row.place("over"),
                next_step="Remove 'over': it says which sources a scan looks at.",
            )
        return CheckUse(check=name, params=params)

    def condition_use(self, given: Mapping[str, Any], where: str) -> ConditionUse:
        """A condition with parameters that fit."""
        name: str = given["condition"]
        found = self._registry.conditions.get(name)
        if found is None:
            told = advice(name, self._registry.conditions, "condition")
            raise ProfileFault(f"no condition is called {name!r}", where=where, next_step=told)
        params = _underscored(given.get("with", {}))
        fits(found.params_type, params, name, lambda key: where)
        return ConditionUse(condition=name, params=params)


def type_of(scan: Any) -> type[Params]:
    """The parameters' type of a scan."""
    found: type[Params] = scan.params_type
    return found


def fits(params_type: type[Params], params: dict[str, Any], name: str, place: Callable[[str], str]) -> None:
    """Raise ``ProfileFault`` unless the parameters fit. ``place``: key as written → ``file:line``."""
    try:
        read_params(params_type, params)
    except msgspec.ValidationError as error:
        told = str(error)
        fields = [one.replace("_", "-") for one in params_type.__struct_fields__]
        unknown = _UNKNOWN_FIELD.search(told)
        at = _PLACE.search(told)
        key = unknown.group(1) if unknown and not (at and at.group(1)) else at.group(1) if at else ""
        key = re.split(r"[.\[]", key)[0].replace("_", "-")
        if unknown:
            what = f"{name} has no parameter {unknown.group(1).replace('_', '-')!r}"
            raise ProfileFault(what, where=place(key), next_step=advice(key, fields, "parameter")) from None
        said = _PLACE.sub("", told) + (f" for {key!r}" if key else "")
        next_step = "Mend the value; text that looks like a number goes in quotes."
        raise ProfileFault(
            f"the parameters of {name} do not fit: {said}", where=place(key), next_step=next_step
        ) from None


def settings_of(found: Assembled) -> Settings:
    """The settings, typed. Raises ``ProfileFault``."""
    values = {name.replace("-", "_"): value for name, (value, _) in found.settings.items()}
    known = [name.replace("_", "-") for name in Settings.__struct_fields__]
    for name, (_, origin) in found.settings.items():
        if name not in known:
            where = f"{origin.source}:{origin.line}"
            raise ProfileFault(f"no setting is called {name!r}", where=where, next_step=advice(name, known, "setting"))
    try:
        return msgspec.convert(values, type=Settings)
    except msgspec.ValidationError as error:
        at = _PLACE.search(str(error))
        name = at.group(1).replace("_", "-") if at else ""
        origin = found.settings[name][1] if name in found.settings else Layer(source=found.id, line=1)
        what = f"the setting {name!r} does not fit: {_PLACE.sub('', str(error))}"
        where = f"{origin.source}:{origin.line}"
        raise ProfileFault(what, where=where, next_step="Write a value of that type.") from None


def _attestation(given: dict[str, Any] | None) -> AttestationUse | None:
    if given is None:
        return None
    roles = tuple(given.get("roles", ("supplier", "assessor")))
    return AttestationUse(statement=given["statement"], roles=roles)


def _underscored(params: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as fields are called: ``max-reads`` is ``max_reads``."""
    return {name.replace("-", "_"): value for name, value in params.items()}


def _verb_carries(row: Row) -> None:
    """A requirement that is stronger than its source's verb is policy, and must say so."""
    strength = strength_of_verb(row.data["verb"])
    obligation = Obligation(row.data["obligation"])
    if strength is None or row.data["basis"] in (Basis.POLICY, Basis.CONTRACT):
        return
    if STRENGTH[obligation] > STRENGTH[strength]:
        raise ProfileFault(
            f"{row.id} is a {obligation}, but its source only says {row.data['verb']!r}",
            where=row.place("obligation"),
            next_step=f"Make it a {strength}, or give it basis {Basis.POLICY}: policy of our own.",
        )
