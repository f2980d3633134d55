"""The plan: an upper bound on all that a run may do, known before the first request.

Discovery narrows it and never widens it. The plan is pure: profile and supplier in, plan out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from checker.errors import CheckerFault
from checker.model.need import AtMost, Budget, CheckNeed, Need, ScanNeed
from checker.model.record import Shortfall
from checker.model.registry import ProbeSpec, Registry, read_params
from checker.model.requirement import CheckUse, ConditionUse, Profile, Requirement, Settings
from checker.model.supplier import Limits, Supplier
from checker.model.terms import Reason, Safety


@dataclass(frozen=True, kw_only=True)
class PlannedProbe:
    """One probe instance, or ``times`` instances of which only the pattern is known."""

    need: Need
    spec: ProbeSpec
    times: int
    budget: Budget
    requirements: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that may be gathered for a profile, and what had to be left out and why."""

    profile: Profile
    probes: tuple[PlannedProbe, ...]
    roots: tuple[Need, ...]
    """Needs of the requirements themselves, first needed first."""
    scans: tuple[ScanNeed, ...]
    left_out: Mapping[str, Shortfall]
    """Key of a need → why it is not in the plan."""
    needs: Mapping[str, tuple[CheckNeed, ...]]
    """Requirement id → needs of its check."""
    condition_needs: Mapping[str, tuple[Need, ...]]
    """Requirement id → needs of its condition."""
    total: Budget
    limits: Limits

    @property
    def max_requests(self) -> int:
        """The most HTTP requests, with every retry, redirect and token. The run is held to it."""
        tries = (1 + self.limits.redirects) * (1 + self.limits.retries)
        tokens = self.total.requests  # at worst a token lives for one request only
        return min(self.total.requests * tries + tokens, self.limits.max_requests)

    @property
    def max_sent(self) -> int:
        """Requests and connections together: what the ledger of the run lets through at the most.

        A handshake whose certificate does not verify takes two more, to tell why and to see the chain.
        """
        return min(self.max_requests + 3 * self.total.handshakes, self.limits.max_requests)

    @property
    def fits(self) -> bool:
        """Can all that is planned be sent? Where not, what is sent first must not depend on what is answered first."""
        return self.total.requests + self.total.handshakes <= self.limits.max_requests

    @property
    def duration_s(self) -> float:
        """How long the planned requests and connections take at the set rate, in seconds."""
        return (self.total.requests + self.total.handshakes) / self.limits.requests_per_s


BOTH_MARKERS = Budget(requests=2, handshakes=2)
"""What the start and the end of a run take: see ``run.marker``."""


FETCHES_TOKENS = frozenset({"client-credentials", "private-key-jwt"})
"""The kinds of identity that ask for a token first."""


def asks_the_endpoint(supplier: Supplier, limits: Limits) -> bool:
    """Is there an endpoint, and may anything be sent? At safety class S0 nothing is."""
    return bool(supplier.base_url) and limits.ceiling >= Safety.S1


def beside_the_probes(supplier: Supplier, limits: Limits) -> Budget:
    """What a run sends besides its probes: the markers of its start and end, and a token for each identity."""
    if not asks_the_endpoint(supplier, limits):
        return Budget()
    tokens = sum(identity.kind in FETCHES_TOKENS for identity in supplier.identities)
    return BOTH_MARKERS + Budget(requests=tokens)


_RECORDS = frozenset({"read", "vread", "search", "page", "history"})
"""Interactions whose answers hold records."""


