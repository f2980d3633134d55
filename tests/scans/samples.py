"""Synthetic resources and how to write them down in every form that sources come in."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checker.checks.attachments import ATTACHMENTS, AttachmentParams
from checker.checks.coarsened import DATES_COARSENED, PLACES_COARSENED, DateParams
from checker.checks.coarsened import PlaceParams as AreaParams
from checker.checks.codings import (
    CLASSIFICATIONS,
    DEGRADED_CODES,
    DESCRIPTION_IDS,
    READ_CODES,
    SNOMED_CODES,
    SNOMED_VERSION,
    USER_SELECTED,
    ClassificationParams,
)
from checker.checks.conformant_targets import CONFORMANT_TARGETS, TargetParams
from checker.checks.consents import CONSENT_COHERENT
from checker.checks.contact_details import ADDRESSES_STRUCTURED, NAMES_STRUCTURED, TELECOM_COMPLETE
from checker.checks.counts import EXPORT_COUNTS, ExportCountsParams
from checker.checks.data_quality import DATA_QUALITY, QualityScanParams
from checker.checks.definitions_used import LOCAL_EXTENSIONS, PROFILE_FORM
from checker.checks.demographics import DEMOGRAPHICS_CONSISTENT, ConsistentParams
from checker.checks.direct_identifiers import NO_DIRECT_IDENTIFIERS
from checker.checks.equivalence_classes import K_ANONYMITY, L_DIVERSITY, ClassParams, DiversityParams
from checker.checks.exit_codes import EXPORT_CODES, CodesParams
from checker.checks.exit_dictionary import EXPORT_PATHS
from checker.checks.exit_whole import EXPORT_COMPANIONS, EXPORT_TENANTS, IMPORTS_AGAIN
from checker.checks.export_manifest import EXPORT_FILES
from checker.checks.fhir_base import RIGHT_BY_R4, AspectParams
from checker.checks.fhir_conforms import CONFORMS, About, ConformsParams
from checker.checks.fhir_must_support import MUST_SUPPORT_POPULATED, MustSupportParams
from checker.checks.fhir_terminology import TERMINOLOGY_COVERAGE, CoverageParams
from checker.checks.identifiers import IDENTIFIER_UNIQUE, IdentifierUniqueParams
from checker.checks.labels import LABELS_EXPORTED
from checker.checks.logical_ids import LOGICAL_ID_OPAQUE, LogicalIdParams
from checker.checks.medicines import DOSAGES_IN_WORDS, MEDICINES_CODED
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, NHS_NUMBER_TEXT, NHS_NUMBER_VALID, NhsNumberParams
from checker.checks.nhs_number_status import ENGLAND, EXTENSION, NHS_NUMBER_STATUS, StatusParams
from checker.checks.number_places import NUMBERS_ELSEWHERE, PlaceParams
from checker.checks.number_ranges import NUMBER_RANGES, NationParams
from checker.checks.number_reports import NUMBER_COUNTS, ReportParams
from checker.checks.number_shown import NUMBERS_GROUPED
from checker.checks.number_use import CARRIED_WHEN_KNOWN, NUMBER_SYSTEM, NUMBERS_USED, STATUS_GIVEN, NumberParams
from checker.checks.observed_paths import OBSERVED_PATHS
from checker.checks.opt_out import NOT_ON_RECORD, REMOVED_ARE_NOT_RELEASED, OptOutParams
from checker.checks.original_identifiers import NO_ORIGINAL_IDENTIFIERS
from checker.checks.placeholders import NO_PLACEHOLDERS, PlaceholderParams
from checker.checks.plausibility import DATES_PLAUSIBLE, PlausibleParams
from checker.checks.provenance import PROVENANCE_COVERS, ProvenanceParams
from checker.checks.pseudonyms import PSEUDONYMS_NOT_DIGESTS, PSEUDONYMS_UNLINKABLE, SidedParams
from checker.checks.reconcile import RECONCILE, ReconcileParams
from checker.checks.references import REFERENCE_RESOLVES, ReferenceParams
from checker.checks.registered_identifiers import (
    HOME_NATIONS,
    IDENTIFIERS_REGISTERED,
    SYSTEM_FORM,
    RangeParams,
    RegisteredParams,
)
from checker.checks.release_text import EMBEDDED_TEXT, FREE_TEXT, METADATA
from checker.checks.releases import ReleaseParams
from checker.checks.repeated import RESOURCES_REPEATED, VALUES_DISTINCT, DistinctParams, RepeatedParams
from checker.checks.restricted import RESTRICTED_LOCATION, RESTRICTED_RELATIONS
from checker.checks.retention import LAST_ACTIVITY, ActivityParams
from checker.checks.test_contacts import CONTACTS_RESERVED, TestContactParams
from checker.checks.test_data import NUMBERS_OF_PEOPLE, NUMBERS_SYNTHETIC, SyntheticParams
from checker.checks.withheld_codes import WITHHELD_CODES, WithheldParams
from checker.engine.scans import ScanJob, ScanRun, run_scans
from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.model.value import NoParams
from checker.probes.source import Chunk, Source, walk_source

GOOD = "9990000018"
OTHER = "9990000026"
BAD_CHECK_DIGIT = "9990000019"
LOCAL = "https://example.org/hospital-number"
SALT = b"a salt for tests"
JOBS = (
    ScanJob(scan=NHS_NUMBER_VALID, params=NhsNumberParams()),
    ScanJob(scan=IDENTIFIER_UNIQUE, params=IdentifierUniqueParams()),
)
_HERE = ("x.ndjson",)
"""The chunks of the tests are one artefact."""
_SIDED = SidedParams(
    release=_HERE, test_numbers=False, pseudonyms=("Patient.id", f"Patient.identifier('{LOCAL}').value")
)
PLAIN_JOBS = (
    *JOBS,
    ScanJob(scan=NO_DIRECT_IDENTIFIERS, params=ReleaseParams()),
    ScanJob(scan=K_ANONYMITY, params=ClassParams()),
    ScanJob(scan=L_DIVERSITY, params=DiversityParams(sensitive=("Patient.managingOrganization.reference",))),
    ScanJob(scan=NO_ORIGINAL_IDENTIFIERS, params=_SIDED),
    ScanJob(scan=PSEUDONYMS_NOT_DIGESTS, params=_SIDED),
    ScanJob(scan=PSEUDONYMS_UNLINKABLE, params=_SIDED),
    ScanJob(scan=DATES_COARSENED, params=DateParams()),
    ScanJob(scan=PLACES_COARSENED, params=AreaParams()),
    ScanJob(scan=REMOVED_ARE_NOT_RELEASED, params=OptOutParams(release=_HERE)),
    ScanJob(scan=CONSENT_COHERENT, params=NoParams()),
    ScanJob(scan=NOT_ON_RECORD, params=NoParams()),
    ScanJob(scan=NHS_NUMBER_TEXT, params=NhsNumberParams()),
    ScanJob(scan=NHS_NUMBER_STATUS, params=StatusParams()),
    ScanJob(scan=NUMBERS_SYNTHETIC, params=SyntheticParams()),
    ScanJob(scan=NUMBERS_OF_PEOPLE, params=SyntheticParams()),
    ScanJob(scan=CONTACTS_RESERVED, params=TestContactParams()),
    ScanJob(scan=DATES_PLAUSIBLE, params=PlausibleParams()),
    ScanJob(scan=LOGICAL_ID_OPAQUE, params=LogicalIdParams()),
    ScanJob(scan=REFERENCE_RESOLVES, params=ReferenceParams()),
    ScanJob(scan=LAST_ACTIVITY, params=ActivityParams()),
    ScanJob(scan=OBSERVED_PATHS, params=NoParams()),
    ScanJob(scan=DATA_QUALITY, params=QualityScanParams()),
    ScanJob(scan=DEMOGRAPHICS_CONSISTENT, params=ConsistentParams()),
    ScanJob(scan=RESOURCES_REPEATED, params=RepeatedParams()),
    ScanJob(scan=VALUES_DISTINCT, params=DistinctParams()),
    ScanJob(scan=EXPORT_COUNTS, params=ExportCountsParams()),
    ScanJob(scan=RECONCILE, params=ReconcileParams(wanted=("Patient/a 00", "Patient/x 00"), sample=2)),
    ScanJob(scan=ATTACHMENTS, params=AttachmentParams()),
    ScanJob(scan=EXPORT_CODES, params=CodesParams(published=("http://snomed.info/",))),
    ScanJob(scan=PROVENANCE_COVERS, params=ProvenanceParams()),
    ScanJob(scan=IDENTIFIERS_REGISTERED, params=RegisteredParams()),
    ScanJob(scan=HOME_NATIONS, params=RangeParams()),
    ScanJob(scan=SYSTEM_FORM, params=RangeParams()),
    ScanJob(scan=NO_PLACEHOLDERS, params=PlaceholderParams()),
    ScanJob(scan=CLASSIFICATIONS, params=ClassificationParams()),
    ScanJob(scan=NUMBER_RANGES, params=NationParams()),
    ScanJob(scan=NUMBER_COUNTS, params=ReportParams()),
    ScanJob(scan=NUMBERS_ELSEWHERE, params=PlaceParams()),
    ScanJob(scan=WITHHELD_CODES, params=WithheldParams(codes=("https://example.org/codes|R1",))),
    *(
        ScanJob(scan=scan, params=NumberParams())
        for scan in (STATUS_GIVEN, CARRIED_WHEN_KNOWN, NUMBERS_USED, NUMBER_SYSTEM)
    ),
    *(
        ScanJob(scan=scan, params=scan.params_type())
        for scan in (
            LABELS_EXPORTED,
            NUMBERS_GROUPED,
            RESTRICTED_LOCATION,
            RESTRICTED_RELATIONS,
            EXPORT_PATHS,
            EXPORT_COMPANIONS,
            EXPORT_TENANTS,
            IMPORTS_AGAIN,
            SNOMED_CODES,
            SNOMED_VERSION,
            DESCRIPTION_IDS,
            READ_CODES,
            USER_SELECTED,
            DEGRADED_CODES,
            TELECOM_COMPLETE,
            NAMES_STRUCTURED,
            ADDRESSES_STRUCTURED,
            PROFILE_FORM,
            LOCAL_EXTENSIONS,
            MEDICINES_CODED,
            DOSAGES_IN_WORDS,
            EXPORT_FILES,
            FREE_TEXT,
            EMBEDDED_TEXT,
            METADATA,
        )
    ),
)
"""The scans that look at an element and are done."""
ENGINE_JOBS = (
    ScanJob(scan=CONFORMS, params=ConformsParams(only=(About(severity=("error", "warning")),))),
    ScanJob(scan=RIGHT_BY_R4, params=AspectParams()),
    ScanJob(scan=MUST_SUPPORT_POPULATED, params=MustSupportParams()),
    ScanJob(scan=TERMINOLOGY_COVERAGE, params=CoverageParams()),
    ScanJob(scan=CONFORMANT_TARGETS, params=TargetParams()),
)
"""Those that ask the FHIR engine about each resource."""
ALL_JOBS = (*PLAIN_JOBS, *ENGINE_JOBS)
"""Every scan that there is."""


def nhs(value: object = GOOD, **more: Any) -> dict[str, Any]:
    """An identifier under the NHS-number system."""
    return {"system": NHS_NUMBER_SYSTEM, "value": value, **more}


def status(code: str) -> list[dict[str, Any]]:
    """The verification status of an NHS number."""
    return [{"url": EXTENSION, "valueCodeableConcept": {"coding": [{"system": ENGLAND, "code": code}]}}]


def patient(id: str, *identifiers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A patient."""
    return {"resourceType": "Patient", "id": id, "identifier": list(identifiers), **more}


