"""The log: lines of JSON on standard error, each with what it was written for, and none with what is private.

What a line is written for (a request, a job, a delivery) is noted once, and put into words only when a line is written.
Messages of errors may repeat what somebody sent: values of PostgreSQL, quoted text, what stood in the variables. They
are written without it.
"""

import logging
import re
import sys
from collections.abc import Generator, Iterable, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final, Protocol, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from db.tracing import traceparent

HIDDEN: Final = "[...]"
SHORTEST: Final = 3
"""Characters of a text of the request that is looked for in messages: shorter ones stand everywhere."""

LONGEST: Final = 4_000
"""Characters of a message that are written."""

DETAIL: Final = re.compile(r"\n?DETAIL:.*?(?=\n\[SQL|\Z)", re.DOTALL)
QUOTED: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`""", re.DOTALL)
MAILBOX: Final = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
DIGITS: Final = re.compile(r"\d{5,}")
SAYING: Final = ("error", "why", "reason")
"""Fields of a line that repeat what an error says."""

Line = MutableMapping[str, Any]


class About(Protocol):
    """What lines are written for."""

    def fields(self) -> Mapping[str, str]:
        """Name it, by ids and words of our own."""
        ...

    def private(self) -> Iterable[str]:
        """Return what it brought that no line may repeat."""
        ...


ABOUT: Final[ContextVar[About | None]] = ContextVar("about", default=None)
"""What the work of this task is for."""


class Named:
    """Something that lines are written for, and that brought nothing private: a job, a delivery."""

    def __init__(self, **fields: str) -> None:
        self._fields = fields

    def fields(self) -> Mapping[str, str]:
        """Name it."""
        return self._fields

    def private(self) -> Iterable[str]:
        """Return nothing: what it is about is named by ids."""
        return ()


@contextmanager
def about(what: About) -> Generator[None]:
    """Let the lines that are written within the block be about something."""
    before = ABOUT.set(what)
    try:
        yield
    finally:
        ABOUT.reset(before)


class _Told(logging.Handler):
    """Hands what a library says to the log of the program."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage().partition("\n")[0], exc_info=record.exc_info or None)


TOLD: Final = _Told()


class _Written:
    """Where lines go. One that cannot be written is lost: whoever wrote it goes on, as without it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, unless the disk is full, or whoever read is gone."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Let what was written be read."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure(level: str, stream: TextIO | None = None) -> None:
    """Log lines of JSON. A traceback shows no variables: they may hold what is secret."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            with_context,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            without_what_is_private,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Written(stream or sys.stderr))),
    )


def listen_to(library: str, level: int = logging.WARNING) -> None:
    """Write what a library says as lines of the log too."""
    logger = logging.getLogger(library)
    logger.setLevel(level)
    logger.propagate = False
    if TOLD not in logger.handlers:
        logger.addHandler(TOLD)


def with_context(_logger: object, _method: str, line: Line) -> Line:
    """Say what a line was written for, and in which trace."""
    about = ABOUT.get()
    fields = dict(about.fields()) if about else {}
    if parent := traceparent():
        fields["trace_id"] = parent.split("-")[1]
    for name, value in fields.items():
        line.setdefault(name, value)
    return line


def without_what_is_private(_logger: object, _method: str, line: Line) -> Line:
    """Take out of what errors say whatever they may repeat of somebody's data."""
    about = ABOUT.get()
    private = (
        sorted({each for each in about.private() if len(each) >= SHORTEST}, key=len, reverse=True) if about else ()
    )
    for name in SAYING:
        if isinstance(line.get(name), str):
            line[name] = masked(line[name], private)
    for each in _exceptions(line.get("exception")):
        each["exc_value"] = masked(str(each.get("exc_value", "")), private)
        each["exc_notes"] = [masked(str(note), private) for note in each.get("exc_notes") or ()]
    return line


def _exceptions(found: object) -> Iterable[dict[str, Any]]:
    """Return every error of a traceback, also those within groups."""
    for each in cast("list[dict[str, Any]]", found) if isinstance(found, list) else ():
        yield each
        for group in each.get("exceptions") or ():
            yield from _exceptions(group)


def masked(text: str, private: Iterable[str] = ()) -> str:
    """Return what an error says without what is quoted, looks like somebody's address or number, or is private."""
    text = DETAIL.sub("", text)[:LONGEST]
    for each in private:
        if each.lower() in text.lower():
            text = re.sub(re.escape(each), HIDDEN, text, flags=re.IGNORECASE)
    for pattern in (QUOTED, MAILBOX, DIGITS):
        text = pattern.sub(HIDDEN, text)
    return text
