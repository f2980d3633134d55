"""The faces: what they serve, and that every switch changes something that a fault or decoy names."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import fields
from urllib.error import HTTPError

import pytest

from fixtures.supplier.__main__ import main
from fixtures.supplier.faces import NAMES
from fixtures.supplier.faces.made import known_text, table_of
from fixtures.supplier.faces.switches import FaceSwitches, face_switches
from fixtures.supplier.scenario import APIS, files, load
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SwitchError

Answer = tuple[int, dict[str, str], dict[str, object]]


@pytest.fixture(scope="module", params=NAMES)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with Served(face=request.param) as found:
        yield found


def asked(served: Served, path: str, token: str = "", **headers: str) -> Answer:
    """Status, headers and body of a GET at the face."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        given["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{served.face_url}/{path}", headers=given)
    context = ssl.create_default_context(cafile=str(served.ca))
    try:
        with urllib.request.urlopen(request, context=context) as response:
            return response.status, dict(response.headers), json.loads(response.read())
    except HTTPError as refused:
        return refused.code, dict(refused.headers), json.loads(refused.read())


def test_folders_are_named_after_faces() -> None:
    assert set(APIS) == set(NAMES)


def test_without_credentials_there_is_no_data(served: Served) -> None:
    status, headers, body = asked(served, "Patient")
    assert (status, body["resourceType"]) == (401, "OperationOutcome")
    assert headers["www-authenticate"] == "Bearer"


def test_an_unknown_address_is_told_in_fhir(served: Served) -> None:
    status, headers, body = asked(served, "NoSuchType", served.token())
    assert status in (400, 404)
    assert body["resourceType"] == "OperationOutcome"
    assert headers["content-type"].startswith("application/fhir+json")


def test_the_records_are_served_beside_it(served: Served) -> None:
    assert served.describe()["face_url"] == served.face_url
    assert served.base_url != served.face_url


def test_every_switch_is_in_a_fault_or_decoy() -> None:
    used = set()
    for kind in ("fault", "decoy"):
        for face in APIS:
            for path in files(kind, face):
                switches = load(path).face
                assert switches is not None
                healthy = FaceSwitches(face=face)
                used |= {
                    field.name
                    for field in fields(FaceSwitches)
                    if getattr(switches, field.name) != getattr(healthy, field.name)
                }
    assert used == {field.name for field in fields(FaceSwitches)} - {"face"}


@pytest.mark.parametrize("given", [{"ignore": "x"}, {"total": "no"}, {"page_size": True}])
def test_a_switch_that_is_none_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(SwitchError):
        face_switches(given, "bars")


def test_a_face_that_is_none_is_refused() -> None:
    with pytest.raises(SwitchError, match="no face"):
        table_of("nhs-app")
    with pytest.raises(SystemExit):
        main(["--face", "nhs-app"])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_known_is_toml(name: str) -> None:
    import tomllib

    found = tomllib.loads(known_text(name))
    assert all(isinstance(value, str) for value in found.get("known", {}).values())
