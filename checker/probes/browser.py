"""Pages of the web in a real browser, looked at by axe: the system's Chromium by playwright (extra ``browser``).

This is no probe of a run. A browser resolves names, follows redirects and loads what a page asks for by itself, so the
ledger of hosts, the pinned addresses and the recording of a run cannot be kept with it. It runs by itself instead, on
addresses that a person gives, and what comes out is a file for an evidence pack.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from checker.errors import UsageFault

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What the browser is called by the systems that package it."""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""The rules that axe runs: levels A and AA of WCAG 2.0, 2.1 and 2.2. Each is named, since none holds another."""
SCHEMES = ("light", "dark")
_INSTALL = (
    "Install both: pip install 'nhs-standards-checker[browser]', and chromium by the system (apt install chromium)."
)
_KEPT_TAGS = ("wcag", "best-practice", "experimental")
_MOST_NODES = 50
_MOST_CHARACTERS = 300


class Looked(NamedTuple):
    """What was found on one page in one colour scheme."""

    result: dict[str, Any]
    """As axe gives it, without markup and without what it says of each place."""
    markup: str
    """The page as the browser had it."""
    kept_out: int
    """Requests to other hosts, which were refused."""


class Asked(NamedTuple):
    """How pages are looked at."""

    schemes: tuple[str, ...] = SCHEMES
    hosts: frozenset[str] = frozenset()
    """Further hosts that a page may load from."""
    timeout_s: float = 30.0
    """For loading a page; axe gets as long again."""
    sandbox: bool = True
    program: str = ""
    """The browser; "" for the one of the system."""


def addresses(given: Sequence[str]) -> tuple[str, ...]:
    """The addresses, when each may be opened. Raises ``UsageFault``."""
    for one in given:
        parts = urlsplit(one)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageFault(
                f"{one!r} is no web address.", where="URL", next_step="Give http:// or https:// addresses."
            )
        if parts.username or parts.password:
            raise UsageFault(
                "An address has a name or a password in it.",
                where="URL",
                next_step="Give pages that open without logging on: no credentials are used.",
            )
    return tuple(given)


def program(given: str = "") -> str:
    """The browser of this system. Raises ``UsageFault`` where there is none."""
    found = shutil.which(given) if given else next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise UsageFault("There is no Chromium on the PATH.", where="--browser", next_step=_INSTALL)
    return found


def look_at(
    given: Sequence[str], asked: Asked, say: Callable[[str], None] = lambda text: None
) -> list[tuple[str, Looked]]:
    """Each address in each scheme, in order. Raises ``UsageFault`` where one cannot be opened, or nothing can."""
    pages = addresses(given)
    path = program(asked.program)
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise UsageFault("playwright is not installed.", where="extra browser", next_step=_INSTALL) from None
    script = axe_script()
    found = []
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=path, chromium_sandbox=asked.sandbox, args=[] if asked.sandbox else ["--no-sandbox"]
            )
        except Error as fault:
            raise _not_started(fault) from None
        try:
            for page in pages:
                for scheme in asked.schemes:
                    say(f"{page} ({scheme})")
                    found.append((page, _look(browser, page, scheme, asked, script)))
        finally:
            browser.close()
    return found


def axe_script() -> str:
    """The text of axe. Raises ``UsageFault`` where it is not installed."""
    try:
        from axe_playwright_python.base import AXE_SCRIPT
    except ImportError:
        raise UsageFault("axe-playwright-python is not installed.", where="extra browser", next_step=_INSTALL) from None
    return str(AXE_SCRIPT)


def _not_started(fault: Exception) -> UsageFault:
    return UsageFault(
        f"The browser did not start: {_first_line(fault)}",
        where="--browser",
        next_step="Run as an ordinary user; in a container without user namespaces, and for pages that you trust, "
        "--no-sandbox.",
    )


def _look(browser: Browser, address: str, scheme: Any, asked: Asked, script: str) -> Looked:
    """One page in a context of its own: no cookies, no storage, no credentials, no downloads."""
    from playwright.sync_api import Error

    kept_out: list[str] = []
    allowed = asked.hosts | {str(urlsplit(address).hostname)}
    context = browser.new_context(
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": 1280, "height": 900},
        accept_downloads=False,
        service_workers="block",
    )

    def guard(route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in ("data", "blob", "about") or parts.hostname in allowed:
            route.continue_()
        else:
            kept_out.append(str(parts.hostname))
            route.abort("blockedbyclient")

    try:
        context.set_default_timeout(asked.timeout_s * 1000)
        context.route("**/*", guard)
        context.route_web_socket("**/*", lambda socket: None)  # answered by nobody
        page = context.new_page()
        answer = page.goto(address, wait_until="load")
        if answer is None or not answer.ok:
            raise _not_opened(address, f"it answers {answer.status}" if answer else "no answer")
        if urlsplit(page.url).hostname not in allowed:
            raise _not_opened(address, "it leads to another host")
        page.evaluate(script)
        result = _run(page)
        return Looked(condensed(result, address, scheme), page.content(), len(kept_out))
    except Error as fault:
        raise _not_opened(address, _first_line(fault)) from None
    finally:
        context.close()


def _run(page: Page) -> dict[str, Any]:
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations", "incomplete"]}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return found


def _not_opened(address: str, why: str) -> UsageFault:
    return UsageFault(
        f"A page could not be looked at: {why}.", where=address, next_step="Open it in a browser; nothing was written."
    )


def _first_line(fault: Exception) -> str:
    lines = str(fault).strip().splitlines()
    return lines[0][:_MOST_CHARACTERS] if lines else type(fault).__name__


def condensed(result: dict[str, Any], address: str, scheme: str) -> dict[str, Any]:
    """The results of one page without its markup, which may hold anything: rules, tags and where, by selector."""
    return {
        "url": address,
        "scheme": scheme,
        "timestamp": result["timestamp"],
        "testEngine": result["testEngine"],
        "testRunner": result.get("testRunner", {}),
        "toolOptions": {"runOnly": {"type": "tag", "values": list(TAGS)}},
        **{kind: [_rule(one, places=True) for one in result[kind]] for kind in ("violations", "incomplete")},
        **{kind: [_rule(one, places=False) for one in result[kind]] for kind in ("passes", "inapplicable")},
    }


def _rule(found: dict[str, Any], *, places: bool) -> dict[str, Any]:
    kept = {
        "id": found["id"],
        "impact": found.get("impact"),
        "tags": [one for one in found["tags"] if one.startswith(_KEPT_TAGS)],
    }
    if not places:
        return kept
    nodes = [{"target": _targets(one.get("target", []))} for one in found["nodes"][:_MOST_NODES]]
    return {**kept, "help": found["help"], "helpUrl": found["helpUrl"], "nodes": nodes}


def _targets(found: Iterable[Any]) -> list[str]:
    return [str(one)[:_MOST_CHARACTERS] for one in found][:5]
