"""The inbox of development: to this machine only, in development only, and a mail's HTML has no power there."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app import Mailing, make_app
from cli.servers import Addresses
from cli.wiring import wired
from gateways.mail import MailFolder
from schema.devmail import Inbox, Readers
from settings import load_settings
from tests.mail.builders import a_letter
from tests.world import World

HERE = "http://localhost"
REFUSED = 403
ADDRESSES = ["/dev/mail", "/dev/mail/messages", "/dev/mail/messages/x/html"]


@asynccontextmanager
async def looking(
    folder: MailFolder,
    *,
    readers: Readers = Readers.THIS_MACHINE,
    base_url: str = HERE,
    client: tuple[str, int] | None = ("127.0.0.1", 123),
) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser, somewhere, in front of the inbox."""
    transport = httpx.ASGITransport(app=Starlette(routes=Inbox(folder, readers).routes()), client=client)  # pyright: ignore[reportArgumentType] - None is a socket file
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as http:
        yield http


async def test_the_newest_mails_come_first_with_all_that_they_say(folder: MailFolder) -> None:
    letters = [a_letter(subject=f"Number {number}", reply_to="hr@example.com") for number in range(3)]
    for letter in letters:
        await folder.send(letter)
    async with looking(folder) as http:
        told = (await http.get("/dev/mail/messages")).json()
        again = await http.get("/dev/mail/messages", params={"newest": told["mails"][0]["name"]})
        older = await http.get("/dev/mail/messages", params={"newest": told["mails"][1]["name"]})
    assert told["folder"] == str(folder.folder)
    assert [mail["subject"] for mail in told["mails"]] == ["Number 2", "Number 1", "Number 0"]
    assert {name: value for name, value in told["mails"][0].items() if name not in {"name", "date"}} == {
        "subject": "Number 2",
        "from": "Acme <no-reply@workgraph.example>",
        "to": "grace@example.com",
        "reply-to": "hr@example.com",
        "text": "Hello Grace\n",
    }
    assert (again.status_code, again.content, len(older.json()["mails"])) == (204, b"", 3)


async def test_no_mails_yet(folder: MailFolder) -> None:
    async with looking(folder) as http:
        assert (await http.get("/dev/mail/messages")).json()["mails"] == []
        assert (await http.get("/dev/mail")).status_code == 200


async def test_the_html_of_a_mail_has_no_power(folder: MailFolder) -> None:
    evil = "<script>parent.alert(1)</script><p>Hello</p>\n"
    await folder.send(a_letter(html=evil))
    [stored] = await folder.newest(1)
    async with looking(folder) as http:
        response = await http.get(f"/dev/mail/messages/{stored.name}/html")
        page = (await http.get("/dev/mail")).text
    assert response.text == evil
    policy: dict[str, str] = {}
    for part in response.headers["content-security-policy"].split(";"):
        name, _, value = part.strip().partition(" ")
        policy[name] = value
    assert policy["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert (policy["base-uri"], policy["form-action"], policy["frame-ancestors"]) == ("'none'", "'none'", "'self'")
    assert re.findall(r'<iframe[^>]* sandbox="([^"]*)"', page) == ["allow-popups allow-popups-to-escape-sandbox"]


async def test_the_page_is_kept_by_nobody(folder: MailFolder) -> None:
    async with looking(folder) as http:
        response = await http.get("/dev/mail")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(
    ("client", "base_url", "headers"),
    [
        (("192.168.0.7", 1), HERE, {}),
        (("172.17.0.1", 1), "http://127.0.0.1", {}),
        (("::ffff:10.0.0.1", 1), HERE, {}),
        (None, HERE, {}),
        (("127.0.0.1", 1), "http://evil.example", {}),
        (("127.0.0.1", 1), "http://localhost.evil.example", {}),
        (("127.0.0.1", 1), "http://notlocalhost", {}),
        (("127.0.0.1", 1), HERE, {"x-forwarded-for": "127.0.0.1"}),
        (("127.0.0.1", 1), HERE, {"forwarded": "for=127.0.0.1"}),
        (("127.0.0.1", 1), HERE, {"x-real-ip": "127.0.0.1"}),
        (("127.0.0.1", 1), HERE, {"host": "[bad"}),
        (("127.0.0.1", 1), HERE, {"host": ""}),
    ],
    ids=str,
)
async def test_only_this_machine_sees_them(
    folder: MailFolder, path: str, client: tuple[str, int] | None, base_url: str, headers: dict[str, str]
) -> None:
    await folder.send(a_letter(text="secret\n", html="secret\n"))
    async with looking(folder, client=client, base_url=base_url) as http:
        response = await http.get(path, headers=headers)
    assert response.status_code == REFUSED
    assert "WORKGRAPH_DEV_MAIL=everyone" in response.text
    assert "secret" not in response.text


@pytest.mark.parametrize("base_url", [HERE, "http://demo.localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.0.0.2"])
async def test_this_machine_has_several_names(folder: MailFolder, base_url: str, client: str) -> None:
    async with looking(folder, base_url=base_url, client=(client, 1)) as http:
        assert (await http.get("/dev/mail")).status_code == 200


async def test_a_setting_shows_them_to_everyone(folder: MailFolder) -> None:
    async with looking(
        folder, readers=Readers.EVERYONE, client=("192.168.0.7", 1), base_url="http://dev.example"
    ) as http:
        assert (await http.get("/dev/mail/messages")).status_code == 200


@pytest.mark.parametrize("name", ["..%2F..%2Fx", "x", "20270101T000000000000Z-" + "0" * 36, "%00"])
async def test_a_mail_that_is_not_there(folder: MailFolder, name: str) -> None:
    async with looking(folder) as http:
        assert (await http.get(f"/dev/mail/messages/{name}/html")).status_code == 404


@pytest.mark.parametrize("changes", [{"readers": Readers.NOBODY}, {"server_url": "smtp://mail.example"}], ids=str)
async def test_there_is_no_such_page_without_leave_or_without_a_folder(
    world: World, tmp_path: Path, changes: dict[str, Any]
) -> None:
    nothing: dict[str, Any] = {}
    for given, status in ((nothing, 200), (changes, 404)):
        mailing = replace(Mailing(folder=tmp_path, readers=Readers.EVERYONE), **given)
        app = make_app(replace(world.wiring, mailing=mailing), world.parts)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HERE) as http:
            assert (await http.get("/dev/mail")).status_code == status
            assert (await http.get("/dev/mail/messages")).status_code == status


@pytest.mark.parametrize("chosen", ["off", "local", "everyone"])
def test_production_shows_them_to_nobody(tmp_path: Path, chosen: str) -> None:
    addresses = Addresses("postgresql://x@localhost/x", "redis://localhost")
    for environment, readers in (("development", Readers(chosen)), ("production", Readers.NOBODY)):
        settings = load_settings(dev_mail=chosen, environment=environment, data_dir=tmp_path)
        assert wired(settings, addresses).mailing.readers is readers
