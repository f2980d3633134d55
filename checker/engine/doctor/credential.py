"""Steps 2 and 3: what the credential is made of, and the assertion that it signs. Nothing is sent for either."""

from __future__ import annotations

from checker.engine.doctor.observed import Observed
from checker.engine.doctor.step import CREDENTIAL, State, Step, not_needed, not_tried, shown
from checker.probes.identity import NOBODY, PRIVATE_KEY_JWT

LONGEST_S = 300
"""National servers and SMART Backend Services take no assertion that lives longer."""


def credential(o: Observed) -> Step:
    """Every file and variable of the default identity: read, and usable as what it is for."""
    if o.credential_faults:
        faults = o.credential_faults
        before = [said for fault in faults for said in fault.before]
        wrong = [f"{fault.what} ({fault.where})" if fault.where else fault.what for fault in faults]
        advice = dict.fromkeys(fault.next_step for fault in faults if fault.next_step)
        return Step(
            name=CREDENTIAL,
            state=State.TROUBLE,
            seen=(*before, *(f"wrong: {shown(one, 300)}" for one in wrong)),
            next=" ".join(advice),
        )
    identity = o.identity
    if identity is None or (identity.kind == NOBODY and identity.certificate is None):
        return not_needed(CREDENTIAL, "no identity logs in: requests carry no credential")
    if o.loaded is None:
        return not_tried(CREDENTIAL, "the configuration is in the way")
    ends = o.loaded.certificate_ends
    if ends is not None and o.now is not None and ends <= o.now:
        return Step(
            name=CREDENTIAL,
            state=State.TROUBLE,
            seen=(*o.loaded.read, "the client certificate has ended"),
            next="Get a new client certificate from who issued it.",
        )
    return Step(name=CREDENTIAL, state=State.WORKS, seen=o.loaded.read, next=" ".join(o.loaded.remarks))


def assertion(o: Observed) -> Step:
    """A client assertion as it is sent (RFC 7523 section 3): its header and claims, and not its signature."""
    identity = o.identity
    if identity is None or identity.kind != PRIVATE_KEY_JWT:
        return not_needed("assertion", "only the kind private-key-jwt signs one")
    if o.assertion is None:
        return not_tried("assertion", "the credential is in the way")
    header, claims = o.assertion
    lives = int(claims["exp"]) - int(claims["iat"])
    key_id = header.get("kid")
    seen = (
        f"signed with {header['alg']}, {f'kid {shown(key_id, 60)}' if key_id else 'without a kid'}",
        f"iss = sub = {_masked(str(claims['iss']))} (client-id), aud = {shown(claims['aud'])}",
        f"jti: {len(str(claims['jti']))} characters, new in each; it lives {lives} s, and {LONGEST_S} is the most",
    )
    advice = ""
    if not key_id:
        advice = "The NHS API platform wants a kid: set 'key-id' to the one of the public key that is registered."
    return Step(name="assertion", state=State.WORKS, seen=seen, next=advice)


def _masked(client_id: str) -> str:
    """On some platforms the client id is the API key: its beginning is enough to tell it by."""
    return f"{shown(client_id[:4])}…" if len(client_id) > 8 else shown(client_id)
