"""The release declaration: a YAML file that says what the fields of a release are, and what was promised of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from checker.catalogue import strict_yaml
from checker.catalogue.schema import validate
from checker.engine.supplier_file import SupplierFile
from checker.errors import SupplierFault
from checker.model.release import Release

KIND = "release-declaration"
"""The kind of artefact that the file is."""


def with_release(found: SupplierFile) -> SupplierFile:
    """The supplier with the release that it declares, where it submits a declaration. Raises ``SupplierFault``."""
    references = found.supplier.artefacts_of(KIND)
    if not references:
        return found
    if len(references) > 1:
        what = f"There are {len(references)} artefacts of kind {KIND}."
        raise SupplierFault(what, next_step="Give one for each run: releases differ.")
    path = found.root / references[0].location
    try:
        content = path.read_bytes()
    except OSError as error:
        what = f"the release declaration cannot be read: {error.strerror or error}"
        raise SupplierFault(what, where=str(path), next_step="Mend the path of the artefact.") from None
    return replace(
        found, supplier=msgspec.structs.replace(found.supplier, release=read_release(content, Path(path).name))
    )


def read_release(content: bytes, source: str) -> Release:
    """The declared release. ``source`` is what messages call the file. Raises ``SupplierFault``."""
    document = strict_yaml.parse(content, source, typed_under=frozenset({"k", "l"}), fault=SupplierFault)
    data = _numbers(document.data)
    document = msgspec.structs.replace(document, data=data)
    validate(document, KIND, fault=SupplierFault)
    return msgspec.convert(_underscored(data), type=Release)


def _numbers(data: dict[str, Any]) -> dict[str, Any]:
    """``k`` and ``l`` as numbers; all else is text as it is written."""
    changed = dict(data)
    for name in ("k", "l"):
        changed.update({name: _number(changed[name])} if name in changed else {})
    if isinstance(inner := changed.get("assessment"), dict) and "k" in inner:
        changed["assessment"] = {**inner, "k": _number(inner["k"])}
    return changed


def _number(text: Any) -> Any:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else text


def _underscored(node: Any) -> Any:
    if isinstance(node, dict):
        return {name.replace("-", "_"): _underscored(inner) for name, inner in node.items()}
    return [_underscored(one) for one in node] if isinstance(node, list) else node
