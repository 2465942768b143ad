"""The triggers that keep lines (`db.lines`), whoever writes: a row that is added or moved is placed, with all below it.

Where a row stands is found by walking up from it, and what is below by walking down; only what changed is written, then
carried to the rows that name those people. What moves a row holds the company's row until it commits, and what adds one
or carries a line shares it: nobody reads a line while it changes. Each function looks into the schema in which it was
made, and at the rows of one company.
"""

from collections.abc import Sequence
from typing import Final

from db.lines import CARRIED, DEPARTMENTS, USERS, lines_of

LONGEST: Final = 4 * 1_000
"""Bytes of a line at most: where one would be longer, it comes back to where it began."""

HOLD: Final = """
create or replace function hold_lines() returns trigger language plpgsql set search_path from current as $$
declare here constant uuid := nullif(current_setting('app.tenant_id', true), '');
begin
  if tg_argv[0] = 'alone' then
    perform from companies where tenant_id = here for no key update;
  else
    perform from companies where tenant_id = here for share;
  end if;
  return null;
end
$$"""

PLACE: Final = """
create or replace function place_{table}(here uuid, moved uuid[]) returns uuid[]
language plpgsql set search_path from current as $$
declare roots uuid[]; lines bytea[]; changed uuid[];
begin
  with recursive above(of, next, line) as (
    select r.id, r.{above}, ''::bytea from {table} r where r.tenant_id = here and r.id = any(moved)
    union all
    select a.of, r.{above}, int4send(r.step) || a.line
    from above a join {table} r on r.tenant_id = here and r.id = a.next where length(a.line) < {longest}
  )
  select array_agg(a.of), array_agg(a.line) into roots, lines from above a where a.next is null;
  if cardinality(roots) is distinct from cardinality(moved) then
    raise exception 'a line of {table} comes back to where it began' using errcode = 'integrity_constraint_violation';
  end if;
  with recursive placed(id, line) as (
    select * from unnest(roots, lines)
    union
    select r.id, p.line || int4send(o.step)
    from placed p join {table} o on o.tenant_id = here and o.id = p.id
    join {table} r on r.tenant_id = here and r.{above} = p.id
  ), written as (
    update {table} r set line = p.line from placed p
    where r.tenant_id = here and r.id = p.id and r.line is distinct from p.line returning r.id
  )
  select array_agg(w.id) into changed from written w;
  return changed;
end
$$"""

HOUSE: Final = """
create or replace function house_users(here uuid, moved uuid[]) returns uuid[]
language plpgsql set search_path from current as $$
declare changed uuid[];
begin
  with written as (
    update users u set department_line = d.line || int4send(d.step)
    from unnest(moved) m(id) join users o on o.tenant_id = here and o.id = m.id
    left join departments d on d.tenant_id = here and d.id = o.home_department_id
    where u.tenant_id = here and u.id = o.id and u.department_line is distinct from d.line || int4send(d.step)
    returning u.id
  )
  select array_agg(w.id) into changed from written w;
  return changed;
end
$$"""

CARRY: Final = """
create or replace function carry_lines(here uuid, people uuid[]) returns void
language plpgsql set search_path from current as $$
begin
  if people is not null then{updates}
  end if;
end
$$"""
CARRY_UPDATE: Final = """
    update {table} r set {values}
    from ({touched}) t join {table} o on o.tenant_id = here and o.id = t.id
    {people}
    where r.tenant_id = here and r.id = o.id;"""

MOVED_USERS: Final = """
create or replace function place_moved_users() returns trigger language plpgsql set search_path from current as $$
begin
  if old.manager_id is distinct from new.manager_id then
    perform carry_lines(new.tenant_id, place_users(new.tenant_id, array[new.id]));
  end if;
  if old.home_department_id is distinct from new.home_department_id then
    perform carry_lines(new.tenant_id, house_users(new.tenant_id, array[new.id]));
  end if;
  return null;
end
$$"""
NEW: Final = """
create or replace function place_new_{table}() returns trigger language plpgsql set search_path from current as $$
begin
  select r.line || int4send(r.step) into new.line
  from {table} r where r.tenant_id = new.tenant_id and r.id = new.{above};
  new.line := coalesce(new.line, '');{further}
  return new;
end
$$"""
NEW_HOUSED: Final = """
  select d.line || int4send(d.step) into new.department_line
  from departments d where d.tenant_id = new.tenant_id and d.id = new.home_department_id;"""
