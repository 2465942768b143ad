"""Traces as OpenTelemetry has them, sent to a collector over HTTP (OTLP). Loaded only where a collector is named.

What is told are names, times, codes and the text of statements, never values: no variables, no messages of errors, no
addresses of webhooks.
"""

import logging
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from types import TracebackType
from typing import Final, Self

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from db.tracing import UNFOLLOWED, Facts, Kind, Span
from gateways.logs import listen_to

PATH: Final = "/v1/traces"
LONGEST_TEXT: Final = 10_000
"""Characters of a statement that are sent."""

SENT_EVERY: Final = 1_000
GRACE: Final = 2.0
"""Seconds in which what is left is sent at the end; a collector that is away keeps no process from ending."""

KINDS: Final = {
    Kind.ASKED: SpanKind.SERVER,
    Kind.ASKS: SpanKind.CLIENT,
    Kind.QUEUED: SpanKind.CONSUMER,
    Kind.WITHIN: SpanKind.INTERNAL,
}
W3C: Final = TraceContextTextMapPropagator()
TRACEPARENT: Final = "traceparent"
FAILED: Final = Status(StatusCode.ERROR)


class Traces:
    """Sends the traces of a process to a collector: in batches, by a thread of its own, and none where that is away."""

    def __init__(self, endpoint: str, service: str) -> None:
        listen_to("opentelemetry", logging.ERROR)
        self._provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint.rstrip("/") + PATH)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=SENT_EVERY))
        self._tracer = self._provider.get_tracer("workgraph")

    @contextmanager
    def span(self, name: str, kind: Kind, parent: str, facts: Facts) -> Generator[Span]:
        """Follow a piece of work; of an error that ends it only the type is told."""
        context = W3C.extract({TRACEPARENT: parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, context, KINDS[kind], facts, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield Followed(span)
            except BaseException as error:
                _fail(span, error)
                raise

    def statement(self, text: str) -> AbstractContextManager[object]:
        """Follow a statement, where what asked for it is followed."""
        return Statement(self._tracer, text) if trace.get_current_span().is_recording() else UNFOLLOWED

    def traceparent(self) -> str:
        """Name what is being followed as the W3C has it."""
        carrier = dict[str, str]()
        W3C.inject(carrier)
        return carrier.get(TRACEPARENT, "")

    def close(self) -> None:
        """Send what is left, as far as the collector takes it within a moment."""
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(GRACE)


class Followed:
    """A span of OpenTelemetry."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, facts: Facts, *, failed: bool = False) -> None:
        """Say more of it."""
        self._span.set_attributes(facts)
        if failed:
            self._span.set_status(FAILED)

    def named(self, name: str) -> None:
        """Give it a name that says more."""
        self._span.update_name(name)


class Statement:
    """A statement while it is on its way. It is nobody's parent, so that it may end anywhere."""

    def __init__(self, tracer: trace.Tracer, text: str) -> None:
        self._tracer, self._text = tracer, text

    def __enter__(self) -> Self:
        verb = self._text.lstrip().partition(" ")[0].upper()[:20]
        facts = {"db.system": "postgresql", "db.system.name": "postgresql", "db.query.text": self._text[:LONGEST_TEXT]}
        self._span = self._tracer.start_span(f"postgresql {verb}", None, SpanKind.CLIENT, facts)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            _fail(self._span, error)
        self._span.end()


def _fail(span: trace.Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(FAILED)
