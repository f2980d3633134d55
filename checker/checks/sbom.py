"""The bill of materials as a document: that it is there, fits its schema, is new, and is that of the product."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.assured import (
    SUBMITTED,
    Given,
    bill,
    moment_day,
    same_name,
    same_version,
    section,
    submitted,
)
from checker.checks.register import day
from checker.model.evidence import Artefact
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_CYCLONEDX = "https://cyclonedx.org/specification/overview/"
_SPDX = "https://spdx.github.io/spdx-spec/v2.3/"
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


@check("sbom.is-given", needs=lambda p, settings: [SUBMITTED], source=_CYCLONEDX)
def is_given(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A bill of materials was submitted, is CycloneDX or SPDX 2 in JSON, and names components.

    Good: ``--artefact sbom=sbom.json`` with a file that a build wrote. Bad: a file that is no JSON. Nothing submitted
    decides nothing. A format that is not read here (XML, tag-value, SPDX 3) is told as what it is not.
    """
    found = submitted(ev, "sbom")
    if isinstance(found, Undecided):
        yield found
    elif found.facts.get("unread"):
        yield found.undecided(f"the bill of materials was not read: {found.facts['unread']}", Reason.PREREQUISITE)
    elif found.facts.get("fault"):
        yield found.finding(
            "The bill of materials cannot be read.", "CycloneDX or SPDX 2 in JSON", found.facts["fault"], "sbom"
        )
    elif not found.facts["components"]:
        yield found.finding("The bill of materials names no component.", "at least one", "none", "sbom components")
    else:
        what = f"{found.facts['format']} {found.facts['version']}, components"
        yield Examined(what=what, evidence=found.evidence, count=len(found.facts["components"]))


