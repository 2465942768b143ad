"""Passwords: which are accepted, how they are hashed, and how they are checked without telling who is known.

argon2id with the parameters of RFC 9106 for hosts without memory to spare (64 MiB, 3 passes, 4 lanes). Each hash takes
tens of milliseconds and all of its memory, so hashing runs in a few threads of its own: the event loop goes on, and a
flood of sign-ins waits in line instead of exhausting memory.
"""

import asyncio
import base64
import re
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

HASHING: Final = RFC_9106_LOW_MEMORY
SHORTEST: Final = 10
LONGEST: Final = 256
LONGEST_TYPED: Final = 4 * LONGEST  # normalising joins characters, and is only done on what has a bounded length
REFUSED: Final = re.compile("[\0\ud800-\udfff]")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is the right one, and whether its hash should now be replaced by a newer kind."""

    matches: bool
    outdated: bool = False


def password_problem(password: str) -> str | None:
    """Say why a password is not accepted, or None. Only length counts: rules of composition do not make it better."""
    text = _normalised(password)
    if text is None:
        return f"A password is text of at most {LONGEST} characters, without a NUL character."
    if not SHORTEST <= len(text) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    return None


class Passwords:
    """Hashes and verifies, `at_once` at a time; close it when the program ends."""

    def __init__(self, *, at_once: int = 2, parameters: Parameters = HASHING) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="password")
        self._nobodys = _hash_of_nobody(parameters)

    async def hash(self, password: str) -> str:
        """Hash a password that `password_problem` accepts, for storing."""
        text = _normalised(password)
        if text is None or password_problem(password):
            raise ValueError(password_problem(password))
        return await self._aside(lambda: self._hasher.hash(text))

    async def verify(self, password: str, known: str | None) -> Verdict:
        """Check a password against a stored hash; None, for a user who is not known, takes as long and fails."""
        return await self._aside(lambda: self._verify(password, known))

    def close(self) -> None:
        """Let go of the threads; what still waits in line is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, known: str | None) -> Verdict:
        """Compute one hash in every case, so that the time tells nothing."""
        text = _normalised(password)
        stored = self._nobodys if known is None or text is None else known
        try:
            self._hasher.verify(stored, text or "")
        except VerifyMismatchError:
            return Verdict(matches=False)
        return Verdict(matches=True, outdated=self._hasher.check_needs_rehash(stored))

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _normalised(password: str) -> str | None:
    """Give equal passwords one form, however a keyboard composes them; None for what can be nobody's password."""
    if len(password) > LONGEST_TYPED or REFUSED.search(password):
        return None
    return unicodedata.normalize("NFKC", password)


def _hash_of_nobody(parameters: Parameters) -> str:
    """Write a hash that no password has and that costs as much to check as any; computing a real one is not needed."""
    costs = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    salt, digest = secrets.token_bytes(parameters.salt_len), secrets.token_bytes(parameters.hash_len)
    return f"$argon2id$v={parameters.version}${costs}${_base64(salt)}${_base64(digest)}"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).rstrip(b"=").decode("ascii")
