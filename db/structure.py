"""What a schema is made of, read from PostgreSQL's own catalogs, so that schemas can be compared and copied.

Every part is read as the statement that makes it, with the schema first in the search path: PostgreSQL then writes the
names without it, and two equal schemas read equal whatever they are called. The order of columns is no part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.identifiers import literal, quoted


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a schema: what it is, the table it belongs to (if to one), its name, and the statement."""

    kind: str
    table: str
    name: str
    statement: str


HERE: Final = "'<this schema>'"
"""Stands for the schema's own name in the search path of a function."""

RELATIONS: Final = """
select 'relation', c.relname, '', concat_ws(' ', c.relkind, c.relpersistence)
from pg_class c where c.relnamespace = :schema and c.relkind not in ('i', 'I', 'S', 't', 'c')
union all
select 'option', c.relname, option, format('alter table %I set (%s)', c.relname, option)
from pg_class c cross join lateral unnest(c.reloptions) option where c.relnamespace = :schema and c.relkind = 'r'
"""
COLUMNS: Final = """
select 'column', c.relname, a.attname,
  concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
    'collate ' || nullif(a.attcollation::regcollation::text, '-'), 'identity ' || nullif(a.attidentity::text, ''),
    'generated ' || nullif(a.attgenerated::text, ''), 'default ' || pg_get_expr(d.adbin, d.adrelid))
from pg_attribute a join pg_class c on c.oid = a.attrelid
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where c.relnamespace = :schema and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
"""
DEFAULTS: Final = """
select 'default', c.relname, a.attname, format('alter table %I alter column %I set default %s',
  c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))
from pg_attrdef d join pg_class c on c.oid = d.adrelid
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where c.relnamespace = :schema and a.attgenerated = '' and pg_get_expr(d.adbin, d.adrelid) like '%nextval(%'
"""
CONSTRAINTS: Final = """
select case when n.contype in ('p', 'u', 'x') then 'key' when n.contype = 'f' then 'reference' else 'check' end,
  c.relname, n.conname,
  format('alter table %I add constraint %I %s', c.relname, n.conname, pg_get_constraintdef(n.oid))
from pg_constraint n join pg_class c on c.oid = n.conrelid where c.relnamespace = :schema and n.contype <> 't'
"""
INDEXES: Final = """
select 'index', c.relname, x.relname, pg_get_indexdef(i.indexrelid, 0, true)
from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
where c.relnamespace = :schema and c.relkind <> 't'
and not exists (select from pg_constraint n where n.conindid = i.indexrelid and n.contype in ('p', 'u', 'x'))
"""
SECURITY: Final = """
select 'security', c.relname, s.name, format('alter table %I %s row level security', c.relname, s.name)
from pg_class c
cross join lateral (values ('enable', c.relrowsecurity), ('force', c.relforcerowsecurity)) s(name, is_on)
where c.relnamespace = :schema and s.is_on
"""
POLICIES: Final = """
select 'policy', c.relname, p.polname, format('create policy %I on %I as %s for %s to %s%s%s', p.polname, c.relname,
  case when p.polpermissive then 'permissive' else 'restrictive' end,
  case p.polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
    else 'delete' end,
  (select string_agg(case r when 0 then 'public' else r::regrole::text end, ', ' order by r) from unnest(p.polroles) r),
  ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid)
  || ')')
from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = :schema
"""
TRIGGERS: Final = """
select 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid, true)
from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = :schema and not t.tgisinternal
union all
select 'trigger state', c.relname, t.tgname, format('alter table %I %s trigger %I', c.relname,
  case t.tgenabled when 'A' then 'enable always' when 'R' then 'enable replica' else 'disable' end, t.tgname)
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = :schema and not t.tgisinternal and t.tgenabled <> 'O'
"""
GRANTS: Final = """
select 'grant', c.relname, concat_ws(' ', g.grantee::regrole, g.privilege_type), format('grant %s on %I to %s%s',
  g.privilege_type, c.relname, g.grantee::regrole, case when g.is_grantable then ' with grant option' else '' end)
from pg_class c cross join lateral aclexplode(c.relacl) g
where c.relnamespace = :schema and c.relkind in ('r', 'p', 'v', 'm') and g.grantee not in (0, c.relowner)
union all
select 'grant', c.relname, concat_ws(' ', a.attname, g.grantee::regrole, g.privilege_type),
  format('grant %s (%I) on %I to %s', g.privilege_type, a.attname, c.relname, g.grantee::regrole)
from pg_attribute a join pg_class c on c.oid = a.attrelid cross join lateral aclexplode(a.attacl) g
where c.relnamespace = :schema
union all
select 'grant to public', c.relname, g.privilege_type, format('grant %s on %I to public', g.privilege_type, c.relname)
from pg_class c cross join lateral aclexplode(c.relacl) g
where c.relnamespace = :schema and c.relkind in ('r', 'p', 'v', 'm') and g.grantee = 0
"""
SEQUENCES: Final = """
select 'sequence', '', c.relname, format(
  'create sequence if not exists %I as %s increment %s minvalue %s maxvalue %s start %s cache %s%s', c.relname,
  format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
  case when s.seqcycle then ' cycle' else '' end)
from pg_sequence s join pg_class c on c.oid = s.seqrelid
where c.relnamespace = :schema
and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'i')
union all
select 'sequence owner', t.relname, c.relname,
  format('alter sequence %I owned by %I.%I', c.relname, t.relname, a.attname)
from pg_class c join pg_depend d on d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'a'
join pg_class t on t.oid = d.refobjid join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
where c.relnamespace = :schema and c.relkind = 'S'
union all
select 'sequence grant', '', concat_ws(' ', c.relname, g.grantee::regrole, g.privilege_type),
  format('grant %s on sequence %I to %s', g.privilege_type, c.relname, g.grantee::regrole)
from pg_class c cross join lateral aclexplode(c.relacl) g
where c.relnamespace = :schema and c.relkind = 'S' and g.grantee not in (0, c.relowner)
"""
FUNCTIONS: Final = """
select 'function', '', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
from pg_proc p where p.pronamespace = :schema and p.prokind in ('f', 'p')
union all
select 'function grant', '', p.oid::regprocedure::text,
  format('revoke all on routine %s from public', p.oid::regprocedure)
from pg_proc p where p.pronamespace = :schema and p.proacl is not null
and not exists (select from aclexplode(p.proacl) g where g.grantee = 0)
union all
select 'function grant', '', concat_ws(' ', p.oid::regprocedure, g.grantee::regrole),
  format('grant execute on routine %s to %s', p.oid::regprocedure, g.grantee::regrole)
from pg_proc p cross join lateral aclexplode(p.proacl) g
where p.pronamespace = :schema and g.grantee not in (0, p.proowner)
"""
SCHEMA_GRANTS: Final = """
select 'schema grant', '', concat_ws(' ', g.grantee::regrole, g.privilege_type),
  concat_ws(' ', g.privilege_type, g.grantee::regrole)
from pg_namespace n cross join lateral aclexplode(n.nspacl) g where n.oid = :schema and g.grantee <> n.nspowner
"""
OF_TABLES: Final = (RELATIONS, COLUMNS, DEFAULTS, CONSTRAINTS, INDEXES, SECURITY, POLICIES, TRIGGERS, GRANTS)
EVERYTHING: Final = " union all ".join((*OF_TABLES, SEQUENCES, FUNCTIONS, SCHEMA_GRANTS)).replace(
    ":schema", "to_regnamespace(:schema)"
)


