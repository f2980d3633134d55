"""A software bill of materials (SBOM): CycloneDX or SPDX 2.x in JSON, brought to one form.

The facts name components, what is there of each, how they hang together, and where something stands that should not;
never the text of a secret. Sources: https://cyclonedx.org/specification/overview/ and
https://spdx.github.io/spdx-spec/v2.3/.
"""

from __future__ import annotations

from typing import Any

import msgspec

from checker.model.json_depth import nests_too_deep
from checker.probes import sbom_cyclonedx, sbom_spdx
from checker.probes.sbom_graph import graph_facts
from checker.probes.sbom_secrets import secrets_in

KIND = "sbom"
EARLIER = "sbom-earlier"
_MOST_BYTES = 64 * 1024 * 1024
_MOST_COMPONENTS = 100_000


class Sbom:
    """Reads one bill of materials. What is none has a ``fault``, and no more."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._bytes = 0
        self._texts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        self._texts.append(bytes(self._held))
        self._held = bytearray()

    def facts(self) -> dict[str, Any]:
        """``fault``, or the facts of the format's reader with ``schema``, the graph and ``secrets``."""
        if len(self._texts) != 1:
            return {"fault": f"a bill of materials is one file, and there are {len(self._texts)}"}
        if self._bytes > _MOST_BYTES:
            return {"unread": f"it is longer than {_MOST_BYTES} bytes"}
        return facts_of(self._texts[0])


def facts_of(text: bytes) -> dict[str, Any]:
    """The facts of a bill of materials, or its ``fault``. Never raises."""
    try:
        found = msgspec.json.decode(text)
    except RecursionError:
        return {"fault": "it is nested too deeply"}
    except (msgspec.MsgspecError, ValueError):
        return {"fault": "it is not JSON"}
    if nests_too_deep(text):
        return {"fault": "it is nested too deeply"}
    if isinstance(found, dict) and found.get("bomFormat") == "CycloneDX":
        form: Any = sbom_cyclonedx
    elif isinstance(found, dict) and isinstance(found.get("spdxVersion"), str):
        form = sbom_spdx
    else:
        return {"fault": "it is JSON, and neither CycloneDX nor SPDX 2"}
    facts: dict[str, Any] = form.facts_of(found)
    if len(facts["components"]) > _MOST_COMPONENTS:
        return {"unread": f"it has more than {_MOST_COMPONENTS} components"}
    edges = facts.pop("edges")
    return {
        **facts,
        **graph_facts(facts["root"]["ref"], [one["ref"] for one in facts["components"]], edges, facts.pop("outside")),
        "schema": form.schema_facts(found, text),
        "secrets": secrets_in(found),
    }
