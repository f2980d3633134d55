"""Runs against the checker's own reference supplier: shown as what they are, and never taken for another's.

The reference supplier names itself in its CapabilityStatement. A run against it concludes compliant
only as a *demonstration*: the supplier file says so (``environment = "demonstration"``), and the
endpoint is on this machine. Then every report begins with that. Both facts are in the recording,
so that whoever judges it comes to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from checker.engine.recording import Manifest
from checker.model.supplier import DEMONSTRATION

REFERENCE_SUPPLIER = "nhs-standards-checker reference supplier"
"""The software name by which the reference supplier gives itself away."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine."""
NOTICE = (
    "DEMONSTRATION: the reference supplier of the checker itself was judged, on the machine of whoever ran this. "
    "It says nothing about any supplier's system."
)


def is_reference(manifest: Manifest) -> bool:
    """Did the reference supplier answer, at the start or at the end?"""
    return REFERENCE_SUPPLIER in (manifest.software_start + manifest.software_end)


def demonstration_obstacle(manifests: Sequence[Manifest]) -> str:
    """Why runs of one supplier cannot conclude compliant for what answered; "" if nothing stands in the way.

    A recording of files alone has no endpoint that could say what it is: the others speak for it.
    """
    declared = any(manifest.supplier.environment == DEMONSTRATION for manifest in manifests)
    asked = [manifest for manifest in manifests if manifest.supplier.base_url]
    reference = [manifest for manifest in asked if is_reference(manifest)]
    if reference and not declared:
        return (
            "This is the reference supplier of the checker itself, which is no supplier's system"
            ' (a run that says environment "demonstration" may judge it).'
        )
    if declared and any(not (manifest.software_start or manifest.software_end) for manifest in asked):
        return 'The environment is "demonstration", and what answered did not say what it is.'
    if declared and (not reference or len(reference) < len(asked)):
        return 'The environment is "demonstration", and it was not the reference supplier that answered.'
    if any(urlsplit(manifest.supplier.base_url).hostname not in LOOPBACK for manifest in reference):
        return "This is the reference supplier of the checker itself, and not on the machine of whoever ran this."
    return ""
