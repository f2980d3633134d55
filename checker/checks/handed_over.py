"""What should be in nothing that is handed over: private keys."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SEARCHED = Need(probe="handed-over.private-keys", params=NoParams())


@check("handed-over.no-private-keys", needs=lambda p, settings: [_SEARCHED], source="https://github.com/OWASP/ASVS")
def no_private_keys(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No private key stands in the configuration or the documents that are submitted.

    Looked for are keys in PEM (encrypted ones too), in PuTTY's form, and in JWKs, in artefacts of the kinds
    ``config-export``, ``sbom``, ``sbom-earlier``, ``register``, ``assurance`` and ``vulnerability-report``, and in
    what is submitted of a client: ``client-requests``, ``client-keys``, ``client-keys-earlier`` and
    ``identity-configuration``. Without a ``config-export`` nothing is decided, unless a key was found. Keys in binary
    form are not looked for.

    Good: a path to a key, a certificate, a public key. Bad: ``-----BEGIN PRIVATE KEY-----`` with the key after it.
    """
    configuration = {one.id for one in ev.supplier.artefacts_of("config-export")}
    looked_at = False
    for item in ev.record(_SEARCHED).evidence("searched"):
        payload = item.read()
        if not isinstance(payload, Artefact) or payload.facts.get("problem"):
            continue
        facts = payload.facts
        for kind, count in facts["keys"].items():
            names = [payload.files[number].path for number in facts["files"] if number < len(payload.files)]
            yield Finding(
                message="A private key is handed over.",
                expected="none",
                actual=f"{count} ({kind})",
                place=f"{payload.role}: {', '.join(names[:3])}",
                evidence=(item.id,),
                count=count,
            )
        if payload.artefact in configuration and facts["looked"] and not facts.get("not_read"):
            looked_at = True
            yield Examined(what="files of the configuration", evidence=(item.id,), count=facts["looked"])
        elif payload.artefact in configuration:
            message = f"not all of the configuration could be read: {'; '.join(facts.get('not_read', [])[:2])}"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(item.id,))
    if not looked_at:
        yield Undecided(reason=Reason.NO_DATA, message="no artefact of kind 'config-export' was looked at")
