"""A client of the fixture, with the standard library only."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography import x509

from fixtures.supplier.serve import Served

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Client:
    """Asks one supplier, with a fresh access token unless told otherwise."""

    served: Served

    def send(self, target: str, method: str = "GET", *, token: str | None = None, **more: Any) -> Answer:
        """``target``: below the base, or absolute; token "" sends none; ``headers``, ``body``, TLS ``context``."""
        url = target if target.startswith("https:") else self.served.base_url + target
        headers: dict[str, str] = dict(more.get("headers", {}))
        if token != "" and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {token or self.served.token()}"
        parts = urlsplit(url)
        context = more.get("context") or ssl.create_default_context(cafile=str(self.served.ca))
        connection = http.client.HTTPSConnection(parts.netloc, context=context, timeout=10)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, body=more.get("body"), headers=headers)
            answer = connection.getresponse()
            return Answer(status=answer.status, headers=answer.headers, body=answer.read())
        finally:
            connection.close()

    def get(self, target: str, **headers: str) -> Answer:
        """A GET with more headers."""
        return self.send(target, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post_form(self, url: str, form: dict[str, str], **headers: str) -> Answer:
        """A form without access token."""
        return self.send(url, "POST", token="", headers={**FORM, **headers}, body=urlencode(form))

    def obtain(self, **form: str) -> Any:
        """The content of a token answer to client id and secret."""
        mine = {"client_id": self.served.client_id, "client_secret": self.served.client_secret}
        return self.post_form(self.served.token_url, {"grant_type": "client_credentials", **mine, **form}).json()

    def ids(self, target: str) -> list[str]:
        """The ids on one page of a search."""
        return matches(self.get(target).json())

    def walk(self, target: str, most: int = 12) -> list[list[str]]:
        """The ids of each page, following next links, ``most`` pages at most."""
        pages: list[list[str]] = []
        url: str | None = target
        while url and len(pages) < most:
            bundle = self.get(url).json()
            pages.append(matches(bundle))
            url = link(bundle, "next")
        return pages


def matches(bundle: dict[str, Any]) -> list[str]:
    """The ids of the entries that match."""
    return [e["resource"]["id"] for e in bundle.get("entry", ()) if e["search"]["mode"] == "match"]


def link(bundle: dict[str, Any], relation: str) -> str | None:
    """The URL of that relation."""
    return next((each["url"] for each in bundle["link"] if each["relation"] == relation), None)


def altered(token: str, **claims: Any) -> str:
    """The token with other claims and the old signature."""
    head, _, signature = token.split(".")
    old = jwt.decode(token, options={"verify_signature": False})
    changed = jwt.encode({**old, **claims}, "", algorithm="none").split(".")[1]
    return f"{head}.{changed}.{signature}"


def leaf(served: Served) -> x509.Certificate:
    """The certificate that the server shows, whether it is to be trusted or not."""
    return x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", served.port)).encode())
