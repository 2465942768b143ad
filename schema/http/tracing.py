"""A request as those see it who trace: what it was, and what it was answered with."""

from contextlib import AbstractContextManager
from typing import Final

from db.tracing import Kind, Span, span
from schema.http.incoming import Incoming
from schema.http.writing import Written
from schema.metrics import Taken

FAULTS: Final = 500


def followed(incoming: Incoming, address: str = "/graphql") -> AbstractContextManager[Span]:
    """Follow a request, as part of what its sender traces, if that is said."""
    facts = {"http.request.method": incoming.method, "workgraph.request_id": incoming.request_id}
    return span(f"{incoming.method} {address}", Kind.ASKED, incoming.header(b"traceparent"), facts)


def told(span: Span, taken: Taken, answer: object) -> None:
    """Tell what a request was and what came of it; of a stream only that it began."""
    if not isinstance(answer, Written):
        return
    facts = {
        "graphql.operation.name": taken.name,
        "graphql.operation.type": taken.kind,
        "graphql.document.hash": taken.document,
        "http.response.status_code": answer.status,
        "workgraph.form": answer.form,
        "workgraph.codes": " ".join(answer.codes),
    }
    if taken.asking:
        facts["workgraph.tenant_id"] = str(taken.asking.tenant.id)
    if taken.asked:
        span.named(f"{taken.kind} {taken.name}".strip())
    span.note(facts, failed=answer.status >= FAULTS or bool(answer.codes))
