"""From what was seen to the steps. Pure: the same observations give the same words."""

from __future__ import annotations

from checker.engine.doctor import answers, credential, login, tls, way
from checker.engine.doctor.configuration import configuration
from checker.engine.doctor.observed import Observed
from checker.engine.doctor.step import Diagnosis, not_needed


def diagnose(o: Observed) -> Diagnosis:
    """All twelve steps, in the order in which they depend on each other."""
    if not o.base_url:
        names = (
            *("credential", "assertion", "name", "proxy", "port", "TLS", "clock", "token endpoint", "token"),
            *("metadata", "read"),
        )
        rest = tuple(not_needed(name, "no base URL: only files are judged") for name in names)
        return Diagnosis(steps=(configuration(o), *rest))
    return Diagnosis(
        steps=(
            configuration(o),
            credential.credential(o),
            credential.assertion(o),
            way.name(o),
            way.proxy(o),
            way.port(o),
            tls.tls(o),
            login.clock(o),
            login.token_endpoint(o),
            login.token(o),
            answers.metadata(o),
            answers.read(o),
        )
    )
