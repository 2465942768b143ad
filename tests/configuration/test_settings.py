"""Settings are read once, and what cannot be used is refused by the name of its environment variable."""

import base64
import stat
from pathlib import Path

import pytest
from argon2.profiles import RFC_9106_LOW_MEMORY
from pydantic import ValidationError

from cli.servers import Addresses
from cli.wiring import wired
from settings import Settings, SettingsRefused, load_settings, master_key, secret, without_secret

KEY = base64.b64encode(bytes(range(32))).decode()
NAMES = [field.upper() for field in Settings.model_fields]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"WORKGRAPH_{name}", raising=False)


def refusal() -> str:
    with pytest.raises(SettingsRefused) as refused:
        load_settings()
    return str(refused.value)


def test_without_any_variable_both_servers_are_embedded() -> None:
    settings = load_settings()
    assert (settings.embedded_postgres, settings.embedded_valkey) == (True, True)
    assert (settings.address, settings.data_dir, settings.role_prefix) == (
        "http://127.0.0.1:8000",
        Path("workgraph-data"),
        "workgraph",
    )


def test_an_option_goes_before_the_environment_and_an_empty_variable_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKGRAPH_PORT", "9000")
    monkeypatch.setenv("WORKGRAPH_HOST", "")
    assert (load_settings().port, load_settings(port=9001).port, load_settings(port=None).port) == (9000, 9001, 9000)
    assert load_settings().host == "127.0.0.1"


def test_delays_of_webhooks_are_read_as_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().webhook_seconds == ()
    monkeypatch.setenv("WORKGRAPH_WEBHOOK_DELAYS", "0, 5,2.5")
    assert load_settings().webhook_seconds == (0, 5, 2.5)


def test_what_serves_hashes_passwords_with_the_parameters_of_the_rfc(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    wiring = wired(settings, Addresses("postgresql://x@localhost/x", "redis://localhost"))
    assert wiring.hashing == RFC_9106_LOW_MEMORY


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("WORKGRAPH_PORT", "http", "WORKGRAPH_PORT: "),
        ("WORKGRAPH_PORT", "65536", "WORKGRAPH_PORT: "),
        ("WORKGRAPH_ROLE_PREFIX", 'a"b', "WORKGRAPH_ROLE_PREFIX: "),
        ("WORKGRAPH_ENVIRONMENT", "moon", "WORKGRAPH_ENVIRONMENT: "),
        ("WORKGRAPH_MASTER_KEY", "hush hush", "WORKGRAPH_MASTER_KEY: is not base64"),
        ("WORKGRAPH_MASTER_KEY", "aHVzaA==", "WORKGRAPH_MASTER_KEY: is 4 bytes long, not 32"),
        ("DATABASE_URL", "mysql://ada:hush@db/x", "DATABASE_URL: is not an address of the form postgresql://"),
        ("DATABASE_URL", "postgresql://ada:hush@db:port/x", "DATABASE_URL: is not an address"),
        ("WORKGRAPH_WEBHOOK_DELAYS", "0,soon", "WORKGRAPH_WEBHOOK_DELAYS: is not a list of seconds"),
        ("WORKGRAPH_WEBHOOK_DELAYS", ",".join("1" * 31), "WORKGRAPH_WEBHOOK_DELAYS: is not a list of seconds"),
        ("WORKGRAPH_METRICS_TOKEN", "hush hush", "WORKGRAPH_METRICS_TOKEN: is not a token of at least 16"),
        ("WORKGRAPH_SLOW_OPERATION", "0", "WORKGRAPH_SLOW_OPERATION: "),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT: is not an address"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://ada:hush@db", "OTEL_EXPORTER_OTLP_ENDPOINT: is not an address"),
        ("REDIS_URL", "http://:hush@db", "REDIS_URL: is not an address of the form redis://"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name_and_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert refusal().startswith(told)
    assert "hush" not in refusal()


def test_a_database_of_ones_own_needs_a_key_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:hush@db/x")
    assert refusal().startswith("WORKGRAPH_MASTER_KEY is required when DATABASE_URL is set")
    monkeypatch.setenv("WORKGRAPH_MASTER_KEY", KEY)
    settings = load_settings()
    assert secret(settings.database_url) == "postgresql://ada:hush@db/x"
    assert without_secret(settings.database_url) == "postgresql://ada:***@db/x"
    assert master_key(settings) == bytes(range(32))
    assert "hush" not in repr(settings)
    assert KEY not in repr(settings)


def test_the_embedded_key_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "new")
    first = master_key(settings)
    assert len(first) == 32
    assert master_key(settings) == first
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["master.key"]
    assert stat.S_IMODE((tmp_path / "new" / "master.key").stat().st_mode) == 0o600
    assert master_key(load_settings(data_dir=tmp_path / "other")) != first


def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("gone")
    with pytest.raises(SettingsRefused, match=r"master\.key cannot be used: it "):
        master_key(load_settings(data_dir=tmp_path))
    assert (tmp_path / "master.key").read_text() == "gone"


def test_a_folder_that_cannot_hold_the_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsRefused, match=r"WORKGRAPH_DATA_DIR: .*file/master\.key cannot be used"):
        master_key(load_settings(data_dir=tmp_path / "file"))
