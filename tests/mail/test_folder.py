"""The folder: a file is there whole or not at all, is nobody else's to read, and is there once."""

import asyncio
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from app import now
from gateways.mail import MailFolder, Rejected, Unreachable
from tests.mail.builders import SENDER, a_letter


async def test_a_mail_lands_in_a_file_that_only_its_owner_can_read(folder: MailFolder) -> None:
    before = os.umask(0)
    try:
        await folder.send(a_letter())
    finally:
        os.umask(before)
    [path] = folder.folder.iterdir()
    assert path.suffix == ".eml"
    assert "grace" not in path.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700


async def test_the_same_letter_is_there_once(folder: MailFolder) -> None:
    letter = a_letter()
    await asyncio.gather(*(folder.send(letter) for _ in range(5)))
    [path] = folder.folder.iterdir()
    [stored] = await folder.newest(10)
    assert (stored.name, stored.mail["message-id"]) == (path.stem, f"<{letter.id}@workgraph.example>")


async def test_the_newest_comes_first(folder: MailFolder) -> None:
    begin = now()
    for minute in (2, 0, 1):
        await folder.send(a_letter(subject=str(minute), written_at=begin + timedelta(minutes=minute)))
    assert [stored.mail["subject"] for stored in await folder.newest(10)] == ["2", "1", "0"]
    assert [stored.mail["subject"] for stored in await folder.newest(2)] == ["2", "1"]


async def test_text_and_html_can_be_read_again(folder: MailFolder) -> None:
    await folder.send(a_letter(to="zoë@example.com", text="Grüße\n", html="<p>Grüße</p>\n"))
    [stored] = await folder.newest(1)
    assert (stored.body("plain"), stored.body("html")) == ("Grüße\n", "<p>Grüße</p>\n")
    assert stored.mail["to"] == "zoë@example.com"
    assert await folder.find(stored.name) is not None


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "/etc/passwd", "x", ".eml", "a\x00b", "*"])
async def test_no_other_file_is_found_through_it(folder: MailFolder, name: str) -> None:
    await folder.send(a_letter())
    (folder.folder / "x.eml").write_text("Subject: mine\n\n", "utf-8")
    assert await folder.find(name) is None


async def test_a_folder_that_is_not_there_holds_no_mails(folder: MailFolder) -> None:
    assert list(await folder.newest(10)) == []


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unreachable, match="cannot be written"):
        await MailFolder(tmp_path / "file" / "mails", SENDER).send(a_letter())


async def test_what_is_no_address_is_rejected_here_too(folder: MailFolder) -> None:
    with pytest.raises(Rejected):
        await folder.send(a_letter(to="nobody"))
    assert not folder.folder.exists()
