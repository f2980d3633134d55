"""What one process judges with: the definitions, the validator, and what it counts beside the verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from checker.engine.validation.packages import load
from checker.errors import UsageFault
from checker.model.validation import DefinitionProblem, Judged, Population, Severity
from checker.probes.source.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.fhir.definitions.resolve import PackageSource
    from checker.fhir.definitions.store import Definitions
    from checker.fhir.terminology.answer import Terminology
    from checker.fhir.validator import Validator
    from checker.model.terminology import CodeQuestion, TerminologyAnswer

    Ask = Callable[..., TerminologyAnswer]
    """Given the questions, and as ``value_sets`` who finds a value set by canonical; see ``probes.terminology.ask``."""


_ASKED = "--structure-definition"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What every worker is told. ``packages``, ``caches`` and ``kept`` as in :func:`packages.load`."""

    packages: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    kept: str = ""
    structure_definitions: tuple[str, ...] = ()
    advice: bool = False
    display_severity: Severity = "error"
    today: date | None = None
    """For limits that are relative to the day (at most a year ago); without it they are not judged."""


class Batch(msgspec.Struct, kw_only=True):
    """What a worker makes of one batch: the verdicts, and what was counted meanwhile."""

    judged: list[Judged]
    populations: list[Population]
    problems: list[DefinitionProblem]


