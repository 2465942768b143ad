"""How the progress of an objective came to be: each part with its weight, what it is at, and its share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import select

from db.choices import Choice
from db.models.performance import KeyResult, Okr
from db.okr_choices import OkrHealth
from resolvers.context import Looking
from resolvers.okrs.health import ratio_of
from resolvers.okrs.numbers import NOTHING, WHOLE, in_percent
from resolvers.okrs.rolling import Summed, part
from resolvers.okrs.sharing import NO_SHARE, Share, Weighed, shared_out
from resolvers.operation import Names
from resolvers.performance.faring import ON, fares, spans_of
from resolvers.performance.key_results import measure_of
from resolvers.performance.owning import READ, seen_of
from resolvers.performance.rolling import COUNTING
from resolvers.reading import reading


class OkrContributorKind(Choice):
    """What adds to the progress of an objective."""

    KEY_RESULT = "key_result", "A key result of its own."
    ALIGNED = "aligned", "An objective that is aligned to it."
    UNSEEN = "unseen", "Objectives that are aligned to it and that you may not see, together."


@dataclass(frozen=True, slots=True)
class OkrContributor:
    """What adds to the progress of an objective, and how much."""

    kind: Annotated[OkrContributorKind, "What it is."]
    key_result_id: Annotated[UUID | None, Names("KeyResult"), "The key result, where it is one."]
    okr_id: Annotated[UUID | None, Names("Okr"), "The objective, where it is one."]
    title: Annotated[str | None, "What it is called; null of what you may not see."]
    weight: Annotated[Decimal, "What it weighs: among the key results, or among what is aligned."]
    progress: Annotated[Decimal, "Its progress in percent."]
    raw_progress: Annotated[Decimal | None, "The same as it is, also above 100 and below 0, of a key result."]
    counts: Annotated[bool, "Whether it counts; drafts and what was cancelled does not."]
    share: Annotated[Decimal, "How many percent of the objective it is."]
    adds: Annotated[Decimal, "How much it adds to the progress, in percent."]


@dataclass(frozen=True, slots=True)
class OkrProgress:
    """How the progress of an objective came to be."""

    okr_id: Annotated[UUID, Names("Okr"), "The objective."]
    progress: Annotated[Decimal, "Its progress in percent."]
    key_results_weight: Annotated[Decimal, "What its key results weigh, together, beside what is aligned to it."]
    key_results_progress: Annotated[Decimal | None, "What they are at, together; null where there are none."]
    on: Annotated[date, "The day of which it is told."]
    expected: Annotated[Decimal, "How many percent can be expected by then."]
    ratio: Annotated[Decimal | None, "Progress for what can be expected, to four decimals; null on the first day."]
    health: Annotated[OkrHealth | None, "How it fares; null unless it is active."]
    contributors: Annotated[list[OkrContributor], "What adds to it: key results first."]


@reading(READ, scoped=True)
async def explain_okr_progress(
    looking: Looking,
    okr_id: Annotated[UUID, Names("Okr"), "The objective."],
    on: Annotated[date | None, ON] = None,
) -> OkrProgress | None:
    """How the progress of an objective came to be; null where there is none that you may see."""
    if okr_id not in await seen_of(looking, [okr_id]):
        return None
    [okr] = await looking.all(select(Okr).where(Okr.id == okr_id))
    key_results = await looking.all(select(KeyResult).where(KeyResult.okr_id == okr_id).order_by(KeyResult.id))
    aligned = await looking.all(select(Okr).where(Okr.parent_id == okr_id).order_by(Okr.id))
    seen = await seen_of(looking, [each.id for each in aligned])
    span = (await spans_of(looking, [okr.cycle_id], on))[okr.cycle_id]
    ratio, block = ratio_of(okr.progress, span), _block(key_results)
    return OkrProgress(
        okr_id=okr.id,
        progress=okr.progress,
        key_results_weight=okr.key_results_weight,
        key_results_progress=None if block is None else in_percent(block),
        on=span.on,
        expected=in_percent(span.elapsed),
        ratio=None if ratio is None else in_percent(ratio / WHOLE),
        health=fares(okr.status, okr.progress, span),
        contributors=_contributors(okr, key_results, aligned, seen),
    )


def _block(key_results: Sequence[KeyResult]) -> Any:
    return sum((part(each.weight, each.progress) for each in key_results), Summed()).mean


def _contributors(
    okr: Okr, key_results: Sequence[KeyResult], aligned: Sequence[Okr], seen: frozenset[UUID]
) -> list[OkrContributor]:
    counting = [each for each in aligned if each.status in COUNTING]
    own, others = shared_out(
        [Weighed(each.weight, each.progress) for each in key_results],
        okr.key_results_weight,
        [Weighed(each.weight, each.progress) for each in counting],
    )
    shares = {each.id: share for each, share in zip(counting, others, strict=True)}
    unseen = [each for each in counting if each.id not in seen]
    return [
        *(_of_key_result(each, share) for each, share in zip(key_results, own, strict=True)),
        *(_of_aligned(each, shares.get(each.id)) for each in aligned if each.id in seen),
        *([_of_unseen(unseen, [shares[each.id] for each in unseen])] if unseen else ()),
    ]


def _of_key_result(key_result: KeyResult, share: Share) -> OkrContributor:
    return OkrContributor(
        OkrContributorKind.KEY_RESULT,
        key_result.id,
        None,
        key_result.title,
        key_result.weight,
        key_result.progress,
        measure_of(key_result).raw_progress,
        counts=True,
        share=share.share,
        adds=share.adds,
    )


def _of_aligned(okr: Okr, share: Share | None) -> OkrContributor:
    known = share or NO_SHARE
    return OkrContributor(
        OkrContributorKind.ALIGNED,
        None,
        okr.id,
        okr.objective,
        okr.weight,
        okr.progress,
        None,
        counts=share is not None,
        share=known.share,
        adds=known.adds,
    )


def _of_unseen(okrs: Sequence[Okr], shares: Sequence[Share]) -> OkrContributor:
    """Put together what who asks may not see: what it adds follows from the rest in any case."""
    together = sum((part(each.weight, each.progress) for each in okrs), Summed())
    mean = together.mean
    return OkrContributor(
        OkrContributorKind.UNSEEN,
        None,
        None,
        None,
        together.weight,
        NOTHING if mean is None else in_percent(mean),
        None,
        counts=True,
        share=sum((each.share for each in shares), NOTHING),
        adds=sum((each.adds for each in shares), NOTHING),
    )
