"""The validator as a library: definitions once, then any number of resources.

>>> from checker.fhir import Validator
>>> validator = Validator()
>>> result = validator.validate(b'{"resourceType": "Patient", "birthDate": "1970-02-30"}')
>>> result.valid
False
>>> [(issue.rule, issue.path, issue.line) for issue in result.issues if issue.is_error]
[('primitive-date-time', 'Patient.birthDate', 1)]
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from checker.fhir.instance import Key, Tree
from checker.fhir.validation.issue import SEVERITY_ORDER, DefinitionProblem, Issue, NotVerified
from checker.fhir.validation.run import Library, Options, Run
from checker.fhir.validation.selection import Used, resolve, used

_ALONE = 2
"""How many small resources are judged before the fast tier is made ready."""
_LARGE_BYTES = 50_000
_MOST_ASKED = 1_000

if TYPE_CHECKING:
    from checker.fhir.definitions.provider import Provider
    from checker.fhir.fast import Clean, FastTier
    from checker.fhir.fhirpath.ast import Expression
    from checker.fhir.forms.parsed import Parsed


class MustSupport(msgspec.Struct, frozen=True):
    """How often a must-support element was there: ``present`` in ``of`` places where it could be."""

    definition: str
    element: str
    present: int
    of: int


class Result:
    """What the validator found out about one resource.

    - ``valid``: no issue is an error. ``issues``: sorted by place in the text, then by path and rule.
    - ``not_verified``: questions that could not be answered with what is held; neither passes nor errors.
    - ``definition_problems``: faults of the definitions that were met while judging.
    - ``structure_definitions``: by what the resource was judged besides its type, and why.
    - ``must_support``: population of must-support elements, for statistics over many resources.
    - ``resource_type`` and ``id`` of the resource; None where there is none that could be read.

    Of a resource that the fast tier let pass, some are worked out when they are read.
    """

    __slots__ = (
        "definition_problems",
        "id",
        "issues",
        "must_support",
        "not_verified",
        "resource_type",
        "structure_definitions",
        "valid",
    )

    def __init__(
        self,
        *,
        valid: bool,
        issues: tuple[Issue, ...],
        not_verified: tuple[NotVerified, ...] = (),
        definition_problems: tuple[DefinitionProblem, ...] = (),
        structure_definitions: tuple[Used, ...] = (),
        must_support: tuple[MustSupport, ...] = (),
        resource_type: str | None = None,
        id: str | None = None,
    ) -> None:
        self.valid = valid
        self.issues = issues
        self.not_verified = not_verified
        self.definition_problems = definition_problems
        self.structure_definitions = structure_definitions
        self.must_support = must_support
        self.resource_type = resource_type
        self.id = id

    @property
    def clean(self) -> Clean | None:
        """What the results of a resource that the fast tier let pass are worked out from; None of others."""
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Result.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Result of {self.resource_type} {self.id}: {len(self.issues)} issues>"


class _Passed(Result):
    """The result of a resource that the fast tier let pass."""

    __slots__ = ("_clean",)

    def __init__(self, clean: Clean) -> None:
        self._clean = clean

    valid = True

    @property
    def clean(self) -> Clean:
        return self._clean

    @property
    def definition_problems(self) -> tuple[DefinitionProblem, ...]:  # type: ignore[override]
        return self._clean.definition_problems

    @property
    def issues(self) -> tuple[Issue, ...]:  # type: ignore[override]
        return self._clean.issues

    @property
    def not_verified(self) -> tuple[NotVerified, ...]:  # type: ignore[override]
        return self._clean.not_verified

    @property
    def structure_definitions(self) -> tuple[Used, ...]:  # type: ignore[override]
        return tuple(Used(canonical, path, why) for canonical, path, why in self._clean.used)  # type: ignore[arg-type]

    @property
    def must_support(self) -> tuple[MustSupport, ...]:  # type: ignore[override]
        return tuple(MustSupport(*key, present, of) for key, present, of in self._clean.population)

    @property
    def resource_type(self) -> str:  # type: ignore[override]
        return self._clean.resource_type

    @property
    def id(self) -> str | None:  # type: ignore[override]
        return self._clean.id


class Validator:
    """Validates FHIR R4 (4.0.1) resources against their types and against StructureDefinitions.

    - ``definitions``: what implements :class:`~checker.fhir.validation.run.Library`; by default R4 core and UK Core as
      they ship with the engine, after ``packages``.
    - ``packages``: FHIR packages (.tgz or folder), folders of definitions or single files, by path.
    - ``terminology``: who answers for codes; by default the value sets and code systems of the definitions. Nothing
      is asked over a network.
    - ``options``: see :class:`~checker.fhir.validation.run.Options`.
    - ``supplied``: resources as JSON that references and questionnaires may lead to.
    - ``fast``: let the fast tier look first. It answers the same; without it all is only slower.

    A validator is not changed by validating, apart from what it keeps compiled. Raises ``PackageFault`` when a package
    can't be read, ``UsageFault`` when a StructureDefinition of the options is not known.
    """

    def __init__(
        self,
        definitions: Library | None = None,
        *,
        packages: Sequence[str | Path | Provider] = (),
        terminology: Any = None,
        options: Options | None = None,
        supplied: Iterable[Mapping[str, Any]] = (),
        fast: bool = True,
    ) -> None:
        self.definitions: Any = definitions if definitions is not None else _definitions(packages)
        self.terminology = terminology if terminology is not None else _terminology(self.definitions)
        self.options = options or Options()
        self.supplied = tuple(supplied)
        self.fast = fast and not self.supplied and not self.options.advice
        self._tier: FastTier | None = None
        self._met = 0
        self._asked: dict[tuple[str, ...], Options] = {}
        for canonical in self.options.structure_definitions:
            resolve(self.definitions, canonical)

    def validate(
        self,
        resource: bytes | str | Mapping[str, Any],
        structure_definitions: Sequence[str] = (),
        *,
        read: dict[str, Any] | None = None,
    ) -> Result:
        """Validate one resource: JSON or XML text, or JSON that is read already.

        ``read``: what the JSON text says, where that is known and no number in it has a fraction or an exponent.

        ``structure_definitions``: canonicals that it has to conform to, besides those of the options and of its
        ``meta.profile``. Raises ``UsageFault`` when one of them is not known; nothing in the resource raises.
        """
        options = self._with(structure_definitions)
        if not isinstance(resource, bytes | str):
            return self._judge(dict(resource), None, options)
        data = resource.encode("utf-8", "surrogatepass") if isinstance(resource, str) else resource
        if self.fast:
            passed = self._looked_at(data, options.structure_definitions, read)
            if passed is not None:
                return passed
        return self._explained(data, options)

    def evaluate(
        self, resource: Mapping[str, Any], expression: str | Expression, now: datetime | None = None
    ) -> list[Any]:
        """What a FHIRPath expression gives on a resource: nodes of it, and values of System.

        It may ask all that an invariant may: references, value sets, StructureDefinitions. ``now`` is the instant for
        ``now()`` and ``today()``, with a time zone. Raises ``FHIRPathSyntaxError`` for what is no FHIRPath, and
        ``FHIRPathError`` for what has no result.
        """
        from checker.fhir.fhirpath import evaluate
        from checker.fhir.validation.expression_services import Services

        run = self._run(dict(resource), self.options)
        root = run.tree.root
        return list(evaluate(expression, [root], Services(run).environment(root, root, now)))

    def _explained(self, data: bytes, options: Options) -> Result:
        """What the explaining tier says."""
        parsed = self._read(data)
        if parsed.resource is None:
            return Result(valid=False, issues=parsed.issues)
        passed: dict[int, Any] = {}
        if self._tier is not None and not parsed.issues and parsed.format == "json" and len(data) >= _LARGE_BYTES:
            passed = self._tier.passed(data)
        return self._judge(parsed.resource, parsed, options, passed)

    def _with(self, structure_definitions: Sequence[str]) -> Options:
        """The options, with further StructureDefinitions. Raises ``UsageFault`` when one is not known."""
        if not structure_definitions:
            return self.options
        key = tuple(structure_definitions)
        known = self._asked.get(key)
        if known is not None:
            return known
        for canonical in structure_definitions:
            resolve(self.definitions, canonical)
        asked = tuple(dict.fromkeys((*self.options.structure_definitions, *structure_definitions)))
        if len(self._asked) >= _MOST_ASKED:
            self._asked.clear()
        self._asked[key] = msgspec.structs.replace(self.options, structure_definitions=asked)
        return self._asked[key]

    def validate_many(
        self, resources: Iterable[bytes | str | Mapping[str, Any]], structure_definitions: Sequence[str] = ()
    ) -> Iterator[Result]:
        """Validate one after the other, as they come."""
        # What one resource leaves behind is freed without the cyclic collector; looking for cycles while it is
        # judged only costs time.
        collecting = gc.isenabled()
        options = self._with(structure_definitions)
        asked = options.structure_definitions
        enable, disable = gc.enable, gc.disable
        check = None
        for resource in resources:
            disable()
            try:
                if check is not None and resource.__class__ is bytes:
                    clean = check(resource, asked)
                    result = _Passed(clean) if clean is not None else self._explained(resource, options)
                else:
                    result = self.validate(resource, structure_definitions)
                    check = self._tier.check if self._tier is not None else None
            finally:
                if collecting:
                    enable()
            yield result

    def _looked_at(self, data: bytes, asked: tuple[str, ...], read: dict[str, Any] | None = None) -> Result | None:
        """What the fast tier says; None when the explaining tier has to look."""
        if self._tier is None:
            # Compiling pays from the second resource on; for a single small file the explaining tier is cheaper.
            self._met += 1
            if self._met <= _ALONE and len(data) < _LARGE_BYTES:
                return None
            from checker.fhir.fast import FastTier

            self._tier = FastTier(self.definitions, self.terminology, self.options)
        clean = self._tier.check(data, asked, read)
        if clean is None:
            return None
        return _Passed(clean)

    def _read(self, data: bytes) -> Parsed:
        text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
        if text.startswith(b"<"):
            from checker.fhir.forms.xml_form import read_xml

            return read_xml(data, self.definitions)
        from checker.fhir.forms.json_form import read_json

        return read_json(data)

    def _judge(
        self, raw: dict[str, Any], parsed: Parsed | None, options: Options, passed: Mapping[int, Any] | None = None
    ) -> Result:
        from checker.fhir.validation import walk

        run = self._run(raw, options)
        if passed:
            run.seen[walk.PASSED] = passed
        try:
            walk.instance(run)
        except RecursionError:  # a definition can lead so deep, and so can JSON that was read by the caller
            walk.too_deep(run)
        return _result(run, raw, parsed)

    def _run(self, raw: dict[str, Any], options: Options) -> Run:
        from checker.fhir.validation import walk
        from checker.fhir.validation.resolver import IndexResolver

        tree = Tree(raw, self.definitions)
        resolver = IndexResolver(tree, self.supplied)
        return Run(self.definitions, self.terminology, resolver, tree, options, walk.validate)


def _result(run: Run, raw: dict[str, Any], parsed: Parsed | None) -> Result:
    from checker.fhir.forms.parsed import pointer
    from checker.fhir.validation.repeats import without_repeats

    found: dict[tuple[str, str, str], Issue] = {}
    for issue in parsed.issues if parsed is not None else ():
        found.setdefault((issue.rule, issue.path, issue.message), issue)
    places: dict[tuple[Key, ...], Any] = {}
    for issue, keys in run.issues:
        key = (issue.rule, issue.path, issue.message)
        if key in found:
            continue
        position = None
        if parsed is not None:
            if keys not in places:
                places[keys] = parsed.locate(keys)
            position = places[keys]
        line, column = (position.line, position.column) if position is not None else (None, None)
        found[key] = msgspec.structs.replace(issue, pointer=pointer(keys), line=line, column=column)
    issues = tuple(sorted(without_repeats(found.values()), key=_order))
    kind, identity = raw.get("resourceType"), raw.get("id")
    counts = run.seen.get("must-support", {})
    return Result(
        valid=not any(issue.is_error for issue in issues),
        issues=issues,
        not_verified=tuple(
            dict.fromkeys(sorted(run.not_verified, key=lambda n: (n.path, n.kind, n.subject, n.detail)))
        ),
        definition_problems=tuple(
            sorted(run.definition_problems, key=lambda p: (p.definition, p.element or "", p.message))
        ),
        structure_definitions=used(run),
        must_support=tuple(MustSupport(*key, *counts[key]) for key in sorted(counts)),
        resource_type=kind if isinstance(kind, str) else None,
        id=identity if isinstance(identity, str) else None,
    )


def _order(issue: Issue) -> tuple[int, int, str, str, int, str]:
    return (
        issue.line or 0,
        issue.column or 0,
        issue.path,
        issue.rule,
        SEVERITY_ORDER[issue.severity],
        issue.message,
    )


def _definitions(packages: Sequence[str | Path | Provider]) -> Any:
    from checker.fhir.definitions.package import open_package
    from checker.fhir.definitions.store import Definitions, embedded

    core = Definitions((), embedded(uk_core=False))

    def xml(data: bytes) -> dict[str, Any]:
        from checker.fhir.forms.xml_form import read_xml

        parsed = read_xml(data, core)
        if parsed.resource is None:
            raise ValueError(parsed.issues[0].message if parsed.issues else "it is not XML")
        return parsed.resource

    opened = [open_package(Path(one), xml=xml) if isinstance(one, str | Path) else one for one in packages]
    return Definitions(opened, embedded())


def _terminology(definitions: Any) -> Any:
    from checker.fhir.terminology.store import LocalTerminology
    from checker.fhir.validation.vocabulary import Vocabulary

    return LocalTerminology(Vocabulary(definitions))
