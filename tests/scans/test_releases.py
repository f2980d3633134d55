"""What the scans over releases find, and what they must be quiet about."""

from __future__ import annotations

import base64
import doctest
import hashlib
from typing import Any

import pytest

from checker.checks import element_paths, number_digests
from checker.checks.coarsened import DATES_COARSENED, PLACES_COARSENED, DateParams, PlaceParams
from checker.checks.consents import CONSENT_COHERENT
from checker.checks.direct_identifiers import NO_DIRECT_IDENTIFIERS
from checker.checks.equivalence_classes import K_ANONYMITY, L_DIVERSITY, ClassParams, DiversityParams
from checker.checks.opt_out import NOT_ON_RECORD, REMOVED_ARE_NOT_RELEASED, OptOutParams
from checker.checks.original_identifiers import NO_ORIGINAL_IDENTIFIERS
from checker.checks.pseudonyms import PSEUDONYMS_NOT_DIGESTS, PSEUDONYMS_UNLINKABLE, SidedParams
from checker.checks.releases import ReleaseParams
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.errors import ProfileFault
from checker.model.release import Release, ReleaseField
from checker.model.supplier import ArtefactRef, Limits, Supplier
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from tests.scans.samples import GOOD, OTHER, SALT, chunks_of, nhs, patient

PSEUDONYM = "https://supplier.example/Id/pseudonym"
ARTEFACTS = tuple(
    ArtefactRef(id=kind, kind=kind)
    for kind in ("release", "release-other", "export", "opt-out-submitted", "opt-out-returned", "opt-out-released")
)


def declared(*fields: tuple[str, str], **more: Any) -> Supplier:
    """A supplier with a release whose fields have these roles, and with every kind of artefact."""
    made = tuple(ReleaseField(path=path, roles=tuple(roles.split())) for path, roles in fields)
    return Supplier(name="Test", artefacts=ARTEFACTS, release=Release(name="r", fields=made, **more))


