"""Everything that may differ from one installation to the next: one frozen, typed `Settings`.

This is the only module that reads the environment. The rooms below receive plain values, so that nothing else in the
program depends on where it runs. A value that cannot be used is refused with the name of its environment variable.
"""

import base64
import binascii
import os
import re
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "WORKGRAPH_"
SHARED = ("database_url", "redis_url", "otel_")
KEY_BYTES = 32
MAILBOX = re.compile(r"[^\s<>(),:;\"@\[\]\\]{1,64}@[^\s<>(),:;\"@\[\]\\]{1,253}")
SECONDS = re.compile(r"\d{1,6}(\.\d{1,3})?(,\d{1,6}(\.\d{1,3})?){0,29}")
BEARER = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}")
HOW_TO_MAKE_A_KEY = """python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"""


class SettingsRefused(Exception):
    """A setting is missing or cannot be used; the text names its environment variable and what to do."""


class Environment(StrEnum):
    """Where this process runs; production refuses what is only safe on one's own machine."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class DevMail(StrEnum):
    """To whom `/dev/mail` shows the mails of the folder; in production to nobody, whatever is set."""

    OFF = "off"
    LOCAL = "local"
    EVERYONE = "everyone"


class Introspection(StrEnum):
    """Who may ask for the schema, and is told what is wrong with a document by it."""

    EVERYONE = "everyone"
    PERMITTED = "permitted"


class LogLevel(StrEnum):
    """The least severe message that is written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _shared(name: str) -> AliasChoices:
    """Read a variable whose name other programs use too, and which therefore has no prefix."""
    return AliasChoices(name.lower(), name)


