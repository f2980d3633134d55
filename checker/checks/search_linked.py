"""Searches that follow references: included resources, chains, compartments.

Source: http://hl7.org/fhir/R4/search.html#include, #chaining and http://hl7.org/fhir/R4/http.html#vsearch.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.trials import judged, needs
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Statement
from checker.model.view import EvidenceView


@check(
    "search.include-modes",
    needs=lambda p, settings: needs("include", "revinclude"),
    source="http://hl7.org/fhir/R4/search.html#include",
)
def include_modes(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A declared _include or _revinclude brings resources, marked as included and not as matches.

    A resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: each patient that comes with an observation has search.mode *include*.
    Bad: it has *match*, or nothing comes although an observation refers to a patient that was shown.
    """
    yield from judged(ev, ("include", "modes"), ("revinclude", "modes"))


@check(
    "search.include-brings-exactly",
    needs=lambda p, settings: needs("include"),
    source="http://hl7.org/fhir/R4/search.html#include",
)
def include_brings_exactly(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A declared _include brings each resource that a match refers to by it, and no other.

        Only what the server had shown must come. A resource that speaks against the server is read again, and
    counts only if it did not change meanwhile.

    Good: the ten patients of ten observations come with them, each once.
    Bad: nine come; or a patient whom no match refers to comes too.
    """
    yield from judged(ev, ("include", "exactly"))


@check(
    "search.revinclude-brings-exactly",
    needs=lambda p, settings: needs("revinclude"),
    source="http://hl7.org/fhir/R4/search.html#revinclude",
)
def revinclude_brings_exactly(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A declared _revinclude brings each resource that refers to a match by it, and no other.

        Only what the server had shown must come. A resource that speaks against the server is read again, and
    counts only if it did not change meanwhile.

    Good: all allergies of the patients found come with them.
    Bad: one does not.
    """
    yield from judged(ev, ("revinclude", "exactly"))


@check(
    "search.include-iterates",
    needs=lambda p, settings: needs("iterate"),
    source="http://hl7.org/fhir/R4/search.html#include",
)
def include_iterates(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """_include:iterate goes on from what was included.

        Judged where the self link says that it was used. A resource that speaks against the server is read
    again, and counts only if it did not change meanwhile.

    Good: with an observation come its patient, and that patient's practice.
    Bad: the practice does not come.
    """
    yield from judged(ev, ("iterate", "two-steps"))


@check(
    "search.chains",
    needs=lambda p, settings: needs("chain"),
    source="http://hl7.org/fhir/R4/search.html#chaining",
)
def chains(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A chained search, and one by _has, gives what the references lead to.

    Chains are made of declared parameters. A server that refuses them, or leaves them out of the self link, is not
    judged. A resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: ``Observation?patient:Patient.family=Inkpenwell`` gives the observations of that patient.
    Bad: it gives those of others too, or 500.
    """
    yield from judged(ev, ("chain", "follows"))


@check(
    "search.compartment-is-the-patients",
    needs=lambda p, settings: needs("compartment"),
    source="http://hl7.org/fhir/R4/http.html#vsearch",
)
def compartment_is_the_patients(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A compartment of a patient holds what a search by patient gives, and else only what refers to that patient.

    A resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: ``GET Patient/p1/Observation`` gives what ``GET Observation?patient=Patient/p1`` gives.
    Bad: one observation is missing, or another patient's is given.
    """
    yield from judged(ev, ("compartment", "same"))
