"""Files as streams of FHIR resources: JSON, Bundles of any size, NDJSON, gzip, zip, folders.

Nothing is loaded whole, nothing unreadable is raised, and nothing is passed over in silence.
"""

from __future__ import annotations

from checker.probes.source.chunk import Chunk, Skipped, Unreadable, Unreadables
from checker.probes.source.walk import Source, walk_source

__all__ = ["Chunk", "Skipped", "Source", "Unreadable", "Unreadables", "walk_source"]
