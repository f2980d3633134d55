"""The kinds of trial: which searches are made of what is known, and what is judged of their answers."""

from __future__ import annotations

from checker.fhir.search.asking import Family
from checker.fhir.search.families import counted, dates, forms, linked, paged, parts, plain, relations

FAMILIES: dict[str, Family] = {
    **plain.FAMILIES,
    **dates.FAMILIES,
    **forms.FAMILIES,
    **relations.FAMILIES,
    **paged.FAMILIES,
    **counted.FAMILIES,
    **linked.FAMILIES,
    **parts.FAMILIES,
}
"""Name → kind of trial."""
