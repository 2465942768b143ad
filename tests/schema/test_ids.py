"""Global ids: what is written is read, and nothing else is."""

from uuid import UUID

import pytest

from resolvers.ids import GlobalId, decode, encode, row_of

ROW = UUID("01a1ffe2-31a5-7547-9944-bd7eeb9b94ec")
WRITTEN = "Flow_01a1ffe2-31a5-7547-9944-bd7eeb9b94ec"


def test_an_id_names_its_type_and_its_row() -> None:
    assert encode("Flow", ROW) == WRITTEN
    assert decode(WRITTEN) == GlobalId("Flow", ROW)
    assert row_of(WRITTEN, "Flow") == ROW
    assert row_of(WRITTEN, "Stage") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "_",
        str(ROW),
        "Flow",
        f"_{ROW}",
        f"Flow-{ROW}",
        f"Flow_{ROW.hex}",
        f"Flow_{{{ROW}}}",
        f"Flow_{str(ROW).upper()}",
        f"Flow_{str(ROW)[:-1]}",
        f"Flow_{ROW}0",
        f"Flow_ {str(ROW)[1:]}",
        f"Flow_{str(ROW)[:-1]}١",
        f"Fl_ow_{ROW}",
        f"Fl ow_{ROW}",
        f"Flöw_{ROW}",
        f" {WRITTEN}",
        f"{WRITTEN}\n",
        f"{'A' * 1_000_000}_{ROW}",
    ],
)
def test_there_is_one_form_of_an_id(text: str) -> None:
    assert decode(text) is None
    assert row_of(text, "Flow") is None
