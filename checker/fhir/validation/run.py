"""The state of validating one instance: what is known, what has been said, and how a module says more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Protocol

import msgspec

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.forms.quoted import sentence
from checker.fhir.instance import Key, Node, Tree
from checker.fhir.validation.issue import DefinitionProblem, Issue, NotVerified, Severity
from checker.fhir.validation.rule import Rule


class Library(Protocol):
    """The definitions that an instance is judged by (:class:`checker.fhir.definitions.store.Definitions`)."""

    def type(self, code: str) -> Structure | None:
        """The base definition of a FHIR type, or None when there is no such type."""

    def structure(self, canonical: str) -> Structure | None:
        """A compiled StructureDefinition by ``url`` or ``url|version``, or None when it is not held."""

    def raw(self, canonical: str, resource_type: str | None = None) -> dict[str, Any] | None:
        """Any conformance resource as JSON, or None when it is not held."""


class Resolution(msgspec.Struct, frozen=True):
    """Where a reference leads. ``node`` is None when the target is not in the instance.

    ``how`` is ``contained``, ``bundle``, ``supplied`` (another resource given to the validator), ``external`` (points
    outside), ``missing`` (points inside, and nothing is there), ``ambiguous``, or ``malformed``.
    """

    node: Node | None
    how: str


class Resolver(Protocol):
    """Finds what references point to, in constant time for each."""

    def resolve(self, reference: str, at: Node) -> Resolution:
        """The target of the reference text that stands at that node."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller chose.

    - ``structure_definitions``: canonicals that the root must satisfy, besides its type and ``meta.profile``.
    - ``by_capability_statement``: judge also by what CapabilityStatements of the packages give for a type.
    - ``advice``: say best practice too.
    - ``unknown_extensions``: severity of an extension whose definition is not held.
    - ``example_urls``: whether example.org and its like are let pass.
    - ``display_severity``: severity of a display that its code system does not have for the code.
    - ``assume_valid_references``: do not say that a relative reference could not be followed.
    - ``max_depth``: nesting beyond this is refused; ``max_issues``: after so many errors the rest is not looked at.
    - ``html_in_strings``: severity of an HTML tag in a text that is no markup (``error`` where texts are shown raw).
    - ``today``: the day that relative limits of dates count from; without it they are not tested.
    """

    structure_definitions: tuple[str, ...] = ()
    by_capability_statement: bool = False
    advice: bool = False
    unknown_extensions: Severity = "warning"
    example_urls: bool = True
    display_severity: Severity = "error"
    assume_valid_references: bool = False
    max_depth: int = 100
    max_issues: int = 10_000
    html_in_strings: Severity = "information"
    today: date | None = None


class Run:
    """One validation of one instance.

    Modules take a run and a node, look, and call :meth:`report`. :meth:`trial` gives a run whose issues
    are kept apart: how slices and alternative StructureDefinitions are tried.
    """

    __slots__ = (
        "definition_problems",
        "errors",
        "issues",
        "level",
        "library",
        "memo",
        "not_verified",
        "options",
        "resolver",
        "seen",
        "terminology",
        "tree",
        "validate",
    )

    def __init__(
        self,
        library: Library,
        terminology: Any,
        resolver: Resolver,
        tree: Tree,
        options: Options,
        validate: Callable[[Run, Node, Structure], None],
    ) -> None:
        self.library = library
        self.terminology = terminology
        self.resolver = resolver
        self.tree = tree
        self.options = options
        self.validate = validate
        self.issues: list[tuple[Issue, tuple[Key, ...]]] = []
        self.not_verified: list[NotVerified] = []
        self.definition_problems: dict[DefinitionProblem, None] = {}
        self.seen: dict[Any, Any] = {}
        self.memo: dict[Any, Any] = {}
        self.level = 0
        self.errors = 0

    def trial(self) -> Run:
        """A run over the same instance whose issues are its own.

        ``seen`` starts empty; ``memo`` (what was found out about the instance, whoever asked) is shared, and
        ``level`` counts how deep trials are nested.
        """
        run = Run(self.library, self.terminology, self.resolver, self.tree, self.options, self.validate)
        run.memo = self.memo
        run.level = self.level + 1
        return run

    @property
    def failed(self) -> bool:
        """Whether an error was reported."""
        return self.errors > 0

    def report(
        self,
        rule: Rule,
        node: Node,
        message: str,
        *,
        below: str = "",
        severity: Severity | None = None,
        by: Element | Structure | None = None,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
        slice_: str | None = None,
        invariant: str | None = None,
        expression: str | None = None,
    ) -> None:
        """Say that something is wrong at the node, or ``below`` it (``name[0]`` or ``coding[1].code``).

        ``by`` is the element or StructureDefinition that asks. ``fix`` defaults to the rule's own.
        """
        if rule.advice and not self.options.advice:
            return
        definition = by.structure if isinstance(by, Element) else by.url if by is not None else None
        issue = Issue(
            rule=rule.id,
            severity=severity or rule.severity,
            code=rule.code,
            path=f"{node.path}.{below}" if below else node.path,
            message=sentence(message),
            definition=definition,
            element=by.id if isinstance(by, Element) else None,
            found=found,
            allowed=allowed,
            fix=fix if fix is not None else rule.fix,
            slice=slice_,
            invariant=invariant,
            expression=expression,
            advice=rule.advice,
        )
        self.add(issue, (*node.json_path, *steps(below)))

    def add(self, issue: Issue, keys: tuple[Key, ...]) -> None:
        """Take an issue that is made already; ``keys`` is its way through the JSON."""
        self.errors += issue.is_error
        self.issues.append((issue, keys))

    def adopt(self, other: Run) -> None:
        """Take over all that a trial said."""
        self.issues.extend(other.issues)
        self.errors += other.errors
        self.not_verified.extend(other.not_verified)
        self.definition_problems.update(other.definition_problems)

    def problem(self, definition: str, message: str, element: str | None = None) -> None:
        """Say, once, that a definition has a fault."""
        self.definition_problems[DefinitionProblem(definition=definition, message=message, element=element)] = None


def steps(below: str) -> Iterable[Key]:
    """The JSON path steps of a relative location: ``coding[1].code`` → ``coding``, 1, ``code``."""
    for part in below.split(".") if below else ():
        name, bracket, index = part.partition("[")
        yield name
        if bracket:
            yield int(index.rstrip("]"))