def population() -> list[dict[str, Any]]:
    """Patients and others with one fault of each sort, and traps for whoever splits text."""
    return [
        patient("a", nhs(GOOD), name=[{"text": 'quoted "} ] { [" \\ and } 😀'}]),
        patient("b", nhs(BAD_CHECK_DIGIT)),
        patient("c", nhs("999 000 0018"), contained=[patient("in", nhs(9990000018))]),
        patient("d", nhs(GOOD), {"system": LOCAL, "value": "7"}),
        {"resourceType": "Observation", "id": "o", "subject": {"identifier": nhs(OTHER)}, "extension": []},
        {"resourceType": "List", "id": "l", "entry": [{"item": {"identifier": nhs(OTHER)}}, {"item": {}}]},
    ]


def ndjson(resources: list[dict[str, Any]]) -> bytes:
    """One a line."""
    return b"".join(json.dumps(resource).encode() + b"\n" for resource in resources)


def bundle(resources: list[dict[str, Any]], *, indent: int | None = None, type_last: bool = False) -> bytes:
    """A Bundle of them; its type may stand behind the entries."""
    head = {"resourceType": "Bundle"}
    entry = {"link": [{"url": "x"}], "entry": [{"fullUrl": "urn:x", "resource": resource} for resource in resources]}
    return json.dumps({**entry, **head} if type_last else {**head, **entry}, indent=indent).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()


def read(path: Path, limits: Limits | None = None) -> tuple[Source, list[Chunk]]:
    """A source read to the end, and its chunks."""
    source = walk_source(path, limits or Limits())
    return source, list(source)


def scanned(path: Path, limits: Limits | None = None) -> tuple[Source, ScanRun]:
    """A source scanned with all jobs."""
    source = walk_source(path, limits or Limits())
    return source, run_scans(JOBS, source, salt=SALT, limits=limits or Limits())


def chunks_of(resources: list[dict[str, Any]], path: str = "x.ndjson") -> Iterator[Chunk]:
    """Chunks as an NDJSON file would give them."""
    offset = 0
    for resource in resources:
        data = json.dumps(resource).encode()
        yield Chunk(locator=Locator(path=path, offset=offset), data=data)
        offset += len(data) + 1


def text_of(path: Path, name: str) -> bytes:
    """The decompressed text that a locator's offsets count in."""
    outer, _, member = name.partition("!/")
    data = (path if path.is_file() else path / outer).read_bytes()
    if member:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(member)
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
