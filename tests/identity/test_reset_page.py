"""The page on which a password is chosen: it reaches nothing but this server, and its address holds no token."""

import re

from schema.reset import assets_path
from tests.world import World


async def test_the_page_is_there_and_reaches_nothing_else(world: World) -> None:
    page = await world.http.get("/reset")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"[a-z]+://|\*", policy)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<script(?![^>]*src=)|<style|\son[a-z]+=|style=", page.text)


async def test_its_files_are_served_for_ever_at_an_address_of_their_own(world: World) -> None:
    page = await world.http.get("/reset")
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert path.startswith(f"{assets_path()}/")
        answer = await world.http.get(path)
        assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
        assert "immutable" in answer.headers["cache-control"]
        assert not re.search(r"https?://", answer.text)


async def test_what_is_below_the_page_is_its_files_only(world: World) -> None:
    for path in (
        "/reset/x",
        f"{assets_path()}/../../page/index.html",
        f"{assets_path()}/%2e%2e/page/page.js",
    ):
        assert (await world.http.get(path)).status_code == 404