ADDED: Final = """
create or replace function place_added_{table}() returns trigger language plpgsql set search_path from current as $$
declare company record;
begin
  for company in
    select a.tenant_id as id, array_agg(distinct a.id) as above
    from added a join {table} r on r.tenant_id = a.tenant_id and r.{above} = a.id
    where r.line is distinct from a.line || int4send(a.step) group by a.tenant_id
  loop
    perform place_{table}(company.id, company.above);
  end loop;
  return null;
end
$$"""
MOVED_DEPARTMENTS: Final = """
create or replace function place_moved_departments() returns trigger
language plpgsql set search_path from current as $$
declare parts uuid[]; people uuid[];
begin
  parts := place_departments(new.tenant_id, array[new.id]);
  select array_agg(u.id) into people from unnest(parts) p(id)
  join users u on u.tenant_id = new.tenant_id and u.home_department_id = p.id;
  if people is not null then
    perform carry_lines(new.tenant_id, house_users(new.tenant_id, people));
  end if;
  return null;
end
$$"""
NAMED: Final = """
create or replace function carry_lines_of_{table}() returns trigger
language plpgsql set search_path from current as $$
begin{lookups}
  return new;
end
$$"""
NAMED_LOOKUP: Final = """
  select u.line, u.department_line into new.{line}, new.{department_line}
  from users u where u.tenant_id = new.tenant_id and u.id = new.{reference};"""


def lines_ddl(table: str) -> list[str]:
    """Have triggers keep the lines of a table; one that has them already is refused."""
    if table == USERS:
        moved = ("manager_id", "home_department_id")
        return [*_placing(table, "manager_id", NEW_HOUSED), MOVED_USERS, *_triggers(table, moved)]
    if table == DEPARTMENTS:
        return [*_placing(table, "parent_id"), MOVED_DEPARTMENTS, *_triggers(table, ("parent_id",))]
    return _carrying(table, CARRIED[table]) if table in CARRIED else []


def _placing(table: str, above: str, further: str = "") -> list[str]:
    return [
        HOLD,
        NEW.format(table=table, above=above, further=further),
        PLACE.format(table=table, above=above, longest=LONGEST),
        ADDED.format(table=table, above=above),
        HOUSE,
        _carry(),
    ]


def _carry() -> str:
    return CARRY.format(updates="".join(_carry_update(table, references) for table, references in CARRIED.items()))


def _carry_update(table: str, references: Sequence[str]) -> str:
    """Write the change of all rows that name some people."""
    named = [(reference, *lines_of(reference), f"u{place}") for place, reference in enumerate(references)]
    values = [f"{line} = {user}.line, {further} = {user}.department_line" for _, line, further, user in named]
    touched = [
        f"select c.id from unnest(people) p(id) join {table} c on c.tenant_id = here and c.{reference} = p.id"
        for reference in references
    ]
    people = [
        f"left join users {user} on {user}.tenant_id = here and {user}.id = o.{reference}"
        for reference, _, _, user in named
    ]
    return CARRY_UPDATE.format(
        table=table,
        values=",\n      ".join(values),
        touched="\n      union ".join(touched),
        people="\n    ".join(people),
    )


def _triggers(table: str, moved: Sequence[str]) -> list[str]:
    columns = ", ".join(moved)
    changes = " or ".join(f"old.{name} is distinct from new.{name}" for name in moved)
    return [
        _trigger("lines_held", f"before insert on {table} for each statement", "hold_lines('shared')"),
        _trigger(
            "lines_held_alone", f"before update of {columns} on {table} for each statement", "hold_lines('alone')"
        ),
        _trigger("lines_new", f"before insert on {table} for each row", f"place_new_{table}()"),
        _trigger(
            "lines_added",
            f"after insert on {table} referencing new table as added for each statement",
            f"place_added_{table}()",
        ),
        _trigger(
            "lines_moved",
            f"after update of {columns} on {table} for each row when ({changes})",
            f"place_moved_{table}()",
        ),
    ]


def _trigger(name: str, when: str, function: str) -> str:
    return f"create trigger {name} {when} execute function {function}"


def _carrying(table: str, references: Sequence[str]) -> list[str]:
    """Have new and changed rows of a table look up whom they name."""
    lookups = [
        NAMED_LOOKUP.format(reference=reference, line=line, department_line=further)
        for reference in references
        for line, further in [lines_of(reference)]
    ]
    changes = f"insert or update of {', '.join(references)} on {table}"
    return [
        HOLD,
        NAMED.format(table=table, lookups="".join(lookups)),
        _trigger("lines_held", f"before {changes} for each statement", "hold_lines('shared')"),
        _trigger("lines_carried", f"before {changes} for each row", f"carry_lines_of_{table}()"),
    ]