class Session:
    """A validator with its settings. Building it is cheap: definitions are compiled when a resource needs them.

    ``shared``: a worker process finds the same packages; not so when fetched ones could not be kept.
    """

    def __init__(self, settings: Settings, servers: PackageSource | None = None, ask: Ask | None = None) -> None:
        from checker.fhir.definitions.store import Definitions, embedded

        self.packages, self._problems, self.shared = load(settings.packages, settings.caches, settings.kept, servers)
        self.definitions = Definitions(self.packages, embedded())
        asked = tuple(_canonical(self.definitions, name) for name in settings.structure_definitions)
        self.settings = settings = msgspec.structs.replace(settings, structure_definitions=asked)
        self.validator = _validator(self.definitions, settings, None)
        self._asked = _Asked(self.definitions, settings, ask) if ask is not None else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the terminology server did not do, in words."""
        return self._asked.notes if self._asked is not None else ()

    def check(self) -> None:
        """Raises ``UsageFault`` when a StructureDefinition that was asked for is not held or cannot be used."""
        for canonical in self.settings.structure_definitions:
            if self.definitions.structure(canonical) is None:
                raise self._unknown(canonical)

    def _unknown(self, canonical: str) -> UsageFault:
        import difflib

        known = self.definitions.urls("StructureDefinition")
        wanted = canonical.partition("|")[0]
        by_end = {url.rpartition("/")[2]: url for url in known}
        problems = [one.message for one in self.definitions.problems if one.definition == wanted]
        if problems:
            return UsageFault(
                f"The StructureDefinition {canonical} cannot be used: {problems[0]}.",
                where=_ASKED,
                next_step="Mend the definition, or give the packages that it builds on with --package.",
            )
        end = wanted.rpartition("/")[2]
        near = [one for one in by_end if one.lower() == end.lower()]
        near = near or difflib.get_close_matches(end, by_end, n=1, cutoff=0.8)
        what, next_step = "is not known", "Give the package that has it with --package."
        if wanted in known:
            what = f"is not held in that version (version {self._held_version(wanted)} is)"
        elif self.definitions.has(canonical):
            what, next_step = "is no StructureDefinition", "Name a StructureDefinition."
        elif near:
            next_step = f"Did you mean {by_end[near[0]]}?"
        return UsageFault(f"The StructureDefinition {canonical} {what}.", where=_ASKED, next_step=next_step)

    def _held_version(self, url: str) -> str:
        structure = self.definitions.structure(url)
        return str(structure.version) if structure is not None and structure.version else "unknown"

    @property
    def names(self) -> tuple[str, ...]:
        """All packages judged by, the built-in ones last."""
        return tuple(one.label for one in (*self.packages, *self.definitions.embedded))

    def judge(self, inputs: Iterable[Input]) -> Batch:
        """The verdict on each input, in order."""
        counts: dict[tuple[str, str], list[int]] = {}
        problems: dict[DefinitionProblem, None] = {}
        if self._asked is not None:
            inputs = list(inputs)
            self.validator = self._asked.prepared(inputs)
        judged = [self._one(one, counts, problems) for one in inputs]
        populations = [
            Population(definition=definition, element=element, present=present, holders=holders)
            for (definition, element), (present, holders) in sorted(counts.items())
        ]
        problems.update(dict.fromkeys((*self._problems, *self.definitions.problems)))
        return Batch(judged=judged, populations=populations, problems=list(problems))

    def _one(
        self, one: Input, counts: dict[tuple[str, str], list[int]], problems: dict[DefinitionProblem, None]
    ) -> Judged:
        result = self.validator.validate(one.data, self.settings.structure_definitions)
        for row in result.must_support:
            held = counts.setdefault((row.definition, row.element), [0, 0])
            held[0] += row.present
            held[1] += row.of
        problems.update(dict.fromkeys(result.definition_problems))
        met = any(problem.severity == "error" for problem in result.definition_problems)
        asked = {canonical.partition("|")[0] for canonical in self.settings.structure_definitions}
        return Judged(
            source=one.source,
            line=one.line,
            resource_type=result.resource_type,
            id=result.id,
            valid=result.valid,
            issues=tuple(_from_line(issue, one.line) for issue in result.issues),
            structure_definitions=tuple(used.canonical for used in result.structure_definitions),
            not_verified=dict(sorted(Counter(f"{gap.kind} {gap.subject}" for gap in result.not_verified).items())),
            undecided=bool(asked)
            and (
                met
                or any(
                    problem.severity == "error" and problem.definition.partition("|")[0] in asked
                    for problem in self.definitions.problems
                )
            ),
        )


def _from_line(issue: Any, line: int) -> Any:
    """A resource on line 7 of NDJSON has its issues on line 7."""
    return issue if line == 1 or issue.line is None else msgspec.structs.replace(issue, line=issue.line + line - 1)


def _validator(known: Definitions, settings: Settings, terminology: Terminology | None) -> Validator:
    from checker.fhir.validation.run import Options
    from checker.fhir.validator import Validator

    options = Options(advice=settings.advice, display_severity=settings.display_severity, today=settings.today)
    return Validator(known, terminology=terminology, options=options)


class _Asked:
    """What is open after a first look at a batch is asked of a server, each question once for the whole run."""

    def __init__(self, known: Definitions, settings: Settings, ask: Ask) -> None:
        from checker.fhir.terminology.store import LocalTerminology
        from checker.fhir.validation.vocabulary import Vocabulary

        self._known = known
        self._settings = settings
        self._ask = ask
        self._local = LocalTerminology(Vocabulary(known))
        self._answers: list[TerminologyAnswer] = []
        self._done: set[CodeQuestion] = set()
        self._validator = _validator(known, settings, self._local)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(answer.problem for answer in self._answers if answer.problem))

    def _value_set(self, canonical: str) -> dict[str, Any] | None:
        return self._known.raw(canonical, "ValueSet")

    def prepared(self, inputs: Iterable[Input]) -> Validator:
        """A validator that knows the answers to all that the inputs leave open."""
        from checker.fhir.terminology.served import Unsettled, with_answers

        unsettled = Unsettled(with_answers(self._local, self._answers))
        looking = _validator(self._known, self._settings, unsettled)
        for one in inputs:
            looking.validate(one.data, self._settings.structure_definitions)
        new = [question for question in unsettled.questions if question not in self._done]
        if new and not any(answer.stopped for answer in self._answers):
            self._done.update(new)
            self._answers.append(self._ask(tuple(new), value_sets=self._value_set))
            self._validator = _validator(self._known, self._settings, with_answers(self._local, self._answers))
        return self._validator


_session: list[Session] = []


def start(settings: Settings) -> None:
    """Prepare this worker process."""
    _session[:] = [Session(settings)]


def work(inputs: list[Input]) -> bytes:
    """Judge a batch in this worker process; the answer is packed."""
    return msgspec.msgpack.encode(_session[0].judge(inputs))


def _canonical(definitions: Definitions, name: str) -> str:
    """The canonical that its last part alone names (``UKCore-Patient``). Raises ``UsageFault`` when several end so."""
    short, bar, version = name.partition("|")
    if "/" in short or ":" in short:
        return name
    found = [url for url in definitions.urls("StructureDefinition") if url.rpartition("/")[2] == short]
    if len(found) > 1:
        raise UsageFault(
            f"{len(found)} StructureDefinitions are called {short}.",
            where=_ASKED,
            next_step=f"Give the canonical of one: {', '.join(found[:5])}.",
        )
    return found[0] + bar + version if found else name
