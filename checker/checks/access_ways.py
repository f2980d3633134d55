"""Other ways in than a token in the header, and what tokens tell and open.

Source: RFC 6750 section 2.2, RFC 6749 section 3.3, OWASP ASVS 5.0.0 chapters 8, 13 and 14.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

from checker.checks.bodies import gives_data
from checker.checks.bulk import run_of
from checker.checks.bulk_jobs import manifest_in
from checker.checks.refusal import of_no_application, refusal
from checker.checks.smart import wrong
from checker.model.asked import APPLICATION, KEY_ALONE, Exported, OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_TOKENS = Every(selector=Selector(views=("oauth",), interactions=("token",)))
_USER = Need(probe="scope.user-restricted", params=NoParams())
_RIGHTS = {"read": "rs", "write": "cud", "*": "cruds"}


def _form(p: OfType) -> Need:
    return Need(probe="access.token-in-form", params=p)


def _other(p: OfType) -> Need:
    return Need(probe="access.without-a-token", params=p)


def _searched(p: OfType) -> Need:
    return Need(probe="fhir.search", params=p)


def refuses(exchange: Exchange) -> bool:
    """Refused by the interface, with no record in the body."""
    return exchange.status in (400, 401, 403) and not gives_data(exchange)


@check(
    "access.form-token-refused",
    params=OfType,
    needs=lambda p, settings: [_form(p)],
    source="https://www.rfc-editor.org/rfc/rfc6750#section-2.2",
)
def form_token_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A good access token in the form of a search by POST, and not in the header, opens nothing.

    The control is the same search with the token in the header. RFC 6750 section 2.2 says that a form is not to be
    used but where a browser cannot send a header. 405 and 415 to the control leave it open: there is no such search.

    Good: 401 to ``POST Patient/_search`` with access_token in its body. Bad: 200 with patients.
    """
    for control, mutant in ev.record(_form(p)).pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives="Bundle",
            refused=refuses,
            unsure=of_no_application,
            what=f"A search of {p.type} with the token in the form alone",
            expected="401 with WWW-Authenticate",
        )


