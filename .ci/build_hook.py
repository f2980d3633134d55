"""Build the compiled index of the shipped profiles into the wheel.

Reading YAML and checking it against its schema takes a tenth of a second for each start; the index
holds the result by the digest of the content, and is ignored when it does not fit.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IndexHook(BuildHookInterface[Any]):
    """Adds ``checker/_data/profiles/index.json`` to a wheel; a source tree needs none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it packs the wheel."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        from checker.catalogue.compiled import INDEX_NAME, compile_index

        index = Path(tempfile.mkdtemp(prefix="checker-index-")) / INDEX_NAME
        index.write_bytes(compile_index(Path(self.root) / "profiles"))
        build_data["force_include"][str(index)] = f"checker/_data/profiles/{INDEX_NAME}"
