"""The HTML of mails: what people have typed is text in it, its colours can be read, and nothing watches its reader."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.models import Company
from db.models.mail import MailTemplate
from gateways.mail import MailFolder
from resolvers.company import contrast
from resolvers.mailing.looks import BLACK, OWN, WHITE, looks_of, readable_on
from tests.mail.builders import Hire, a_hire, begin, dress, open_blocks, queued, send
from tests.world import CompanyWorld

HOSTILE = (
    "</h1><script>alert(1)</script><img src=x onerror=alert(1)>\"'><a href='https://evil.example'>&amp;{{7*7}}{company}"
)
COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


class Parsed(HTMLParser):
    """The elements, the links and the text of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((name, value or "") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


async def html_of(company: CompanyWorld, folder: MailFolder, hire: Hire, template: MailTemplate) -> str:
    await send(company, folder, await queued(company, hire, template))
    [stored, *_] = await folder.newest(1)
    return stored.body("html")


async def test_hostile_names_are_text(company: CompanyWorld, folder: MailFolder) -> None:
    await dress(company, name=HOSTILE)
    hire = await a_hire(company, first_name=HOSTILE[:120], position=HOSTILE[:120])
    await begin(company, hire)
    await open_blocks(company, hire, HOSTILE)
    for template in (MailTemplate.INVITATION, MailTemplate.REMINDER, MailTemplate.WELCOME):
        parsed = Parsed(await html_of(company, folder, hire, template))
        assert {"script", "img"} & set(parsed.tags) == set()
        assert parsed.tags.count("h1") == 1
        assert [name for name, _ in parsed.attributes if name.startswith("on")] == []
        links = {value for name, value in parsed.attributes if name in {"href", "src"}}
        assert links == {f"https://{company.tenant.slug}.workgraph.example/portal#{hire.token}"}
        assert HOSTILE in parsed.text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", 'https://x"><script>', ""]
)
async def test_a_logo_is_a_picture_of_the_web_or_none(company: CompanyWorld, folder: MailFolder, url: str) -> None:
    await dress(company, logo_url=url)
    parsed = Parsed(await html_of(company, folder, await a_hire(company), MailTemplate.INVITATION))
    assert "script" not in parsed.tags
    assert [value for name, value in parsed.attributes if name == "src"] == ([url] if url.startswith("https") else [])


async def test_a_logo_that_we_serve_is_found_at_the_company_s_address(
    company: CompanyWorld, folder: MailFolder
) -> None:
    await dress(company, logo_url="/files/logo")
    parsed = Parsed(await html_of(company, folder, await a_hire(company), MailTemplate.INVITATION))
    assert ("src", f"https://{company.tenant.slug}.workgraph.example/files/logo") in parsed.attributes


async def test_nothing_is_loaded_but_the_logo(company: CompanyWorld, folder: MailFolder) -> None:
    hire = await a_hire(company)
    plain = await html_of(company, folder, hire, MailTemplate.INVITATION)
    await dress(company, name="Acme", logo_url="https://acme.example/logo.png")
    dressed = await html_of(company, folder, hire, MailTemplate.INVITATION)
    for document, expected in ((plain, []), (dressed, ["https://acme.example/logo.png"])):
        parsed = Parsed(document)
        assert [value for name, value in parsed.attributes if name in {"src", "background", "srcset"}] == expected
        assert re.findall(r"url\(|@import|<link|<iframe|<object|<form", document) == []
    assert ("alt", "Acme") in Parsed(dressed).attributes


async def test_the_company_s_colours_are_worn(company: CompanyWorld, folder: MailFolder) -> None:
    await dress(company, primary_color="#0B5D3B", accent_color="#FFD400")
    document = await html_of(company, folder, await a_hire(company), MailTemplate.INVITATION)
    assert "background-color:#0B5D3B;color:#FFFFFF" in document
    assert "background-color:#FFD400;color:#000000" in document


@given(COLORS)
def test_text_on_any_colour_can_be_read(color: str) -> None:
    assert readable_on(color) in {BLACK, WHITE}
    assert contrast(readable_on(color), color) >= 4.5


def test_a_company_without_colours_wears_ours() -> None:
    bare = looks_of(Company(name="Acme"))
    assert (bare.band, bare.button_color, bare.on_button, bare.logo) == (OWN, OWN, WHITE, None)
    assert looks_of(Company(primary_color="#112233")).button_color == "#112233"
    assert looks_of(Company(accent_color="#112233")).band == "#112233"
    assert looks_of(Company(accent_color="#fff;}</style>")).button_color == OWN


def test_a_white_button_has_an_edge() -> None:
    assert looks_of(Company(accent_color="#FFFFFF")).button_edge == BLACK
    assert looks_of(Company(accent_color="#FFD400")).button_edge == "#FFD400" or contrast("#FFD400", WHITE) < 1.5


async def test_it_says_how_it_looks_in_the_dark(company: CompanyWorld, folder: MailFolder) -> None:
    document = await html_of(company, folder, await a_hire(company), MailTemplate.INVITATION)
    assert '<meta name="color-scheme" content="light dark">' in document
    assert not re.search(r"\.ink a|[^t] a {", document)  # the button's text keeps the colour that fits the button
    dark = dict(re.findall(r"\.(\w+)[^{}]*{ (?:background-)?color: (#\w{6}) !important; }", document))
    assert contrast(dark["ink"], dark["sheet"]) >= 7
    assert contrast(dark["faint"], dark["sheet"]) >= 4.5
    assert contrast(dark["faint"], dark["ground"]) >= 4.5
    for ink in ("#1c2430", "#566173"):
        assert all(contrast(ink, ground) >= 4.5 for ground in ("#ffffff", "#f4f6f9"))
        assert ink in document
