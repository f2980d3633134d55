"""The headers of ``supplier.toml``: files and secrets read before anything is sent, and where they may go."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from checker.errors import CredentialFault, SupplierFault
from checker.model.exchange import Headers, first_header
from checker.model.header_template import (
    CORRELATION_ID,
    ENV,
    JSON,
    REQUEST_ID,
    filled,
    is_secret,
)
from checker.model.supplier import HeaderTemplate
from checker.probes.addresses import origin
from checker.probes.config import SecretRef
from checker.probes.request_id import request_id
from checker.probes.secrets import KnownSecrets, read_secret

LONGEST = 8000
"""Characters of a value; servers refuse a header field of more (RFC 9110 section 5.4)."""
_LARGEST_FILE = 64 * 1024


class CallerHeaders:
    """The headers that go with every request to the origin of the FHIR endpoint, and with no other.

    A request of nobody carries those without a secret: it lacks the credential and nothing else.
    """

    def __init__(
        self,
        templates: tuple[HeaderTemplate, ...],
        *,
        base_url: str,
        seed: bytes,
        root: Path,
        environ: Mapping[str, str],
        known: KnownSecrets,
    ) -> None:
        """Read what the templates name. Raises ``SupplierFault`` for what cannot be read or sent."""
        self._home = origin(base_url)
        self._root = root
        self._environ = environ
        self._known = known
        self._correlation = request_id(seed, "correlation")
        self._held = tuple((one, self._resolved(one)) for one in templates)
        self.secret_names = frozenset(one.name.lower() for one in templates if is_secret(one.value))

    def of(self, url: str, identity: str, own: Headers, sent_id: str) -> Headers:
        """What is added to a request. A header that the request brings itself stays as it is."""
        here = origin(url)
        if here is None or here != self._home:
            return ()
        return tuple(
            (one.name, value.replace(f"{{{REQUEST_ID}}}", sent_id))
            for one, value in self._held
            if first_header(own, one.name) is None and (identity or one.name.lower() not in self.secret_names)
        )

    def _resolved(self, one: HeaderTemplate) -> str:
        found = filled(one.value, lambda name: self._value(one.name, name))
        if len(found) > LONGEST:
            raise SupplierFault(
                f"The header {one.name} would be {len(found)} characters long.",
                where="[headers] of supplier.toml",
                next_step=f"Servers refuse more than about {LONGEST}: make what it holds smaller.",
            )
        return found

    def _value(self, header: str, name: str) -> str:
        if name == CORRELATION_ID:
            return self._correlation
        if name.startswith(ENV):
            return self._secret(header, name.removeprefix(ENV))
        if name.startswith(JSON):
            return self._json(header, name.removeprefix(JSON))
        return f"{{{REQUEST_ID}}}"

    def _secret(self, header: str, variable: str) -> str:
        what = f"value of the header {header}"
        secret = read_secret(SecretRef(env=variable), what=what, root=self._root, environ=self._environ)
        text = secret.decode("utf-8", "replace")
        if not text.isascii() or not text.isprintable():
            raise CredentialFault(
                f"The {what} cannot be sent.",
                where=f"environment variable {variable}",
                next_step="Use printable ASCII on one line.",
            )
        self._known.add(header.lower(), secret)
        return text

    def _json(self, header: str, path: str) -> str:
        """A JSON file in Base64 (RFC 4648 section 4), without what white space it was written with."""
        try:
            data = (self._root / path).read_bytes()
            value = json.loads(data) if len(data) <= _LARGEST_FILE else None
        except OSError as error:
            problem = error.strerror or type(error).__name__
            raise SupplierFault(
                f"The file of the header {header} cannot be read: {problem}.",
                where=f"file {path}",
                next_step="Check the path (relative to supplier.toml) and its permissions.",
            ) from None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise SupplierFault(
                f"The file of the header {header} is not one JSON object.",
                where=f"file {path}",
                next_step='Write one, for instance {"resourceType": "Device", …}.',
            )
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
