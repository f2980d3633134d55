"""Conformance that is claimed, backed by a report of this tool or by a certificate that somebody else issued."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checker.checks.assured import Given, same_name, same_version
from checker.checks.pack.given import WHOLE, of_file, root, whole
from checker.checks.pack.standards_register import CONFORMS, SECTION, means, registered
from checker.checks.register import day
from checker.model.evidence import Artefact
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView
from checker.standards_register import plain, resolve

KIND = "checker-report"
_REPORTS = of_file(KIND, KIND)
_CERTIFICATES = ("certificate", "conformance-certificate", "test-certificate", "accreditation")
"""Kinds of artefacts that are certificates; one with a ``scheme`` is one too."""
_SHORTEST = 3
"""A shorter name may mean many things."""
_BETWEEN = re.compile(r"[^a-z0-9]+")


@check(
    "standards.claims-are-backed",
    needs=lambda p, settings: [WHOLE, SECTION, _REPORTS],
    source="docs/policy.md#a-claim-of-conformance-is-backed",
)
def claims_are_backed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each standard that is said to be met is backed by a report of this tool, or by a certificate of somebody else.

    A report (kind ``checker-report``, JSON) concludes *compliant*, was not interrupted, is of this product and version,
    and has a passing row that cites the standard. A certificate names an issuer other than the supplier and, in its
    title or scope, the standard; it holds on the day that is judged, and is of this version where it names one. Of
    several backings one that holds is enough.

    Good: ``fhir-r4`` with the report of ``fhir-r4-rest`` on 4.2.0. Bad: the report on 4.1.0; one that is inconclusive.
    """
    found, product, supplier = registered(ev), root(ev, "product"), root(ev, "supplier")
    if isinstance(found, Undecided) or isinstance(product, Undecided) or isinstance(supplier, Undecided):
        yield from (one for one in (found, product, supplier) if isinstance(one, Undecided))
        return
    claimed = [row for row in found.facts if row.get("status") == CONFORMS]
    if not claimed:
        yield found.undecided("the register says of no standard that it is met")
        return
    backing = _Backing(ev, found, product.facts, supplier.facts)
    for row in claimed:
        yield from backing.of(row)


class _Backing:
    """The artefacts of the pack, and what they are worth to a claim."""

    def __init__(self, ev: EvidenceView, found: Given, product: Mapping[str, Any], supplier: Mapping[str, Any]) -> None:
        pack = whole(ev)
        listed = pack.facts["content"].get("artefacts", []) if isinstance(pack, Given) else []
        self._listed = {one["id"]: one for one in listed}
        named = pack.facts["named"] if isinstance(pack, Given) else []
        self._broken = {one["what"].rpartition(" ")[2]: one["problem"] for one in named if one["problem"]}
        self._reports: dict[str, tuple[Artefact, str]] = {}
        for item in ev.record(_REPORTS).evidence("file"):
            payload = item.read()
            if isinstance(payload, Artefact):
                self._reports[payload.artefact.removeprefix("pack:")] = (payload, item.id)
        self._found, self._product, self._supplier = found, product, supplier

    def of(self, row: Any) -> Iterator[Statement]:
        """What is to be said of one claim."""
        place, why = f"section standards, register {row['id']}", []
        for name in row.get("evidence", []):
            said, evidence = self._worth(name, row)
            if not said:
                proof = self._digest(name)
                what = f"{row['reference'][:60]}: {name}{proof}"
                yield Examined(what=what, evidence=(*self._found.evidence, *evidence))
                return
            if isinstance(said, Undecided):
                yield said
                return
            why.append(f"{name}: {said}")
        message = "Conformance is claimed, and nothing backs it."
        expected = "a report of this tool that is compliant, or a certificate"
        yield Examined(what=f"evidence of {row['reference'][:60]}", evidence=self._found.evidence)
        yield self._found.finding(message, expected, "; ".join(why)[:200] or "no evidence", place)

    def _digest(self, name: str) -> str:
        if name not in self._reports:
            return " (certificate)"
        report = self._reports[name][0]
        digest = report.files[0].sha256[:12] if report.files else ""
        return f" (profile {report.facts['profile']['id']}, SHA-256 {digest}…)"

    def _worth(self, name: str, row: Any) -> tuple[str | Undecided, tuple[str, ...]]:
        """Why an artefact does not back the claim ("" where it does), and the evidence that this rests on."""
        one = self._listed.get(name)
        if one is None:
            return "the pack has no such file", ()
        if name in self._broken:
            return self._found.undecided(f"{name}: {self._broken[name]}", Reason.PREREQUISITE), ()
        if one["kind"] == KIND:
            if name not in self._reports:
                return self._found.undecided(f"the report {name} was not read", Reason.PREREQUISITE), ()
            report, evidence = self._reports[name]
            return self._report(report.facts, row), (evidence,)
        if one["kind"] in _CERTIFICATES or "scheme" in one:
            return self._certificate(one, row), ()
        return "it is neither a report of this tool nor a certificate", ()

    def _report(self, facts: Mapping[str, Any], row: Any) -> str:
        if wrong := facts.get("problem") or facts.get("fault"):
            return f"it cannot be read: {wrong}"
        if facts["conclusion"] != "compliant" or facts["interrupted"] == "yes":
            return f"it concludes {facts['conclusion']}"
        if facts["profile"]["modified"] == "yes":
            return "its profile was modified"
        if not same_name(facts["product"], self._product["name"]):
            return "it is of another product"
        if not same_version(facts["version"], self._product["version"]):
            return f"it is of version {facts['version']}"
        made = day(facts["as_of"][:10])
        if made is None or made > self._found.on:
            return "it is dated in the future, or not at all"
        cited = {known.id if (known := resolve(name)) else name for name in facts["passed"]}
        return "" if means(row) in cited else "no row of it that passes cites the standard"

    def _certificate(self, one: Mapping[str, Any], row: Any) -> str:
        issuer = one.get("issuer", "")
        own = (self._supplier["name"], self._supplier["legal-entity"], *self._supplier.get("group", []))
        if not issuer or any(same_name(issuer, name) for name in own):
            return "nobody else issued it"
        issued, expires = day(one.get("issued")), day(one.get("expires"))
        if issued is None or issued > self._found.on or (expires is not None and expires < self._found.on):
            return "it does not hold on the day that is judged"
        if "product-version" in one and not same_version(one["product-version"], self._product["version"]):
            return f"it is of version {one['product-version']}"
        known = resolve(row["reference"])
        names = {plain(name) for name in (known.names if known else (row["reference"], row.get("title", "")))}
        said = [one.get(key, "") for key in ("title", "scope", "scheme")]
        named = any(names_it(text, name) for text in said for name in names if len(name) >= _SHORTEST)
        return "" if named else "it does not name the standard"


def names_it(text: str, name: str) -> bool:
    """Does a text have whole words that, without what stands between them, are the plain name?

    >>> names_it("ISO/IEC 27001:2022", "isoiec27001"), names_it("SNOMED CT and dm+d", "dmd")
    (True, True)
    >>> names_it("On partnerships", "ips"), names_it("FHIR R4B", "fhirr4")
    (False, False)
    """
    words = [word for word in _BETWEEN.split(text.casefold()) if word]
    return any(_begins(words[start:], name) for start in range(len(words)))


def _begins(words: list[str], name: str) -> bool:
    for word in words:
        if not name.startswith(word):
            return False
        name = name.removeprefix(word)
        if not name:
            return True
    return False
