import stat
from pathlib import Path

import pytest

from cli.wiring import files_of
from gateways.files import Bucket, FileStore
from settings import Settings, SettingsRefused, load_settings

NAMES = ("BUCKET", "REGION", "ENDPOINT", "ACCESS_KEY", "SECRET_KEY")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"WORKGRAPH_{field.upper()}", raising=False)
        monkeypatch.delenv(field.upper(), raising=False)


def told(monkeypatch: pytest.MonkeyPatch, **given: str) -> Path | Bucket:
    for name, value in given.items():
        monkeypatch.setenv(f"WORKGRAPH_S3_{name}", value)
    return files_of(load_settings(data_dir="/data"))


def test_files_are_kept_in_the_data_folder_or_in_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch) == Path("/data/files")
    assert told(monkeypatch, BUCKET="acme-files") == Bucket("acme-files", "us-east-1")
    everything = {"REGION": "eu-1", "ENDPOINT": "http://minio:9000/", "ACCESS_KEY": "ada", "SECRET_KEY": "hush"}
    assert told(monkeypatch, **everything) == Bucket("acme-files", "eu-1", "http://minio:9000", "ada", "hush")
    assert "hush" not in repr(load_settings())
    assert "hush" not in repr(told(monkeypatch))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"BUCKET": "Acme Files"}, "WORKGRAPH_S3_BUCKET: "),
        ({"ENDPOINT": "minio:9000"}, "WORKGRAPH_S3_ENDPOINT: "),
        ({"ENDPOINT": "http://minio:9000/files"}, "WORKGRAPH_S3_ENDPOINT: "),
        ({"ACCESS_KEY": "ada"}, "WORKGRAPH_S3_ACCESS_KEY and WORKGRAPH_S3_SECRET_KEY are set together"),
        ({"SECRET_KEY": "hush"}, "WORKGRAPH_S3_ACCESS_KEY and WORKGRAPH_S3_SECRET_KEY are set together"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsRefused) as refused:
        told(monkeypatch, **given)
    assert str(refused.value).startswith(named)
    assert "hush" not in str(refused.value)


async def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    await FileStore(tmp_path / "files").put("a/b", b"c", "text/plain")
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700
    assert (tmp_path / "files/a/b").read_bytes() == b"c"