def said(
    scan: Any,
    params: Params,
    released: list[dict[str, Any]],
    supplier: Supplier | None = None,
    **others: list[dict[str, Any]],
) -> list[Statement]:
    """What a scan says of a release, and of artefacts beside it."""
    params = scan.bound(params, supplier or declared())
    chunks = list(chunks_of(released, "release/x.ndjson"))
    for name, resources in others.items():
        chunks += chunks_of(resources, f"{name.replace('_', '-')}/x.ndjson")
    run = run_scans([ScanJob(scan=scan, params=params)], chunks, salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    assert GOOD not in str(run), "no state holds a number"
    return list(finish_scan(scan, params, [run.outcomes[0].state]))


def places(found: list[Statement]) -> list[str]:
    """The pointers of all findings, or the whole place where there is none."""
    return [one.partition("#")[2] or one for s in found if isinstance(s, Finding) for one in s.examples or (s.place,)]


def row(**cells: object) -> dict[str, Any]:
    """A row of a table."""
    return {"resourceType": "Row", **cells}


def outcome(found: list[Statement]) -> str:
    """Fail, open, pass, or nothing."""
    for kind, word in ((Finding, "fail"), (Undecided, "open"), (Examined, "pass")):
        if any(isinstance(one, kind) for one in found):
            return word
    return "nothing"


EVERY = (
    (NO_DIRECT_IDENTIFIERS, ReleaseParams()),
    (K_ANONYMITY, ClassParams()),
    (L_DIVERSITY, DiversityParams(sensitive=("Patient.identifier",))),
    (NO_ORIGINAL_IDENTIFIERS, SidedParams()),
    (PSEUDONYMS_NOT_DIGESTS, SidedParams(test_numbers=False)),
    (PSEUDONYMS_UNLINKABLE, SidedParams()),
    (DATES_COARSENED, DateParams()),
    (PLACES_COARSENED, PlaceParams()),
    (REMOVED_ARE_NOT_RELEASED, OptOutParams()),
    (CONSENT_COHERENT, NoParams()),
    (NOT_ON_RECORD, NoParams()),
)
ODD: list[dict[str, Any]] = [
    {"resourceType": "Patient"},
    {"resourceType": "Patient", "id": 7, "identifier": 7, "meta": 7, "birthDate": 7, "address": 7, "name": []},
    {"resourceType": "Patient", "id": "", "identifier": [7, None, {}, {"system": [], "value": {}}], "address": [7]},
    {"resourceType": "Consent", "status": [], "provision": {"period": {"start": 7, "end": []}}, "meta": []},
    {"resourceType": "Row", "number": [], "": {"a": [None, 7, 1.5, True]}, "x": None},
    {"resourceType": "Flag", "code": [[[{"text": 7}]]], "reference": {"reference": "Patient/a", "identifier": 7}},
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_records_are_never_a_fault_of_the_checker(number: int) -> None:
    for scan, params in EVERY:
        said(scan, params, [ODD[number]], export=[ODD[number]], release_other=[ODD[number]])


@pytest.mark.parametrize(("scan", "params"), EVERY)
def test_nothing_is_examined_in_nothing(scan: Any, params: Params) -> None:
    assert outcome(said(scan, params, [])) in ("nothing", "open")


def test_the_examples_in_the_docstrings_are_right() -> None:
    for module in (element_paths, number_digests):
        assert doctest.testmod(module).failed == 0


# Roles ---------------------------------------------------------------------------------------


def test_a_declared_field_has_its_declared_roles_and_no_others() -> None:
    supplier = declared(("Patient.gender", "safe"), ("Patient.name", "safe"), ("Row.age", "quasi date"))
    params = K_ANONYMITY.bound(ClassParams(), supplier)
    assert "Patient.gender" not in params.quasi
    assert "Patient.name" in params.direct, "what names somebody stays what it is"
    assert "Row.age" in params.quasi
    assert "Row.age" in params.dates
    assert K_ANONYMITY.bound(params, supplier) == params


@pytest.mark.parametrize("path", ["Patient", "", "Patient..x", "Patient.", "Patient.name(x)", ".name", "Patient.'x'"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ProfileFault):
        K_ANONYMITY.bound(ClassParams(), declared((path, "quasi")))


# Direct identifiers --------------------------------------------------------------------------


def test_a_pseudonym_is_no_identifier_and_an_unknown_system_is_left_open() -> None:
    known = declared((f"Patient.identifier('{PSEUDONYM}').value", "pseudonym"))
    released = [patient("a", {"system": PSEUDONYM, "value": "p"}), patient("b", {"system": "urn:mrn", "value": "7"})]
    assert places(said(NO_DIRECT_IDENTIFIERS, ReleaseParams(), released, known)) == ["/identifier/0/value"]
    assert outcome(said(NO_DIRECT_IDENTIFIERS, ReleaseParams(), released)) == "open"
    assert outcome(said(NO_DIRECT_IDENTIFIERS, ReleaseParams(), [patient("a", nhs())])) == "fail"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"name": "Ann"}, ["/name"]),
        ({"note": "slept well"}, ["/note"]),
        ({"born": "1950-02-03"}, ["/born"]),
        ({"born": "1950"}, []),
        ({"lsoa": "ZZ1 9ZZ"}, ["/lsoa"]),
        ({"other": "ann@example.org"}, ["/other"]),
        ({"other": "999 000 0018"}, ["/other"]),
        ({"other": "9990000018"}, ["/other"]),
        ({"other": "01632 960001"}, ["/other"]),
        ({"other": "E01000001", "n": 7, "code": "J45.9"}, []),
        ({"pid": "9990000018"}, []),
        ({"name": ""}, []),
    ],
)
def test_a_row_is_judged_by_its_roles_and_by_its_look(cells: dict[str, Any], found: list[str]) -> None:
    roles = declared(
        ("Row.name", "direct"),
        ("Row.note", "free-text"),
        ("Row.born", "quasi date"),
        ("Row.lsoa", "geography"),
        ("Row.pid", "pseudonym"),
    )
    assert places(said(NO_DIRECT_IDENTIFIERS, ReleaseParams(), [row(**cells)], roles)) == found


# Classes -------------------------------------------------------------------------------------


def people(*counts: int, **more: Any) -> list[dict[str, Any]]:
    """So many of each class."""
    return [
        {"resourceType": "Patient", "id": f"{number}-{one}", "gender": f"g{number}", **more}
        for number, count in enumerate(counts)
        for one in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "more", "found"),
    [
        ((5, 6), {}, 0),
        ((5, 4), {}, 4),
        ((1, 2, 9), {}, 3),
        ((9, 10), {"publication": "open"}, 9),
        ((6, 7), {"k": 7}, 6),
        ((150,), {}, 0),
    ],
)
def test_classes_smaller_than_k_are_found(counts: tuple[int, ...], more: dict[str, Any], found: int) -> None:
    statements = said(K_ANONYMITY, ClassParams(), people(*counts), declared(**more))
    assert sum(one.count for one in statements if isinstance(one, Finding)) == found
    assert sum(one.count for one in statements if isinstance(one, Examined)) == sum(counts)
    smallest = min(counts)
    shown = "more than 99" if smallest > 99 else str(smallest)
    assert any(f"the smallest of {shown}" in one.what for one in statements if isinstance(one, Examined))


