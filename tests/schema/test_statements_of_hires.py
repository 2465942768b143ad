"""What hangs on flows, down to each block's answer, is read in as many statements for one flow as for two hundred."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from db.base import TenantOwned
from db.models.files import File, FilePurpose, FileStatus
from db.models.onboarding import (
    Assignee,
    ContentBlock,
    Flow,
    FlowRevision,
    FlowStatus,
    NewHire,
    NewHireStatus,
    OnboardingInvitation,
    OnboardingUpload,
    Progress,
    ProgressStatus,
    Stage,
    StageProgress,
)
from resolvers.context import bound_to
from tests.onboarding.hires.builders import a_block, a_stage
from tests.schema.statements import listening, reads
from tests.world import CompanyWorld, Person, World

MANY: Final = 200
STAGES, BLOCKS, HIRES = 2, 2, 2
A_DAY: Final = datetime(2026, 3, 2, tzinfo=UTC)

OF_STAGES = "stages { nodes { id contentBlocks { nodes { id stage { flow { name } } } } } }"
OF_PROGRESS = "progress { nodes { id title } } stageProgress { nodes { id name } }"
OF_ANSWERS = """
progress { nodes { value files { id url } newHire { email } reviewedBy { email } completedBy { email }
  allowedTransitions { name allowed } } }
