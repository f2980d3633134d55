"""FHIR packages from package servers: ``GET BASE/NAME`` lists the versions, ``GET BASE/NAME/VERSION`` gives the .tgz.

Servers are asked in order; the first that has the package wins. One that is down or has it not never raises: the
reason is told by who asked. Redirects are followed among the hosts of the servers that were named, nowhere else.

Source: https://confluence.hl7.org/display/FHIR/NPM+Package+Specification (the NPM registry protocol that it rests on)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urljoin

import msgspec

from checker.model.clock import Clock
from checker.model.supplier import Limits
from checker.probes.addresses import host_and_port
from checker.probes.answer import Answer
from checker.probes.config import NetworkConfig
from checker.probes.http import Http
from checker.probes.net import Net
from checker.probes.trust import Trust

MAX_PACKAGE_BYTES = 256 << 20
_REDIRECTS = 5
_REDIRECT = frozenset((301, 302, 303, 307, 308))
_GZIP = b"\x1f\x8b"


class PackageServers:
    """Implements ``PackageSource`` of the FHIR engine over HTTP. ``bases`` are http or https URLs.

    ``reason`` says, after an answer of nothing, why there was none.
    """

    def __init__(
        self,
        bases: Sequence[str],
        *,
        clock: Clock,
        network: NetworkConfig = NetworkConfig(),  # noqa: B008 - frozen
        root: Path = Path(),
    ) -> None:
        self._bases = [base.rstrip("/") for base in bases]
        self._clock = clock
        self._network = network
        self._root = root
        self.reason = ""

    def fetch(self, name: str, version: str) -> bytes | None:
        """The .tgz of exactly that version, or None."""
        for base in self._bases:
            body = self._get(f"{base}/{quote(name)}/{quote(version)}", "application/gzip, application/octet-stream")
            if body is not None and body.startswith(_GZIP):
                return body
            if body is not None:
                self.reason = f"{base} answered with something that is no .tgz"
        return None

    def versions(self, name: str) -> Sequence[str]:
        """The versions that the first server which knows the package has."""
        for base in self._bases:
            body = self._get(f"{base}/{quote(name)}", "application/json")
            if body is None:
                continue
            try:
                listed = msgspec.json.decode(body, type=_Listing).versions
            except msgspec.MsgspecError:
                self.reason = f"{base} answered with something that is no list of versions"
                continue
            if listed:
                return sorted(listed)
        return []

    def _get(self, url: str, accept: str) -> bytes | None:
        return asyncio.run(self._got(url, accept))

    async def _got(self, url: str, accept: str) -> bytes | None:
        places = [host_and_port(base) for base in self._bases]
        limits = Limits(max_body_bytes=MAX_PACKAGE_BYTES, timeout_s=120.0, requests_per_s=20.0)
        net = Net(
            allowed=[place for place in places if place is not None],
            limits=limits,
            clock=self._clock,
            proxy=self._network.proxy,
        )
        http = Http(net, Trust(self._network, self._root), limits)
        try:
            return await self._followed(net, http, url, accept)
        finally:
            await http.close()

    async def _followed(self, net: Net, http: Http, url: str, accept: str) -> bytes | None:
        for _ in range(_REDIRECTS + 1):
            place = host_and_port(url)
            if place is None:
                self.reason = f"{url} is no http or https URL"
                return None
            barred = await net.admit(*place)
            if barred is not None:
                self.reason = f"{url}: {barred.message}"
                return None
            answer = await http.send("GET", url, (("Accept", accept),), b"")
            if answer.status in _REDIRECT:
                target = next((value for name, value in answer.headers if name.lower() == "location"), "")
                if not target:
                    break
                url = urljoin(url, target)
                continue
            if answer.status == 200:
                return answer.body
            self.reason = _why(url, answer)
            return None
        self.reason = f"{url}: too many redirects"
        return None


class _Listing(msgspec.Struct):
    versions: dict[str, msgspec.Raw] = {}


def _why(url: str, answer: Answer) -> str:
    if answer.failure is not None:
        return f"{url}: {answer.failure.message}"
    return f"{url} answered {answer.status}"