@check(
    "access.token-is-needed",
    params=OfType,
    needs=lambda p, settings: [_other(p)],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x22-V13-Configuration.md",
)
def token_is_needed(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Neither Basic nor an API key opens a patient's record: it takes a token.

    The control is the same read with the token. Tried are the secret of the client by Basic, where its token endpoint
    is of the same origin as the interface, and the key of the identity ``api-key``.

    Good: 401 to either. Bad: 200 with the patient to a key that is in every copy of an app.
    """
    for control, mutant in ev.record(_other(p)).pairs():
        by_key = mutant.request.identity == KEY_ALONE
        yield from refusal(
            control,
            mutant,
            differs_in="identity" if by_key else "alteration",
            gives=p.type,
            refused=refuses,
            unsure=of_no_application,
            what=f"A read of {p.type} with {'an API key' if by_key else 'a client secret by Basic'} alone",
            expected="401 with WWW-Authenticate",
        )


@check(
    "access.token-tells-of-nobody",
    params=OfType,
    needs=lambda p, settings: [_searched(p)],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x23-V14-Data-Protection.md",
)
def token_tells_of_nobody(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An access token that can be read has no claim on a person: no date of birth, address, telephone or NHS number.

    The sender looks at the claims of the token that it sent, and keeps the names of such claims, never their values. A
    name or an address for mail may be that of the clinician who is logged in, and is left out.

    Good: ``{"sub": "u-17", "patient": "pat-001"}``. Bad: ``{"nhs_number": …}``: a token is in logs on the way.
    """
    exchange = ev.record(_searched(p)).exchange("search")
    facts = exchange.http.credential if exchange is not None else None
    if exchange is None or facts is None or facts.form != "jwt":
        yield Undecided(reason=Reason.PREREQUISITE, message="no request was sent with a token that can be read")
    elif facts.told_of:
        yield wrong(
            exchange, "The access token tells of a person.", "no such claim", ", ".join(facts.told_of)[:120], "#token"
        )
    else:
        yield Examined(what="The access token has no claim on a person.", evidence=(exchange.id,))


@check(
    "scope.users-alone",
    needs=lambda p, settings: [_USER],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x17-V8-Authorization.md",
)
def users_alone(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What only a user may read is closed to an application that nobody is logged in to.

    What that is, the supplier file says (``user-restricted`` under ``[known]``). The default identity is a user's and
    has to read it (control); the identity ``application`` is refused.

    Good: 401 or 403 to the application. Bad: 200 with the record.
    """
    for control, mutant in ev.record(_USER).pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="record",
            works=gives_data,
            refused=lambda exchange: exchange.status in (401, 403) and not gives_data(exchange),
            unsure=of_no_application,
            what=f"A read of what only a user may read, by '{APPLICATION}'",
            expected="403",
        )


@check(
    "scope.files-need-a-token",
    params=Exported,
    needs=lambda p, settings: [run_of(p)],
    source="https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-output-file-request",
)
def files_need_a_token(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    """The files of an export are given with a credential, and refused without.

    An export is started, followed, and deleted again. Its manifest says ``requiresAccessToken``; where that is false,
    whether the addresses of the files are short-lived and cannot be guessed is for people to say.

    Good: 401 to who comes for a file with nothing. Bad: the file.
    """
    view = ev.record(run_of(p))
    pairs = [one for one in view.pairs() if one[0].http.interaction == "bulk-file"]
    found = manifest_in(view, p)
    if not pairs and found is not None and found[1].get("requiresAccessToken") is False:
        message = "the files need no token: a person has to say whether their addresses can be guessed"
        yield Undecided(reason=Reason.HUMAN, message=message, evidence=(found[0].id,))
    elif not pairs:
        yield view.undecided("a file of an export")
    for control, mutant in pairs:
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="file",
            works=lambda exchange: bool(exchange.body_bytes),
            refused=lambda exchange: exchange.status in (401, 403),
            what="A file of an export without a credential",
            expected="401",
        )


@check(
    "scope.granted-as-asked",
    params=OfType,
    needs=lambda p, settings: [_TOKENS, _searched(p)],
    source="https://www.rfc-editor.org/rfc/rfc6749#section-3.3",
)
def granted_as_asked(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The scope in a token reply is what was asked for, or less; where nothing is said of it, it is what was asked for.

    Scopes of SMART are compared by what they open: ``system/*.read`` is ``system/*.rs``. Tokens that were asked for
    without a scope say nothing here.

    Good: ``system/Patient.rs`` for ``system/*.rs``. Bad: ``system/*.cruds`` for ``system/*.rs``; offline_access for
    who did not ask.
    """
    seen = False
    for exchange in ev.every(_TOKENS):
        reply = exchange.json().value
        asked = _asked(exchange)
        if not exchange.ok or not isinstance(reply, dict) or not asked:
            continue
        seen = True
        granted = reply.get("scope")
        wider = [one for one in str(granted or "").split() if not any(_covers(other, one) for other in asked)]
        if granted is not None and not isinstance(granted, str):
            yield wrong(
                exchange, "The scope of a token reply is no text.", "scopes with spaces between", "another", "#/scope"
            )
        elif wider:
            yield Finding(
                message="A token was given with more than was asked for.",
                expected=" ".join(asked)[:120],
                actual=f"{len(wider)} more",
                place=f"{exchange.request.url}#/scope",
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what="Tokens are given for what was asked for, or less.", evidence=(exchange.id,))
    if not seen:
        yield Undecided(reason=Reason.NO_DATA, message="no token was asked for with a scope (scope of the identity)")


def _asked(exchange: Exchange) -> list[str]:
    form = parse_qs(exchange.request.body.decode("utf-8", "replace"))
    return " ".join(form.get("scope", [])).split()


def _covers(asked: str, granted: str) -> bool:
    """Is a granted scope within one that was asked for?

    >>> _covers("system/*.read", "system/Patient.rs"), _covers("system/*.rs", "system/*.read")
    (True, True)
    >>> _covers("system/Patient.rs", "system/*.rs"), _covers("openid", "openid"), _covers("openid", "profile")
    (False, True, False)
    """
    one, other = _parts(asked), _parts(granted)
    if one is None or other is None or asked == granted:
        return asked == granted
    level, kind, rights, query = one
    same_query = not query or query == other[3]
    return level == other[0] and kind in ("*", other[1]) and set(other[2]) <= set(rights) and same_query


def _parts(scope: str) -> tuple[str, str, str, str] | None:
    """Level, type, rights and query of a scope of SMART, of either version; None for any other."""
    level, slash, rest = scope.partition("/")
    name, _, query = rest.partition("?")
    kind, dot, rights = name.partition(".")
    if not slash or not dot or level not in ("patient", "user", "system") or not kind or not rights:
        return None
    return level, kind, _RIGHTS.get(rights, rights), query
