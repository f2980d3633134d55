"""Single sign-on: what the pack says of it, held against what the authorisation server says, and the price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from checker.checks.assured import Given
from checker.checks.oauth_metadata import METADATA, documents
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.price_lines import PRICING, paid_by_the_buyer, price_lines, tagged
from checker.checks.smart import CONFIGURATION, document_of, listed
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_SECTION = of_section("identity")
_FEDERATED = frozenset({"oidc", "saml"})
_STAFF = frozenset({"staff", "administrators"})


@check(
    "single-sign-on.staff-is-federated",
    needs=lambda p, settings: [WHOLE, _SECTION],
    source="https://digital.nhs.uk/services/care-identity-service/applications-and-services/cis2-authentication",
)
def staff_is_federated(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Staff sign in with NHS CIS2 or with their own organisation's provider (OIDC, SAML), and need no password beside.

    A local password may be kept where a reason is given, such as for an emergency; it is not the only way. A provider
    by OIDC is named by its issuer.

    Good: ``kind: oidc, provider: nhs-cis2, separate-password: "no"``. Bad: local passwords alone; a federated way that
    takes a password of the product too.
    """
    found = part(ev, "identity", "sign-in")
    if isinstance(found, Undecided):
        yield found
        return
    ways = [one for one in found.facts if one.get("for-whom", "staff") in _STAFF]
    if not ways:
        yield found.undecided("the section 'identity' says of no way in which staff sign in")
        return
    yield Examined(what="ways in which staff sign in", evidence=found.evidence, count=len(ways))
    federated = [one for one in ways if one["kind"] in _FEDERATED and one.get("provider") in ("nhs-cis2", "customer")]
    unclear = [one["id"] for one in ways if one["kind"] in _FEDERATED and one.get("provider", "other") == "other"]
    if not federated and unclear:
        message = f"whose sign-in {unclear[0]} is, is not said: NHS CIS2, the customer's, or the supplier's"
        yield found.undecided(message)
    elif not federated:
        message = "Staff cannot sign in with NHS CIS2 or with their own organisation."
        yield found.finding(message, "one way by OIDC or SAML", "none", "section identity, sign-in")
    for one in ways:
        place = f"section identity, sign-in {one['id']}"
        if one["kind"] in _FEDERATED and "separate-password" not in one:
            yield found.undecided(f"{place}: whether it takes a password beside is not said")
        elif one["kind"] in _FEDERATED and one["separate-password"] == "yes":
            message = "A federated way takes a password of the product too."
            yield found.finding(message, "no separate password", "one", place)
        elif one["kind"] not in _FEDERATED and not one.get("reason"):
            message = "A way to sign in is not federated, and no reason is given."
            yield found.finding(message, "OIDC, SAML, or a reason", one["kind"], place)
        elif one["kind"] == "oidc" and one.get("provider") == "nhs-cis2" and "issuer" not in one:
            yield found.undecided(f"{place}: its issuer is not named")