class Settings(BaseSettings):
    """The configuration of one process, read once at its start."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", populate_by_name=True
    )

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=_shared("DATABASE_URL"),
        description="PostgreSQL 18 or newer, as the role that owns everything. Unset: one is started from a wheel.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        validation_alias=_shared("REDIS_URL"),
        description="Valkey or Redis, the bus between processes. Unset: one is started from a wheel.",
    )
    data_dir: Path = Field(
        default=Path("workgraph-data"),
        description="Folder for the embedded servers, keys and files. Relative to where the command is run.",
    )
    host: str = Field(default="127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `serve` listens on; 0 takes a free one.")
    master_key: SecretStr | None = Field(
        default=None,
        description="32 bytes in base64. Encrypts secrets and derives the passwords of the database roles.",
    )
    further_master_keys: SecretStr | None = Field(
        default=None,
        description="Master keys that are accepted beside it while it is changed, in base64, with commas between them.",
    )
    role_prefix: str = Field(
        default="workgraph",
        pattern=r"^[a-z][a-z0-9_]{0,39}$",
        description="Start of every database role's name, so that two installations can share one server.",
    )
    default_tenant: str | None = Field(
        default=None,
        description="Slug of the company that answers when a request names none. Unset: the demo company.",
    )
    public_url: str | None = Field(
        default=None, description="Address that users see, for links in messages. Unset: host and port."
    )
    environment: Environment = Field(default=Environment.DEVELOPMENT, description="development or production.")
    demo: bool = Field(default=True, description="Make a demo tenant at the first start of `serve`.")
    worker: bool = Field(default=True, description="Run background jobs inside `serve`.")
    cors_origins: str | None = Field(
        default=None,
        description="Origins whose pages may use the API from a browser, with commas between them, or *. Unset: none.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=20,
        description="How many proxies of your own stand in front: so many entries of X-Forwarded-For are believed.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=1_000,
        description="Connections to PostgreSQL that a process opens at most for writes, and as many again for reads.",
    )
    limit_factor: float = Field(
        default=1.0,
        ge=0,
        le=1_000_000,
        description="Multiplies how often one may knock at the public doors, such as login; 0 lifts every such limit.",
    )
    deadline: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="Seconds that one operation may take; then it is stopped, in the database too.",
    )
    budget: int = Field(
        default=2_000_000,
        ge=0,
        le=1_000_000_000,
        description="Points that one person or client may use at once; a point is about 10 microseconds of CPU. 0: "
        "nobody is charged.",
    )
    budget_rate: int = Field(
        default=200_000, ge=1, le=1_000_000_000, description="Points of it that are restored each second."
    )
    company_budget: int = Field(
        default=10_000_000,
        ge=0,
        le=1_000_000_000,
        description="Points that all people and clients of a company may use at once. 0: companies have no bound.",
    )
    company_budget_rate: int = Field(
        default=1_000_000, ge=1, le=1_000_000_000, description="Points of it that are restored each second."
    )
    introspection: Introspection | None = Field(
        default=None,
        description="Who may see the schema: everyone, or permitted: those who hold api.introspect. Unset: everyone, "
        "and in production permitted.",
    )
    most_tokens: int = Field(default=15_000, ge=1, le=1_000_000, description="Tokens of a document.")
    most_depth: int = Field(default=20, ge=1, le=100, description="Levels of a document.")
    most_aliases: int = Field(default=100, ge=0, le=100_000, description="Aliases of a document.")
    most_aliases_together: int = Field(default=50, ge=0, le=100_000, description="Aliases in one selection.")
    most_directives: int = Field(default=100, ge=0, le=100_000, description="Directives of a document.")
    most_directives_together: int = Field(default=5, ge=0, le=100_000, description="Directives at one place.")
    most_root_fields: int = Field(default=50, ge=1, le=100_000, description="Root fields of an operation.")
    most_fields: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Fields of an operation, those of fragments counted wherever they are spread.",
    )
    most_repeats: int = Field(
        default=20, ge=1, le=100_000, description="Times that one selection asks for the same object or list."
    )
    most_overlaps: int = Field(
        default=25_000,
        ge=1,
        le=1_000_000,
        description="Pairs of fields with one name in the answer, which have to be compared.",
    )
    most_variable_bytes: int = Field(default=524_288, ge=1, le=1_048_576, description="Bytes of variables, as JSON.")
    most_variable_depth: int = Field(default=40, ge=1, le=200, description="Levels of variables.")
    most_errors: int = Field(default=20, ge=1, le=1_000, description="Errors of a document that are looked for.")
    event_days: int = Field(
        default=90,
        ge=1,
        description="Days that events are kept, for subscribers that come back and webhooks that are sent again.",
    )
    usage_sample: int = Field(
        default=100,
        ge=0,
        le=1_000_000,
        description="Of how many operations one is looked at, to know which fields are in use; 0 looks at none.",
    )
    webhook_delays: str | None = Field(
        default=None,
        description="Seconds that each attempt to deliver a webhook waits after the one before it, with commas between "
        "them: as many as there are attempts. Unset: ten, over three days.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server: smtps://user:password@host:465 or smtp://host:587?starttls. Unset: mails land in the "
        "folder mails of the data folder.",
    )
    mail_from: str | None = Field(
        default=None, description="Address that mails come from. Required with a mail server of your own."
    )
    portal_url: str | None = Field(
        default=None, description="Page that invitations lead to, with the token behind #. Unset: our own, /portal."
    )
    dev_mail: DevMail = Field(
        default=DevMail.LOCAL,
        description="Who sees the mails of the folder at /dev/mail: off, local (this machine) or everyone. Not in "
        "production.",
    )
    s3_bucket: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        description="Bucket that files are kept in. Unset: they are kept in the folder files of the data folder.",
    )
    s3_region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$", description="Region of the bucket.")
    s3_endpoint: str | None = Field(
        default=None, description="Address of a store that speaks S3, such as http://minio:9000. Unset: Amazon's."
    )
    s3_access_key: SecretStr | None = Field(
        default=None,
        description="Access key of the bucket, together with its secret key. Unset: the machine's own identity.",
    )
    s3_secret_key: SecretStr | None = Field(default=None, description="Secret key that belongs to the access key.")
    metrics_token: SecretStr | None = Field(
        default=None,
        description="Who brings it as a bearer token may read /metrics. Unset: only this machine, and not through a "
        "proxy.",
    )
    slow_operation: float = Field(
        default=1.0,
        gt=0,
        le=3600,
        description="Seconds after which an operation is written to the log, with how it was read.",
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None,
        validation_alias=_shared("OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="Collector of OpenTelemetry that traces are sent to over HTTP, such as http://localhost:4318. "
        "Unset: nothing is traced.",
    )
    otel_service_name: str = Field(
        default="workgraph",
        validation_alias=_shared("OTEL_SERVICE_NAME"),
        description="Name of this service in traces.",
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="debug, info, warning or error.")

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        _expect_scheme(value, ("postgresql", "postgres"), "postgresql://owner:password@host:5432/workgraph")
        return value and SecretStr(value.get_secret_value().replace("postgres://", "postgresql://", 1))

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        _expect_scheme(value, ("redis", "rediss", "unix"), "redis://:password@host:6379/0")
        return value

    @field_validator("master_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            decode_key(value.get_secret_value())
        return value

    @field_validator("further_master_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr | None) -> SecretStr | None:
        for each in _texts_in(value):
            decode_key(each)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str | None) -> str | None:
        for each in origins_in(value):
            if each != "*" and not _is_origin(each):
                message = f"{each!r} is not an origin, such as https://app.example.com, with nothing behind the host"
                raise ValueError(message)
        return value

    @field_validator("webhook_delays")
    @classmethod
    def _are_seconds(cls, value: str | None) -> str | None:
        if value is not None and not SECONDS.fullmatch(value.replace(" ", "")):
            message = "is not a list of seconds, such as 0,5,300,1800: at most 30, each with at most 6 digits"
            raise ValueError(message)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        example = "smtps://user:password@host:465 or smtp://host:587?starttls"
        _expect_scheme(value, ("smtp", "smtps"), example)
        parts = urlsplit(value.get_secret_value() if value else "smtp://host")
        if not parts.hostname or parts.path.strip("/") or parts.query not in {"", "starttls", "plaintext"}:
            message = f"is not an address of the form {example}"
            raise ValueError(message)
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_a_mailbox(cls, value: str | None) -> str | None:
        if value is not None and not MAILBOX.fullmatch(value):
            message = "is not an address such as no-reply@example.com; the name beside it is that of the company"
            raise ValueError(message)
        return value

    @field_validator("portal_url")
    @classmethod
    def _is_a_page(cls, value: str | None) -> str | None:
        if value is not None and (not _has_scheme(value, ("http", "https")) or "#" in value):
            message = "is not an address such as https://welcome.example.com; the token is put behind # at its end"
            raise ValueError(message)
        return value

    @field_validator("metrics_token")
    @classmethod
    def _is_long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not BEARER.fullmatch(value.get_secret_value()):
            message = "is not a token of at least 16 letters, digits or -._~+/= signs"
            raise ValueError(message)
        return value

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _is_a_collector(cls, value: str | None) -> str | None:
        if value is not None and (not _has_scheme(value, ("http", "https")) or "@" in value):
            message = (
                "is not an address such as http://localhost:4318; what signs in goes into OTEL_EXPORTER_OTLP_HEADERS"
            )
            raise ValueError(message)
        return value

    @field_validator("s3_endpoint")
    @classmethod
    def _is_an_endpoint(cls, value: str | None) -> str | None:
        if value is not None and not _is_origin(value.rstrip("/")):
            message = "is not an address such as http://minio:9000, with nothing behind host and port"
            raise ValueError(message)
        return value and value.rstrip("/")

    @model_validator(mode="after")
    def _keys_of_a_bucket_come_in_pairs(self) -> Self:
        if (self.s3_access_key is None) != (self.s3_secret_key is None):
            message = "WORKGRAPH_S3_ACCESS_KEY and WORKGRAPH_S3_SECRET_KEY are set together, or neither is"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _own_mail_server_has_a_sender(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            message = (
                "WORKGRAPH_MAIL_FROM is required when WORKGRAPH_SMTP_URL is set: a mail server takes mails only from "
                "an address that it knows. Set it to one, such as no-reply@example.com"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _own_database_has_own_key(self) -> Self:
        if self.database_url is not None and self.master_key is None:
            message = (
                "WORKGRAPH_MASTER_KEY is required when DATABASE_URL is set: the passwords of the database roles are "
                f"derived from it. Make one with: {HOW_TO_MAKE_A_KEY}"
            )
            raise ValueError(message)
        return self

    @property
    def embedded_postgres(self) -> bool:
        """Whether the database is one that we start ourselves."""
        return self.database_url is None

    @property
    def embedded_valkey(self) -> bool:
        """Whether the bus is one that we start ourselves."""
        return self.redis_url is None

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may use the API."""
        return origins_in(self.cors_origins)

    @property
    def webhook_seconds(self) -> tuple[float, ...]:
        """How long each attempt to deliver a webhook waits; nothing where that is left as it is."""
        return tuple(float(each) for each in (self.webhook_delays or "").split(",") if each)

    @property
    def address(self) -> str:
        """The address that users see, without a slash at its end."""
        return (self.public_url or f"http://{_in_url(self.host)}:{self.port}").rstrip("/")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def origins_in(text: str | None) -> tuple[str, ...]:
    """Split a list of origins, each as a browser writes it: in lower case, without a slash at the end."""
    return tuple(stripped for each in (text or "").split(",") if (stripped := each.strip().rstrip("/").lower()))


