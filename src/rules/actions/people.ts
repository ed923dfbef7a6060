import { roles } from '#access';
import type { Queryable } from '#database';
import { dayStatement } from '#facts';
import type { Occurrence, RuleDay } from '../occurrence.ts';
import type { Person } from '../rule-schema.ts';
import type { ActionRun } from './action.ts';

// Who is to do something about a customer, or to hear of it. A walled customer is the matter of his manager, of those named in his service,
// and of roles that cross walls: nobody else is given anything about him.

/** Finds the people for occurrences; the first of several is the one where one is enough. */
export type Finder = (occurrence: Occurrence, person: Person) => string[];

interface CustomerRow {
  id: string;
  walled: boolean;
  /** His manager, unless there is none or he left. */
  manager: string | null;
  manager_unit: string | null;
  branch: string | null;
  members: string[];
}

/** By customer. */
export type Near = ReadonlyMap<string, CustomerRow>;

/** Units above a unit that are asked for somebody. */
const DEPTH_MAX = 10;
const HEADS = ['supervisor', 'branch_head'];

/** Reads, in one statement a kind of person, everybody whom these occurrences may need. */
export async function findPeople(
  { tx, model, day, occurrences, near }: Pick<ActionRun, 'tx' | 'model' | 'day' | 'occurrences' | 'near'>,
  persons: readonly Person[],
): Promise<Finder> {
  const customers = near ?? (await readNear(tx, day, [...new Set(occurrences.map(({ customerId }) => customerId))]));
  const rows = [...customers.values()];
  const supervised = persons.includes('supervisor');
  const units = (pick: (row: CustomerRow) => string | null) => [...new Set(rows.map(pick).filter((id) => id !== null))];
  const orphaned = rows.some(({ manager }) => manager === null);
  const heads = orphaned
    ? await holdersNear(
        tx,
        day,
        ['branch_head'],
        units(({ branch }) => branch),
      )
    : new Map();
  const above = supervised
    ? await holdersNear(
        tx,
        day,
        HEADS,
        units(({ manager_unit }) => manager_unit),
      )
    : new Map();
  const byRole = new Map<string, Map<string, string[]>>();
  for (const person of persons) {
    if (typeof person === 'string' || byRole.has(person.role)) continue;
    byRole.set(
      person.role,
      await holdersNear(
        tx,
        day,
        [person.role],
        units(({ branch }) => branch),
      ),
    );
  }
  const managing = ({ manager, walled, branch }: CustomerRow): string[] => {
    if (manager !== null) return [manager];
    return walled || branch === null ? [] : (heads.get(branch) ?? []);
  };
  return (occurrence, person) => {
    const row = customers.get(occurrence.customerId);
    if (!row) return [];
    if (person === 'manager') return managing(row);
    if (person === 'service_team') return row.members.length > 0 ? row.members : managing(row);
    if (person === 'supervisor') {
      if (row.walled || row.manager_unit === null) return managing(row);
      const others = (above.get(row.manager_unit) ?? []).filter((id: string) => id !== row.manager);
      return others.length > 0 ? others : managing(row);
    }
    const crosses = roles(model).get(person.role)?.permissions.includes('walls.cross') ?? false;
    if (row.walled && !crosses) return managing(row);
    const holders = (row.branch === null ? undefined : byRole.get(person.role)?.get(row.branch)) ?? [];
    return holders.length > 0 ? turned(holders, occurrence.customerId) : managing(row);
  };
}

/** Where one of several is enough, customers are spread over all of them, each always to the same. */
function turned(people: readonly string[], customerId: string): string[] {
  const from = Number(BigInt(customerId) % BigInt(people.length));
  return [...people.slice(from), ...people.slice(0, from)];
}

/** Who stands next to these customers. */
export async function readNear(tx: Queryable, day: RuleDay, customers: readonly string[]): Promise<Near> {
  const { rows } = await tx.query<CustomerRow>(
    dayStatement(
      `select c.id, coalesce(c.walled, false) as walled, c.branch_id as branch, u.id as manager, u.org_unit_id as manager_unit,
       array(select m.user_id from customer_member m join "user" mu on mu.id = m.user_id and mu.active
              where m.customer_id = c.id and m.starts_on <= d.today and (m.ends_on is null or m.ends_on >= d.today)
              order by m.starts_on, m.user_id)::text[] as members
       from customer c cross join (select ($2::timestamptz at time zone $3)::date as today) d
       left join "user" u on u.id = c.owner_id and u.active is not false
      where c.id = any($1::bigint[])`,
      [customers, day.now.toISOString(), day.books.zone],
    ),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The supervisors of units, else the heads of the nearest unit above, by unit; the first is the one where one is enough. */
export const headsNear = (
  tx: Queryable,
  { now, zone }: { now: Date; zone: string },
  units: readonly string[],
): Promise<Map<string, string[]>> => holdersNear(tx, { now, books: { zone } }, HEADS, units);

/**
 * Holders of one of the roles, by account or post, at each unit or a team of it, or else at the nearest unit above. Of one unit those with the role
 * named first come first.
 */
export async function holdersNear(
  tx: Queryable,
  day: { now: Date; books: { zone: string } },
  codes: readonly string[],
  units: readonly string[],
): Promise<Map<string, string[]>> {
  if (units.length === 0) return new Map();
  const { rows } = await tx.query<{ root: string; depth: number; id: string }>(
    dayStatement(
      `with recursive line as (
       select o.id as root, o.id, o.parent_id, 0 as depth from org_unit o where o.id = any($1::bigint[])
       union all
       select l.root, o.id, o.parent_id, l.depth + 1 from line l join org_unit o on o.id = l.parent_id where l.depth < ${DEPTH_MAX}),
     places as (
       select root, id, depth from line
       union
       select l.root, t.id, 0 from line l join org_unit t on t.parent_id = l.id and t.kind = 'team' where l.depth = 0),
     held as (
       select p.root, p.depth, u.id, r.role from places p join "user" u on u.org_unit_id = p.id and u.active cross join unnest(u.roles) r(role)
        where r.role = any($2::text[])
       union
       select p.root, p.depth, u.id, a.role from places p join post a on a.org_unit_id = p.id and a.role = any($2::text[])
         join "user" u on u.id = a.user_id and u.active
         cross join (select ($3::timestamptz at time zone $4)::date as today) d
        where a.starts_on <= d.today and (a.ends_on is null or a.ends_on >= d.today))
     select root, depth, id from held order by root, depth, array_position($2::text[], role), id`,
      [units, codes, day.now.toISOString(), day.books.zone],
    ),
  );
  const nearest = new Map<string, { depth: number; people: string[] }>();
  for (const { root, depth, id } of rows) {
    const known = nearest.get(root);
    if (!known) nearest.set(root, { depth, people: [id] });
    else if (known.depth === depth && !known.people.includes(id)) known.people.push(id);
  }
  return new Map([...nearest].map(([root, { people }]) => [root, people]));
}