@check("sbom.fits-its-schema", needs=lambda p, settings: [SUBMITTED], source=_CYCLONEDX)
def fits_its_schema(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The bill of materials fits the schema of the version that it names.

    CycloneDX is held against its own JSON Schema, which comes with the extra ``sbom``; without it nothing is decided.
    Of SPDX 2.2 and 2.3 the mandatory fields are looked at.

    Good: a component of 1.6 with ``type`` and ``name``. Bad: one without ``type``, or with a word that 1.6 has not.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    said = found.facts["schema"]
    if not said["checked"]:
        yield found.undecided(f"the schema was not looked at: {said['why']}", Reason.PREREQUISITE)
        return
    yield Examined(what=f"{found.facts['format']} {found.facts['version']} by its schema", evidence=found.evidence)
    if said["faults"]:
        message = "The bill of materials does not fit the schema of its version."
        yield found.finding(message, "no fault", "; ".join(said["faults"][:3]), "sbom", said["count"])


class FormatParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``cyclonedx``, ``spdx``: the oldest versions that are taken."""

    cyclonedx: str = "1.5"
    spdx: str = "2.3"


@check("sbom.format-is-current", params=FormatParams, needs=lambda p, settings: [SUBMITTED], source=_CYCLONEDX)
def format_is_current(ev: EvidenceView, p: FormatParams) -> Iterator[Statement]:
    """The format is CycloneDX 1.5 or newer, or SPDX 2.3 or newer.

    Good: CycloneDX 1.6. Bad: CycloneDX 1.4.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    oldest = p.cyclonedx if found.facts["format"] == "CycloneDX" else p.spdx
    is_at, wanted = _numbers(found.facts["version"]), _numbers(oldest)
    if is_at is None or wanted is None:
        yield found.undecided("the version of the format is not a number", Reason.PREREQUISITE)
        return
    yield Examined(what="the version of the format", evidence=found.evidence)
    if is_at < wanted:
        expected = f"{found.facts['format']} {oldest} or newer"
        yield found.finding("The format is an old one.", expected, found.facts["version"], "sbom")


def _numbers(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(re.fullmatch(r"[0-9]{1,4}", one, re.ASCII) for one in parts) else None


class ProductParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``late_days``: a bill made so many days before the day that is judged is said to be old."""

    late_days: int = 90


@check("sbom.is-of-the-product", params=ProductParams, needs=lambda p, settings: [SUBMITTED], source=_CYCLONEDX)
def is_of_the_product(ev: EvidenceView, p: ProductParams) -> Iterator[Statement]:
    """The bill of materials is that of the product and the version under test, and not older than its release.

    Name and version are those of ``supplier.toml``; the release is ``product: released`` in the assurance. A leading
    ``v`` and what follows a ``+`` do not make another version, nor do case and punctuation another name.

    Good: version 4.2.0 of both, made on the day of the release. Bad: the bill of 4.1.0.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    root, supplier = found.facts["root"], ev.supplier
    if not (supplier.product and supplier.version):
        yield found.undecided("which product and version are tested is not said: give both in supplier.toml")
        return
    made = moment_day(found.facts["made"])
    old = " It is old." if made and (found.on - made).days > p.late_days else ""
    yield Examined(what=f"root component and time of the bill of materials.{old}", evidence=found.evidence)
    if not same_name(root["name"], supplier.product):
        message = "The bill of materials is that of another product."
        yield found.finding(message, supplier.product, root["name"] or "no root component", "sbom root name")
    if not same_version(root["version"], supplier.version):
        message = "The bill of materials is that of another version."
        yield found.finding(message, supplier.version, root["version"] or "no version", "sbom root version")
    yield from _not_before_the_release(ev, found)


def _not_before_the_release(ev: EvidenceView, found: Given) -> Iterator[Statement]:
    made, product = moment_day(found.facts["made"]), section(ev, "product")
    if made is None:
        yield found.finding("The bill of materials does not say when it was made.", "a time", "none", "sbom time")
        return
    if made > found.on:
        yield found.finding("The bill of materials is from the future.", f"by {found.on}", f"{made}", "sbom time")
    if isinstance(product, Undecided):
        yield product
        return
    released = day(product.facts.get("released"))
    if not (
        same_name(product.facts["name"], ev.supplier.product)
        and same_version(product.facts["version"], ev.supplier.version)
    ):
        yield product.undecided("the section 'product' speaks of another product or version", Reason.PREREQUISITE)
    elif released is None:
        yield product.undecided("the section 'product' does not say when the version was released")
    elif (released - made).days > 1:  # the same build: a time zone may lie between
        message = "The bill of materials is older than the release."
        yield found.finding(message, f"made on {released} or after", f"{made}", "sbom time")


@check("sbom.has-a-serial", needs=lambda p, settings: [SUBMITTED], source=_CYCLONEDX)
def has_a_serial(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The bill has a serial number of its own: a URN of a UUID, in SPDX a namespace, that no earlier release had.

    Earlier bills are artefacts of kind ``sbom-earlier``; without one the form alone is judged. A newer revision
    (``version``) of the bill of the same release keeps its serial number.

    Good: ``urn:uuid:`` with a UUID that changes with each release. Bad: the serial number of the release before.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    serial = found.facts["serial"]
    yield Examined(what="the serial number of the bill of materials", evidence=found.evidence)
    if found.facts["format"] == "CycloneDX" and not _URN.fullmatch(serial):
        yield found.finding("The serial number is no URN of a UUID.", "urn:uuid:…", "another", "sbom serialNumber")
    elif not serial:
        yield found.finding("The document has no namespace.", "an address", "none", "sbom documentNamespace")
    for item in ev.record(SUBMITTED).evidence("sbom-earlier"):
        payload = item.read()
        earlier = payload.facts if isinstance(payload, Artefact) else {}
        if not earlier.get("root"):
            yield found.undecided("an earlier bill of materials was not read", Reason.PREREQUISITE)
        elif earlier["serial"] == serial and earlier["root"]["version"] != found.facts["root"]["version"]:
            message = "The serial number is that of an earlier release."
            yield found.finding(message, "one of its own", "the same", "sbom serialNumber")
