"""Cookies that an interface sets. Source: OWASP ASVS 5.0.0, 3.3.1 to 3.3.4; RFC 6265 section 4.1."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.passive import Alike, own_answers
from checker.model.asked import Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement
from checker.model.view import EvidenceView

_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("capabilities", "read", "search"))
_PREFIXES = ("__host-", "__secure-")


def lacks(cookie: str) -> tuple[str, ...]:
    """What a Set-Cookie lacks; one that deletes (Max-Age=0) lacks nothing.

    >>> lacks("__Host-s=1; Path=/; Secure; HttpOnly; SameSite=Strict"), lacks("s=1; Secure")
    ((), ('HttpOnly', 'SameSite', 'a name that begins with __Host- or __Secure-'))
    >>> lacks("s=; Max-Age=0")
    ()
    """
    pair, *rest = cookie.split(";")
    given = {name.strip().lower(): value.strip() for name, _, value in (one.partition("=") for one in rest)}
    if given.get("max-age", "").lstrip("-") == "0" or given.get("max-age", "").startswith("-"):
        return ()
    missing = [name for name in ("Secure", "HttpOnly") if name.lower() not in given]
    if given.get("samesite", "").lower() not in ("strict", "lax", "none"):
        missing.append("SameSite")
    if not pair.strip().lower().startswith(_PREFIXES):
        missing.append("a name that begins with __Host- or __Secure-")
    return tuple(missing)


@check(
    "cookies.are-protected",
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type="Patient")),
    ],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x12-V3-Web-Frontend-Security.md",
)
def are_protected(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every cookie has Secure, HttpOnly and SameSite, and a name that begins with ``__Host-`` or ``__Secure-``.

    Looks at all answers of the endpoint, errors too. An interface for programs needs no cookie.
    A cookie of a load balancer counts as well: it is set for the host of the records. Values are never kept.

    Good: none; ``__Host-route=…; Path=/; Secure; HttpOnly; SameSite=Strict``.
    Bad: ``JSESSIONID=…; Path=/``.
    """
    wrong = Alike(
        expected="Secure, HttpOnly, SameSite, and a name with __Host- or __Secure-", place="header Set-Cookie"
    )
    for exchange in own_answers(ev, _ANSWERS):
        cookies = exchange.response.values("Set-Cookie") if exchange.response is not None else ()
        faulty = [missing for cookie in cookies if (missing := lacks(cookie))]
        for missing in faulty:
            wrong.add("A cookie is set that is not protected.", f"it lacks {', '.join(missing)}", exchange)
        if not faulty:
            what = "Answers set no cookie that is not protected."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()