def test_how_many_are_alone_is_told() -> None:
    (finding,) = [one for one in said(K_ANONYMITY, ClassParams(), people(1, 1, 3)) if isinstance(one, Finding)]
    assert finding.actual == "the smallest class has 1; 2 people are alone in theirs"


def test_a_declared_k_below_the_floor_is_found_though_all_classes_are_large() -> None:
    assert outcome(said(K_ANONYMITY, ClassParams(), people(20), declared(k=4))) == "fail"
    assert outcome(said(K_ANONYMITY, ClassParams(), people(20), declared(k=8, publication="open"))) == "fail"
    assert outcome(said(K_ANONYMITY, ClassParams(), people(20), declared(k=5))) == "pass"


def test_rows_of_one_person_are_one_person() -> None:
    roles = declared(("Row.age", "quasi"), ("Row.pid", "pseudonym"))
    visits = [row(age="70-74", pid=f"p{number % 2}") for number in range(20)]
    assert outcome(said(K_ANONYMITY, ClassParams(), visits, roles)) == "fail"
    visits = [row(age="70-74", pid=f"p{number % 6}") for number in range(20)]
    assert outcome(said(K_ANONYMITY, ClassParams(), visits, roles)) == "pass"


def test_a_column_with_many_values_that_nobody_declared_leaves_it_open() -> None:
    rows = [row(age="70-74", job=f"job {number}") for number in range(60)]
    assert outcome(said(K_ANONYMITY, ClassParams(), rows, declared(("Row.age", "quasi")))) == "open"
    assert (
        outcome(said(K_ANONYMITY, ClassParams(), rows, declared(("Row.age", "quasi"), ("Row.job", "safe")))) == "pass"
    )


@pytest.mark.parametrize(
    ("values", "more", "expected"),
    [
        (["a", "b", "a"], {}, "pass"),
        (["a", "a", "a"], {}, "fail"),
        (["a", "b"], {"l": 3}, "fail"),
        (["a", "b", "c"], {"l": 3}, "pass"),
        (["", "", ""], {}, "nothing"),
    ],
)
def test_a_sensitive_attribute_has_several_values(values: list[str], more: dict[str, Any], expected: str) -> None:
    roles = declared(("Row.age", "quasi"), ("Row.diagnosis", "sensitive"), **more)
    rows = [row(age="70-74", diagnosis=one) for one in values]
    assert outcome(said(L_DIVERSITY, DiversityParams(), rows, roles)) == expected


# Pseudonyms ----------------------------------------------------------------------------------

SPACED = f"{GOOD[:3]} {GOOD[3:6]} {GOOD[6:]}"
HYPHENED = SPACED.replace(" ", "-")


def written(digest: bytes) -> tuple[str, ...]:
    """A digest as people write it."""
    plain = base64.b64encode(digest).decode()
    safe = base64.urlsafe_b64encode(digest).decode()
    return digest.hex(), digest.hex().upper(), plain, plain.rstrip("="), safe, f" {digest.hex()} "


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("form", [GOOD, SPACED, HYPHENED, f"{GOOD}\n"])
def test_every_digest_of_a_number_of_the_source_is_known_again(algorithm: str, form: str) -> None:
    digest = hashlib.new(algorithm, form.encode(), usedforsecurity=False).digest()
    params = SidedParams(test_numbers=False)
    for text in written(digest):
        found = said(PSEUDONYMS_NOT_DIGESTS, params, [patient(text)], export=[patient("s", nhs())])
        assert places(found) == ["/id"], text
    other = hashlib.new(algorithm, b"secret" + form.encode(), usedforsecurity=False).hexdigest()
    assert outcome(said(PSEUDONYMS_NOT_DIGESTS, params, [patient(other)], export=[patient("s", nhs())])) == "pass"


def test_digests_of_test_numbers_are_known_without_a_source() -> None:
    released = [patient(hashlib.sha256(text.encode()).hexdigest()) for text in (GOOD, SPACED, "9990000019", "x")]
    assert places(said(PSEUDONYMS_NOT_DIGESTS, SidedParams(), released)) == ["/id", "/id"]
    assert outcome(said(PSEUDONYMS_NOT_DIGESTS, SidedParams(test_numbers=False), released)) == "open"


