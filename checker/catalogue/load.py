"""Load a profile: found, parsed, checked against its schema, put together, linked."""

from __future__ import annotations

from checker.catalogue.assemble import assemble
from checker.catalogue.library import Library
from checker.catalogue.link import Linker, SafetyOf, settings_of
from checker.catalogue.rows import Assembled
from checker.errors import ProfileFault
from checker.model.registry import Registry
from checker.model.requirement import ConditionUse, Layer, Profile, Requirement

__all__ = ["Library", "SafetyOf", "load_profile"]


def load_profile(name_or_path: str, registry: Registry, library: Library, *, safety_of: SafetyOf) -> Profile:
    """The linked profile of that id, or at that path. Raises ``ProfileFault``.

    ``safety_of`` says which safety class deciding a check takes; the planner has it.
    """
    found = assemble(library, library.find(name_or_path))
    _no_id_of_ours(found, library)
    _requires_lead_somewhere(found)
    settings = settings_of(found)
    linker = Linker(registry, settings, safety_of, found)
    requirements = tuple(linker.requirement(row) for row in found.rows.values())
    expects = tuple(linker.condition_use(given, f"{at.source}:{at.line}") for given, at in found.expects)
    top = library.read(library.find(name_or_path)).source
    own = [(use, at) for use, (_, at) in zip(expects, found.expects, strict=True) if at.source == top]
    _expectations_are_of_use(requirements, own)
    if not requirements:
        raise ProfileFault(
            f"the profile {found.id} demands nothing: no requirement is left in it",
            where=library.find(name_or_path).label,
            next_step="Give it requirements, or include a profile.",
        )
    return Profile(
        id=found.id,
        version=found.version,
        title=found.title,
        requirements=requirements,
        settings=settings,
        expects=_unique(expects),
        includes=tuple(found.includes),
        changes=tuple(found.changes),
        gate_scope=found.gate_scope,
        decision=found.decision,  # type: ignore[arg-type]  # the schema let no other word through
        policy_rows=found.policy_rows,  # type: ignore[arg-type]  # likewise
        origins={row.id: dict(row.layers) for row in found.rows.values()},
    )


def _expectations_are_of_use(requirements: tuple[Requirement, ...], own: list[tuple[ConditionUse, Layer]]) -> None:
    """An expectation that no requirement asks for expects nothing: a slip of the pen would go unseen.

    Those of included profiles may belong to rows that were left out, and are let pass.
    """
    asked = {row.applies_when.key for row in requirements if row.applies_when is not None}
    for use, at in own:
        if use.key not in asked:
            raise ProfileFault(
                f"no requirement of this profile applies only when {use.condition} {use.params}",
                where=f"{at.source}:{at.line}",
                next_step="Write condition and parameters as the requirement's 'applies-when' does, or leave it out.",
            )


def _unique(conditions: tuple[ConditionUse, ...]) -> tuple[ConditionUse, ...]:
    return tuple({condition.key: condition for condition in conditions}.values())


def _no_id_of_ours(found: Assembled, library: Library) -> None:
    """An id of the ledger stands for one requirement, for ever: others may include it, not re-use it."""
    for row in found.rows.values():
        entry = library.ledger.get(row.id)
        if entry is None or (row.ours and row.profile == entry.profile and not entry.withdrawn):
            continue
        gone = f", withdrawn in {entry.withdrawn}" if entry.withdrawn else ""
        raise ProfileFault(
            f"the id {row.id} already belongs to a requirement of {entry.profile}{gone}",
            where=row.where,
            next_step=f"Include {entry.profile!r} to use that requirement, or choose an id of your own.",
        )


def _requires_lead_somewhere(found: Assembled) -> None:
    """Every required id exists, and no requirement waits for itself."""
    excluded = {change.requirement for change in found.changes if change.verb == "exclude"}
    for row in found.rows.values():
        for name in row.data.get("requires", ()):
            if name in found.rows:
                continue
            gone = name in excluded
            what = f"{row.id} requires {name}, which " + ("is excluded" if gone else "is not in this profile")
            next_step = f"Exclude {row.id} too, or keep {name}." if gone else _include_too(row.id, name)
            raise ProfileFault(what, where=row.place("requires"), next_step=next_step)
    done: set[str] = set()
    for start in found.rows:
        _walk(found, start, [], done)


def _walk(found: Assembled, name: str, path: list[str], done: set[str]) -> None:
    """Depth first, without recursion into what is done: a circle is a fault."""
    if name in done:
        return
    if name in path:
        circle = " → ".join([*path[path.index(name) :], name])
        raise ProfileFault(
            f"requirements wait for each other in a circle: {circle}",
            where=found.rows[name].place("requires"),
            next_step="Remove one of these 'requires'.",
        )
    for other in found.rows[name].data.get("requires", ()):
        _walk(found, other, [*path, name], done)
    done.add(name)


def _include_too(id: str, name: str) -> str:
    return f"Include {name} too (by a tag that it carries, or the whole profile), or exclude {id}."
