"""An NHS number in an Identifier: ten digits, the last of which checks the others by modulus 11.

Source: https://www.datadictionary.nhs.uk/attributes/nhs_number.html
"""

from __future__ import annotations

from typing import Final

from checker.fhir.instance import Node
from checker.fhir.terminology.check_digits import nhs_number_is_valid
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

SYSTEM: Final = "https://fhir.nhs.uk/Id/nhs-number"

NHS_NUMBER = rule(
    "nhs-number-invalid",
    "error",
    "value",
    title="The NHS number is not one",
    why="A wrong NHS number finds no patient, or another one.",
    fix="Write the ten digits without blanks, as the patient's record has them.",
    source="https://www.datadictionary.nhs.uk/attributes/nhs_number.html",
    good='"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"',
    bad='"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "999 000 0018"',
)


def check(run: Run, node: Node) -> None:
    """Judge the value of an Identifier whose system is that of the NHS number."""
    held = node.holder
    value = held.get("value")
    if held.get("system") != SYSTEM or not isinstance(value, str):
        return
    if len(value) != 10 or not value.isascii() or not value.isdigit():
        said = f"An NHS number has ten digits and nothing else; '{value}' has {len(value)} characters."
    elif not nhs_number_is_valid(value):
        said = f"The last digit of the NHS number '{value}' does not check the others (modulus 11)."
    else:
        return
    run.report(NHS_NUMBER, node, said, below="value", found=value, allowed="ten digits with a right check digit")
