"""A published flow as it was frozen: the content of a revision, read into types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.models.onboarding import Assignee, StageLock, StageType


@dataclass(frozen=True, slots=True)
class FrozenBlock:
    """One content block of a revision. `base` is the built-in type that it is shown and checked as."""

    id: UUID
    type: str
    base: str
    position: int
    title: str
    content: str | None
    config: Mapping[str, Any]
    required: bool
    display_only: bool
    assignee: Assignee
    estimated_minutes: int | None
    condition: Mapping[str, Any] | None
    maps_to: str | None
    value_schema: Mapping[str, Any] | None

    @property
    def depends_on(self) -> UUID | None:
        """The block whose answer decides whether this one is there."""
        return UUID(str(self.condition["block"])) if self.condition else None


@dataclass(frozen=True, slots=True)
class FrozenStage:
    """One stage of a revision, with its blocks in order."""

    id: UUID
    name: str
    description: str | None
    type: StageType
    position: int
    available_offset_days: int
    due_offset_days: int | None
    lock: StageLock
    visible_if: Mapping[str, Any] | None
    blocks: Sequence[FrozenBlock]

    @property
    def estimated_minutes(self) -> int:
        """How long it takes, as far as its blocks say so."""
        return sum(block.estimated_minutes or 0 for block in self.blocks)


@dataclass(frozen=True, slots=True)
class FrozenFlow:
    """The stages of a revision, in order."""

    stages: Sequence[FrozenStage]

    @property
    def blocks(self) -> Iterator[tuple[FrozenStage, FrozenBlock]]:
        """Every block with its stage, in order."""
        return ((stage, block) for stage in self.stages for block in stage.blocks)

    def block(self, block_id: UUID) -> tuple[FrozenStage, FrozenBlock] | None:
        """Return a block with its stage."""
        return next((found for found in self.blocks if found[1].id == block_id), None)

    def stage(self, stage_id: UUID) -> FrozenStage | None:
        """Return a stage."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)


def thawed(content: Mapping[str, Any]) -> FrozenFlow:
    """Read the content of a revision."""
    return FrozenFlow([_stage(stage) for stage in content["stages"]])


def _stage(stage: Mapping[str, Any]) -> FrozenStage:
    return FrozenStage(
        id=UUID(stage["id"]),
        name=stage["name"],
        description=stage["description"],
        type=StageType(stage["type"]),
        position=stage["position"],
        available_offset_days=stage["available_offset_days"],
        due_offset_days=stage["due_offset_days"],
        lock=StageLock(stage["lock"]),
        visible_if=stage["visible_if"],
        blocks=[_block(block) for block in stage["blocks"]],
    )


def _block(block: Mapping[str, Any]) -> FrozenBlock:
    return FrozenBlock(
        id=UUID(block["id"]),
        type=block["type"],
        base=block["base"],
        position=block["position"],
        title=block["title"],
        content=block["content"],
        config=block["config"],
        required=block["required"],
        display_only=block["display_only"],
        assignee=Assignee(block["assignee"]),
        estimated_minutes=block["estimated_minutes"],
        condition=block["condition"],
        maps_to=block["maps_to"],
        value_schema=block["value_schema"],
    )
