"""Looks for secrets in every byte that a run wrote: in files, in what they pack, and in what their text stands for."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

Written = dict[str, bytes]
"""Where it stands → what stands there."""


def spelled(secret: bytes) -> dict[str, bytes]:
    """How a secret may be written, by name. Made without the checker's own code."""
    text = secret.decode("latin-1")
    forms = {
        "plain": secret,
        "percent": "".join(f"%{byte:02X}" for byte in secret).encode(),
        "small percent": "".join(f"%{byte:02x}" for byte in secret).encode(),
        "needed percent": quote(secret, safe="").encode(),
        "JSON": json.dumps(text)[1:-1].encode(),
        "JSON escapes": "".join(f"\\u{ord(one):04x}" for one in text).encode(),
        "hexadecimal references": "".join(f"&#x{ord(one):x};" for one in text).encode(),
        "decimal references": "".join(f"&#{ord(one)};" for one in text).encode(),
        "hexadecimal": secret.hex().encode(),
        "capital hexadecimal": secret.hex().upper().encode(),
        "UTF-16": text.encode("utf-16-le"),
        "UTF-16 of big ends": text.encode("utf-16-be"),
    }
    for start in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            whole = encode(bytes(start) + secret)
            forms[f"{name} at {start}"] = whole[4 if start else 0 : len(start * b"0" + secret) // 3 * 4]
    return forms


def found(written: Mapping[str, bytes], secrets: Iterable[bytes]) -> list[str]:
    """Where which secret stands, and how; [] is what is hoped for."""
    return [
        f"{place}: {form} of {secret[:6].decode('latin-1')}…"
        for secret in dict.fromkeys(secrets)
        for form, spelling in spelled(secret).items()
        for place, content in written.items()
        if spelling in content
    ]


def every_byte(folder: Path, *said: str, but: Iterable[Path] = ()) -> Written:
    """Every file below a folder, unpacked, and as what its text stands for; ``but``: what the test put there.

    ``said``: what was printed.
    """
    left_out = {path.resolve() for path in but}
    everything: Written = {f"printed {number}": text.encode(errors="replace") for number, text in enumerate(said)}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not left_out & {path.resolve(), *path.resolve().parents}:
            everything |= _opened(path.relative_to(folder).as_posix(), path.read_bytes())
    return everything | {
        f"{place} as text": plain for place, content in everything.items() if (plain := _meant(content))
    }


def _opened(name: str, content: bytes) -> Written:
    opened = {f"{name} (its name)": name.encode(errors="replace"), name: content}
    if content.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                opened |= _opened(f"{name}!{member}", archive.read(member))
    if content.startswith(b"\x1f\x8b"):
        opened |= _opened(f"{name}!", gzip.decompress(content))
    return opened


def _meant(content: bytes) -> bytes:
    """What a reader of JSON, HTML and URLs sees."""
    text = content.decode("utf-8", "replace")
    lines = []
    for line in text.splitlines():
        try:
            lines.append(json.dumps(json.loads(line), ensure_ascii=False))
        except ValueError:
            lines.append(line)
    plain = html.unescape("\n".join(lines))
    return unquote_to_bytes(plain.encode(errors="replace"))