def test_pseudonyms_that_are_the_same_elsewhere_are_found_unless_that_is_declared() -> None:
    two = [patient("a"), patient("b")]
    assert outcome(said(PSEUDONYMS_UNLINKABLE, SidedParams(), two)) == "open"
    assert outcome(said(PSEUDONYMS_UNLINKABLE, SidedParams(), two, release_other=[patient("c")])) == "pass"
    found = said(PSEUDONYMS_UNLINKABLE, SidedParams(), two, release_other=[patient("b"), patient("c")])
    assert sum(one.count for one in found if isinstance(one, Finding)) == 1
    linkable = declared(linkable=True)
    assert outcome(said(PSEUDONYMS_UNLINKABLE, SidedParams(), two, linkable, release_other=two)) == "pass"


def test_a_column_of_pseudonyms_may_repeat_in_its_own_release() -> None:
    roles = declared(("Row.pid", "pseudonym"))
    visits = [row(pid="a"), row(pid="a")]
    assert outcome(said(PSEUDONYMS_UNLINKABLE, SidedParams(), visits, roles, release_other=[row(pid="b")])) == "pass"
    assert outcome(said(PSEUDONYMS_UNLINKABLE, SidedParams(), visits, roles, release_other=[row(pid="a")])) == "fail"


# Original identifiers ------------------------------------------------------------------------


def note(text: str, **more: Any) -> dict[str, Any]:
    """An observation with a note."""
    return {"resourceType": "Observation", "id": "o", "note": [{"text": text}], **more}


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        (note(f"NHS number {GOOD}"), ["/note/0/text"]),
        (note(f"quote {SPACED}"), ["/note/0/text"]),
        (note(f"quote {GOOD}"), ["/note/0/text"]),
        (note("quote 9990000019"), []),
        (note("", subject={"identifier": nhs()}), ["/subject/identifier/value"]),
        (note("", subject={"identifier": nhs(int(GOOD))}), ["/subject/identifier/value"]),
        (note("", subject={"display": f"Ann, NHS {SPACED}"}), ["/subject/display"]),
        (note("order no. 9990000026"), []),
        (patient(GOOD), ["/id"]),
        (row(ref=GOOD), ["/ref"]),
        (row(ref=int(GOOD)), ["/ref"]),
        (row(ref=7), []),
    ],
)
def test_what_passes_as_a_number_is_found(resource: dict[str, Any], found: list[str]) -> None:
    assert places(said(NO_ORIGINAL_IDENTIFIERS, SidedParams(), [resource])) == found


def test_what_the_source_knows_is_found_whatever_it_looks_like() -> None:
    source = [patient("source-1", nhs(), {"system": "urn:mrn", "value": "H-7003K"}, {"system": "urn:x", "value": "12"})]
    released = [
        note("old notes h-7003k; room 12"),
        note(f"order no. {GOOD}"),
        note("", subject={"display": "source-1"}),
    ]
    found = said(NO_ORIGINAL_IDENTIFIERS, SidedParams(), released, export=source)
    assert sorted(places(found)) == ["/note/0/text", "/note/0/text", "/subject/display"]
    assert outcome(said(NO_ORIGINAL_IDENTIFIERS, SidedParams(), [note("room 12")], export=source)) == "pass"
    alone = said(NO_ORIGINAL_IDENTIFIERS, SidedParams(), released)
    assert outcome(alone) == "pass"


def test_an_id_is_told_once_and_a_reference_only_where_it_leads_nowhere() -> None:
    to = note("", subject={"reference": f"Patient/{GOOD}"})
    assert places(said(NO_ORIGINAL_IDENTIFIERS, SidedParams(), [patient(GOOD), to])) == ["/id"]
    assert places(said(NO_ORIGINAL_IDENTIFIERS, SidedParams(), [to])) == ["/subject/reference"]


def test_the_name_of_a_file_is_looked_at_once() -> None:
    params = NO_ORIGINAL_IDENTIFIERS.bound(SidedParams(), declared())
    chunks = chunks_of([patient("a"), patient("b")], f"release/Patient-{OTHER}.ndjson")
    run = run_scans([ScanJob(scan=NO_ORIGINAL_IDENTIFIERS, params=params)], chunks, salt=SALT, limits=Limits())
    found = list(finish_scan(NO_ORIGINAL_IDENTIFIERS, params, [run.outcomes[0].state]))
    assert [one.count for one in found if isinstance(one, Finding)] == [1]


