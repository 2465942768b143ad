"""A collector of traces: a real OTLP receiver over HTTP, and the spans that it was sent."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent

from db.tracing import following
from gateways.traces import Traces
from tests.webhooks.receivers import Receiver, answer, receiving

SERVICE = "workgraph-of-a-test"


@dataclass(frozen=True)
class Span:
    """A span as a collector sees it."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    facts: dict[str, Any]
    failed: bool
    nanoseconds: int


@dataclass
class Collected:
    """What a collector was sent, once whoever sends has ended."""

    url: str
    receiver: Receiver
    spans: list[Span] = field(default_factory=list[Span])

    def read(self) -> None:
        """Decode what came."""
        for headers, body in self.receiver.requests:
            assert headers["content-type"] == "application/x-protobuf"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {each.key: each.value.string_value for each in resource.resource.attributes}
                assert names["service.name"] == SERVICE
                self.spans += [_span(each) for scope in resource.scope_spans for each in scope.spans]

    def named(self, name: str) -> Span:
        """The only span of a name."""
        [found] = [span for span in self.spans if span.name == name]
        return found

    def below(self, parent: Span) -> Sequence[Span]:
        """The spans right below one."""
        return [span for span in self.spans if span.parent == parent.id]


def _span(sent: Sent) -> Span:
    facts = {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in sent.attributes}
    return Span(
        sent.name,
        Sent.SpanKind.Name(sent.kind),
        sent.trace_id.hex(),
        sent.span_id.hex(),
        sent.parent_span_id.hex(),
        facts,
        sent.status.code == 2,
        sent.end_time_unix_nano - sent.start_time_unix_nano,
    )


@asynccontextmanager
async def collecting() -> AsyncGenerator[Collected]:
    """Run a collector."""
    async with receiving(answer("200 OK", "content-type: application/x-protobuf")) as receiver:
        yield Collected(f"http://127.0.0.1:{receiver.port}", receiver)


@asynccontextmanager
async def traced() -> AsyncGenerator[Collected]:
    """Trace what this process does in the block; what was sent can be read afterwards."""
    async with collecting() as collected:
        traces = Traces(collected.url, SERVICE)
        try:
            with following(traces):
                yield collected
        finally:
            await asyncio.to_thread(traces.close)
        collected.read()
