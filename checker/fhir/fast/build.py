"""What the generated checks of one validator share: definitions, options, memories, and the sites made so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Constraint, Element, Structure
from checker.fhir.fast import scalars
from checker.fhir.fast.clean import NOTHING, Dirty, Told
from checker.fhir.fast.places import Ways
from checker.fhir.instance import Node, Tree
from checker.fhir.validation import corrections
from checker.fhir.validation.run import Options, Run
from checker.fhir.validation.types import is_a

MOST_SHAPES = 4_000
"""How many generated functions are kept in all; an object of a shape beyond them goes to the explaining tier."""
MOST_ANSWERS = 20_000
"""How many answers one memory keeps."""

_ELSEWHERE = frozenset({"dom-6", "ref-1"})


class Build:
    """The state of one fast tier.

    ``run`` is a run over an empty instance, for those functions of the explaining tier that need nothing of the
    instance; ``sites`` are the places whose objects are judged alike.
    """

    def __init__(self, definitions: Any, terminology: Any, options: Options) -> None:
        from checker.fhir.validation import walk

        self.definitions = definitions
        self.terminology = terminology
        self.options = options
        self.tree = Tree({}, definitions)
        self.run = Run(definitions, terminology, None, self.tree, options, walk.validate)  # type: ignore[arg-type]
        self.sites: dict[Any, Any] = {}
        self.shapes = 0
        self.resources: Any = None
        self.ways = Ways(definitions)
        self._texts: dict[str, tuple[set[str], Callable[[Any], bool]]] = {}
        self._kept: dict[Any, Any] = {}
        self._is_a: dict[tuple[str, str], bool] = {}

    def structure(self, canonical: str) -> Structure | None:
        """A StructureDefinition that is held."""
        found: Structure | None = self.definitions.structure(canonical)
        return found

    def is_a(self, code: str, wanted: str) -> bool:
        """Whether a type is another or derived from it."""
        key = (code, wanted)
        if key not in self._is_a:
            self._is_a[key] = is_a(self.definitions, code, wanted)
        return self._is_a[key]

    def texts(self, kind: str) -> tuple[set[str], Callable[[Any], bool]]:
        """The memory and the look of a textual primitive type."""
        if kind not in self._texts:
            self._texts[kind] = scalars.texts(kind, self.options.example_urls)
        return self._texts[kind]

    def reference_site(self) -> Callable[[Any, Any], int]:
        """The site of References that no StructureDefinition says more of."""
        from checker.fhir.fast.asks import Asks
        from checker.fhir.fast.site import site_of

        def make() -> Any:
            return site_of(self, "Reference", None, Asks(self, None, "Reference"))

        return self.kept("reference site", make)  # type: ignore[no-any-return]

    def kept(self, key: Any, make: Callable[[], Any]) -> Any:
        """Something made once for a key."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def new_shape(self) -> None:
        """Count a generated function. Raises ``Dirty`` when there are enough."""
        if self.shapes >= MOST_SHAPES:
            raise Dirty("too many shapes")
        self.shapes += 1

    def evaluated(self, constraint: Constraint) -> bool:
        """Whether the explaining tier evaluates the constraint on any node (its advice is off).

        ``dom-6`` is evaluated on the root of an instance only: see :mod:`checker.fhir.fast.narrative`; ``ref-1`` is
        judged with the reference: see :mod:`checker.fhir.fast.references`.
        """
        if corrections.stated_by_hand(constraint) or constraint.best_practice or constraint.key in _ELSEWHERE:
            return False
        return corrections.corrected(constraint.expression) is not None

    def told(self, judge: Callable[[Run, Node], None], node: Node) -> Told:
        """What a function of the explaining tier says of a node without surroundings. Raises ``Dirty`` for an error."""
        run = Run(self.definitions, self.terminology, None, self.tree, self.options, self.run.validate)  # type: ignore[arg-type]
        judge(run, node)
        if not (run.issues or run.not_verified or run.definition_problems):
            return NOTHING
        if run.definition_problems or any(issue.is_error for issue, _ in run.issues):
            raise Dirty(f"{node.type}: {run.issues[0][0].rule if run.issues else 'a definition problem'}")
        own, steps = len(node.path), len(node.json_path)
        return Told(
            tuple((issue, issue.path[own:], keys[steps:]) for issue, keys in run.issues),
            tuple((one.kind, one.subject, one.path[own:], one.detail) for one in run.not_verified),
        )

    def inside(self, value: Any, kind: str, declared: Element | None, language: str | None) -> Node:
        """A node of an unknown resource in that language."""
        around = Node(
            self.tree, None, "", None, {} if language is None else {"language": language}, None, "", None, None
        )
        structure = self.definitions.type(kind)
        shape = declared if declared is not None and declared.children else structure.root
        return Node(self.tree, around, "value", None, value, None, kind, declared, shape)

    def detached(
        self, value: Any, kind: str, declared: Element | None, shape: Element | None, *, resource: bool
    ) -> Node:
        """A node over an object without what is around it.

        What is found out about it holds for the object wherever it stands, as long as it does not hang on that.
        """
        around = None if resource else Node(self.tree, None, "", None, {}, None, "", None, None)
        return Node(self.tree, around, "", None, value, None, kind, declared, shape)