# Dates and places ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "level", "fine"),
    [
        ("1950", "", False),
        ("1950-05", "", False),
        ("1950-05", "year", True),
        ("1950-05-17", "", True),
        ("17/05/1950", "", True),
        ("70-74", "year", False),
        ("1950-1954", "year", False),
        (19500517, "", True),
    ],
)
def test_dates_are_as_coarse_as_declared(born: Any, level: str, fine: bool) -> None:
    found = said(DATES_COARSENED, DateParams(), [patient("a", birthDate=born)], declared(birth_dates=level))
    assert outcome(found) == ("fail" if fine else "pass")


@pytest.mark.parametrize(
    ("place", "level", "fine"),
    [
        ("ZZ1 9ZZ", "postcode-sector", True),
        ("zz19zz", "icb", True),
        ("ZZ1 9", "", True),
        ("ZZ1 9", "postcode-sector", False),
        ("ZZ1", "", False),
        ("ZZ1", "postcode-area", True),
        ("E01000001", "", True),
        ("E01000001", "lsoa", False),
        ("E00000001", "lsoa", True),
        ("E54000001", "icb", False),
        ("Sedgeshire", "icb", False),
    ],
)
def test_places_are_no_finer_than_declared(place: str, level: str, fine: bool) -> None:
    released = [patient("a", address=[{"postalCode": place}])]
    assert outcome(said(PLACES_COARSENED, PlaceParams(), released, declared(geography=level))) == (
        "fail" if fine else "pass"
    )


# Opt-outs and consents -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("submitted", "returned", "released", "expected"),
    [
        ((GOOD, OTHER), (GOOD,), (GOOD,), "pass"),
        ((GOOD, OTHER), (GOOD,), (GOOD, OTHER), "fail"),
        ((GOOD,), (GOOD,), (GOOD, OTHER), "fail"),
        ((GOOD, OTHER), (GOOD, OTHER), (GOOD,), "pass"),
        ((GOOD,), (GOOD, OTHER), (GOOD,), "fail"),
        ((), (GOOD,), (GOOD,), "open"),
        ((GOOD,), (), (GOOD,), "open"),
        ((GOOD,), (GOOD,), (), "open"),
    ],
)
def test_who_was_removed_is_not_released(
    submitted: tuple[str, ...], returned: tuple[str, ...], released: tuple[str, ...], expected: str
) -> None:
    for people in (
        [row(number=one) for one in released],
        [patient(str(n), nhs(one)) for n, one in enumerate(released)],
    ):
        found = said(
            REMOVED_ARE_NOT_RELEASED,
            OptOutParams(),
            people,
            opt_out_submitted=[row(number=one) for one in submitted],
            opt_out_returned=[row(number=one) for one in returned],
        )
        assert outcome(found) == expected


@pytest.mark.parametrize(
    ("words", "stored"),
    [
        ("National data opt-out", True),
        ("has a NATIONAL DATA OPTOUT", True),
        ("National data opted out", True),
        ("Opted out of SMS reminders", False),
        ("Opt-out of summary care record", False),
    ],
)
def test_an_opt_out_on_a_record_is_found(words: str, stored: bool) -> None:
    flag = {"resourceType": "Flag", "code": {"text": words}}
    assert places(said(NOT_ON_RECORD, NoParams(), [flag])) == (["/code/text"] if stored else [])


def consent(**more: Any) -> dict[str, Any]:
    """A consent that is in force."""
    made = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"text": "s"},
        "category": [{"text": "c"}],
        "patient": {"reference": "Patient/a"},
        "dateTime": "2026-01-05",
        "provision": {"period": {"start": "2026-01-05", "end": "2027-01-05"}},
    }
    return {name: one for name, one in {**made, **more}.items() if one is not None}


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (consent(), []),
        (consent(dateTime=None), ["/dateTime"]),
        (consent(dateTime=None, _dateTime={"extension": [{"url": "x"}]}), []),
        (consent(provision={"period": {"start": "2026-01-05", "end": "2026-02-05"}}), ["/provision/period/end"]),
        (consent(provision={"period": {"start": "2026-01-05", "end": "2026"}}), []),
        (consent(provision={"period": {"start": "2027", "end": "2026"}}), ["/provision/period/end"]),
        (consent(status="inactive", provision={"period": {"end": "2020"}}), []),
        (consent(status="draft", dateTime=None), []),
        (consent(provision=None), []),
    ],
)
def test_consents_are_coherent(record: dict[str, Any], found: list[str]) -> None:
    changed = patient("a", meta={"lastUpdated": "2026-03-02T09:00:00Z"})
    older = patient("b", meta={"lastUpdated": "2020-03-02T09:00:00Z"})
    assert places(said(CONSENT_COHERENT, NoParams(), [changed, record, older])) == found
