"""Published invariants that modules of the explaining tier state themselves, with messages of their own.

A row holds for one published expression, by its fingerprint: a constraint of the same key that says something else is
evaluated. The fast tier evaluates them all; it only has to say whether an instance is clean.

- contained resources: dom-2, dom-3, dom-4, dom-5 (:mod:`checker.fhir.validation.contained`);
- references: ref-1 (:mod:`checker.fhir.validation.references`);
- FHIR Bundles: the bdl- rules (:mod:`checker.fhir.validation.bundle`, ``document``, ``message``).

Source: http://hl7.org/fhir/R4/domainresource.html#invs, references.html#invs and bundle.html#invs
"""

from __future__ import annotations

from functools import lru_cache

from checker.fhir.definitions.ir import Constraint
from checker.fhir.validation.corrections import fingerprint

STATED = {
    "bdl-1": "62edeff6df2ce466",
    "bdl-2": "523cc61cd4436b67",
    "bdl-3": "f44acf8942c6d60c",
    "bdl-4": "0db0a1cb5b23b1ba",
    "bdl-5": "9a86f9f5fe234baf",
    "bdl-7": "089204edce52713f",
    "bdl-8": "8828493cecc98357",
    "bdl-9": "3c87dcf493c558de",
    "bdl-10": "decc029cc5296a1b",
    "bdl-11": "09d6cf1610846cf4",
    "bdl-12": "84feddbf889ff0b1",
    "dom-2": "f0704c44af3a7d04",
    "dom-3": "835750cefb5a083b",
    "dom-4": "ae24fe110acc2109",
    "dom-5": "00f10df034e28ef5",
    "ref-1": "136606a25e00948e",
}
"""The fingerprint of the published expression, by key."""


def is_stated(constraint: Constraint) -> bool:
    """Whether a module of the explaining tier states the rule of that constraint."""
    return constraint.key in STATED and _fingerprint(constraint.expression) == STATED[constraint.key]


@lru_cache(maxsize=256)
def _fingerprint(expression: str) -> str:
    return fingerprint(expression)
