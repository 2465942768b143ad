"""A mail server of its own: what is handed over, over which kind of connection, and what its answers mean."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app import now
from gateways.mail import MailServer, Rejected, SmtpAddress, Unreachable
from tests.mail.builders import SENDER, Answering, a_letter, html_of, listening, posting_to, text_of


@dataclass(frozen=True)
class Certified:
    """A certificate for this machine, and who believes it."""

    server: ssl.SSLContext
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    folder = tmp_path_factory.mktemp("certificates")
    certificate, key = a_certificate(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return Certified(server, ssl.create_default_context(cafile=str(certificate)))


def a_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def ada_only(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada@x", b"p@ss word")
    return AuthResult(success=good, handled=False)


async def test_a_letter_is_handed_over_as_text_and_html() -> None:
    server, letter = Answering(), a_letter(text="Grüße\n", html="<p>Grüße</p>\n")
    async with listening(server) as port:
        await posting_to(port).send(letter)
    [mail], [envelope] = server.taken, server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER.mailbox, ["grace@example.com"])
    assert (text_of(mail).strip(), html_of(mail).strip()) == ("Grüße", "<p>Grüße</p>")
    assert mail["message-id"] == f"<{letter.id}@workgraph.example>"


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_encrypted_with_a_user_and_a_password(certified: Certified, scheme: str) -> None:
    server = Answering()
    implicit = {"implicit": certified.server} if scheme == "smtps" else {"tls_context": certified.server}
    told: dict[str, Any] = implicit | {"authenticator": ada_only, "auth_require_tls": scheme == "smtp"}
    async with listening(server, **told) as port:
        address = SmtpAddress.of(f"{scheme}://ada%40x:p%40ss%20word@127.0.0.1:{port}")
        await MailServer(address, SENDER, trust=certified.trust).send(a_letter())
        wrong = SmtpAddress.of(f"{scheme}://ada%40x:wrong@127.0.0.1:{port}")
        with pytest.raises(Unreachable, match="535"):
            await MailServer(wrong, SENDER, trust=certified.trust).send(a_letter())
    assert len(server.taken) == 1


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(certified: Certified) -> None:
    server = Answering()
    async with listening(server, implicit=certified.server) as port:
        with pytest.raises(Unreachable):
            await posting_to(port, "smtps").send(a_letter())
    async with listening(server, tls_context=certified.server) as port:
        with pytest.raises(Unreachable):
            await posting_to(port, query="?starttls").send(a_letter())
    assert server.taken == []


async def test_encryption_that_is_only_offered_is_taken_all_the_same(certified: Certified) -> None:
    server = Answering()
    async with listening(server, tls_context=certified.server, require_starttls=True) as port:
        await posting_to(port).send(a_letter())
        with pytest.raises(Unreachable, match="530"):
            await posting_to(port, query="?plaintext").send(a_letter())
    assert len(server.taken) == 1


async def test_a_password_is_not_sent_in_the_clear() -> None:
    server = Answering()
    async with listening(server, authenticator=ada_only, auth_require_tls=False) as port:
        with pytest.raises(Unreachable, match="STARTTLS"):
            await MailServer(SmtpAddress.of(f"smtp://ada%40x:p%40ss%20word@127.0.0.1:{port}"), SENDER).send(a_letter())
        with pytest.raises(Unreachable, match="STARTTLS"):
            await posting_to(port, query="?starttls").send(a_letter())
        asked = SmtpAddress.of(f"smtp://ada%40x:p%40ss%20word@127.0.0.1:{port}?plaintext")
        await MailServer(asked, SENDER).send(a_letter())
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("answers", "for_good"),
    [
        ({"recipient": "550 5.1.1 No such user"}, True),
        ({"recipient": "553 Not a mailbox"}, True),
        ({"content": "554 5.6.0 We do not like it"}, True),
        ({"recipient": "450 4.2.0 Greylisted"}, False),
        ({"recipient": "421 Closing"}, False),
        ({"content": "452 4.3.1 Disk full"}, False),
        ({"recipient": "530 5.7.0 Sign in first"}, False),
        ({"dies": True}, False),
    ],
    ids=str,
)
async def test_what_an_answer_means(answers: dict[str, Any], *, for_good: bool) -> None:
    server = Answering(**answers)
    async with listening(server) as port:
        with pytest.raises(Rejected if for_good else Unreachable) as refused:
            await posting_to(port).send(a_letter())
    assert server.taken == []
    said = next(iter(answers.values()))
    assert said is True or str(refused.value).startswith(said)


async def test_nobody_there_is_for_now() -> None:
    async with listening(Answering()) as port:
        pass
    with pytest.raises(Unreachable):
        await posting_to(port).send(a_letter())


async def test_an_address_that_the_server_cannot_take_is_for_good() -> None:
    server = Answering()
    async with listening(server, enable_SMTPUTF8=False) as port:
        with pytest.raises(Rejected):
            await posting_to(port).send(a_letter(to="zoë@example.com"))
    async with listening(server, enable_SMTPUTF8=True) as port:
        await posting_to(port).send(a_letter(to="zoë@example.com"))
    assert [envelope.rcpt_tos for envelope in server.envelopes] == [["zoë@example.com"]]


@pytest.mark.parametrize(
    ("url", "port", "tls", "start_tls"),
    [
        ("smtps://mail.example", 465, True, False),
        ("smtp://mail.example", 25, False, None),
        ("smtp://mail.example?starttls", 587, False, True),
        ("smtp://ada:x@mail.example", 587, False, True),
        ("smtp://ada:x@mail.example:2525?plaintext", 2525, False, False),
    ],
)
def test_the_address_says_how_it_is_spoken_to(url: str, port: int, *, tls: bool, start_tls: bool | None) -> None:
    address = SmtpAddress.of(url)
    assert (address.host, address.port, address.tls, address.start_tls) == ("mail.example", port, tls, start_tls)
    assert ":x@" not in repr(address)
    assert "password" not in repr(address)
