"""Both tiers over mutated resources: what the fast one lets pass is what the explaining one says."""

from __future__ import annotations

from tests.fhir.fast.differential import compare


def test_the_tiers_agree_on_mutated_resources() -> None:
    wrong, figures = compare(1_500, 11)
    assert not wrong, wrong[0]
    assert figures["clean"] > 50
