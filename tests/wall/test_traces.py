from base64 import b64encode, urlsafe_b64encode
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from schema.derive import ids
from tests.wall.traces import Traces

THEIRS = UUID("019f1c1b-88cd-75e1-bac3-fae06d937e4a")
TRACES = Traces("mark0a1b2c", {uuid7(), THEIRS})


@pytest.mark.parametrize(
    "text",
    [
        f'{{"id": "{THEIRS}"}}',
        str(THEIRS).upper(),
        f"x{THEIRS.hex}y",
        f"0{THEIRS.hex}",
        ids.encode("Flow", THEIRS),
        f"prefix{b64encode(b'Stage:' + THEIRS.bytes + b'more').decode()}",
        urlsafe_b64encode(b"a" + THEIRS.bytes).decode(),
        b64encode(f"v1:{THEIRS}".encode()).decode(),
        b64encode(THEIRS.hex.encode()).decode(),
    ],
)
def test_an_id_is_found_however_it_is_written(text: str) -> None:
    assert TRACES.found_in(f"before {text} after") == [str(THEIRS)]


@pytest.mark.parametrize("text", ["Flow MARK0A1B2C of 3", b64encode(b'["mark0a1b2c x"]').decode()])
def test_a_mark_is_found_however_it_is_written(text: str) -> None:
    assert TRACES.found_in(text) == ["mark0a1b2c"]


def test_what_is_not_there_is_not_found() -> None:
    assert TRACES.found_in(f"{uuid7()} {ids.encode('Flow', uuid7())} mark0a1b2") == []
