"""Probes of what the client takes: ``_format``, formats that nobody has, versions of FHIR, compression.

All of them ask for /metadata: nobody's record is in it. Source: http://hl7.org/fhir/R4/http.html#mime-type.
"""

from __future__ import annotations

from checker.fhir import statement
from checker.model.asked import ASIDE
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.value import NoParams
from checker.probes.fhir import get

JSON, XML = "application/fhir+json", "application/fhir+xml"
NOT_OFFERED = "application/pdf"
"""A media type that FHIR has no form for."""
_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())


def taking(url: str, accept: str) -> Request:
    """A GET that takes that media type alone."""
    return Request(url=url, headers=(("Accept", accept),))


@probe(
    "fhir.format-parameter",
    "1",
    uses=lambda p: (_CAPABILITIES,),
    budget=lambda p: Budget(requests=2),
    interactions=("capabilities",),
)
async def format_parameter(s: Session, p: NoParams) -> None:
    """GET [base]/metadata with ``_format``, beside an Accept header that says something else.

    ``json``: the short name, and Accept takes XML alone. ``other``: XML where it is declared, and Accept takes JSON;
    else JSON by its media type, and Accept takes XML.
    """
    stated = (await s.need(_CAPABILITIES)).exchange("metadata")
    declared = statement.families(stated.json().value if stated is not None and stated.ok else None)
    await s.send(taking(s.url("metadata", _format="json"), XML), "json", interaction="capabilities", view=ASIDE)
    if "xml" in declared:
        s.note("other", "xml")
        request = taking(s.url("metadata", _format="xml"), JSON)
    else:
        s.note("other", "json")
        request = taking(s.url("metadata", _format=JSON), XML)
    await s.send(request, "other", interaction="capabilities", view=ASIDE)


@probe("fhir.not-acceptable", "1", budget=lambda p: Budget(requests=2), interactions=("capabilities",))
async def not_acceptable(s: Session, p: NoParams) -> None:
    """GET [base]/metadata as FHIR JSON (control) and as a format that FHIR does not have (mutant)."""
    url = s.url("metadata")
    await s.pair(
        get(url), taking(url, NOT_OFFERED), differs_in="headers:accept", interaction="capabilities", view=ASIDE
    )


@probe("fhir.version-parameter", "1", budget=lambda p: Budget(requests=2), interactions=("capabilities",))
async def version_parameter(s: Session, p: NoParams) -> None:
    """GET [base]/metadata with the FHIR version of the profile in Accept (control), and with another one (mutant)."""
    url, (mine, other) = s.url("metadata"), versions(s.settings.fhir_version)
    await s.pair(
        taking(url, f"{JSON}; fhirVersion={mine}"),
        taking(url, f"{JSON}; fhirVersion={other}"),
        differs_in="headers:accept",
        interaction="capabilities",
        view=ASIDE,
    )


@probe("fhir.compressed", "1", interactions=("capabilities",))
async def compressed(s: Session, p: NoParams) -> None:
    """GET [base]/metadata, and gzip is the one coding that is taken."""
    request = Request(url=s.url("metadata"), headers=(("Accept", JSON), ("Accept-Encoding", "gzip")))
    await s.send(request, "gzip", interaction="capabilities", fresh=True, view=ASIDE)


def versions(full: str) -> tuple[str, str]:
    """Publication and major version of that version of FHIR, and of another one.

    >>> versions("4.0.1"), versions("3.0.2")
    (('4.0', '3.0'), ('3.0', '4.0'))
    """
    mine = ".".join(full.split(".")[:2])
    return mine, "3.0" if mine != "3.0" else "4.0"
