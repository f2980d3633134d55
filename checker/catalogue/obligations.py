"""Obligations as data: what a server of one API must offer, turned into rows of a profile.

A file of obligations names resource types, interactions, search parameters, combinations, includes, profiles of FHIR,
operations, headers and refusals. Each becomes a row like one that is written by hand, linked to a generic check, with
the file and line of its obligation. So a new API is a new file, and no code. The form is that of
``reports/schemas/obligations.schema.json``; docs/obligations.md tells how to write one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from checker.catalogue import obligation_words as words
from checker.catalogue.document import Document, advice, step
from checker.catalogue.obligation_words import Words
from checker.catalogue.rows import Row, layer
from checker.errors import ProfileFault

_VERBS = {"MUST": "SHALL", "SHOULD": "SHOULD", "MAY": "MAY"}
_HANDED_DOWN = ("basis", "confirmed", "draft", "waivable", "tags", "requires")
_WORDS = (("summary", "summary"), ("rationale", "why"), ("fix", "fix"))
"""Field of a row, and how it is called in the data."""
_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
_DATA = dict[str, Any]


def generated(document: Document, profile: str, *, ours: bool) -> list[Row]:
    """The rows that the obligations of a file become, in its order. Raises ``ProfileFault`` with file and line."""
    return list(_Generator(document, profile, ours=ours).rows())


def slug(text: str) -> str:
    """A name as part of an id: capital letters and digits, with hyphens between."""
    return re.sub(r"[^A-Z0-9]+", "-", text.upper()).strip("-")


class _Generator:
    """One file on its way to rows."""

    def __init__(self, document: Document, profile: str, *, ours: bool) -> None:
        self.document = document
        self.data = document.data
        self.profile = profile
        self.ours = ours

    def rows(self) -> Iterator[Row]:
        """All of them."""
        stem: str = self.data["id"]
        for at, one in self._listed("", "statement"):
            params = {"expect": _shapes(one)}
            yield self._row(
                at, (one,), f"{stem}-STATEMENT", "obliged.statement", params, words.statement(one["expect"])
            )
        for at, resource in self._listed("", "resources"):
            yield from self._resource(at, resource, resource.get("id", f"{stem}-{slug(resource['type'])}"))
        for at, one in self._listed("", "operations"):
            yield self._operation(at, (one,), "", f"{stem}-OPERATION-{slug(one['name'])}")
        for at, one in self._listed("", "headers"):
            yield from self._header(at, one, f"{stem}-HEADER-{slug(one['name'])}")
        for at, one in self._listed("", "refusals"):
            yield self._refusal(at, one)
        for at, one in self._listed("", "answers"):
            wanted = {"ask": _request(one["ask"]), "gives": one["gives"], "holds": one.get("holds", "")}
            params = {**wanted, "expect": _shapes(one)}
            yield self._row(at, (one,), one["id"], "obliged.answer", params, self._own_words(at, one))

    def _listed(self, base: str, name: str, inside: _DATA | None = None) -> Iterator[tuple[str, _DATA]]:
        """The entries of a list, each with its place."""
        found = (self.data if inside is None else inside).get(name, [])
        for index, one in enumerate(found):
            yield step(step(base, name), index), one

    def _resource(self, base: str, resource: _DATA, stem: str) -> Iterator[Row]:
        kind: str = resource["type"]
        seek = {"type": kind, **resource.get("found-by", {})}
        named = self._parameters(base, resource)
        claimed = {"condition": "capability.interaction", "with": {"type": kind, "interaction": "search-type"}}
        when = claimed if resource.get("when-declared") else None
        if not resource.get("undeclared"):
            yield from self._declarations(base, resource, stem, when)
        for at, one in self._listed(base, "interactions", resource):
            if one["code"] in ("read", "search-type"):
                params = {"seek": seek, "code": one["code"]}
                own = f"{stem}-{slug(one['code'])}"
                told = words.interaction(kind, one["code"])
                always = "obligation" in one  # what has an obligation of its own is asked whatever is declared
                on = None if always else when
                yield self._row(at, (one, resource), own, "obliged.interaction", params, told, on)
        for at, one in self._listed(base, "search", resource):
            beside = [name for name in resource.get("beside", []) if name != one["name"]]
            by = {"seek": seek, "by": [_by(one)], "beside": [_by(named[name]) for name in beside]}
            own = f"{stem}-BY-{slug(one['name'])}"
            told = words.search(kind, [one["name"]], beside)
            yield self._row(at, (one, resource), own, "obliged.search", by, told, when)
            if "dates" in one:
                params = {**by, "by": _by(one), "forms": one["dates"]}
                told = words.dates(kind, one["name"], one["dates"])
                dated = {**one, "id": f"{one.get('id', own)}-DATES"}
                yield self._row(at, (_as_should(dated), resource), "", "obliged.dates", params, told, when)
        for at, one in self._listed(base, "combinations", resource):
            for index, name in enumerate(one["names"]):
                self._must_be_known(name, named, step(step(at, "names"), index))
            beside = [name for name in resource.get("beside", []) if name not in one["names"]]
            by = {"seek": seek, "by": [_by(named[n]) for n in one["names"]], "beside": [_by(named[n]) for n in beside]}
            told = words.search(kind, one["names"], beside)
            own = f"{stem}-BY-{'-'.join(slug(name) for name in one['names'])}"
            yield self._row(at, (one, resource), own, "obliged.search", by, told, when)
        yield from self._more_of(base, resource, stem, seek, when)

    def _more_of(self, base: str, resource: _DATA, stem: str, seek: _DATA, when: _DATA | None) -> Iterator[Row]:
        """Includes, StructureDefinitions, operations and elements of a type."""
        kind: str = resource["type"]
        for at, one in self._listed(base, "includes", resource):
            way = one.get("as", "_include")
            params = {"seek": seek, "parameter": way, "value": one["name"], "gives": one["gives"]}
            told = words.include(kind, f"{way}={one['name']}", one["gives"])
            own = f"{stem}-INCLUDE-{slug(one['name'])}"
            yield self._row(at, (one, resource), own, "obliged.include", params, told, when)
        for at, one in self._listed(base, "profiles", resource):
            params = {"type": kind, "canonical": one["canonical"]}
            own = f"{stem}-PROFILE-{slug(one['canonical'].rpartition('/')[2])}"
            told = words.structure_definition(kind, one["canonical"])
            yield self._row(at, (one, resource), own, "obliged.structure-definition", params, told, when)
            if one.get("conforms"):
                given = {"seek": seek, "canonical": one["canonical"]}
                held = {**one, "id": f"{one.get('id', own)}-CONFORMS"}
                told = words.conforms(kind, one["canonical"])
                yield self._row(at, (held, resource), "", "obliged.conforms", given, told, when)
        for at, one in self._listed(base, "operations", resource):
            own = f"{stem}-OPERATION-{slug(one['name'])}"
            yield self._operation(at, (one, resource), kind, own, when)
        for at, one in self._listed(base, "elements", resource):
            told = words.elements(kind, one["expect"])
            params = {"seek": seek, "expect": _shapes(one)}
            yield self._row(at, (one, resource), f"{stem}-ELEMENTS", "obliged.elements", params, told, when)

    def _declarations(self, base: str, resource: _DATA, stem: str, when: _DATA | None) -> Iterator[Row]:
        """One row for what must be in the statement, one for what should: each obligation keeps its own strength."""
        kind: str = resource["type"]
        for obligation in ("MUST", "SHOULD"):
            wanted: dict[str, list[str]] = {}
            for name, key in (("interactions", "code"), ("search", "name"), ("includes", "name")):
                asked = (
                    one[key]
                    for _, one in self._listed(base, name, resource)
                    if self._inherited("obligation", (one, resource)) == obligation
                    and one.get("as", "_include") == "_include"
                )
                if found := list(asked):
                    wanted[name] = found
            if not wanted:
                continue
            told = [part for names in wanted.values() for part in names]
            suffix = "DECLARES" if obligation == "MUST" else f"DECLARES-{obligation}"
            own = {"obligation": obligation, "id": f"{stem}-{suffix}"}
            params = {"type": kind, **wanted}
            parents = (own, {key: value for key, value in resource.items() if key not in ("obligation", "verb")})
            yield self._row(base, parents, "", "obliged.declared", params, words.declares(kind, told), when)

    def _operation(self, at: str, parents: tuple[_DATA, ...], kind: str, own: str, when: _DATA | None = None) -> Row:
        one = parents[0]
        params = {"type": kind, "name": one["name"], "ask": one.get("ask", "never")}
        told = words.operation(kind, one["name"], asked=params["ask"] != "never")
        return self._row(at, parents, own, "obliged.operation", params, told, when)

    def _header(self, at: str, one: _DATA, own: str) -> Iterator[Row]:
        name: str = one["name"]
        ask = _request(one["ask"])
        for value, suffix in (("", ""), (one.get("malformed", ""), "-MALFORMED")):
            if suffix and not value:
                continue
            instead = {**ask, "headers": [*ask.get("headers", []), [name, value]]}
            params = {"ask": ask, "instead": instead, **_refused(one)}
            own_id = {**one, "id": f"{one.get('id', own)}{suffix}"}
            yield self._row(at, (own_id,), "", "obliged.refusal", params, words.header(name, malformed=bool(suffix)))

    def _refusal(self, at: str, one: _DATA) -> Row:
        ask = _request(one["ask"])
        instead = {**ask, **_request(one["instead"])}
        params = {"ask": ask, "instead": instead, **_refused(one)}
        return self._row(at, (one,), one["id"], "obliged.refusal", params, self._own_words(at, one))

    def _own_words(self, at: str, one: _DATA) -> Words:
        """What only the author of the data can say in plain words."""
        for name in ("summary", "why", "fix"):
            if name not in one:
                raise ProfileFault(
                    f"{name!r} is missing",
                    where=self.document.where(at),
                    next_step=f"Add {name!r} here, in a sentence.",
                )
        return one["summary"], one["why"], one["fix"]

    def _parameters(self, base: str, resource: _DATA) -> dict[str, _DATA]:
        named = {one["name"]: one for one in resource.get("search", [])}
        for index, name in enumerate(resource.get("beside", [])):
            self._must_be_known(name, named, step(step(base, "beside"), index))
        return named

    def _must_be_known(self, name: str, named: dict[str, _DATA], at: str) -> None:
        if name not in named:
            raise ProfileFault(
                f"no search parameter of this type is called {name!r}",
                where=self.document.where(at),
                next_step=advice(name, named, "search parameter"),
            )

    def _inherited(self, name: str, parents: tuple[_DATA, ...]) -> Any:
        """What the entry says, else what stands around it, else what the file says."""
        return next((one[name] for one in (*parents, self.data) if name in one), None)

    def _set_at(self, name: str, at: str, parents: tuple[_DATA, ...]) -> str:
        """The pointer of where that is set: at the entry, around it, in the file; the entry's own for what is made."""
        places = (at, (at.rsplit("/", 2)[0] or at) if len(parents) > 1 else at, "")
        given = (parents[0], parents[-1], self.data)
        return next((step(place, name) for place, one in zip(places, given, strict=True) if name in one), at)

    def _row(
        self,
        at: str,
        parents: tuple[_DATA, ...],
        own_id: str,
        check: str,
        params: _DATA,
        told: Words,
        when: _DATA | None = None,
    ) -> Row:
        """One row, and where each of its fields comes from."""
        one = parents[0]
        data: _DATA = {
            "id": one.get("id", own_id),
            **self._strength(at, parents),
            "clause": {**self.data["source"], **(self._inherited("source", parents) or {})},
            **{name: one.get(key, told[place]) for place, (name, key) in enumerate(_WORDS)},
            **{name: value for name in _HANDED_DOWN if (value := self._inherited(name, parents)) is not None},
            **({"applies-when": when} if when is not None else {}),
            "check": check,
            "with": params,
        }
        if not _ID.fullmatch(data["id"]):
            raise ProfileFault(
                f"{data['id']!r} is no id of a requirement",
                where=self.document.where(at),
                next_step="Give it an 'id' of capital letters, digits and hyphens: UKACC-002.",
            )
        written = {"clause": "source", "rationale": "why", "applies-when": "when-declared", "with": "ask"}
        pointers = {name: self._set_at(written.get(name, name), at, parents) for name in data if name != "id"}
        layers = {name: layer(self.document, pointer) for name, pointer in {**pointers, "id": at}.items()}
        return Row(id=data["id"], profile=self.profile, ours=self.ours, data=data, layers=layers)

    def _strength(self, at: str, parents: tuple[_DATA, ...]) -> dict[str, str]:
        """Obligation and verb. A verb goes with the obligation that stands beside it."""
        for one in parents:
            if "obligation" in one or "verb" in one:
                obligation = one.get("obligation") or self._inherited("obligation", parents)
                if obligation is not None:
                    usual = {**_VERBS, **self.data.get("verbs", {})}[obligation]
                    return {"obligation": obligation, "verb": one.get("verb", usual)}
        raise ProfileFault(
            "nothing says whether this is a MUST, a SHOULD or a MAY",
            where=self.document.where(at),
            next_step="Add 'obligation' here, or to the resource around it.",
        )


def _as_should(one: _DATA) -> _DATA:
    """The forms of a date are no stronger than the parameter, and never more than a SHOULD."""
    return {**one, "obligation": "SHOULD"} if one.get("obligation") == "MUST" or "obligation" not in one else one


def _by(one: _DATA) -> _DATA:
    return {"name": one["name"], "kind": one["kind"], "path": one["path"]}


def _shapes(one: _DATA) -> list[_DATA]:
    return [{key.replace("-", "_"): value for key, value in each.items()} for each in one.get("expect", [])]


def _request(one: _DATA) -> _DATA:
    found = {key: value for key, value in one.items() if key != "body"}
    if "body" in one:
        found["body"] = json.dumps(one["body"], sort_keys=True)
    return found


def _refused(one: _DATA) -> _DATA:
    codes = one.get("code", [])
    return {
        "statuses": one.get("statuses", [400]),
        "code": [codes] if isinstance(codes, str) else codes,
        "issue": one.get("issue", []),
    }
