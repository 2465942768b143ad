"""Keys, and what is sealed with them: values that the database must not be able to read, and text handed to clients.

Envelope encryption. The master key stays in the settings and is never used itself: each use has a key of its own,
derived by HKDF (RFC 5869) from the master key and the name of the use. While it is changed, there are two. Each tenant
has data keys, stored wrapped under the master key; they seal values with AES-256-GCM under random nonces, which is
sound for 2^32 values of one data key. A sealed value names the data key that opens it, and opens only for its tenant
and in its place: copied to another row, column or tenant, it is worth nothing. What does not open raises
`CannotDecrypt`, whatever the reason.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NoReturn, Self, SupportsIndex
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
SIV_KEY_BYTES: Final = 64
FORMAT: Final = b"\x01"
KEPT: Final = b"\x02"
"""How a key begins, as it is stored, of which fingerprints are made that were made before the master key changed."""

NOT_TEXT: Final = re.compile("[\ud800-\udfff]")


class CannotDecrypt(Exception):
    """The value was not sealed with this key, for this tenant and place, or has been changed since."""

    def __str__(self) -> str:
        return "The value cannot be decrypted here."


class KeyHolder:
    """Whatever holds a key: it prints nothing of it, and is neither pickled nor copied."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        message = f"a {type(self).__name__} holds keys; it is neither pickled nor copied"
        raise TypeError(message)


class _Key(KeyHolder):
    """32 random bytes from which a key for each use is derived; `key_id` names them and tells nothing about them."""

    __slots__ = ("_secret", "key_id")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            message = f"a key has {KEY_BYTES} bytes, not {len(secret)}"
            raise ValueError(message)
        self._secret = secret
        self.key_id = self.derive("key id", length=ID_BYTES).hex()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key_id}>"

    def derive(self, purpose: str, *, length: int = KEY_BYTES) -> bytes:
        """Return the key for one purpose; it tells nothing about this key or that of any other purpose."""
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(self._secret)


class MasterKey(_Key):
    """The installation's key, from the settings; whoever has it and the database can read everything.

    While it is being changed there are others beside it: what was made with any of them is `accepted`, and what is made
    anew is made with this one.
    """

    __slots__ = ("accepted",)

    def __init__(self, secret: bytes, *others: bytes) -> None:
        super().__init__(secret)
        self.accepted: Sequence[MasterKey] = (self, *(MasterKey(each) for each in others))

    def that_wrapped(self, wrapped: bytes) -> "MasterKey":
        """Return the key under which another one was wrapped."""
        key_id = wrapped[len(FORMAT) : len(FORMAT) + ID_BYTES].hex()
        for each in self.accepted:
            if each.key_id == key_id:
                return each
        raise CannotDecrypt

    def has_wrapped(self, wrapped: bytes) -> bool:
        """Tell whether another key was wrapped under this very one."""
        return wrapped[len(FORMAT) : len(FORMAT) + ID_BYTES].hex() == self.key_id


class _Wrapped(_Key):
    """A key that is stored wrapped under the master key, and unwrapped in memory only."""

    __slots__ = ()
    form = FORMAT

    @classmethod
    def unwrap(cls, wrapped: bytes, master_key: MasterKey, tenant_id: UUID) -> Self:
        """Recover a key from the form in which it is stored."""
        header = wrapped[: len(FORMAT) + 2 * ID_BYTES]
        if not wrapped.startswith(cls.form):
            raise CannotDecrypt
        return cls(_open(_wrapping(master_key.that_wrapped(wrapped)), header, wrapped, tenant_id.bytes))

    def wrap(self, master_key: MasterKey, tenant_id: UUID) -> bytes:
        """Return the form in which it is stored: format, id of the master key, id of this key, nonce, ciphertext."""
        header = self.form + bytes.fromhex(master_key.key_id) + bytes.fromhex(self.key_id)
        return _seal(_wrapping(master_key), header, self._secret, tenant_id.bytes)


