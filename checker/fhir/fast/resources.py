"""Resources, wherever they stand: by what each is judged, and what is asked of a resource as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Structure
from checker.fhir.fast.asks import Asks
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Clean, Dirty, Told
from checker.fhir.fast.narrative import own_narrative_rule
from checker.fhir.fast.site import Site, site_of
from checker.fhir.validation import implied
from checker.fhir.validation.run import Run

_MOST_SITES = 1_000
_DEEPEST = 6

_ADVICE_ONLY = frozenset({"Observation"})
"""Resource types whose own rules are advice, which is off here."""

Judged = tuple[Any, Any, tuple[tuple[str, str], ...], str | None]
"""``get`` and ``made`` of the site; canonical and reason of the StructureDefinitions used; the type, where it has rules
of its own."""


class Resources:
    """The judge of resources: of each its type, its StructureDefinitions, and what it holds."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._sites: dict[Any, Judged] = {}
        self._plain: dict[Any, Judged] = {}
        self._meets: dict[tuple[str, int], Site] = {}

    def judge(self, o: Any, c: Clean, asked: tuple[str, ...] = ()) -> int:
        """Judge a resource; the number of names and texts in it."""
        kind = o["resourceType"]
        sign = _vital_sign(o) if kind == "Observation" else None
        if "meta" in o and "profile" in o["meta"]:
            profiles = o["meta"]["profile"]
            key = (kind, asked, sign, *profiles)
            judged = self._sites.get(key) or self._made(key, kind, profiles, asked, sign)
        elif sign is None and not asked:
            judged = self._plain.get(kind) or self._made(kind, kind, (), (), None)
        else:
            key = (kind, asked, sign)
            judged = self._sites.get(key) or self._made(key, kind, (), asked, sign)
        get, made, used, special = judged
        if special is None:
            n: int = (get(tuple(o)) or made(o))(o, c)
        else:
            n = self._around(o, c, get, made, special)
        if "contained" in o:
            self._contained(o, c)
        if used:
            c.uses += tuple([(canonical, why, o) for canonical, why in used])
        return n

    def _around(self, o: Any, c: Clean, get: Any, made: Any, special: str) -> int:
        """Judge a resource whose type has rules of its own."""
        if c.alone:
            raise Dirty(f"{special} has rules of its own")
        if special == "Bundle":
            if o is not c.root:
                raise Dirty("a Bundle within another resource")
            if o.get("type") == "message":
                raise Dirty("a message: a MessageDefinition may judge it")
            from checker.fhir.fast.bundle import Around

            c.around = Around(self._build, o)
        n: int = (get(tuple(o)) or made(o))(o, c)
        if special == "Bundle":
            c.around.check()
            take(c.around.run, c)
        else:
            self._special(o, c)
        return n

    def _made(self, key: Any, kind: Any, profiles: Any, asked: tuple[str, ...], sign: str | None) -> Judged:
        from checker.fhir.validation.literal import is_resource_type
        from checker.fhir.validation.special import SPECIALS

        build = self._build
        if kind.__class__ is not str or not is_resource_type(kind, build.definitions):
            raise Dirty("resource: type")
        if len(self._sites) >= _MOST_SITES:
            raise Dirty("too many StructureDefinitions")
        asks = Asks(build, None, kind)
        used: list[tuple[str, str]] = []
        structures = []
        by_themselves = [(sign, "vital-signs")] if sign is not None else []
        by_themselves += [(one, "implementation-guide") for one in implied.of_guides(build.definitions, kind)]
        for one, why in by_themselves:
            structure = build.structure(one)
            if structure is not None:
                structures.append(structure)
                used.append((structure.canonical, why))
        for canonical in profiles:
            structure = build.structure(canonical) if canonical.__class__ is str and canonical else None
            if structure is None:
                raise Dirty("meta.profile: not held")
            structures.append(structure)
            used.append((structure.canonical, "meta.profile"))
        for canonical in asked:
            structure = build.structure(canonical)
            if structure is None:
                raise Dirty("asked: not held")
            asks.add_structure(structure)
        for structure in structures:
            asks.add_structure(structure)
        if own_narrative_rule(build, tuple(asks.walkers), kind):
            raise Dirty("another dom-6")
        special = kind if kind == "Bundle" or (kind in SPECIALS and kind not in _ADVICE_ONLY) else None
        site = site_of(build, kind, None, asks)
        sites = self._plain if key is kind else self._sites
        judged = sites[key] = (site.get, site.made, tuple(used), special)
        return judged

    def inner(self, holder: str, name: str) -> Callable[[Any, Clean], int]:
        """The judge of resources within others: contained, of an entry of a FHIR Bundle."""
        contained = name == "contained"
        if not contained and (holder, name) != ("BackboneElement", "resource"):
            raise Dirty(f"{holder}.{name}: a resource")

        def judge(o: Any, c: Clean) -> int:
            if not contained and c.around is None:
                raise Dirty("a resource within Parameters")
            before = c.resource, c.outer, c.language, c.ids
            c.depth += 1
            if c.depth > _DEEPEST:
                raise Dirty("resources nested deep")
            c.resource, c.ids = o, None
            if not contained:
                c.outer = o
            c.language = _language(o)
            n = self.judge(o, c)
            c.resource, c.outer, c.language, c.ids = before
            c.depth -= 1
            return n

        return self._build.kept(("inner", contained), lambda: judge)  # type: ignore[no-any-return]

    def meets(self, target: dict[str, Any], structure: Structure, c: Clean) -> bool:
        """Whether a resource surely meets a StructureDefinition, whatever else is said of it. Raises ``Dirty``."""
        if c.trials is None:
            c.trials = {}
        key = (id(target), id(structure))
        if key in c.trials:
            return c.trials[key]
        c.trials[key] = True  # a circle that comes back takes it as good
        if len(c.trials) > 1_000_000:
            raise Dirty("too many trials")
        site = self._meets.get((structure.type, id(structure)))
        if site is None:
            asks = Asks(self._build, None, structure.type)
            asks.add_structure(structure)
            site = self._meets[structure.type, id(structure)] = site_of(self._build, structure.type, None, asks)
        raise Dirty("reference: StructureDefinition of the target")

    def _contained(self, o: dict[str, Any], c: Clean) -> None:
        """What ``validation.contained`` asks of the contained resources."""
        if c.outer is not o:
            raise Dirty("contained in contained")
        from checker.fhir.validation import contained

        inside = o["contained"]
        named, pointing = contained._local_references(o)
        ids = set()
        for one in inside:
            identity = one.get("id")
            if identity is None or identity in ids or "contained" in one:
                raise Dirty("contained: id")
            ids.add(identity)
            if identity not in named and id(one) not in pointing:
                raise Dirty("contained: orphan")
            meta = one.get("meta")
            if meta is not None and not meta.keys().isdisjoint(
                ("versionId", "lastUpdated", "_versionId", "_lastUpdated", "security")
            ):
                raise Dirty("contained: meta")

    def _special(self, o: dict[str, Any], c: Clean) -> None:
        """The rules that the explaining tier has for the type, by its own module."""
        from importlib import import_module

        from checker.fhir.instance import Tree
        from checker.fhir.validation import walk
        from checker.fhir.validation.resolver import IndexResolver
        from checker.fhir.validation.special import SPECIALS

        build = self._build
        if o is c.root:
            tree = Tree(o, build.definitions)
            run = Run(build.definitions, build.terminology, IndexResolver(tree), tree, build.options, walk.validate)
            node = tree.root
        elif c.around is not None and c.outer is o:
            run, node = c.around.run, c.around.node(o)
        else:
            raise Dirty(f"{o['resourceType']} has rules of its own")
        import_module(SPECIALS[o["resourceType"]]).check(run, node)
        if o is c.root:
            take(run, c)
        elif run.definition_problems or any(issue.is_error for issue, _ in run.issues):
            raise Dirty(f"{o['resourceType']}: its own rules")


