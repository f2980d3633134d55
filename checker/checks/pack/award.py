"""How a buyer weighs bids: weights, questions, scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal, in_digits
from checker.checks.pack.given import of_section
from checker.checks.pack.said import by_key, differs, lacking, listed
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_GUIDANCE = (
    "https://www.gov.uk/government/publications/value-based-procurement-for-medical-technology/"
    "value-based-procurement-national-standard-guidance-for-medical-technology"
)
_COST = "whole-life-cost"


class WeightParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Percent: ``most_cost`` for whole-life cost, ``least_value`` for the five domains, ``least_social`` of them."""

    most_cost: str = "40"
    least_value: str = "60"
    least_social: str = "10"


@check("award.weights-put-value-first", params=WeightParams, needs=lambda p, s: [of_section("value")], source=_GUIDANCE)
@few_of_a_kind
def weights_put_value_first(ev: EvidenceView, p: WeightParams) -> Iterator[Statement]:
    """Whole-life cost weighs at most 40 %, the five domains 60 % or more together, social value 10 %; the sum is 100.

    The bounds are ``most_cost``, ``least_value`` and ``least_social``. Each domain stands once; one that does not count
    may be left out.

    Good: cost 39.5, domains 60.5. Bad: cost 60; weights that add up to 95.
    """
    found = listed(ev, "value", "weights")
    if isinstance(found, Undecided):
        yield found
        return
    weights: dict[str, Decimal] = {}
    for one in found.facts:
        if one["domain"] in weights:
            yield found.finding("A part is weighed twice.", "each once", one["domain"], "value weights")
        weights[one["domain"]] = weights.get(one["domain"], Decimal(0)) + decimal(one["percent"])
    if _COST not in weights:
        yield found.finding("Whole-life cost has no weight.", "its weight, 0 if none", "missing", "value weights")
    cost = weights.get(_COST, Decimal(0))
    value = sum((weight for name, weight in weights.items() if name != _COST), Decimal(0))
    social = weights.get("social-value", Decimal(0))
    if cost + value != 100:
        yield found.finding("The weights do not make 100.", "100", in_digits(cost + value), "value weights")
    for wrong, message, expected, actual in (
        (cost > Decimal(p.most_cost), "Whole-life cost weighs too much.", f"{p.most_cost} at most", cost),
        (value < Decimal(p.least_value), "The five domains weigh too little.", f"{p.least_value} or more", value),
        (social < Decimal(p.least_social), "Social value weighs too little.", f"{p.least_social} or more", social),
    ):
        if wrong:
            yield found.finding(message, expected, in_digits(actual), "value weights")
    yield Examined(what="weights", evidence=found.evidence, count=len(found.facts))


class QuestionParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``points``: how many scores the scale has."""

    points: int = 5


@check("award.questions-were-chosen", params=QuestionParams, needs=lambda p, s: [of_section("value")], source=_GUIDANCE)
@few_of_a_kind
def questions_were_chosen(ev: EvidenceView, p: QuestionParams) -> Iterator[Statement]:
    """Each domain that weighs something has a question with a reason, and the scale has five points.

    Good: efficiency, 15 %, one question, "beds are what the trust lacks". Bad: supply chain, 10 %, no question.
    """
    found = by_key(ev, "value", "weights", "questions", "scale")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts["weights"]:
        yield found.undecided("the section 'value' has no weight")
        return
    asked = {one["domain"] for one in found.facts["questions"]}
    for one in found.facts["weights"]:
        if one["domain"] != _COST and decimal(one["percent"]) > 0 and one["domain"] not in asked:
            place = f"value questions, domain {one['domain']}"
            yield found.finding("A domain weighs something, and nothing is asked.", "a question", "none", place)
    for one in found.facts["questions"]:
        yield from lacking(found, one, ("question", "reason"), f"value questions {one['id']}")
    scale = found.facts["scale"]
    yield from lacking(found, scale, ("points",), "value scale")
    if "points" in scale and int(scale["points"]) != p.points:
        yield found.finding("The scale has another number of scores.", str(p.points), scale["points"], "value scale")
    if {"points", "step"} <= scale.keys() and decimal(scale["step"]) > 0:
        real = (decimal(scale["highest"]) - decimal(scale["lowest"])) / decimal(scale["step"]) + 1
        if real != decimal(scale["points"]):
            said = f"{scale['points']} from {scale['lowest']} to {scale['highest']} by {scale['step']}"
            yield found.finding("The scale does not have so many scores.", in_digits(real), said, "value scale")
    yield Examined(what="questions and scale", evidence=found.evidence, count=len(found.facts["questions"]) + 1)


@check(
    "award.scores-reproduce",
    needs=lambda p, settings: [of_section("value")],
    source="docs/policy.md#scores-and-weights-make-the-total",
)
@few_of_a_kind
def scores_reproduce(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Scores and weights make the total that was declared, by the method that was declared, and lie on the scale.

    ``weight-times-share``: weight times score over highest score, of 100. ``weight-times-score``: score times weight in
    percent. To the places that the total is written with.

    Good: 40 x 3/4 + 10 x 3/4 + … = 78.75. Bad: 79.75; a score of 6 on a scale to 4; a weight without a score.
    """
    found = by_key(ev, "value", "weights", "scores", "scale")
    if isinstance(found, Undecided):
        yield found
        return
    weights = {one["domain"]: decimal(one["percent"]) for one in found.facts["weights"]}
    scores, scale = found.facts["scores"], found.facts["scale"]
    if not weights or not scores["by-domain"]:
        yield found.undecided("there are no weights, or no scores")
        return
    if len(weights) < len(found.facts["weights"]):
        yield found.undecided("a part is weighed twice, and which weight is meant is not said")
        return
    total, highest = Decimal(0), decimal(scale["highest"])
    by_share = scores["method"] == "weight-times-share"
    if by_share and highest <= 0:
        yield found.finding("The highest score is not above zero.", "above 0", scale["highest"], "value scale")
        return
    seen: set[str] = set()
    for one in scores["by-domain"]:
        yield from _on_scale(found, one, scale)
        if one["domain"] in seen:
            yield found.finding("A part is scored twice.", "each once", one["domain"], "value scores")
        seen.add(one["domain"])
        weight = weights.get(one["domain"], Decimal(0))
        total += weight * decimal(one["score"]) / (highest if by_share else 100)
    if seen != {name for name, weight in weights.items() if weight or name in seen}:
        said = ", ".join(sorted({name for name, weight in weights.items() if weight} ^ seen))
        yield found.finding("Weights and scores are not of the same parts.", "a score for each", said, "value scores")
    message = "Weights and scores do not make the total."
    yield from differs(found, scores["total"], total, message, "value scores total")
    yield Examined(what="scores", evidence=found.evidence, count=len(scores["by-domain"]))


def _on_scale(found: Given, one: Mapping[str, Any], scale: Mapping[str, Any]) -> Iterator[Finding]:
    score, lowest = decimal(one["score"]), decimal(scale["lowest"])
    step = decimal(scale.get("step", "0"))
    outside = not lowest <= score <= decimal(scale["highest"])
    if outside or (step > 0 and (score - lowest) % step != 0):
        expected = f"{scale['lowest']} to {scale['highest']}" + (f" by {scale['step']}" if step > 0 else "")
        yield found.finding("A score is not on the scale.", expected, one["score"], f"value scores {one['domain']}")