async def parts_of(connection: AsyncConnection, schema: str) -> Sequence[Part]:
    """Read every part of a schema. Leaves it first in the search path of the transaction."""
    await connection.exec_driver_sql(f"set local search_path = {quoted(schema)}")
    rows = await connection.execute(text(f"{EVERYTHING} order by 1, 2, 3"), {"schema": quoted(schema)})
    return [_nameless(Part(kind, table, name, statement or ""), schema) for kind, table, name, statement in rows]


def _nameless(part: Part, schema: str) -> Part:
    """PostgreSQL always writes a function with its schema, and so does a search path that is fixed to it."""
    if part.kind != "function":
        return part
    head, separator, body = part.statement.partition("\nAS ")
    for own, here in ((f"{quoted(schema)}.", ""), (f" {schema}.", " "), (literal(schema), HERE)):
        head = head.replace(own, here)
    return Part(part.kind, part.table, part.name, head + separator + body)


async def diff_schemas(connection: AsyncConnection, one: str, other: str) -> list[str]:
    """Say in what two schemas differ, a line for each part that is missing or not the same; nothing when they agree."""
    ours = {(part.kind, part.table, part.name): part.statement for part in await parts_of(connection, one)}
    theirs = {(part.kind, part.table, part.name): part.statement for part in await parts_of(connection, other)}
    return [
        _difference(key, (one, ours.get(key)), (other, theirs.get(key)))
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]


def _difference(key: tuple[str, str, str], one: tuple[str, str | None], other: tuple[str, str | None]) -> str:
    what = " ".join(word for word in key if word)
    for (schema, statement), (_, against) in ((one, other), (other, one)):
        if statement is None:
            return f"{what}: not in {schema}, but {against}"
    return f"{what}: {one[0]} has {one[1]}, {other[0]} has {other[1]}"