@check(
    "single-sign-on.as-declared",
    needs=lambda p, settings: [WHOLE, _SECTION, CONFIGURATION, METADATA],
    source="docs/policy.md#what-the-pack-says-of-sign-in-is-what-the-server-says",
)
def as_declared(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Issuer, scopes and levels of authentication in the pack are those that the authorisation server publishes.

    Read are the SMART configuration and the metadata of the issuer (OpenID Connect Discovery, RFC 8414). Their union
    counts. A server need not publish scopes and levels (``acr_values_supported``): where it does not and the pack names
    some, nothing is decided. The order makes no difference, and neither does a ``/`` at the end of the issuer.

    Good: the same issuer, and the same 24 scopes. Bad: a level that the server offers and the pack does not name.
    """
    found = part(ev, "identity", "servers")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'identity' names no authorisation server")
        return
    said = documents(ev)
    if not said:
        message = "no authorisation server was tested, or it publishes no document that can be read"
        yield found.undecided(message)
        return
    issuers = {_plain(str(document["issuer"])): name for name, _, document in said if document.get("issuer")}
    whole = found._replace(evidence=(*found.evidence, *(exchange.id for _, exchange, _ in said)))
    ours = [one for one in found.facts if _plain(one["issuer"]) in issuers]
    if not issuers:
        yield whole.undecided("no document names its issuer", Reason.PREREQUISITE)
    elif not ours:
        message = "The pack names another issuer than the server that was tested."
        named = ", ".join(urlsplit(one["issuer"]).netloc + urlsplit(one["issuer"]).path for one in found.facts[:2])
        yield whole.finding(message, ", ".join(sorted(issuers))[:120], named[:120], "section identity, servers")
    for one in ours:
        yield Examined(what=f"issuer of {one['id']} as the server names it", evidence=whole.evidence)
        documented = [document for _, _, document in said]
        yield from _same(whole, one, "scopes", _union(documented, "scopes_supported"))
        yield from _same(whole, one, "assurance-levels", _union(documented, "acr_values_supported"))


def _plain(issuer: str) -> str:
    return issuer.strip().removesuffix("/")


def _union(said: list[dict[str, Any]], name: str) -> set[str] | None:
    named = [found for document in said if (found := listed(document, name)) is not None]
    return set().union(*named) if named else None


def _same(found: Given, one: Any, key: str, observed: set[str] | None) -> Iterator[Statement]:
    place = f"section identity, servers {one['id']}/{key}"
    if key not in one:
        yield found.undecided(f"{place} is not given")
        return
    declared = set(one[key])
    if observed is None and declared:
        yield found.undecided(f"the server publishes no {key} to compare with")
        return
    if more := sorted(declared - (observed or set())):
        message = f"The pack names {key} that the server does not publish."
        yield found.finding(message, "what the server publishes", _shown(more), place, len(more))
    if less := sorted((observed or set()) - declared):
        message = f"The server publishes {key} that the pack does not name."
        yield found.finding(message, "all of them in the pack", _shown(less), place, len(less))


def _shown(names: list[str]) -> str:
    return ", ".join(name[:60] for name in names[:3] if name.isprintable())


class LaunchParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``capabilities``: what the SMART configuration names where a launch from the record is offered."""

    capabilities: tuple[str, ...] = ("launch-ehr", "context-ehr-patient")


@check(
    "single-sign-on.launch-in-context",
    params=LaunchParams,
    needs=lambda p, settings: [WHOLE, _SECTION, CONFIGURATION],
    source="http://hl7.org/fhir/smart-app-launch/conformance.html#capabilities",
)
def launch_in_context(ev: EvidenceView, p: LaunchParams) -> Iterator[Statement]:
    """The SMART configuration names the launch from the record, with the patient as its context, as the pack says.

    Good: ``"capabilities": ["launch-ehr", "context-ehr-patient"]`` and ``context-launch: "yes"``. Bad: neither; a pack
    that says yes where the server says nothing.
    """
    said = document_of(ev)
    if not isinstance(said, tuple):
        yield said
        return
    exchange, document = said
    capabilities = listed(document, "capabilities")
    if capabilities is None:
        message = "the SMART configuration names no capabilities"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return
    declared = part(ev, "identity", "context-launch")
    evidence = (exchange.id, *(() if isinstance(declared, Undecided) else declared.evidence))
    found = Given(capabilities, ev.as_of.date(), evidence)
    yield Examined(what="capabilities of the SMART configuration", evidence=evidence)
    missing = [name for name in p.capabilities if name not in capabilities]
    if missing:
        message = "The server does not offer to be launched in the context of a patient."
        yield found.finding(message, ", ".join(p.capabilities), f"without {', '.join(missing)}", "capabilities")
    elif isinstance(declared, Given) and declared.facts == "no":
        message = "The pack says that there is no launch in context, and the server offers one."
        yield found.finding(message, "yes", "no", "section identity, context-launch")


class PriceParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tags``: of price lines for signing in."""

    tags: tuple[str, ...] = ("sso", "mfa")


@check(
    "single-sign-on.is-included",
    params=PriceParams,
    needs=lambda p, settings: [WHOLE, _SECTION, PRICING],
    source="docs/policy.md#single-sign-on-is-part-of-the-price",
)
def is_included(ev: EvidenceView, p: PriceParams) -> Iterator[Statement]:
    """Single sign-on and multi-factor authentication are part of the price: said so, and no line charges for them.

    Looked at are the price lines with the tag ``sso`` or ``mfa`` that the buyer pays. A line at zero, or one that the
    supplier bears, charges nothing.

    Good: ``included: {single-sign-on: "yes", multi-factor: "yes"}``, and a line ``sso`` of 0.00. Bad: a line ``sso`` of
    2.40 a user.
    """
    found, lines = part(ev, "identity", "included"), price_lines(ev)
    if isinstance(found, Undecided) or isinstance(lines, Undecided):
        yield from (one for one in (found, lines) if isinstance(one, Undecided))
        return
    both = found._replace(evidence=(*found.evidence, *lines.evidence))
    yield Examined(what="price lines, and what the price includes", evidence=both.evidence, count=len(lines.facts))
    for key in ("single-sign-on", "multi-factor"):
        if key not in found.facts:
            yield found.undecided(f"whether the price includes {key} is not said")
        elif found.facts[key] == "no":
            message = f"The price does not include {key}."
            yield both.finding(message, "included", "not included", f"section identity, included/{key}")
    for line in paid_by_the_buyer(tagged(lines.facts, *p.tags)):
        message = "Signing in is a priced extra."
        yield both.finding(message, "no charge", line.get("total", "a charge"), f"section pricing, line {line['id']}")
