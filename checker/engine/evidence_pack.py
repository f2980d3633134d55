"""An evidence pack becomes artefacts: each section and each file that its root names is one, read like any other.

So a bill of materials in a pack is judged as one that was submitted by itself, and every verdict names the file that
it rests on. Only files inside the folder, through no link, become artefacts; what is wrong with the others is for the
rows on the pack itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from checker.engine.supplier_file import UNNAMED
from checker.model.pack import KIND, PART, SECTION
from checker.model.supplier import ArtefactRef
from checker.probes.pack.paths import why_not_a_file
from checker.probes.pack.root import ROOT, read
from checker.probes.source.storage import is_in_store

if TYPE_CHECKING:
    from checker.engine.supplier_file import SupplierFile


def with_pack(base: SupplierFile) -> SupplierFile:
    """The same with the sections and files of its one evidence pack, and with what the pack says of the product.

    What the supplier file or the options say goes before: an artefact of theirs takes the place of those of its kind.
    """
    packs = base.supplier.artefacts_of(KIND)
    if len(packs) != 1 or is_in_store(packs[0].location):
        return base  # which one is meant is not said: the rows say so
    folder = base.root / packs[0].location
    if not (folder / ROOT).is_file():
        return base
    root = read(folder)
    given = {one.kind for one in base.supplier.artefacts}
    parts = [
        ArtefactRef(id=_id(one.kind, one.what), kind=one.kind, location=str(Path(packs[0].location) / one.path))
        for one in root.named
        if one.kind not in given and not why_not_a_file(folder, one.path)
    ]
    product = root.content.get("product", {})
    unnamed = base.supplier.name in (UNNAMED, urlsplit(base.supplier.base_url).hostname)
    name = root.content.get("supplier", {}).get("name", "") if unnamed else ""
    said = {
        "name": name or base.supplier.name,
        "product": base.supplier.product or product.get("name", ""),
        "version": base.supplier.version or product.get("version", ""),
    }
    changed = msgspec.structs.replace(base.supplier, artefacts=(*base.supplier.artefacts, *parts), **said)
    return replace(base, supplier=changed)


def _id(kind: str, what: str) -> str:
    return kind if kind.startswith(SECTION) and what.startswith("section ") else PART + what.rpartition(" ")[2]
