"""Headers say what they are told and nothing more, whatever people are called."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.mail import CannotBeAddressed, Sender, compose
from tests.mail.builders import SENDER, a_letter

EVIL = "Acme\r\nBcc: all@example.com\r\n\r\n<script>\u2028x\u202e\x00\x1b"
KNOWN = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "auto-submitted",
    "x-auto-response-suppress",
    "content-language",
    "mime-version",
    "content-type",
}


def wired(mail: EmailMessage) -> EmailMessage:
    """What arrives."""
    return message_from_bytes(mail.as_bytes(policy=SMTP), policy=default)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def test_what_people_are_called_adds_no_line_to_the_headers() -> None:
    mail = wired(compose(a_letter(signed=EVIL, subject=EVIL), SENDER))
    assert {name.lower() for name in mail} == KNOWN
    assert mail["from"].addresses[0].display_name == "Acme Bcc all example.com script x"
    assert mail["from"].addresses[0].addr_spec == SENDER.mailbox
    assert mail["subject"] == "Acme Bcc: all@example.com <script> x"
    assert [each.addr_spec for each in mail["to"].addresses] == ["grace@example.com"]


@pytest.mark.parametrize(
    "name",
    [
        "Müller & Söhne GmbH",
        '"Quotes", Inc. <x@y.z>',
        "株式会社ワークグラフ" * 10,
        "🦊",
        "Sö, evil@example.com, " * 5,
        "So, evil@example.com, <evil@example.com> " * 4,
        "x" * 150 + ", evil@example.com",
    ],
)
def test_any_name_arrives_as_it_is(name: str) -> None:
    mail = wired(compose(a_letter(signed=name, subject=name), SENDER))
    assert mail["subject"] == name.strip()
    assert mail["from"].addresses[0].display_name.replace(" ", "") == beside(name)
    assert [each.addr_spec for each in mail["from"].addresses] == [SENDER.mailbox]


def beside(name: str) -> str:
    """A long name goes without what would need quotes."""
    return (name if len(name) < 40 else re.sub(r"[,<>@]", "", name[:120])).replace(" ", "")


ANY_NAME = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from('\r\n",<>@:; =?'), max_size=200
)


@given(ANY_NAME)
def test_whatever_the_name_there_is_one_sender(name: str) -> None:
    mail = wired(compose(a_letter(signed=name, subject=name, reply_to="hr@example.com"), SENDER))
    assert {each.lower() for each in mail} == KNOWN | {"reply-to"}
    assert [address for _, address in getaddresses([" ".join(str(mail["from"]).split())])] == [SENDER.mailbox]
    assert [each.addr_spec for each in mail["from"].addresses] == [SENDER.mailbox]
    assert [each.addr_spec for each in mail["to"].addresses] == ["grace@example.com"]


def test_what_looks_encoded_is_not_decoded() -> None:
    name = "=?utf-8?q?Bcc=3A=0Aall=40example=2Ecom?="
    mail = wired(compose(a_letter(signed=name, subject=name), SENDER))
    assert (mail["subject"], mail["from"].addresses[0].display_name) == (name.replace("=?", "= ?"),) * 2


@pytest.mark.parametrize(
    "to",
    [
        "a@b.example, c@d.example",
        "a@b.example\r\nRCPT TO:<c@d.example>",
        "<a@b.example>",
        "a,c@b.example",
        '"a b"@c.example',
        "a(b)@c.example",
        "a@b@c.example",
        "@c.example",
        "a@",
        "",
        "a@" + "x" * 70 + ".example",
    ],
)
def test_what_is_not_one_mailbox_is_refused(to: str) -> None:
    with pytest.raises(CannotBeAddressed):
        compose(a_letter(to=to), SENDER)


def test_a_domain_of_other_letters_is_written_as_the_network_knows_it() -> None:
    assert wired(compose(a_letter(to="grace@bücher.example"), SENDER))["to"] == "grace@xn--bcher-kva.example"


def test_the_same_letter_is_the_same_bytes() -> None:
    letter = a_letter(text="Grüße\n", html="<p>Grüße</p>\n")
    first, second = (compose(letter, SENDER).as_bytes() for _ in range(2))
    assert first == second
    assert compose(letter, SENDER)["message-id"] == f"<{letter.id}@workgraph.example>"
    assert compose(letter, Sender("mail@münchen.example"))["message-id"] == f"<{letter.id}@xn--mnchen-3ya.example>"


def test_it_says_that_nobody_wrote_it() -> None:
    mail = wired(compose(a_letter(reply_to="hr@example.com"), SENDER))
    assert (mail["auto-submitted"], mail["reply-to"], mail["content-language"]) == (
        "auto-generated",
        "hr@example.com",
        "en",
    )


def test_long_lines_and_any_letter_arrive_whole() -> None:
    text = "Zoë 🦊 " * 400 + "\n.\n..\nFrom x\n"
    mail = wired(compose(a_letter(text=text, html=f"<p>{text}</p>\n"), SENDER))
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()
    assert max(map(len, mail.as_bytes(policy=SMTP).split(b"\r\n"))) < 998