@dataclass
class _Draft:
    """The plan while it is being made."""

    registry: Registry
    supplier: Supplier
    limits: Limits
    probes: dict[str, PlannedProbe] = field(default_factory=dict)
    left_out: dict[str, Shortfall] = field(default_factory=dict)

    def add(self, need: Need, times: int, requirement: str, path: tuple[str, ...] = ()) -> Shortfall | None:
        """Take a need and all that it uses in. Returns why it cannot be, if it cannot."""
        if need.key in path:
            raise CheckerFault(
                "A probe needs itself.", where=" → ".join((*path, need.key)), next_step="Report this fault."
            )
        spec = self.registry.probes.get(need.probe)
        if spec is None:
            raise CheckerFault(
                f"No probe is called {need.probe!r}.",
                where=f"requirement {requirement}",
                next_step="Report this fault.",
            )
        obstacle = self._obstacle(need, spec)
        for use in () if obstacle else spec.uses(need.params):
            inner, count = (use.need, use.times) if isinstance(use, AtMost) else (use, 1)
            found = self.add(inner, times * count if isinstance(use, AtMost) else times, requirement, (*path, need.key))
            if found and not inner.optional:
                obstacle = found
                break
        known = self.probes.get(need.key)
        obstacle = obstacle or (self._one_too_many(spec.budget(need.params).times(times)) if known is None else None)
        if obstacle:
            self.left_out[need.key] = obstacle
            return obstacle
        asked_by = (*known.requirements, requirement) if known else (requirement,)
        count = max(times, known.times if known else 1)
        self.probes[need.key] = PlannedProbe(
            need=need,
            spec=spec,
            times=count,
            budget=spec.budget(need.params).times(count),
            requirements=tuple(dict.fromkeys(asked_by)),
        )
        return None

    def _one_too_many(self, more: Budget) -> Shortfall | None:
        """Whether the run would send more wrong credentials than it may."""
        if not more.wrong_tokens and not more.wrong_proofs:
            return None
        planned = sum((one.budget for one in self.probes.values()), more)
        most = self.limits.wrong_credentials
        for sent, adds, where in (
            (planned.wrong_tokens, more.wrong_tokens, "the interface"),
            (planned.wrong_proofs, more.wrong_proofs, "the authorisation server"),
        ):
            if adds and sent > most:
                message = (
                    f"at most {most} requests with a wrong credential go to {where}, since some systems lock out who"
                )
                why = f"{message} is refused too often (wrong-credentials under [limits] of supplier.toml)"
                return Shortfall(reason=Reason.BUDGET, message=why)
        return None

    def _obstacle(self, need: Need, spec: ProbeSpec) -> Shortfall | None:
        if spec.safety > self.limits.ceiling:
            return Shortfall(
                reason=Reason.UNSAFE,
                message=f"it takes requests of safety class {spec.safety}, and this run allows {self.limits.ceiling} "
                f"(--safety {spec.safety}, with [authority] in supplier.toml)",
            )
        budget = spec.budget(need.params)
        if (budget.requests or budget.handshakes) and not (self.supplier.base_url or spec.elsewhere):
            return Shortfall(reason=Reason.NO_DATA, message="no FHIR endpoint is given (base-url)")
        for name in spec.identities(need.params):
            if name not in ("", "default") and not self.supplier.has_identity(name):
                return Shortfall(reason=Reason.AUTH, message=f"no identity called {name!r} is configured")
        return None


def make_plan(profile: Profile, supplier: Supplier, registry: Registry, limits: Limits) -> Plan:
    """The plan of a profile for a supplier. Pure. Raises ``CheckerFault`` for broken plug-ins."""
    draft = _Draft(registry, supplier, limits)
    roots: dict[str, Need] = {}
    scans: dict[str, ScanNeed] = {}
    needs: dict[str, tuple[CheckNeed, ...]] = {}
    condition_needs: dict[str, tuple[Need, ...]] = {}
    for row in profile.requirements:
        if row.applies_when is not None:
            condition_needs[row.id] = needs_of_condition(row.applies_when, registry, profile.settings)
            for need in condition_needs[row.id]:
                draft.add(need, 1, row.id)
                roots.setdefault(need.key, need)
        asked = () if row.check is None else needs_of_check(row.check, registry, profile.settings)
        asked = tuple(bound(need, registry, supplier) if isinstance(need, ScanNeed) else need for need in asked)
        needs[row.id] = asked
        for wanted in asked:
            if isinstance(wanted, Need):
                draft.add(wanted, 1, row.id)
                roots.setdefault(wanted.key, wanted)
    asks = any(_RECORDS.intersection(planned.spec.interactions) for planned in draft.probes.values())
    for name, asked in needs.items():
        needs[name] = _that_can_be(asked, exchanges=asks)
        scans |= {need.key: need for need in needs[name] if isinstance(need, ScanNeed) and need.key not in scans}
    for scan in scans.values():
        if scan.over != "exchanges" and not supplier.artefacts_of(scan.over):
            draft.left_out[scan.key] = Shortfall(
                reason=Reason.NO_DATA, message=f"no artefact of kind {scan.over!r} was submitted"
            )
    total = beside_the_probes(supplier, limits)
    for planned in draft.probes.values():
        total = total + planned.budget
    return Plan(
        profile=profile,
        probes=tuple(draft.probes.values()),
        roots=tuple(need for need in roots.values() if need.key in draft.probes),
        scans=tuple(scan for scan in scans.values() if scan.key not in draft.left_out),
        left_out=draft.left_out,
        needs=needs,
        condition_needs=condition_needs,
        total=total,
        limits=limits,
    )


