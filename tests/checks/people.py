"""A scripted supplier whose patients can be searched for by number, name, label and location."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM
from checker.fhir.confidentiality import SYSTEM
from checker.model.ask import HttpAsk
from checker.model.exchange import Failure
from checker.model.supplier import KnownRecords, Supplier
from tests.engine.scripted import CAPABILITIES, SUPPLIER, Reply, Scripted, json_reply, nhs_number, outcome

TEST_SYSTEM: Supplier = msgspec.structs.replace(SUPPLIER, environment="test")
LABEL = {"system": SYSTEM, "code": "R"}
Resource = dict[str, Any]


def named(**records: tuple[str, ...]) -> Supplier:
    """The supplier with what its file says of the records."""
    return msgspec.structs.replace(TEST_SYSTEM, records=KnownRecords(**records))


def person(id: str, number: int, **more: Any) -> Resource:
    """A patient with all that they are searched by."""
    return {
        "resourceType": "Patient",
        "id": id,
        "identifier": [{"system": NHS_NUMBER_SYSTEM, "value": nhs_number(number)}],
        "name": [{"family": f"Family{number}"}],
        "birthDate": f"1980-01-{number + 10}",
        "gender": "female",
        "address": [{"postalCode": f"ZZ{number} 9ZZ"}],
        "generalPractitioner": [{"reference": "Practitioner/gp"}],
        **more,
    }


def restricted(id: str, number: int) -> Resource:
    """A restricted patient as they are shown."""
    made = person(id, number, meta={"security": [LABEL]})
    return {key: value for key, value in made.items() if key not in ("address", "generalPractitioner")}


@dataclass
class People:
    """The server. Each field is one thing that it does otherwise."""

    patients: list[Resource] = field(default_factory=lambda: [person("a", 1), person("b", 2), restricted("r", 3)])
    related: tuple[str, ...] = ("a",)
    posts: bool = True
    spaces: str = "found"
    knows_security: bool = True
    knows_missing: bool = True
    all_have_all: bool = False
    """``:missing`` takes everybody for somebody who has a value."""
    reveals: bool = False
    """A search by location gives the restricted patient."""
    counts: bool = False
    """It counts them."""
    total: bool = True
    by_number: Callable[[list[Resource]], list[Resource]] = lambda found: found
    bundle_label: str = ""
    instead: dict[str, Reply] = field(default_factory=dict)
    """What answers a path."""

    def outside(self) -> Scripted:
        """It as the outside of a collection."""
        return Scripted(answer=self.answer)

    def answer(self, ask: HttpAsk) -> Reply | Failure:
        """One answer."""
        address = urlsplit(ask.request.url)
        path = address.path.removeprefix("/r4/")
        query = parse_qs(address.query)
        if path in self.instead:
            return self.instead[path]
        if path == "metadata":
            return json_reply(CAPABILITIES)
        if path.endswith("/_search"):
            if not self.posts:
                return outcome(405, "not-supported")
            path, query = path.removesuffix("/_search"), parse_qs(ask.request.body.decode())
        if path == "Patient":
            return self._patients({name: values[0] for name, values in query.items()})
        if path == "RelatedPerson":
            wanted = query.get("patient", [""])[0]
            found = [f"Patient/{id}" for id in self.related if not wanted or wanted == f"Patient/{id}"]
            return self._bundle(
                [{"resourceType": "RelatedPerson", "id": "k", "patient": {"reference": one}} for one in found], 0, {}
            )
        found_one = next((one for one in self.patients if path == f"Patient/{one['id']}"), None)
        return json_reply(found_one) if found_one else outcome(404)

    def _patients(self, query: dict[str, str]) -> Reply:
        found, hidden = list(self.patients), 0
        if "_id" in query:
            found = [one for one in found if one["id"] == query["_id"]]
        if "_security" in query and self.knows_security:
            code = query["_security"].rpartition("|")[2]
            labels = {one["id"]: one.get("meta", {}).get("security", []) for one in found}
            found = [one for one in found if any(label["code"] == code for label in labels[one["id"]])]
        for name, member in (("address-postalcode", "address"), ("general-practitioner", "generalPractitioner")):
            missing = query.get(f"{name}:missing")
            if missing is not None and self.knows_missing:
                has = [one for one in found if member in one or self.all_have_all]
                dark = [one for one in found if one not in has]
                hidden = len(dark) if self.counts and missing == "false" else 0
                found = (has + (dark if self.reveals else [])) if missing == "false" else dark
        if "identifier" in query:
            value = query["identifier"].rpartition("|")[2]
            if " " in value and self.spaces == "refused":
                return outcome(400, "value")
            if " " in value and self.spaces == "breaks":
                return outcome(500, "exception")
            wanted = value.replace(" ", "") if self.spaces == "found" else value
            if self.spaces == "first-group":
                wanted = value.partition(" ")[0]
            found = [one for one in found if any(i["value"].startswith(wanted) for i in one["identifier"])]
            found = self.by_number(found)
        if "family" in query:
            found = [one for one in found if one["name"][0]["family"] == query["family"]]
        return self._bundle(found, hidden, query)

    def _bundle(self, found: list[Resource], hidden: int, query: dict[str, str]) -> Reply:
        entries = [] if query.get("_summary") == "count" else [{"resource": one} for one in found]
        made: Resource = {"resourceType": "Bundle", "type": "searchset"}
        if self.total:
            made["total"] = len(found) + hidden
        if entries:
            made["entry"] = entries
        if self.bundle_label:
            made["meta"] = {"security": [{"system": SYSTEM, "code": self.bundle_label}]}
        return json_reply(made)
