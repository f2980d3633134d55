"""Step 1: what the run was told, and whether it can be used as it is."""

from __future__ import annotations

import base64
import json

from checker.engine.doctor.observed import Observed
from checker.engine.doctor.step import CONFIGURATION, State, Step, shown
from checker.model.supplier import HeaderTemplate
from checker.probes.config import IdentityConfig, SecretRef
from checker.probes.identity import API_KEY, BEARER, CLIENT_CERTIFICATE, CLIENT_CREDENTIALS, PRIVATE_KEY_JWT
from checker.probes.secrets import PASTED, place

MAY_COME_LATER = "audit-log"
"""The kind of artefact that the first request brings into being."""
_OF_A_RUN = {"{correlation-id}": "one id for the whole run", "{request-id}": "the X-Request-ID of the request"}
_SECRETS = {API_KEY: "key", BEARER: "token", CLIENT_CREDENTIALS: "client secret", PRIVATE_KEY_JWT: "private key"}


def configuration(o: Observed) -> Step:
    """Supplier file, identities, ceiling and artefacts. Secrets are named by where they are, never shown."""
    supplier = o.found.supplier
    seen = [
        f"described by {o.source or 'the options alone'}: {' '.join((supplier.name, supplier.product)).strip()}",
        f"base URL {supplier.base_url}" if supplier.base_url else "no base URL: only files are judged",
        *(_identity(one) for one in o.found.identities),
    ]
    if not o.found.identities:
        seen.append("no identity: requests carry no credential")
    seen += [f"each request says {one.name}: {shown(_said(one), 200)}" for one in supplier.headers]
    seen.append(f"safety ceiling {o.found.limits.ceiling} (this command sends nothing above S1)")
    seen += [_artefact(o, name) for name in o.artefacts]
    seen += [f"note: {remark}" for remark in o.remarks]
    problems = [(f"{fault.what} ({fault.where})" if fault.where else fault.what, fault.next_step) for fault in o.faults]
    problems += [
        (f"artefact {name}: {problem}", "Correct its path in supplier.toml or --artefact, or leave it out.")
        for name, (_, problem) in o.artefacts.items()
        if problem and _artefact_kind(o, name) != MAY_COME_LATER
    ]
    steps = list(dict.fromkeys(step for _, step in problems if step))
    return Step(
        name=CONFIGURATION,
        state=State.TROUBLE if problems else State.WORKS,
        seen=(*(f"wrong: {shown(what, 300)}" for what, _ in problems), *seen),
        next=" ".join(steps),
    )


def _identity(identity: IdentityConfig) -> str:
    held = [
        f"its {word} is in {_place(reference)}"
        for word, reference in (
            (_SECRETS.get(identity.kind, "secret"), identity.secret or identity.key),
            ("certificate", identity.certificate),
        )
        if reference is not None and (identity.kind != CLIENT_CERTIFICATE or word == "certificate")
    ]
    return "; ".join([f"identity {identity.name} ({identity.kind})", *held])


def _said(header: HeaderTemplate) -> str:
    """A value for people: what it stands for, or what is in it when it is JSON in Base64."""
    try:
        inside = json.loads(base64.b64decode(header.value, validate=True))
    except ValueError:
        return _OF_A_RUN.get(header.value, header.value)
    held = json.dumps(inside, ensure_ascii=False, separators=(",", ":"))
    return f"{held} in Base64" if isinstance(inside, dict) else header.value


def _place(reference: SecretRef) -> str:
    if reference.env == PASTED:
        return place(reference)
    return f"the environment variable {reference.env}" if reference.env else f"the file {reference.file}"


def _artefact_kind(o: Observed, name: str) -> str:
    return next(one.kind for one in o.found.supplier.artefacts if one.id == name)


def _artefact(o: Observed, name: str) -> str:
    ref = next(one for one in o.found.supplier.artefacts if one.id == name)
    if "://" in ref.location:
        return f"artefact {name} ({ref.kind}): fetched from a URL during the run, not tried here"
    count, problem = o.artefacts[name]
    if problem and ref.kind == MAY_COME_LATER:
        return f"artefact {name}: {problem}; it may come with the first request"
    kind = "" if name == ref.kind else f" ({ref.kind})"
    return f"artefact {name}{kind}: {'not readable' if problem else f'{count} file' + ('s' if count != 1 else '')}"
