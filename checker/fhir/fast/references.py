"""References and canonicals: the usual forms judged at the cost of a look-up, all others left to the explaining tier.

Outside a FHIR Bundle a reference is either local (``#id``) or leads out of sight; there only its form and the type
that it names count.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.fast.build import MOST_ANSWERS, Build
from checker.fhir.fast.clean import Clean, Dirty
from checker.fhir.forms.lexical import is_absolute
from checker.fhir.validation.literal import is_resource_type, restful, split_version
from checker.fhir.validation.targets import Targets, targets

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch


class Targeting:
    """What the elements that ask allow a reference to lead to, by resource type."""

    __slots__ = ("_build", "_known", "allowed")

    def __init__(self, build: Build, elements: tuple[Element, ...], kind: str) -> None:
        self._build = build
        self.allowed: tuple[Targets, ...] = tuple(targets(build.run, one, kind) for one in elements)
        self._known: dict[str, tuple[Structure, ...] | None] = {}

    def of(self, kind: str) -> tuple[tuple[Structure, ...], ...] | None:
        """For a type of target: the StructureDefinitions one of which it has to meet, for each that asks for one.

        None when the type is not allowed, or that can't be said.
        """
        asked = []
        for one in self.allowed:
            if one.open:
                continue
            if one.allows(kind, self._build.run) is not True:
                return None
            fitting = tuple(s for s in one.structures if self._build.is_a(kind, s.type))
            if not any(s.derivation != "constraint" for s in fitting):
                if one.unknown:
                    return None
                asked.append(fitting)
        return tuple(asked)


class Reference:
    """The judge of References under certain elements: called with the object and the context.

    It looks at the text of the reference itself; ``site`` judges all else that stands in the object. ``freely``: types
    to which a reference may lead out of sight.
    """

    __slots__ = ("_build", "_kinds", "_look", "_noted", "_plain", "_site", "_targeting", "freely")

    def __init__(self, build: Build, elements: tuple[Element, ...], site: Callable[[Any, Clean], int] | None) -> None:
        self._build = build
        self._site = site
        self._look = build.texts("string")[1]
        self._targeting = Targeting(build, elements, "Reference")
        self._noted = not build.options.assume_valid_references
        self._kinds: dict[str, tuple[tuple[Structure, ...], ...] | None] = {}
        self.freely: set[str] = set()
        self._plain = not any(
            kind.aggregation or kind.versioning not in (None, "either")
            for one in elements
            for kind in one.types
            if kind.code == "Reference"
        )

    def __call__(self, o: dict[str, Any], c: Clean) -> int:
        """The number of names and texts; raises ``Dirty`` unless the reference is surely clean."""
        if len(o) == 1 and self._site is None and "reference" in o:
            n, text = 2, o["reference"]
        else:
            n, text = self._rest(o, c), o.get("reference")
        if text is None:
            self._without(o)
            return n
        kind, _, identity = text.partition("/")
        if c.around is None and kind in self.freely and _ID(identity) and n == 2:
            if self._noted:
                c.references.append((text, o))
            return n
        if not self._plain:
            raise Dirty("reference: aggregation")
        if identity and kind.isalpha() and _ID(identity):
            relative = True
        elif text[:1] == "#":
            self._local(text, o, c)
            return n
        else:
            kind = self._far(text)
            relative = False
        if c.around is not None:
            target = c.around.target(text, relative, c.outer)
            if target is not None:
                self._reached(target, kind, o, c)
                return n
        try:
            asked = self._kinds[kind]
        except KeyError:
            asked = self._of(kind)
        if asked is None:
            raise Dirty(f"reference to {kind}")
        if n != 2 and "type" in o:
            self._typed(o, kind)
        if self._noted:
            c.references.append((text, o))
        return n

    def _rest(self, o: dict[str, Any], c: Clean) -> int:
        site = self._site or self._build.reference_site()
        return site(o, c)

    def _of(self, kind: str) -> tuple[tuple[Structure, ...], ...] | None:
        known = kind == "" or is_resource_type(kind, self._build.definitions)
        asked = None if not known else () if kind == "" else self._targeting.of(kind)
        if len(self._kinds) < 400:
            self._kinds[kind] = asked
            if asked is not None and kind and self._plain:
                self.freely.add(kind)
        return asked

    def _without(self, o: dict[str, Any]) -> None:
        """No reference: an identifier or a display stands for it."""
        if "reference" in o:
            raise Dirty("reference: null")
        identifier = o.get("identifier")
        if (
            not (identifier is not None and (identifier.get("system") or identifier.get("value")))
            and "display" not in o
        ):
            raise Dirty("reference: empty")
        if "_reference" in o:
            raise Dirty("reference: extension only")
        if "type" in o:
            said = self._said(o)
            if self._targeting.of(said) is None:
                raise Dirty("reference: type")

    def _said(self, o: dict[str, Any]) -> str:
        said: str = o["type"]
        if not is_resource_type(said, self._build.definitions):
            raise Dirty("reference: type")
        return said

    def _typed(self, o: dict[str, Any], kind: str) -> None:
        said = self._said(o)
        if (kind and said != kind) or self._of(said) is None:
            raise Dirty("reference: type")

    def _far(self, text: str) -> str:
        """The type that an absolute URL or a versioned reference names, empty when none."""
        if not self._look(text) or any(char.isspace() for char in text) or "?" in text or "#" in text:
            raise Dirty("reference: form")
        parts = restful(text, self._build.definitions)
        if parts is not None:
            return parts.type
        if not is_absolute(text) or split_version(text)[1] is not None:
            raise Dirty("reference: form")
        return ""

    def _local(self, text: str, o: dict[str, Any], c: Clean) -> None:
        """A contained resource, exactly one."""
        if not self._look(text) or any(char.isspace() for char in text):
            raise Dirty("reference: form")
        if text == "#":
            if c.outer is c.resource:
                raise Dirty("reference: #")
            self._reached(c.outer, "", o, c)
            return
        found = [one for one in c.outer.get("contained", ()) if one.get("id") == text[1:]]
        if len(found) != 1:
            raise Dirty("reference: contained")
        self._reached(found[0], "", o, c)

    def _reached(self, target: dict[str, Any], stated: str, o: dict[str, Any], c: Clean) -> None:
        kind = target.get("resourceType")
        if not isinstance(kind, str) or (stated and stated != kind):
            raise Dirty("reference: target")
        asked = self._of(kind)
        if asked is None:
            raise Dirty(f"reference to {kind}")
        if "type" in o and self._said(o) != kind:
            raise Dirty("reference: type")
        for structures in asked:
            if not any(self._build.resources.meets(target, one, c) for one in structures):
                raise Dirty("reference: target meets no StructureDefinition")


def canonical(
    build: Build, elements: tuple[Element, ...], look: Callable[[Any], bool]
) -> tuple[set[str], Callable[[Any, Clean, Any, str, Any], None]]:
    """For canonicals under certain elements: those known to be clean, and what to do with others."""
    clean: set[str] = set()
    allowed = [targets(build.run, one, "canonical") for one in elements]

    def judge(v: Any, c: Clean, holder: Any, place: str, keys: Any) -> None:
        if not look(v) or v[:1] == "#":
            raise Dirty(f"canonical{place}")
        url = v.partition("|")[0]
        for one in allowed:
            if one.open or one.unknown or not is_absolute(url):
                continue
            kinds = {structure.type for structure in one.structures}
            if not any(build.definitions.raw(v, kind) is not None for kind in kinds) and (
                build.definitions.raw(v) is not None
            ):
                raise Dirty(f"canonical{place}")
        if len(clean) < MOST_ANSWERS:
            clean.add(v)

    return clean, judge
