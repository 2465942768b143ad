"""What a process tells of itself, in the form of Prometheus: worked out from plain counters when somebody asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from db.dispatching import Backlog
from db.pools import Use
from schema.metrics.lag import Lag
from schema.metrics.operations import BOUNDS, Operations, Tally

OPERATION: Final = ("operation", "kind")


@dataclass(frozen=True)
class Sources:
    """Where the figures come from: counters, and what is looked up at the moment."""

    operations: Operations
    lag: Lag
    pools: Callable[[], Mapping[str, Use]]
    subscriptions: Callable[[], int]
    in_hand: Callable[[], int]
    backlog: Backlog | None = field(default=None)


class Figures(Collector):
    """Everything that a process tells of itself, at one moment."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def collect(self) -> Iterable[Metric]:
        """Return the figures as they are now."""
        sources = self._sources
        yield from _operations(list(sources.operations))
        yield from _pools(sources.pools())
        yield _gauge("workgraph_event_loop_lag_seconds", "How late the event loop was just now.", sources.lag.last)
        yield _gauge(
            "workgraph_event_loop_lag_max_seconds",
            "How late the event loop was at most in the last 15 seconds.",
            sources.lag.most,
        )
        yield _gauge("workgraph_live_subscriptions", "Subscriptions that are open.", sources.subscriptions())
        yield _gauge(
            "workgraph_webhooks_in_hand", "Deliveries that this process sends or is about to.", sources.in_hand()
        )
        if sources.backlog:
            yield from _backlog(sources.backlog)


def _operations(counted: list[tuple[str, str, Tally]]) -> Iterator[Metric]:
    seconds = HistogramMetricFamily(
        "workgraph_operation_seconds", "How long operations took, until the answer was ready.", labels=OPERATION
    )
    forms = CounterMetricFamily(
        "workgraph_operations", "Operations that were answered, by how they were read.", labels=(*OPERATION, "form")
    )
    errors = CounterMetricFamily(
        "workgraph_operation_errors",
        "Operations whose answer has errors of a code; one with several codes counts for each.",
        labels=(*OPERATION, "code"),
    )
    points = CounterMetricFamily(
        "workgraph_operation_points",
        "Points that operations were charged, beside what was given back.",
        labels=OPERATION,
    )
    for name, kind, tally in counted:
        points.add_metric((name, kind), tally.points)
        seconds.add_metric((name, kind), _cumulated(tally.buckets), tally.seconds)
        for form, count in tally.forms.items():
            forms.add_metric((name, kind, form), count)
        for code, count in tally.errors.items():
            errors.add_metric((name, kind, code), count)
    yield from (seconds, forms, points, errors)


def _cumulated(buckets: list[int]) -> list[tuple[str, float]]:
    """Return the buckets of a histogram, each with those below it."""
    cumulated, so_far = list[tuple[str, float]](), 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        so_far += count
        cumulated.append((bound, so_far))
    return cumulated


def _pools(pools: Mapping[str, Use]) -> Iterator[Metric]:
    size = GaugeMetricFamily("workgraph_pool_size", "Connections that a pool opens at most.", labels=("pool",))
    in_use = GaugeMetricFamily("workgraph_pool_in_use", "Connections of a pool that are in use.", labels=("pool",))
    waiting = GaugeMetricFamily(
        "workgraph_pool_waiting", "Those who wait for a connection of a pool.", labels=("pool",)
    )
    for name, use in pools.items():
        for family, value in ((size, use.size), (in_use, use.in_use), (waiting, use.waiting)):
            family.add_metric((name,), value)
    yield from (size, in_use, waiting)


def _backlog(backlog: Backlog) -> Iterator[Metric]:
    yield _gauge(
        "workgraph_outbox_waiting", "Events that wait for the relay; counted up to 10,000 a schema.", backlog.events
    )
    yield _gauge(
        "workgraph_webhooks_due",
        "Deliveries that are due and not in hand; counted up to 10,000 a schema.",
        backlog.deliveries,
    )


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)