def take(run: Run, c: Clean) -> None:
    """Keep what a run over the instance said. Raises ``Dirty`` for an error."""
    if run.definition_problems or any(issue.is_error for issue, _ in run.issues):
        raise Dirty("its own rules")
    own = len(run.tree.root.path)
    if run.issues:
        c.said.append((Told(tuple((issue, issue.path[own:], keys) for issue, keys in run.issues)), c.root, "", ()))
    c.told += tuple(run.not_verified)


_SIGN_OF = implied._BY_CODE
_SIGN_CODES = frozenset(code for _, code in _SIGN_OF)


def _vital_sign(o: Any) -> str | None:
    """The vital signs StructureDefinition that the codes of an Observation ask for."""
    try:
        (one,) = o["code"]["coding"]
        code = one["code"]
        if code not in _SIGN_CODES:
            return None
        found = _SIGN_OF.get((one["system"], code))
        return None if found is None else found[1]
    except (KeyError, ValueError):
        pass
    code = o.get("code")
    coding = code.get("coding") if code is not None else None
    if coding is None:
        return None
    signs = [sign for one in coding if (sign := _SIGN_OF.get((one.get("system"), one.get("code")))) is not None]
    return min(signs)[1] if signs else None


def _language(o: Any) -> str | None:
    found = o.get("language")
    return found if found.__class__ is str else None


language = _language
