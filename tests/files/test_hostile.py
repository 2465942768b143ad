import asyncio
import io
import zipfile
from collections.abc import AsyncIterator

import pytest

from gateways.images import Undrawable, draw
from gateways.sniffing import NotThat, check
from tests.files.depot import Depot, statuses
from tests.files.samples import (
    A_PDF,
    DOCX,
    GIF_AND_SCRIPT,
    JPEG,
    ODT,
    PDF,
    PNG,
    SCRIPT,
    SVG,
    WEBP,
    archive,
    bomb,
    moving,
    open_document,
    opened,
    picture,
    word,
)
from tests.world import CompanyWorld, Person

A_ZIP = archive({"a.html": SCRIPT})
HOSTILE = {
    "an SVG with a script": (SVG, PNG),
    "a GIF that is a script": (GIF_AND_SCRIPT, PNG),
    "a page": (b"<!doctype html>" + SCRIPT, PDF),
    "a PNG with a page behind it": (picture() + SCRIPT, PNG),
    "a PNG with an archive behind it": (picture() + A_ZIP, PNG),
    "a JPEG with an archive behind it": (picture("JPEG") + A_ZIP, JPEG),
    "a WebP with an archive behind it": (picture("WEBP") + A_ZIP, WEBP),
    "a PNG that is cut off": (picture()[:-30], PNG),
    "a JPEG that is cut off": (picture("JPEG")[:-30], JPEG),
    "a PNG whose pixels are missing": (bomb(100, 100_000), PNG),
    "a JPEG said to be a PNG": (picture("JPEG"), PNG),
    "a picture of 2,500 megapixels": (bomb(), PNG),
    "a picture of 41 megapixels": (bomb(8000, 5125), PNG),
    "a picture that is one long line": (bomb(1_000_000, 1), PNG),
    "a moving PNG": (moving("PNG"), PNG),
    "a moving WebP": (moving("WEBP"), WEBP),
    "a PDF behind a page": (SCRIPT + A_PDF, PDF),
    "a PDF with a page behind it": (A_PDF + SCRIPT, PDF),
    "a PDF that is cut off": (A_PDF[:-6], PDF),
    "a PDF that is an archive too": (A_PDF + archive({"a": b"b"}, comment=b"%%EOF"), PDF),
    "an archive said to be a Word document": (A_ZIP, DOCX),
    "a Word document with macros": (word(**{"word/vbaProject.bin": b"x"}), DOCX),
    "a Word document with a page in it": (word(**{"word/a.html": SCRIPT}), DOCX),
    "a Word document behind a page": (SCRIPT + word(), DOCX),
    "a Word document with a page behind it": (word() + SCRIPT, DOCX),
    "a Word document with a comment": (archive({"a": b""}, comment=SCRIPT), DOCX),
    "a Word document said to be an OpenDocument": (word(), ODT),
    "an OpenDocument said to be a Word document": (open_document(), DOCX),
    "text": (b"hello", PDF),
    "one byte": (b"\x89", PNG),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_content_is_refused_and_nothing_of_it_is_kept(
    depot: Depot, company: CompanyWorld, hr: Person, name: str
) -> None:
    content, mime = HOSTILE[name]
    ticket = await depot.announce(hr, content, mime)
    answer = await depot.send(ticket, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT_ACCEPTED"), answer.text
    assert answer.json()["message"]
    assert await statuses(company) == ["rejected"]
    assert depot.kept(company) == []
    again = await depot.send(ticket, content)
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_UPLOADED")


async def test_it_says_what_the_content_looks_like(depot: Depot, hr: Person) -> None:
    answer = await depot.send(await depot.announce(hr, SVG), SVG)
    assert answer.json()["message"] == "It does not begin as a PNG. It looks like image/svg+xml."


def test_an_archive_that_unpacks_to_more_than_there_is_room_for_is_refused() -> None:
    entry = b"\0" * (100 * 1024 * 1024)
    with pytest.raises(NotThat, match="holds too much"):
        check(word(a=entry, b=entry, c=entry, d=entry), DOCX)


def test_an_encrypted_document_is_refused() -> None:
    content = bytearray(word())
    for place in (content.index(b"PK\x01\x02"), content.rindex(b"PK\x01\x02")):
        content[place + 8] |= 1
    with pytest.raises(NotThat, match="is encrypted"):
        check(bytes(content), DOCX)


def test_an_archive_whose_entries_begin_elsewhere_is_refused() -> None:
    out = io.BytesIO()
    out.write(b"PK\x03\x04" + SCRIPT)
    with zipfile.ZipFile(out, "a") as made:
        made.writestr("[Content_Types].xml", f"{DOCX}.main+xml")
        made.writestr("word/document.xml", "")
    with pytest.raises(NotThat, match="stands before"):
        check(out.getvalue(), DOCX)


def test_a_jpeg_that_takes_minutes_to_draw_is_refused() -> None:
    scans = b"\xff\xda\x00\x02" * 101
    with pytest.raises(NotThat, match="more than 100 scans"):
        check(b"\xff\xd8\xff\xe0\x00\x02" + scans + b"\xff\xd9", JPEG)


@pytest.mark.parametrize(
    "content", [b"\xff" * 5_000_000, b"\xff\xd8" + b"\xff" * 5_000_000, b"\xff\xd8\xff\xda\0\2" * 800_000]
)
def test_checking_takes_no_longer_for_content_that_is_made_to(content: bytes) -> None:
    with pytest.raises(NotThat):
        check(content, JPEG)


def test_what_a_phone_puts_behind_a_picture_is_left_out() -> None:
    more = opened(picture("JPEG"))
    content = picture("MPO", save_all=True, append_images=[more])
    check(content, JPEG)
    drawn = draw(content, JPEG)
    assert drawn.content.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_kind_are_drawn(mode: str) -> None:
    base = opened(picture())
    made = base.convert("L").convert("I;16") if mode == "I;16" else base.convert(mode)
    out = io.BytesIO()
    made.save(out, "PNG")
    drawn = opened(draw(out.getvalue(), PNG).content)
    expected = base.convert("L") if mode == "I;16" else made
    if mode != "I;16":
        assert drawn.convert("RGBA").tobytes() == expected.convert("RGBA").tobytes()
    assert drawn.size == base.size


def test_a_16_bit_picture_keeps_its_greys() -> None:
    out = io.BytesIO()
    deep = opened(picture(mode="L")).convert("I;16").point(lambda value: value * 257)
    deep.save(out, "PNG")
    drawn = opened(draw(out.getvalue(), PNG).content)
    assert drawn.tobytes() == opened(picture(mode="L")).tobytes() or max(drawn.tobytes()) > 128


def test_transparency_is_kept() -> None:
    content = picture(transparency=opened(picture()).getpixel((0, 0)))
    clear = opened(content).convert("RGBA").getpixel((0, 0))
    assert opened(draw(content, PNG).content).convert("RGBA").getpixel((0, 0)) == clear


def test_a_print_picture_becomes_one_for_screens() -> None:
    assert opened(draw(picture("JPEG", mode="CMYK"), JPEG).content).mode == "RGB"


def test_the_size_of_a_webp_is_known_before_it_is_opened() -> None:
    huge = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + b"\0" * 4 + b"\xff\xff\xff" * 2
    with pytest.raises(Undrawable, match="16777216 x 16777216"):
        draw(huge, WEBP)


async def test_a_body_that_is_shorter_than_announced_is_refused_and_may_be_sent_again(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    content = picture(size=(700, 700))
    assert len(content) > 1_000_000
    ticket = await depot.announce(hr, content)
    short = await depot.send(ticket, content[:1024])
    assert (short.status_code, short.json()["code"]) == (400, "NOT_AS_ANNOUNCED")
    streamed = await depot.send(ticket, _pieces(content[:1024]))
    assert (streamed.status_code, streamed.json()["code"]) == (400, "NOT_AS_ANNOUNCED")
    assert "1024 bytes came" in streamed.json()["message"]
    assert (await statuses(company), depot.kept(company)) == (["pending"], [])
    assert (await depot.send(ticket, _pieces(content))).status_code == 200


async def test_a_body_that_is_longer_than_announced_is_stopped_with_the_first_piece_too_many(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"\0" * 1000

    answer = await depot.send(await depot.announce(hr, 5000), endless())
    assert (answer.status_code, answer.json()["code"]) == (400, "NOT_AS_ANNOUNCED")
    assert answer.headers["connection"] == "close"
    assert taken <= 7
    assert depot.kept(company) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "image/jpeg"},
        {"content-type": ""},
        {"content-type": "text/html"},
        {"content-encoding": "gzip"},
        {"content-length": "11"},
    ],
)
async def test_headers_that_say_something_else_are_refused(
    depot: Depot, company: CompanyWorld, hr: Person, headers: dict[str, str]
) -> None:
    ticket = await depot.announce(hr, 10)
    answer = await depot.send(ticket, _pieces(b"\0" * 10), **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "NOT_AS_ANNOUNCED")
    assert await statuses(company) == ["pending"]


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]
        await asyncio.sleep(0)
