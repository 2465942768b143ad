"""The statements of a dispatcher: what is due, what it takes in hand, and what came of it."""

from typing import Final

WAITING: Final = """
select (select count(*) from (select from {schema}.event_outbox where position is null limit 10000) waiting),
  (select count(*) from (
    select from {schema}.webhook_deliveries where status = 'pending' and next_attempt_at <= now() limit 10000
  ) due)
"""
DUE: Final = """
select {name} where exists (
  select from {schema}.webhook_deliveries where status = 'pending' and next_attempt_at <= now()
)
"""
# Jumps from endpoint to endpoint in the index of what is pending.
PENDING: Final = """
with recursive pending as (
  (select tenant_id, endpoint_id from {schema}.webhook_deliveries where status = 'pending'
    order by tenant_id, endpoint_id limit 1)
  union all
  select following.tenant_id, following.endpoint_id from pending cross join lateral (
    select d.tenant_id, d.endpoint_id from {schema}.webhook_deliveries d
    where d.status = 'pending' and (d.tenant_id, d.endpoint_id) > (pending.tenant_id, pending.endpoint_id)
    order by d.tenant_id, d.endpoint_id limit 1
  ) following
)
"""
# What is in hand is looked for among what is due soon, and in twice the time of a claim: `now()` is when a transaction
# began, and another may have begun later and claimed before it.
DUE_NOW: Final = f"""{PENDING}, free as (
  select p.tenant_id, p.endpoint_id, e.url, e.filter, e.selection, e.reader_id, coalesce((
    select jsonb_agg(jsonb_build_object('id', s.id, 'sealed', encode(s.secret, 'hex')) order by s.id desc)
    from {{schema}}.webhook_secrets s
    where s.tenant_id = e.tenant_id and s.endpoint_id = e.id and (s.expires_at is null or s.expires_at > now())
  ), '[]') as secrets, :per_endpoint - (
    select count(*) from {{schema}}.webhook_deliveries d
    where d.tenant_id = p.tenant_id and d.endpoint_id = p.endpoint_id and d.status = 'pending'
      and d.next_attempt_at > now() and d.next_attempt_at <= now() + 2 * make_interval(secs => :patience)
      and d.claimed_until > now()
  ) as room
  from pending p join {{schema}}.webhook_endpoints e
    on e.tenant_id = p.tenant_id and e.id = p.endpoint_id and e.status = 'active'
), chosen as (
  select due.*, free.url, free.filter, free.selection, free.reader_id, free.secrets from free cross join lateral (
    select d.* from {{schema}}.webhook_deliveries d
    where d.tenant_id = free.tenant_id and d.endpoint_id = free.endpoint_id and d.status = 'pending'
      and d.next_attempt_at <= now()
    order by d.next_attempt_at, d.id limit greatest(free.room, 0) for update skip locked
  ) due
  order by due.next_attempt_at limit :most
)
select c.tenant_id, c.id, c.endpoint_id, c.message_id, c.event_type, c.body, c.attempt_count,
  now() + make_interval(secs => :patience) as claimed_until,
  coalesce((select max(a.number) from {{schema}}.webhook_attempts a
    where a.tenant_id = c.tenant_id and a.delivery_id = c.id), 0) as last_number,
  c.url, c.filter, c.selection, c.reader_id, c.position, c.secrets, o.occurred_at, o.subject_type, o.subject_id, o.data
from chosen c left join {{schema}}.event_outbox o on o.tenant_id = c.tenant_id and o.position = c.position
order by c.id
"""
# Nothing is sent any more to an endpoint that was given up or is no more.
BURY: Final = f"""{PENDING}
update {{schema}}.webhook_deliveries d set status = 'dead', finished_at = now(), claimed_until = null
from pending p left join {{schema}}.webhook_endpoints e on e.tenant_id = p.tenant_id and e.id = p.endpoint_id
where d.tenant_id = p.tenant_id and d.endpoint_id = p.endpoint_id and d.status = 'pending'
  and (d.claimed_until is null or d.claimed_until <= now()) and (e.id is null or e.status = 'disabled')
"""
# What was locked as due is taken in hand with what it sends, in one go; or finished, if nothing is to be sent.
CLAIM: Final = """
update {schema}.webhook_deliveries d set body = coalesce(d.body, g.body), status = coalesce(g.status, d.status),
  finished_at = case when g.status is not null then now() end,
  claimed_until = case when g.status is null then now() + make_interval(secs => :patience) end,
  next_attempt_at = now() + make_interval(secs => :patience)
from unnest(:tenant_id, :id, :body, :status) as g (tenant_id, id, body, status)
where d.tenant_id = g.tenant_id and d.id = g.id
"""
WRITE: Final = """
update {schema}.webhook_deliveries d set body = coalesce(d.body, g.body), selected = d.selected or d.body is null
from unnest(:tenant_id, :id, :body) as g (tenant_id, id, body)
where d.tenant_id = g.tenant_id and d.id = g.id and (d.status = 'pending') is true
returning d.id, d.body
"""
# Rows are found by their keys: said plainly, `status = 'pending'` leads through the index of all that waits.
# Who comes too late, because the claim has run out, says only that it has succeeded: the other goes on otherwise.
FINISH: Final = """
with given as (
  select * from unnest(:tenant_id, :id, :status, :delay, :claimed_until)
    as g (tenant_id, id, status, delay, claimed_until)
)
update {schema}.webhook_deliveries d set status = g.status, attempt_count = d.attempt_count + 1, claimed_until = null,
  next_attempt_at = case when g.delay is null then d.next_attempt_at else now() + make_interval(secs => g.delay) end,
  finished_at = case when g.status = 'pending' then null else now() end
from given g
where d.tenant_id = g.tenant_id and d.id = g.id and (d.status = 'pending') is true
  and (g.status = 'succeeded' or d.claimed_until = g.claimed_until)
"""
ATTEMPTED: Final = """
insert into {schema}.webhook_attempts (
  tenant_id, id, delivery_id, number, started_at, duration_ms, http_status, error, response_excerpt
)
select * from unnest(
  :tenant_id, :attempt_id, :id, :number, :started_at, :duration_ms, :http_status, :error, :excerpt
) on conflict do nothing
"""
STREAKS: Final = """
with given as (
  select tenant_id, endpoint_id, bool_or(works) as works, min(started_at) as since
  from unnest(:tenant_id, :endpoint_id, :works, :started_at) as g (tenant_id, endpoint_id, works, started_at)
  group by 1, 2
), changed as (
  select e.tenant_id, e.id from {schema}.webhook_endpoints e
  join given g on g.tenant_id = e.tenant_id and g.endpoint_id = e.id
  where g.works = (e.failing_since is not null) order by 1, 2 for update of e skip locked
), noted as (
  update {schema}.webhook_endpoints e set failing_since = case when g.works then null else g.since end
  from changed c join given g on g.tenant_id = c.tenant_id and g.endpoint_id = c.id
  where e.tenant_id = c.tenant_id and e.id = c.id
)
select e.tenant_id, e.id from {schema}.webhook_endpoints e
join given g on g.tenant_id = e.tenant_id and g.endpoint_id = e.id
where not g.works and e.status = 'active' and e.failing_since <= now() - make_interval(days => :days)
"""
RELEASE: Final = """
update {schema}.webhook_deliveries d set claimed_until = null, next_attempt_at = now()
from unnest(:tenant_id, :id, :claimed_until) as g (tenant_id, id, claimed_until)
where d.tenant_id = g.tenant_id and d.id = g.id and (d.status = 'pending') is true
  and d.claimed_until = g.claimed_until
"""
