"""The application behind a real port, and a real browser in front of its settings."""

from tests.live_page.conftest import chromium, npm_packages, place, programs, relaying

__all__ = ["chromium", "npm_packages", "place", "programs", "relaying"]