def bound(need: ScanNeed, registry: Registry, supplier: Supplier) -> ScanNeed:
    """A scan's need with what the scan takes from the supplier. Pure; binding again changes nothing."""
    params = registry.scans[need.scan].bound(need.params, supplier)
    return msgspec.structs.replace(need, params=params)


def _that_can_be(needs: tuple[CheckNeed, ...], *, exchanges: bool) -> tuple[CheckNeed, ...]:
    """Where nobody is asked for records, no exchange holds one: files are then all there is to scan."""
    if exchanges or not any(isinstance(need, ScanNeed) and need.over != "exchanges" for need in needs):
        return needs
    return tuple(need for need in needs if not (isinstance(need, ScanNeed) and need.over == "exchanges"))


def needs_of_check(use: CheckUse, registry: Registry, settings: Settings) -> tuple[CheckNeed, ...]:
    """What a check or scan, with its parameters, needs."""
    scan = registry.scans.get(use.check)
    if scan is not None:
        params = read_params(scan.params_type, use.params)
        return tuple(ScanNeed(scan=use.check, params=params, over=over) for over in use.over or ("export",))
    spec = registry.checks[use.check]
    return tuple(spec.needs(read_params(spec.params_type, use.params), settings))


def needs_of_condition(use: ConditionUse, registry: Registry, settings: Settings) -> tuple[Need, ...]:
    """What a condition, with its parameters, needs."""
    spec = registry.conditions[use.condition]
    return tuple(spec.needs(read_params(spec.params_type, use.params), settings))


def closure(needs: Iterable[Need], registry: Registry) -> dict[str, Need]:
    """The needs and all that they use, by key; fan-out patterns included."""
    found: dict[str, Need] = {}
    queue = list(needs)
    while queue:
        need = queue.pop()
        if need.key in found:
            continue
        found[need.key] = need
        spec = registry.probes.get(need.probe)
        if spec is not None:
            queue += [use.need if isinstance(use, AtMost) else use for use in spec.uses(need.params)]
    return found


def safety_of(check: CheckUse | None, condition: ConditionUse | None, settings: Settings, registry: Registry) -> Safety:
    """The highest safety class that deciding a requirement takes. Pure; used when linking.

    What is optional it does not take: a run below that class does without.
    """
    needs: list[Need] = []
    if check is not None:
        for wanted in needs_of_check(check, registry, settings):
            if isinstance(wanted, Need) and not wanted.optional:
                needs.append(wanted)
    if condition is not None:
        needs += needs_of_condition(condition, registry, settings)
    classes = [registry.probes[n.probe].safety for n in closure(needs, registry).values() if n.probe in registry.probes]
    return max(classes, default=Safety.S0)


def planned_interactions(rows: Iterable[Requirement], plan: Plan, registry: Registry) -> frozenset[str]:
    """The interaction kinds that the probes of these requirements may send."""
    needs = [need for row in rows for need in plan.needs[row.id] if isinstance(need, Need)]
    inside = (need for key, need in closure(needs, registry).items() if key not in plan.left_out)
    return frozenset(kind for need in inside for kind in registry.probes[need.probe].interactions)
