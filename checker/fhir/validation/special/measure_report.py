"""A MeasureReport beside its Measure: groups, populations and stratifiers by their codes, and the score.

Source: http://hl7.org/fhir/R4/measurereport.html
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.concepts import codes, first_code, same, shown
from checker.fhir.validation.special.in_reach import find
from checker.fhir.validation.special.json_shape import dicts, extension_value, integer, number

_SOURCE: Final = "http://hl7.org/fhir/R4/measurereport.html"
_UNIT: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
_GROUP_SCORING: Final = "http://hl7.org/fhir/uv/cqm/StructureDefinition/cqm-scoring"
_OTHER_SCORE: Final = "http://hl7.org/fhir/us/davinci-deqm/StructureDefinition/extension-alternateScoreType"
_POPULATION: Final = "http://terminology.hl7.org/CodeSystem/measure-population"
_SCORINGS: Final = frozenset({"proportion", "ratio", "continuous-variable", "cohort"})

NO_MEASURE = rule(
    "measure-report-no-measure",
    "information",
    "required",
    title="The report names no Measure",
    why="Without its Measure nobody can tell what was counted.",
    fix="Put the canonical of the Measure in measure.",
    source=_SOURCE,
)
MEASURE_UNKNOWN = rule(
    "measure-report-measure-unknown",
    "warning",
    "required",
    title="The Measure of the report is not at hand",
    why="The groups of the report could not be judged.",
    fix="Give the Measure to the validator, as a package or beside the file.",
    source=_SOURCE,
)
SCORING_UNKNOWN = rule(
    "measure-report-scoring-unknown",
    "information",
    "business-rule",
    title="How the Measure is scored is not known",
    why="The score of the report could not be judged.",
    fix="State scoring in the Measure: proportion, ratio, continuous-variable or cohort.",
    source="http://hl7.org/fhir/R4/measure-definitions.html#Measure.scoring",
)
GROUP = rule(
    "measure-report-group",
    "error",
    "business-rule",
    title="A group, population or stratifier of the report is not one of its Measure, or stands twice",
    why="Numbers that cannot be matched to the Measure have no meaning.",
    fix="Give it the code that the Measure has for it.",
    source=_SOURCE,
)
MISSING = rule(
    "measure-report-missing",
    "error",
    "business-rule",
    title="The report leaves out a group, population or stratifier of its Measure",
    why="Who reads the report cannot tell zero from not counted.",
    fix="Report it.",
    source=_SOURCE,
)
COUNT = rule(
    "measure-report-count",
    "error",
    "business-rule",
    title="The subjects of a population do not fit its count or the kind of report",
    why="The number and the list contradict each other.",
    fix="List as many subjects as are counted, in a subject-list only.",
    source=_SOURCE,
)
NO_COUNT = rule(
    "measure-report-no-count",
    "warning",
    "business-rule",
    title="A population of the report has no count",
    why="The number is what a report is for.",
    fix="Give the count.",
    source=_SOURCE,
)
SCORE = rule(
    "measure-report-score",
    "error",
    "business-rule",
    title="The score does not fit the scoring of the Measure",
    why="A score of the wrong kind is read wrongly.",
    fix="Give the score that the scoring asks for: none for a cohort, 0 to 1 without a unit for a proportion.",
    source="http://hl7.org/fhir/R4/measurereport-definitions.html#MeasureReport.group.measureScore",
)
SCORE_UNIT = rule(
    "measure-report-score-unit",
    "warning",
    "not-found",
    title="The score of a ratio has no unit",
    why="A ratio is often of something in something.",
    fix="Give the unit.",
    source="http://hl7.org/fhir/R4/measurereport-definitions.html#MeasureReport.group.measureScore",
)


def check(run: Run, node: Node) -> None:
    """Judge a report by its Measure; one that is not at hand is said, and counted as not verified."""
    canonical = node.text("measure")
    if canonical is None:
        run.report(NO_MEASURE, node, "The report names no Measure, so its groups were not judged.")
        return
    found = find(run, node, canonical, "Measure")
    if found is None:
        said = f"The Measure '{canonical}' is not at hand, so the groups were not judged."
        run.report(MEASURE_UNKNOWN, node, said, below="measure", found=canonical)
        run.not_verified.append(NotVerified(kind="structure-definition", subject=canonical, path=node.path))
        return
    _Report(run, node, found[0]).groups()


class _Report:
    """One report beside its Measure."""

    __slots__ = ("kind", "measure", "node", "run")

    def __init__(self, run: Run, node: Node, measure: dict[str, Any]) -> None:
        self.run = run
        self.node = node
        self.measure = measure
        self.kind = node.text("type")

    def groups(self) -> None:
        """Judge the groups: a single one needs no code, several are told apart by theirs."""
        known = dicts(self.measure.get("group"))
        scoring = first_code(self.measure.get("scoring"))
        if scoring not in _SCORINGS and not any(self._scoring(one) in _SCORINGS for one in known):
            said = "How the Measure is scored is not known, so scores were not judged."
            self.run.report(SCORING_UNKNOWN, self.node, said, below="measure")
        here = self.node.children("group")
        if not known:
            return
        if len(here) == len(known) == 1:
            self._only(here[0], known[0])
            return
        for group, origin in self._matched(here, known, "group", self.node, self.kind != "data-collection"):
            self._group(group, origin)

    def _only(self, group: Node, origin: dict[str, Any]) -> None:
        code, wanted = group.holder.get("code"), origin.get("code")
        if code is not None and wanted is not None:
            if not any(system and value for system, value in codes(code)):
                self.run.report(GROUP, group, "The code of the group has no system and code to go by.")
            elif not same(code, wanted):
                said = f"The group has the code {shown(code)}, the Measure {shown(wanted)}."
                self.run.report(GROUP, group, said, found=shown(code), allowed=shown(wanted))
        self._group(group, origin)

    def _matched(
        self, here: list[Node], known: list[dict[str, Any]], what: str, holder: Node, all_: bool = True
    ) -> list[tuple[Node, dict[str, Any]]]:
        """Each node with the part of the Measure of the same code; says which are unknown, twice or missing."""
        taken: dict[int, bool] = {}
        pairs = []
        for node in here:
            # A stratifier of a report has a list of codes, all others one.
            given = dicts(node.holder.get("code"))
            code = given[0] if given else None
            place = next(
                (index for index, one in enumerate(known) if any(same(each, one.get("code")) for each in given)), None
            )
            if place is None:
                said = f"A {what} needs a code by which the Measure has it."
                self.run.report(GROUP, node, said, found=shown(code) or None)
            elif place in taken:
                self.run.report(GROUP, node, f"The {what} {shown(code)} stands twice.", found=shown(code))
            else:
                taken[place] = True
                pairs.append((node, known[place]))
        for place, one in enumerate(known):
            if place not in taken and all_ and not _is_observation(one):
                name = shown(one.get("code")) or str(one.get("id") or "without a code")
                self.run.report(MISSING, holder, f"The {what} {name} of the Measure is not reported.", allowed=name)
        return pairs

    def _group(self, group: Node, origin: dict[str, Any]) -> None:
        populations = dicts(origin.get("population"))
        for population, _ in self._matched(group.children("population"), populations, "population", group):
            self._population(population)
        self._score(group, self._scoring(origin))
        self._matched(group.children("stratifier"), dicts(origin.get("stratifier")), "stratifier", group)

    def _population(self, population: Node) -> None:
        listed = len(population.children("subjectResults"))
        count = integer(population.holder.get("count"))
        if self.kind == "subject-list":
            # One List of subjects stands for all of them: only several references can be counted.
            if listed > 1 and count is not None and count != listed:
                said = f"The population counts {count}, but lists {listed} subjects."
                self.run.report(COUNT, population, said)
            return
        if listed:
            self.run.report(COUNT, population, "Only a report of type subject-list lists its subjects.")
        if not population.children("count"):
            self.run.report(NO_COUNT, population, "The population has no count.")

    # ---- score

    def _scoring(self, origin: dict[str, Any]) -> str | None:
        return first_code(extension_value(origin, _GROUP_SCORING)) or first_code(self.measure.get("scoring"))

    def _score(self, group: Node, scoring: str | None) -> None:
        score = next(iter(group.children("measureScore")), None)
        if self.kind == "data-collection":
            if score is not None:
                self.run.report(SCORE, score, "A report of type data-collection has no score.")
        elif scoring == "cohort":
            if score is not None:
                self.run.report(SCORE, score, "The Measure is scored as a cohort, which has no score.")
        elif scoring not in _SCORINGS:
            return
        elif score is None:
            self.run.report(SCORE, group, f"The group has no score, but the Measure is scored as {scoring}.")
        else:
            self._value(score, scoring)

    def _value(self, score: Node, scoring: str) -> None:
        held = score.holder
        other = extension_value(held, _OTHER_SCORE)
        value = number(held.get("value"))
        if scoring == "proportion":
            for part in ("unit", "system", "code"):
                if part in held:
                    said = "The score of a proportion is a number without a unit."
                    self.run.report(SCORE, score, said, below=part)
        if held.get("value") is None and other is None:
            self.run.report(SCORE, score, f"The score has no value, but the Measure is scored as {scoring}.")
            return
        if scoring == "proportion" and value is not None and not 0 <= value <= 1:
            said = f"The score of a proportion lies between 0 and 1, not at {value}."
            self.run.report(SCORE, score, said, below="value", found=str(value), allowed="0 to 1")
        elif scoring in ("ratio", "continuous-variable"):
            self._unit(score, scoring)

    def _unit(self, score: Node, scoring: str) -> None:
        unit = extension_value(self.measure, _UNIT)
        code, system = score.text("code"), score.text("system")
        if isinstance(unit, dict):
            if (unit.get("system"), unit.get("code")) != (system, code):
                wanted = f"{unit.get('system')}#{unit.get('code')}"
                said = f"The score must have the unit {wanted} of the Measure."
                self.run.report(SCORE, score, said, allowed=wanted)
        elif code is None and scoring == "ratio":
            self.run.report(SCORE_UNIT, score, "The score of a ratio usually has a unit.")


def _is_observation(part: dict[str, Any]) -> bool:
    return (_POPULATION, "measure-observation") in codes(part.get("code"))
