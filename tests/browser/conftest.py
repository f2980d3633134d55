"""A real browser for the HTML report: the system's Chromium, driven by playwright.

Without Chromium the tests are skipped and say so. Where ``CI`` is ``true`` and Chromium is there,
nothing is skipped: what then does not work is a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What the browser is called by the systems that package it."""

Open = Callable[..., "Page"]
"""Bytes of a page, and options of the browser's context → the page, loaded from a file."""


def chromium() -> str | None:
    """The browser of this system."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module: its event loop must be gone before tests that need their own."""
    path = chromium()
    if path is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(NAMES)}): apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("playwright is not installed: pip install -e '.[dev]'")
    # Chromium refuses to run as root in its sandbox; the pages are our own.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if root else [])
        try:
            yield started
        finally:
            with suppress(Exception):
                started.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open bytes as a file."""
    contexts: list[BrowserContext] = []

    def opened(data: bytes, **options: Any) -> Page:
        file = tmp_path / f"page-{len(contexts)}.html"
        file.write_bytes(data)
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