class DataKey(_Wrapped):
    """A key that seals the values of one tenant."""

    __slots__ = ()

    @classmethod
    def generate(cls) -> Self:
        """Make a new one."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def cipher(self) -> AESGCM:
        """Return what seals and opens values."""
        return AESGCM(self.derive("values"))


class FingerprintKey(_Wrapped):
    """The key of one tenant's fingerprints. It is derived from the master key that wrapped the tenant's first data key.

    When that goes, it is stored as the data keys are: what was fingerprinted is recognised for good.
    """

    __slots__ = ()
    form = KEPT

    @classmethod
    def of(cls, master_key: MasterKey, tenant_id: UUID, wrapped: Sequence[bytes]) -> Self:
        """Return that of a tenant, by its stored keys, the oldest of which is the last."""
        for each in wrapped:
            if each.startswith(KEPT):
                return cls.unwrap(each, master_key, tenant_id)
        return cls(master_key.that_wrapped(wrapped[-1]).derive(f"fingerprint:{tenant_id}"))

    def digest(self, value: bytes) -> bytes:
        """Return the fingerprint of a value."""
        return hmac.digest(self._secret, value, "sha256")


class Keyring(KeyHolder):
    """The data keys of one tenant: the first seals, every one of them opens what it once sealed.

    The last is the oldest; among them may be the key of fingerprints.
    """

    __slots__ = ("__weakref__", "_ciphers", "_fingerprints", "_header", "_tenant_id")

    def __init__(self, master_key: MasterKey, tenant_id: UUID, wrapped: Sequence[bytes]) -> None:
        """Unwrap the tenant's stored data keys, of which there is at least one."""
        self._tenant_id = tenant_id
        self.learn(master_key, wrapped)

    def learn(self, master_key: MasterKey, wrapped: Sequence[bytes]) -> None:
        """Go by these stored data keys from now on, whoever holds the keyring."""
        # No data key's, so that what was fingerprinted before a new data key is still recognised after it.
        self._fingerprints = FingerprintKey.of(master_key, self._tenant_id, wrapped)
        stored = [each for each in wrapped if not each.startswith(KEPT)]
        first, *others = [DataKey.unwrap(each, master_key, self._tenant_id) for each in stored]
        self._header = _header(first)
        self._ciphers = {_header(key): key.cipher() for key in (first, *others)}

    @property
    def header(self) -> bytes:
        """How everything begins that is sealed with the key that seals now."""
        return self._header

    def seal(self, plaintext: str, *, aad: bytes) -> bytes:
        """Encrypt text for one place, named by `aad` (table, column and row): format, key id, nonce, ciphertext."""
        return _seal(self._ciphers[self._header], self._header, _utf8(plaintext), self._tenant_id.bytes + aad)

    def open(self, sealed: bytes, *, aad: bytes) -> str:
        """Decrypt what was sealed for this tenant and place."""
        header = sealed[: len(FORMAT) + ID_BYTES]
        cipher = self._ciphers.get(header)
        if cipher is None:
            raise CannotDecrypt
        return _open(cipher, header, sealed, self._tenant_id.bytes + aad).decode()

    def fingerprint(self, value: bytes) -> bytes:
        """Return a keyed hash by which equal values of the tenant are told, and from which nothing can be guessed."""
        return self._fingerprints.digest(value)


class PersonKey(_Key):
    """The key of one person: it seals what the audit trail says of them. Once it is destroyed, nobody can read that.

    It is stored sealed by the tenant's keyring, in a place of its own.
    """

    __slots__ = ("_cipher",)

    def __init__(self, secret: bytes) -> None:
        super().__init__(secret)
        self._cipher = AESGCM(self.derive("values"))

    @classmethod
    def generate(cls) -> Self:
        """Make a new one."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def opened(cls, sealed: bytes, keyring: Keyring, *, aad: bytes) -> Self:
        """Recover a key from the form in which it is stored."""
        return cls(_bytes(keyring.open(sealed, aad=aad)))

    def sealed(self, keyring: Keyring, *, aad: bytes) -> bytes:
        """Return the form in which it is stored."""
        return keyring.seal(_text(self._secret), aad=aad)

    def seal(self, plaintext: str, *, aad: bytes) -> str:
        """Encrypt text for one place, named by `aad`, as text."""
        return _text(_seal(self._cipher, _header(self), _utf8(plaintext), aad))

    def open(self, text: str, *, aad: bytes) -> str:
        """Decrypt what was sealed with this key for the same place."""
        try:
            sealed = _bytes(text)
        except ValueError:
            raise CannotDecrypt from None
        if not sealed.startswith(_header(self)):
            raise CannotDecrypt
        return _open(self._cipher, _header(self), sealed, aad).decode()


class Sealer(KeyHolder):
    """Makes short, opaque, URL-safe text that a client keeps and gives back, such as a cursor.

    AES-SIV (RFC 5297), because it needs no nonce: billions of cursors under one key are safe, each is 16 bytes longer
    than its content before base64, and equal content in an equal context gives equal text, so that answers can be
    compared and cached.
    """

    __slots__ = ("_cipher", "_others")

    def __init__(self, master_key: MasterKey) -> None:
        ciphers = [AESSIV(each.derive("sealer", length=SIV_KEY_BYTES)) for each in master_key.accepted]
        self._cipher, *self._others = ciphers

    def seal(self, content: bytes, *, tenant_id: UUID, purpose: str) -> str:
        """Encrypt content for one tenant and one purpose."""
        return _text(self._cipher.encrypt(content, [tenant_id.bytes, purpose.encode()]))

    def open(self, text: str, *, tenant_id: UUID, purpose: str) -> bytes:
        """Decrypt what was sealed for the same tenant and the same purpose."""
        for cipher in (self._cipher, *self._others):
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(_bytes(text), [tenant_id.bytes, purpose.encode()])
        raise CannotDecrypt


def _header(key: _Key) -> bytes:
    return FORMAT + bytes.fromhex(key.key_id)


def _wrapping(master_key: MasterKey) -> AESGCM:
    return AESGCM(master_key.derive("data keys"))


def _seal(cipher: AESGCM, header: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Encrypt; the header, of a fixed length, is authenticated together with the context."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return header + nonce + cipher.encrypt(nonce, plaintext, header + context)


def _open(cipher: AESGCM, header: bytes, sealed: bytes, context: bytes) -> bytes:
    body = sealed[len(header) :]
    try:
        return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], header + context)
    except (InvalidTag, ValueError):
        raise CannotDecrypt from None


def _utf8(text: str) -> bytes:
    """Encode text; looked at first, because the codec's own error carries all of it into the log."""
    if NOT_TEXT.search(text):
        message = "half of a surrogate pair is not text"
        raise ValueError(message)
    return text.encode()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    """Decode text; only the one form that `_text` writes is taken, so that no two texts mean the same."""
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(content) != text:
        raise CannotDecrypt
    return content