"""
OF_HIRES = """
fullName percentage blocksPct currentStageName currentStage { name } progressByStage { name }
progressByContentType { type total } mappedAnswers flow { name } revision { number } manager { email }
hrOwner { email } buddy { email } allowedTransitions { name allowed } invitations { totalCount nodes { number } }
"""


def of_flows(inside: str) -> str:
    """Ask for all of them, with a cursor, so that they are read level by level."""
    return f"{{ flows(first: {MANY}) {{ pageInfo {{ endCursor }} nodes {{ id {inside} }} }} }}"


def with_hires(inside: str) -> str:
    return f"newHires {{ nodes {{ id {inside} }} }}"


EVERYTHING = f"""
name estimatedMinutes defaultOwner {{ email }} allowedTransitions {{ name allowed }} revisions {{ nodes {{ number }} }}
stages {{ totalCount nodes {{ id contentBlocks {{ totalCount nodes {{ id stage {{ flow {{ name }} }} }} }} }} }}
{with_hires(OF_PROGRESS + OF_HIRES + OF_ANSWERS)}
"""
SELECTIONS: Final[Mapping[str, tuple[str, int]]] = {
    # Flows; stages; blocks; the blocks' stages; the flows of these.
    "stages": (OF_STAGES, 5),
    # Flows; new hires; progress.
    "progress": (with_hires("progress { nodes { id } }"), 3),
    # Flows; new hires; stage progress.
    "stage progress": (with_hires("stageProgress { nodes { id } }"), 3),
    # Flows; new hires; progress; stage progress.
    "both": (with_hires(OF_PROGRESS), 4),
    # Flows; new hires; progress; files; the new hires by id; colleagues of two relations; new hires again for each of
    # three guards.
    "answers": (with_hires(OF_ANSWERS), 10),
    # Flows; new hires; stages and blocks for each of five marks; blocks by type; revisions and answers of what is
    # mapped; the flows, the revisions and the colleagues of three relations by id; a guard; invitations, their totals.
    "new hires": (with_hires(OF_HIRES), 23),
    # The three above; owners; totals of stages and of blocks; minutes; revisions; a guard.
    "everything": (EVERYTHING, 42),
}


@dataclass(frozen=True)
class Filled:
    """A company with so many flows, and who may see everything in it."""

    company: CompanyWorld
    owner: Person

    async def read(self, selection: str) -> tuple[Any, Sequence[str]]:
        """Ask for the flows and what is in them; return them, and the statements that it took."""
        with listening(self.company.world, self.company) as seen:
            answer = await self.owner.ask(of_flows(selection))
        return answer.data["flows"], reads(seen)


@pytest.fixture(scope="module")
async def one(world: World) -> Filled:
    return await filled(world, 1)


@pytest.fixture(scope="module")
async def many(world: World) -> Filled:
    return await filled(world, MANY)


@pytest.mark.parametrize(("selection", "expected"), SELECTIONS.values(), ids=SELECTIONS.keys())
async def test_two_hundred_flows_take_the_statements_of_one(
    one: Filled, many: Filled, selection: str, expected: int
) -> None:
    (few, of_one), (all_of_them, of_many) = await one.read(selection), await many.read(selection)
    assert len(all_of_them["nodes"]) == MANY
    assert sizes(all_of_them, "flows") == Counter({name: size * MANY for name, size in sizes(few, "flows").items()})
    assert (len(of_one), len(of_many)) == (expected, expected), of_many
    assert Counter(of_many) == Counter(of_one), "a list belongs into one parameter"


async def test_what_is_counted_is_all_there(many: Filled) -> None:
    read, _ = await many.read(EVERYTHING)
    stages, blocks, hires = MANY * STAGES, MANY * STAGES * BLOCKS, MANY * HIRES
    expected = {"flows": MANY, "stages": stages, "contentBlocks": blocks, "newHires": hires, "invitations": hires}
    expected |= {"progress": blocks * HIRES, "stageProgress": stages * HIRES, "files": stages * HIRES}
    found = sizes(read, "flows")
    assert {name: found[name] for name in expected} == expected
    progress = [
        row for flow in read["nodes"] for hire in flow["newHires"]["nodes"] for row in hire["progress"]["nodes"]
    ]
    assert Counter(row["value"] for row in progress) == {"Ada": stages * HIRES, None: stages * HIRES}


def sizes(value: Any, name: str) -> Counter[str]:
    """Count what is listed in an answer, by the name of the field that lists it."""
    if isinstance(value, list):
        return sum((sizes(each, name) for each in value), Counter({name: len(value)}))
    found = Counter[str]()
    for inner, each in value.items() if isinstance(value, dict) else ():
        found += sizes(each, name if inner == "nodes" else inner)
    return found


async def filled(world: World, flows: int) -> Filled:
    """Make a company with so many flows, of two stages and two new hires each, written in batches."""
    company = await world.company()
    owner = await company.person("OWNER")
    assert owner.asking.principal.id
    rows = [row for number in range(flows) for row in a_flow(company, owner.asking.principal.id, number)]
    for row in rows:
        row.tenant_id, row.created_at, row.updated_at = company.tenant.id, A_DAY, A_DAY
    async with world.parts.database.transacting(company.tenant.placement) as session:
        for model in dict.fromkeys(map(type, rows)):
            session.add(*(row for row in rows if type(row) is model))
            await session.flush()  # each table after those that it refers to
    return Filled(company, owner)


def a_flow(company: CompanyWorld, owner: UUID, number: int) -> Iterator[TenantOwned]:
    """One published flow with its parts and its new hires."""
    made = [a_stage(*(a_block(maps_to="employee.name") for _ in range(BLOCKS))) for _ in range(STAGES)]
    stages = [{**stage, "position": place} for place, stage in enumerate(made)]
    flow = Flow(
        id=uuid7(), name=f"Flow {number}", duration_days=30, status=FlowStatus.PUBLISHED, default_owner_id=owner
    )
    revision = FlowRevision(
        id=uuid7(),
        flow_id=flow.id,
        number=1,
        name=flow.name,
        language="en",
        published_at=A_DAY,
        content={"stages": stages},
    )
    yield from (flow, revision)
    for stage in stages:
        yield from a_draft(flow.id, stage)
    for each in range(HIRES):
        hire = NewHire(id=uuid7(), flow_id=flow.id, revision_id=revision.id, email=f"{number}-{each}@hires.example")
        hire.first_name, hire.last_name = "Ada", f"{number}-{each}"
        hire.status, hire.started_at = NewHireStatus.ACTIVE, A_DAY
        hire.manager_id = hire.buddy_id = hire.hr_owner_id = owner
        sent = {"number": 1, "sent_at": A_DAY, "expires_at": A_DAY}
        yield from (hire, OnboardingInvitation(id=uuid7(), new_hire_id=hire.id, token_hash=hire.id.bytes, **sent))
        for stage in stages:
            yield from how_far(company, hire, stage, owner)


def a_draft(flow: UUID, stage: Mapping[str, Any]) -> Iterator[TenantOwned]:
    """A stage and its blocks as they can be edited."""
    yield Stage(id=UUID(stage["id"]), flow_id=flow, name=stage["name"], position=stage["position"])
    for block in stage["blocks"]:
        at = {"stage_id": UUID(stage["id"]), "position": block["position"]}
        yield ContentBlock(id=UUID(block["id"]), type=block["type"], **at)


def how_far(company: CompanyWorld, hire: NewHire, stage: Mapping[str, Any], owner: UUID) -> Iterator[TenantOwned]:
    """How far a new hire is in a stage: its first block is answered, with a file."""
    of = {"new_hire_id": hire.id, "stage_id": UUID(stage["id"])}
    yield StageProgress(id=uuid7(), name=stage["name"], position=stage["position"], **of)
    for block in stage["blocks"]:
        row = Progress(id=uuid7(), content_block_id=UUID(block["id"]), block_revision=1, **of)
        row.stage_position, row.position = stage["position"], block["position"]
        row.type, row.title, row.assignee = block["type"], block["title"], Assignee.NEW_HIRE
        row.required, row.display_only = True, False
        yield row
        if block["position"] == 0:
            row.status, row.completed_at = ProgressStatus.COMPLETED, A_DAY
            row.completed_by_id = row.reviewed_by_id = owner
            row.answer = company.keyring.seal('"Ada"', aad=bound_to(row, "answer"))
            yield from an_upload(row.id)


def an_upload(progress: UUID) -> Iterator[TenantOwned]:
    """A file that was uploaded for a block."""
    file = File(id=uuid7(), purpose=FilePurpose.ONBOARDING_ANSWER, status=FileStatus.STORED, filename="a.pdf", size=1)
    file.mime, file.key, file.uploader_type = "application/pdf", str(file.id), "new_hire"
    file.upload_until = file.attached_at = A_DAY
    yield from (file, OnboardingUpload(id=uuid7(), progress_id=progress, file_id=file.id))
