"""The components of a bill of materials: what is told of each, how they hang together, what should not stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.assured import SUBMITTED, bill
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_NTIA = "https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom"
_CYCLONEDX = "https://cyclonedx.org/specification/overview/"
_BUILT = frozenset({"application", "operating-system", "platform", "device", "data", "machine-learning-model"})
"""Types of components of which there is no one file."""


class ElementParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``gaps_percent``: of so many components, at most, an element may be missing."""

    gaps_percent: float = 5.0


@check("sbom.minimum-elements", params=ElementParams, needs=lambda p, settings: [SUBMITTED], source=_NTIA)
def minimum_elements(ev: EvidenceView, p: ElementParams) -> Iterator[Statement]:
    """The bill says who made it and when, and of each component supplier, name, version and a unique id; and relations.

    A unique id is a purl, a CPE or a SWID tag. A publisher, manufacturer or author stands for a supplier. Of each
    element a small share may be missing (``gaps_percent``).

    Good: a library with ``publisher``, ``version`` and ``purl``. Bad: a list of names.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    facts = found.facts
    components = facts["components"]
    yield Examined(what="components, for their minimum elements", evidence=found.evidence, count=len(components))
    for name, there in (("who made it", facts["authored"]), ("when it was made", facts["made"])):
        if not there:
            yield found.finding(f"The bill of materials does not say {name}.", name, "missing", "sbom")
    if components and not facts["relations"]:
        yield found.finding("The bill of materials has no relations.", "what depends on what", "none", "sbom")
    for name in ("supplier", "name", "version", "id"):
        yield from _gaps(found, name, [one for one in components if not one[name]], len(components), p.gaps_percent)


def _gaps(found: Any, name: str, without: list[Any], total: int, percent: float) -> Iterator[Statement]:
    if total and 100 * len(without) / total > percent:
        shown = ", ".join(sorted(one["name"] or one["ref"] or "?" for one in without)[:3])
        message = f"Components lack {'a unique id' if name == 'id' else f'a {name}'}."
        actual = f"{len(without)} of {total} lack it: {shown}"
        yield found.finding(message, f"at most {percent:g} %", actual, f"sbom components {name}", len(without))


@check("sbom.hashes-and-licences", needs=lambda p, settings: [SUBMITTED], source=_CYCLONEDX)
def hashes_and_licences(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every component has a licence, and a hash where it is a file: applications, systems and devices have none.

    Good: a library with ``hashes`` and ``licenses``. Bad: one without.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    components = found.facts["components"]
    if not components:
        yield found.undecided("the bill of materials names no component")
        return
    files = [one for one in components if one["type"] not in _BUILT]
    yield Examined(what="components, for hash and licence", evidence=found.evidence, count=len(components))
    yield from _gaps(found, "hash", [one for one in files if not one["hash"]], len(files), 0)
    yield from _gaps(found, "licence", [one for one in components if not one["licence"]], len(components), 0)


@check("sbom.graph-is-whole", needs=lambda p, settings: [SUBMITTED], source=_CYCLONEDX)
def graph_is_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every component is reached from the root, no relation leads to what is not there, and each ref stands once.

    What another component holds is reached with it. Relations of SPDX reach in both directions.

    Good: root → web framework → template library. Bad: a relation to a component that was left out.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    facts = found.facts
    if not facts["components"]:
        yield found.undecided("the bill of materials names no component")
        return
    yield Examined(what="components, by their relations", evidence=found.evidence, count=len(facts["components"]))
    for name, message, expected in (
        ("dangling", "Relations lead to what is not in the bill of materials.", "a component for each"),
        ("unreached", "Components are reached from nowhere.", "each reached from the root"),
        ("repeated", "Refs stand for more than one component.", "each once"),
    ):
        if facts[name]["count"]:
            shown = f"{facts[name]['count']}: {', '.join(facts[name]['examples'][:3])}"
            yield found.finding(message, expected, shown, f"sbom {name}", facts[name]["count"])


@check("sbom.no-secrets", needs=lambda p, settings: [SUBMITTED], source="https://github.com/OWASP/ASVS")
def no_secrets(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The bill holds no key, token or password, and no address of a host that only insiders reach.

    Every text is looked at. Names and addresses of authors are public in most packages, and are left alone.

    Good: ``https://repo.example/lib.tgz``. Bad: ``https://build:PASSWORD@nexus.example/lib.tgz`` with a real password.
    """
    found = bill(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="every text of the bill of materials", evidence=found.evidence)
    for one in found.facts["secrets"]:
        message = f"The bill of materials holds {one['kind']}."
        yield found.finding(message, "none", "one, not repeated here", f"sbom#{one['place']}")
