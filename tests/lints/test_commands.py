"""The repository's commands find what they run, and hand its outcome on."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import dev


@pytest.fixture
def benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one benchmark in place of the real one."""
    folder = tmp_path / "trials"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "fast.py").write_text('"""Times nothing.\n\nMore."""\n\ndef main() -> int:\n    return 3\n')
    (folder / "shared.py").write_text('"""Has no main, so it is not listed."""\n')
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_without_a_name_what_there_is_is_listed(benchmarks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.run_named("trials", None) == 0
    assert capsys.readouterr().out.splitlines() == ["In trials:", "  fast         Times nothing."]


def test_an_unknown_name_is_refused_with_the_known_ones(benchmarks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.run_named("trials", "shared") == 2
    assert capsys.readouterr().out.splitlines()[0] == "No 'shared' in trials; there are:"


def test_the_outcome_is_handed_on(benchmarks: Path) -> None:
    assert dev.run_named("trials", "fast") == 3


@pytest.mark.parametrize("folder", ["benchmarks", "tests/proofs"])
def test_what_is_listed_says_what_it_is_for(folder: str) -> None:
    assert all(dev.documented_modules(dev.ROOT / folder).values())


def test_a_failed_check_fails_the_whole_and_shows_its_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = dev.Check("good", ["true"], "")
    bad = dev.Check("bad", ["sh", "-c", "echo the reason; exit 5"], "the remedy")
    monkeypatch.setattr(dev, "checks", lambda: [good, bad])
    ran = CliRunner().invoke(dev.app, ["check"])
    assert ran.exit_code == 1
    assert "the reason" in ran.output
    assert "bad          FAILED" in ran.output
    assert "(the remedy)" in ran.output
    monkeypatch.setattr(dev, "checks", lambda: [good])
    assert CliRunner().invoke(dev.app, ["check"]).exit_code == 0
