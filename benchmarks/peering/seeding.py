"""The rows that are asked for, put in place by SQL.

Twenty flows of ten stages of ten blocks, a flow beside them whose hundred stages make it ten thousand blocks in all,
and a hundred new hires with thirty entries of progress each.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text

from benchmarks.stage import Stage

TABLES: Final = ("onboarding_flows", "stages", "content_blocks", "onboarding_flow_revisions", "new_hires", "progress")
OWN: Final = "tenant_id, created_at, updated_at"
VALUES: Final = "current_setting('app.tenant_id')::uuid, clock_timestamp(), clock_timestamp()"

STATEMENTS: Final[Sequence[str]] = (
    "delete from pool.onboarding_flows",
    f"""insert into pool.onboarding_flows
      ({OWN}, name, description, duration_days, status, revision, audience, language, reminder_after_days)
    select {VALUES}, 'Flow ' || each, 'What new colleagues of team ' || each || ' go through', 30, 'draft', 1,
      'employee', 'en', '{{3,7}}'
    from generate_series(1, 21) each""",
    f"""insert into pool.stages
      ({OWN}, flow_id, name, type, position, available_offset_days, lock)
    select {VALUES}, id, 'Stage ' || place, (array['text', 'form', 'task'])[1 + place % 3], place, 0, 'sequential'
    from (select id, name from pool.onboarding_flows order by id) flow,
      generate_series(0, case name when 'Flow 21' then 99 else 9 end) place""",
    f"""insert into pool.content_blocks
      ({OWN}, stage_id, type, position, content, config, required, assignee)
    select {VALUES}, stage.id, (array['text', 'text_input', 'checkbox'])[1 + place % 3], place,
      case when place % 5 < 4 then 'What is to be known, done or answered here, as block ' || place end, '{{}}',
      place % 2 = 0, 'new_hire'
    from (
        select stages.id, flow.name from pool.stages join pool.onboarding_flows flow on flow.id = flow_id order by 1
      ) stage,
      generate_series(0, case stage.name when 'Flow 21' then 79 else 9 end) place""",
    f"""insert into pool.onboarding_flow_revisions
      ({OWN}, flow_id, number, name, language, published_at, content)
    select {VALUES}, id, 1, name, 'en', now(), '{{"stages": []}}' from pool.onboarding_flows where name = 'Flow 1'""",
    f"""insert into pool.new_hires
      ({OWN}, flow_id, revision_id, email, first_name, last_name, status, timezone, locale, invitation_count,
      reminders_sent)
    select {VALUES}, flow_id, id, 'hire-' || each || '@bench.example', 'Hanna', 'Hire ' || each,
      (array['pending', 'active', 'completed'])[1 + each % 3], 'UTC', 'en', 1, 0
    from pool.onboarding_flow_revisions, generate_series(1, 100) each""",
    f"""insert into pool.progress
      ({OWN}, new_hire_id, stage_id, content_block_id, block_revision, stage_position, position, type, title, assignee,
      required, display_only, live, status, attempts, review_status)
    select {VALUES}, hire.id, uuidv7(), uuidv7(), 1, place / 10, place % 10, 'text_input', 'Block ' || place,
      'new_hire', true, false, true,
      (array['pending', 'in_progress', 'completed', 'completed'])[1 + (hire.number + place) % 4], 0, 'none'
    from (select id, row_number() over (order by id) as number from pool.new_hires) hire, generate_series(0, 29) place
    """,
)


async def seed(stage: Stage) -> Mapping[str, int]:
    """Put the rows in place, and tell PostgreSQL how many there are; return their number by table."""
    tenant = {"tenant": str(stage.company.tenant.id)}
    async with stage.world.owner.begin() as connection:
        await connection.execute(text("select set_config('app.tenant_id', :tenant, true)"), tenant)
        for statement in STATEMENTS:
            await connection.execute(text(statement))
        for table in TABLES:
            await connection.execute(text(f"analyze pool.{table}"))
        return {table: await connection.scalar(text(f"select count(*) from pool.{table}")) or 0 for table in TABLES}
