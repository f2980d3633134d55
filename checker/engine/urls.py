"""URLs that a person wrote: what is wrong with one, and how it should have been written."""

from __future__ import annotations

from urllib.parse import urlsplit

from checker.errors import SupplierFault

PAGES = ("/metadata", "/.well-known/smart-configuration")
"""Pages of a FHIR server that no base URL ends in."""


def base_url(text: str, where: str) -> str:
    """A URL that may be a FHIR base URL, without a trailing slash. Raises ``SupplierFault``."""
    url = checked_url(text, where)
    for page in PAGES:
        if url.endswith(page):
            raise SupplierFault(
                f"The base URL ends in {page}, which is a page of the system and not its base.",
                where=where,
                next_step=f"Write {url.removesuffix(page)}",
            )
    return url


def checked_url(text: str, where: str, *, query: bool = False) -> str:
    """The URL with a small scheme and without a trailing slash. Raises ``SupplierFault``."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:  # its text quotes the URL, and with it a password
        raise SupplierFault(
            "The URL cannot be used: its host or port cannot be read.",
            where=where,
            next_step="Write it as https://host/path, without a user name or password.",
        ) from None
    problem, next_step = "", "Write it as https://host/path."
    if any(mark.isspace() or not mark.isprintable() for mark in text):
        problem = "it holds a blank or a control character"
    elif parts.scheme not in ("http", "https"):
        problem = "it does not begin with https:// (or http://)"
        if "://" not in text and "@" not in text and "?" not in text:
            next_step = f"Write it as https://{text.lstrip('/')}"
    elif not host:
        problem = "it names no host"
    elif parts.username is not None or parts.password is not None:
        problem = "it holds a user name or password; describe an identity instead"
    elif parts.fragment or (parts.query and not query):
        problem = "it holds a query or fragment"
        next_step = "Leave off everything from the '?' or '#' on."
    if problem:
        raise SupplierFault(f"The URL cannot be used: {problem}.", where=where, next_step=next_step)
    text = parts.scheme + text[len(parts.scheme) :]  # of which the case does not matter (RFC 3986 §3.1)
    return text if query else text.rstrip("/?#")
