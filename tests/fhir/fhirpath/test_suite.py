"""The official R4 suite: every test is met, or is listed with its reason."""

from __future__ import annotations

import pytest

from tests.fhir.fhirpath import suite
from tests.fhir.published import needs_core

_HERE = suite.SUITE.is_file()


@needs_core
@pytest.mark.skipif(not _HERE, reason="the FHIRPath suite is not here")
def test_the_official_suite() -> None:
    wrong = {case.name: found for case in suite.cases() if (found := suite.run(case)) is not None}
    assert wrong.keys() == suite.LISTED.keys()
