import pytest

from resolvers.files.rules import admits, check_name, name_to_save
from resolvers.refusals import InvalidInput
from tests.files.samples import JPEG, PDF, PNG
from tests.world import Person


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\..\\windows\\system32\\a.png",
        "C:\\a.png",
        "a/b.png",
        "a\uff0fb.png",
        "a\u2044b.png",
        "a\u2215b.png",
        "a\uff3cb.png",
        "a\0.png",
        "a\r\nSet-Cookie: b.png",
        "a\x1b[31m.png",
        "annual\u202egnp.exe",
        "a\u2066b.png",
        "a\u200bb.png",
        "\ufeffa.png",
        "a\u2028b.png",
        "a\x85b.png",
        "",
        "   ",
        ".",
        "..",
        ". .",
        "a" * 252 + ".png",
    ],
)
def test_a_name_that_is_a_path_or_hides_something_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_name(name)
    assert refused.value.path == ("filename",)


@pytest.mark.parametrize(
    "name",
    [
        "Zeugnis Ädа.pdf",
        "履歴書.docx",
        "می\u200cخواهم.png",
        "a..b.png",
        ".profile",
        "👩‍👩‍👧.jpg",
        "a" * 251 + ".png",
        'a"b;c.png',
    ],
)
def test_names_as_people_give_them_are_kept(name: str) -> None:
    assert check_name(name) == name


def test_a_name_is_kept_in_one_spelling() -> None:
    assert check_name(" A\u0308da.png ") == "\u00c4da.png"


async def test_the_api_refuses_it_by_the_field(hr: Person) -> None:
    asked = {"purpose": "ONBOARDING_ANSWER", "filename": "../a\0.png", "mime": PNG, "size": 10}
    [refusal] = (await hr.do("createUpload", asked))["refusals"]
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "filename"])


@pytest.mark.parametrize(
    ("name", "mime", "saved"),
    [
        ("a.PNG", PNG, "a.PNG"),
        ("a.jpeg", JPEG, "a.jpeg"),
        ("invoice.pdf.exe", PDF, "invoice.pdf.exe.pdf"),
        ("page.html", PNG, "page.html.png"),
        ("a", PDF, "a.pdf"),
    ],
)
def test_a_file_is_saved_with_an_ending_of_its_type(name: str, mime: str, saved: str) -> None:
    assert name_to_save(name, mime) == saved


@pytest.mark.parametrize("accept", ["image/png", "image/*", ".png", "*/*", " IMAGE/PNG "])
def test_a_form_admits(accept: str) -> None:
    assert admits(accept, PNG)


@pytest.mark.parametrize("accept", ["image/jpeg", ".jpg", "application/*", "", "png"])
def test_a_form_does_not_admit(accept: str) -> None:
    assert not admits(accept, PNG)
