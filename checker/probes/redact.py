"""Redaction on writing: no credential, token, cookie or key reaches a recording."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from checker.model.evidence import Redaction
from checker.model.exchange import Headers
from checker.probes.disguises import undisguised, unpacked
from checker.probes.secrets import KnownSecrets, base64_cores, spellings

_SECRET_HEADER = re.compile(
    r"(authorization|api-?key|(auth|access|session|security|csrf|xsrf|id|refresh|bearer)-?token|jwt|subscription-key"
    r"|client-secret|password|session-?id)$"
)
_PARAMETER = re.compile(
    r"(?i)(?P<lead>[?&#;]|^)(?P<name>access_token|refresh_token|id_token|id_token_hint|token|client_assertion|client_secret"
    r"|assertion|code_verifier|password|passwd|api_?key|code)=(?P<value>[^&#;\s\"'<>]+)"
)
_USER_INFO = re.compile(r"(?<=://)[^/?#@\s]+@")
_USER_INFO_IN_TEXT = re.compile(rb"://[^/?#@\s\"'<>\\]{1,256}@")
_DISGUISES = 4
"""So many times a text is undone and searched again."""
_PIECE = 8
_WHOLE_PIECE = 14
"""So long a piece of a secret is taken out, too, since two make a whole."""
_SEARCHED_FOR_PIECES = 256 * 1024
"""Bytes of a text beyond which it is searched for whole secrets only."""
_TOKEN_MEMBERS = frozenset(
    {"access_token", "refresh_token", "id_token", "client_secret", "registration_access_token", "device_code"}
)
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


def placeholder(name: str) -> str:
    """What stands where something was taken out."""
    return f"[redacted: {name}]"


def url_placeholder(name: str) -> str:
    """The same in a URL, where brackets and spaces may not be."""
    return "redacted-" + re.sub(r"[^A-Za-z0-9]+", "-", name)


@dataclass
class Redactor:
    """Takes secrets out of what is about to be written. ``key_headers``: names of API-key headers."""

    secrets: KnownSecrets
    key_headers: frozenset[str] = frozenset()
    done: list[Redaction] = field(default_factory=list)

    def fresh(self) -> Redactor:
        """The same rules with an empty list of what was done."""
        return Redactor(self.secrets, self.key_headers)

    def note(self, place: str, name: str) -> None:
        """Say that something was taken out."""
        entry = Redaction(place=place, name=name)
        if entry not in self.done:
            self.done.append(entry)

    def headers(self, headers: Headers, place: str) -> Headers:
        """Headers without credentials and without cookie values (RFC 6265 §4.1.1: name and attributes stay)."""
        for name, value in headers:
            if name.lower() == "set-cookie":
                self.secrets.learn("cookie", value.partition(";")[0].partition("=")[2].strip().encode())
        return tuple((name, self._header(name, value, f"{place}.{name.lower()}")) for name, value in headers)

    def _header(self, name: str, value: str, place: str) -> str:
        lower = name.lower()
        if lower in self.key_headers or _SECRET_HEADER.search(lower):
            self.note(place, lower)
            return placeholder(lower)
        if lower == "set-cookie":
            pair, separator, attributes = value.partition(";")
            return self._cookie(pair, place) + separator + attributes
        if lower == "cookie":
            return ";".join(self._cookie(pair, place) for pair in value.split(";"))
        if "://" in value and _USER_INFO.search(value):
            self.note(place, "user information")
            value = _USER_INFO.sub("redacted@", value)
        return self.text(self._parameters(value, place), place)

    def _pieces(self, data: bytes, place: str) -> bytes:
        """Without long pieces of opaque secrets: a server may give one in two halves, or shortened."""
        if not _WHOLE_PIECE <= len(data) <= _SEARCHED_FOR_PIECES:
            return data
        for secret, name in self.secrets.named():
            if len(secret) < 2 * _WHOLE_PIECE or secret.count(b".") == 2 or b"\n" in secret:
                continue  # of a token that says what it says, only the signature is secret
            for at in range(0, len(secret) - _PIECE + 1, _PIECE - 1):
                if (found := data.find(secret[at : at + _PIECE])) >= 0:
                    data = self._without_piece(data, secret, at, found, place, name)
        return data

    def _without_piece(self, data: bytes, secret: bytes, at: int, found: int, place: str, name: str) -> bytes:
        start, end, first, last = found, found + _PIECE, at, at + _PIECE
        while start > 0 and first > 0 and data[start - 1] == secret[first - 1]:
            start, first = start - 1, first - 1
        while end < len(data) and last < len(secret) and data[end] == secret[last]:
            end, last = end + 1, last + 1
        if end - start < _WHOLE_PIECE:
            return data
        self.note(place, name)
        return data[:start] + placeholder(name).encode() + data[end:]

    def _cookie(self, pair: str, place: str) -> str:
        name, separator, _ = pair.partition("=")
        self.note(place, name.strip() if separator else "cookie")
        return f"{name}={placeholder('cookie')}" if separator else placeholder("cookie")

    def url(self, url: str, place: str) -> str:
        """A URL without user information, secret parameters and known secrets."""
        if _USER_INFO.search(url):
            self.note(place, "user information")
            url = _USER_INFO.sub("redacted@", url, count=1)
        url = self._parameters(url, place)
        return self._replace(url.encode(), place, in_url=True).decode(errors="replace")

    def _parameters(self, text: str, place: str) -> str:
        # A FHIR search has a parameter "code" too: only beside "state" is it an authorisation code.
        authorisation = bool(re.search(r"(?i)[?&#]state=", text))

        def hide(match: re.Match[str]) -> str:
            name = match["name"].lower()
            if name == "code" and not authorisation:
                return match[0]
            self.note(place, name)
            return f"{match['lead']}{match['name']}={url_placeholder(name)}"

        return _PARAMETER.sub(hide, text)

    def text(self, text: str, place: str) -> str:
        """Text without known secrets."""
        return self._replace(text.encode(), place).decode(errors="replace")

    def body(self, body: bytes, place: str, *, tokens: bool = False) -> bytes:
        """A body without known secrets; with ``tokens`` also without the tokens of an OAuth answer or form."""
        if tokens:
            body = self._token_members(body, place)
        if b"@" in body and _USER_INFO_IN_TEXT.search(body):
            self.note(place, "user information")
            body = _USER_INFO_IN_TEXT.sub(b"://redacted@", body)
        inside = unpacked(body)
        for secret, name in self.secrets.named() if inside else ():
            if _is_in(inside, secret):
                self.note(place, name)
                return placeholder(name).encode()
        return self._replace(body, place)

    def _token_members(self, body: bytes, place: str) -> bytes:
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            return self._parameters(body.decode("latin-1"), place).encode("latin-1")
        if not isinstance(content, dict):
            return body
        hidden = {name for name in content if name.lower() in _TOKEN_MEMBERS}
        if not hidden:
            return body
        for name in hidden:
            self.note(place, name)
            content[name] = placeholder(name)
        return json.dumps(content, ensure_ascii=False).encode()

    def _replace(self, data: bytes, place: str, *, in_url: bool = False) -> bytes:
        data = self._pieces(self._without(data, place, in_url=in_url), place)
        for _ in range(_DISGUISES):
            plain = next((one for one in undisguised(data) if self._any_in(one)), None)
            if plain is None:
                return data
            data = self._without(plain, place, in_url=in_url)
        return placeholder("text in many disguises").encode() if any(map(self._any_in, undisguised(data))) else data

    def _any_in(self, data: bytes) -> bool:
        return any(_is_in(data, secret) for secret, _ in self.secrets.named())

    def _without(self, data: bytes, place: str, *, in_url: bool) -> bytes:
        for secret, name in self.secrets.named():
            mark = (url_placeholder(name) if in_url else placeholder(name)).encode()
            clean = data
            for form in spellings(secret):
                clean = clean.replace(form, mark)
            for core in base64_cores(secret):
                clean = _cut_base64(clean, core, mark)
            if clean != data:
                self.note(place, name)
                data = clean
        return data


def _cut_base64(data: bytes, core: bytes, mark: bytes) -> bytes:
    """Replace each run of base64 characters that holds ``core``: its edges may show part of a secret."""
    at = data.find(core)
    while at >= 0:
        start, end = at, at + len(core)
        while start > 0 and data[start - 1] in _BASE64:
            start -= 1
        while end < len(data) and data[end] in _BASE64:
            end += 1
        data = data[:start] + mark + data[end:]
        at = data.find(core, start + len(mark))
    return data


def find_secrets(data: bytes, secrets: Iterable[bytes]) -> list[int]:
    """Self-scan before sealing: the positions, in ``secrets``, of those that occur in ``data`` in any spelling."""
    texts = (data, *undisguised(data))
    return [number for number, secret in enumerate(secrets) if any(_is_in(text, secret) for text in texts)]


def _is_in(data: bytes, secret: bytes) -> bool:
    return any(form in data for form in (*spellings(secret), *base64_cores(secret)))


def secret_in_proxy(proxy: str) -> str:
    """The password of a proxy URL, or ""."""
    try:
        return urlsplit(proxy).password or ""
    except ValueError:
        return ""
