import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from auth.passwords import Passwords, Verdict, password_problem

PASSWORD = "correct horse battery"
RIGHT = Verdict(matches=True)
WRONG = Verdict(matches=False)
LENGTH = "A password has 10 to 256 characters."
NOT_TEXT = "A password is text of at most 256 characters, without a NUL character."


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(parameters=CHEAPEST)
    yield made
    made.close()


@pytest.mark.parametrize(
    "password",
    ["a" * 10, "a" * 256, "🐎" * 10, " " * 10, "1234567890", "e\N{COMBINING ACUTE ACCENT}" * 256],
    ids=["shortest", "longest", "emoji", "spaces", "digits", "composed"],
)
def test_length_is_the_only_rule(password: str) -> None:
    assert password_problem(password) is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", LENGTH),
        ("a" * 9, LENGTH),
        ("a" * 257, LENGTH),
        ("e\N{COMBINING ACUTE ACCENT}" * 9, LENGTH),
        ("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 15, LENGTH),
        ("a" * 1_000_000, NOT_TEXT),
        ("long enough\0", NOT_TEXT),
        ("long enough\ud800", NOT_TEXT),
    ],
)
async def test_what_is_not_accepted_is_explained_and_never_hashed(
    passwords: Passwords, password: str, problem: str
) -> None:
    assert password_problem(password) == problem
    with pytest.raises(ValueError, match=f"^{problem}$"):
        await passwords.hash(password)


async def test_the_right_password_matches_and_no_other(passwords: Passwords) -> None:
    stored = await passwords.hash(PASSWORD)
    assert await passwords.verify(PASSWORD, stored) == RIGHT
    for other in ("", PASSWORD + " ", PASSWORD.upper(), PASSWORD + "\0", "a" * 1_000_000, "\ud800"):
        assert await passwords.verify(other, stored) == WRONG


async def test_equal_passwords_have_different_hashes(passwords: Passwords) -> None:
    assert await passwords.hash(PASSWORD) != await passwords.hash(PASSWORD)


async def test_a_password_matches_however_a_keyboard_composes_it(passwords: Passwords) -> None:
    stored = await passwords.hash("cr\N{LATIN SMALL LETTER E WITH GRAVE}me br\N{LATIN SMALL LETTER U WITH CIRCUMFLEX}l")
    decomposed = "cre\N{COMBINING GRAVE ACCENT}me bru\N{COMBINING CIRCUMFLEX ACCENT}l"
    assert await passwords.verify(decomposed, stored) == RIGHT
    assert await passwords.verify("creme brul", stored) == WRONG


async def test_nobody_signs_in_as_a_user_who_is_not_known(passwords: Passwords) -> None:
    for password in (PASSWORD, "", "\0", "a" * 1_000_000):
        assert await passwords.verify(password, None) == WRONG


async def test_a_password_stored_before_the_rule_on_length_still_matches(passwords: Passwords) -> None:
    assert await passwords.verify("short", PasswordHasher.from_parameters(CHEAPEST).hash("short")) == RIGHT


async def test_a_hash_with_other_parameters_matches_and_is_to_be_replaced(passwords: Passwords) -> None:
    stored = await Passwords(parameters=CHEAPEST).hash(PASSWORD)
    dearer = Passwords()
    assert await dearer.verify(PASSWORD, stored) == Verdict(matches=True, outdated=True)
    assert await dearer.verify("another one", stored) == WRONG
    dearer.close()


async def test_a_damaged_hash_is_a_fault_and_not_a_wrong_password(passwords: Passwords) -> None:
    with pytest.raises(InvalidHashError):
        await passwords.verify(PASSWORD, "damaged")


async def test_hashes_are_argon2id_with_the_parameters_of_the_rfc() -> None:
    passwords = Passwords()
    stored = await passwords.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert extract_parameters(stored) == extract_parameters(passwords._nobodys) == RFC_9106_LOW_MEMORY
    assert len(stored) == len(passwords._nobodys) <= 300
    passwords.close()


async def test_a_user_who_is_not_known_takes_as_long_as_a_wrong_password() -> None:
    passwords = Passwords(at_once=1)
    stored = await passwords.hash(PASSWORD)
    wrong = await quickest(passwords, "not the password", stored)
    for password, known in (("not the password", None), ("", None), ("\0", stored), ("a" * 1_000_000, None)):
        assert await quickest(passwords, password, known) > wrong / 2
    passwords.close()


async def quickest(passwords: Passwords, password: str, known: str | None) -> float:
    taken: list[float] = []
    for _ in range(3):
        start = time.process_time()
        await passwords.verify(password, known)
        taken.append(time.process_time() - start)
    return min(taken)


class Counting(PasswordHasher):
    """A hasher that knows how many of its hashes were under way at once, and in which threads."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.now = self.most = 0
        self.threads: set[int] = set()
        self.lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.threads.add(threading.get_ident())
        time.sleep(0.01)
        with self.lock:
            self.now -= 1
        return super().hash(password, salt=salt)


async def test_a_flood_waits_in_line_and_the_event_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, hasher = Passwords(at_once=2), Counting()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    flood = asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(12)))
    turns = 0
    while not flood.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert len(set(await flood)) == 12
    assert hasher.most == 2
    assert threading.get_ident() not in hasher.threads
    assert turns >= 3
    passwords.close()
