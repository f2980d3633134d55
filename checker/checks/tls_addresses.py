"""The addresses of one host: the worst of them counts. Source: RFC 8996."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.tls_looked import BASE, HELLOS, looked
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.tls import TLS_1_0, TLS_1_1, VERSION_NAMES
from checker.model.tls_seen import answers
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


@condition("tls.several-addresses", needs=lambda p, settings: [HELLOS], claim=False)
def several_addresses(ev: EvidenceView, p: NoParams) -> bool | None:
    """The name of the host leads to more than one address. By a proxy it is not known."""
    found = answers(ev.record(HELLOS))
    return any(len(one.addresses) > 1 for one in found) if any(one.addresses for one in found) else None


@check("tls.old-refused-everywhere", needs=lambda p, settings: BASE, source="https://www.rfc-editor.org/rfc/rfc8996")
def old_refused_everywhere(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """TLS 1.0 and 1.1 are refused at each address of the host: the one that is forgotten is the one that is used.

    Up to four addresses are asked. One that is out of reach from here, of IPv6 for instance, says nothing, and is left
    aside; at least two have to answer.

    Good: alert 70 from each. Bad: a ServerHello with TLS 1.1 from the second.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    reached = {one.address for one in seen.found if one.speaks}
    if len(reached) < 2:
        message = "no more than one address of the host is in reach from here"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=seen.evidence)
        return
    for version in (TLS_1_1, TLS_1_0):
        said = seen.refused(version)
        where = sorted({one.address for one in seen.found if one.speaks and one.version == version})
        if said is None:
            yield Finding(
                message=f"{VERSION_NAMES[version]} is accepted at {len(where)} of {len(reached)} addresses.",
                expected="refused at each",
                actual=", ".join(where),
                place=seen.place,
                evidence=seen.evidence,
            )
        elif said.reason is not None:
            yield seen.undecided(VERSION_NAMES[version], said)
        else:
            words = f"{VERSION_NAMES[version]} is refused at {len(reached)} addresses ({said.told})."
            yield Examined(what=words, evidence=seen.evidence)