def _is_origin(text: str) -> bool:
    """Tell whether a text is scheme, host and port, and no more."""
    if not _has_scheme(text, ("http", "https")):
        return False
    parts = urlsplit(text)
    return bool(parts.hostname) and parts.username is None and text == f"{parts.scheme}://{parts.netloc}"


def _expect_scheme(value: SecretStr | None, schemes: tuple[str, ...], example: str) -> None:
    if value is not None and not _has_scheme(value.get_secret_value(), schemes):
        message = f"is not an address of the form {example}"
        raise ValueError(message)


def _has_scheme(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        usable_port = parts.port != 0
    except ValueError:
        return False
    return usable_port and parts.scheme in schemes


def decode_key(text: str) -> bytes:
    """Turn the base64 form of a master key into its 32 bytes; refuses anything else."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        message = f"is not base64. Make one with: {HOW_TO_MAKE_A_KEY}"
        raise ValueError(message) from error
    if len(key) != KEY_BYTES:
        message = f"is {len(key)} bytes long, not {KEY_BYTES}. Make one with: {HOW_TO_MAKE_A_KEY}"
        raise ValueError(message)
    return key


def load_settings(**chosen: object) -> Settings:
    """Read the environment; a value given here (and not None) goes before it. Refuses by naming each variable."""
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        return Settings(**given)  # pyright: ignore[reportArgumentType] - validated right here
    except ValidationError as error:
        raise SettingsRefused(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    lines = [_explain_one(item["loc"], item["msg"]) for item in error.errors(include_input=False, include_url=False)]
    return "\n".join(lines)


def _explain_one(where: tuple[int | str, ...], message: str) -> str:
    reason = message.removeprefix("Value error, ")
    return f"{variable(str(where[0]))}: {reason}" if where else reason


def variable(field: str) -> str:
    """The environment variable that sets a field."""
    return field.upper() if field.lower().startswith(SHARED) else f"{PREFIX}{field.upper()}"


def secret(value: SecretStr | None) -> str | None:
    """The text of a secret, for whoever needs it."""
    return value.get_secret_value() if value else None


def without_secret(url: SecretStr | None) -> str | None:
    """An address as it may be shown: with a mark in place of its password."""
    if url is None:
        return None
    parts = urlsplit(url.get_secret_value())
    user, _, host = parts.netloc.rpartition("@")
    shown = f"{user.partition(':')[0]}:***@{host}" if ":" in user else parts.netloc
    return parts._replace(netloc=shown, query="").geturl()


def master_key(settings: Settings) -> bytes:
    """The installation's master key: the configured one, or that of the data folder, made there at the first start."""
    if settings.master_key is not None:
        return decode_key(settings.master_key.get_secret_value())
    path = settings.data_dir / "master.key"
    try:
        return decode_key(path.read_text("ascii"))
    except FileNotFoundError:
        return _make_key(path)
    except ValueError as error:
        message = f"The master key in {path} cannot be used: it {error}"
        raise SettingsRefused(message) from error
    except OSError as error:
        raise SettingsRefused(_unreadable(path, error)) from error


def further_master_keys(settings: Settings) -> list[bytes]:
    """The master keys that are accepted beside it, while it is changed."""
    return [decode_key(each) for each in _texts_in(settings.further_master_keys)]


def _texts_in(value: SecretStr | None) -> list[str]:
    text = value.get_secret_value() if value else ""
    return [each for each in text.split(",") if each.strip()]


def _make_key(path: Path) -> bytes:
    """Write a new key so that it is there whole or not at all, also when two processes make one at the same time."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    except OSError as error:
        raise SettingsRefused(_unreadable(path, error)) from error
    return decode_key(path.read_text("ascii"))


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _unreadable(path: Path, error: OSError) -> str:
    return f"WORKGRAPH_DATA_DIR: {path} cannot be used ({error.strerror}). Choose a folder that this user may write."
