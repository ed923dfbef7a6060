import { recordAll } from '#audit';
import { systemActor } from '#kernel';
import { noteChanges, tellChanges } from '#records';
import type { ActionRun, Done } from './action.ts';
import { holdersNear } from './people.ts';

/** Gives customers to those of their branch who hold the role, always the next one to whoever has the fewest. */
export async function assignCustomers(run: ActionRun<'assign'>): Promise<Map<string, Done>> {
  const { tx, rule, day, action, occurrences } = run;
  const { among, only_unassigned: onlyUnassigned } = action.act;
  const { rows: customers } = await tx.query<{ id: string; branch: string; owner: string | null }>(
    `select c.id, c.branch_id as branch, c.owner_id as owner from customer c
      where c.id = any($1::bigint[]) and c.branch_id is not null and (not $2 or not exists (
        select from "user" u where u.id = c.owner_id and u.active is not false)) order by c.id for update of c`,
    [occurrences.map(({ customerId }) => customerId), onlyUnassigned],
  );
  const holders = await holdersNear(tx, day, [among.role], [...new Set(customers.map(({ branch }) => branch))]);
  const loads = await countBooks(run, [...new Set([...holders.values()].flat())]);
  const given = customers.flatMap(({ id, branch, owner }) => {
    const people = holders.get(branch) ?? [];
    const next = people.toSorted((a, b) => loads.get(a)! - loads.get(b)! || (BigInt(a) < BigInt(b) ? -1 : 1))[0];
    if (next === undefined || next === owner) return [];
    loads.set(next, loads.get(next)! + 1);
    return [{ id, before: owner, now: next }];
  });
  if (given.length > 0) {
    await tx.query(
      `update customer c set owner_id = g.now, version = c.version + 1, updated_at = $2, updated_by = null
         from jsonb_to_recordset($1::jsonb) as g (id bigint, now bigint) where c.id = g.id`,
      [JSON.stringify(given), day.now.toISOString()],
    );
    await recordAll(
      tx,
      given.map(({ id, before, now }) => ({
        at: day.now,
        actor: systemActor,
        action: 'update',
        entity: 'customer',
        recordId: id,
        customerId: id,
        rule: rule.definition.code,
        detail: { before: { owner: before }, after: { owner: now } },
      })),
    );
    await noteChanges(
      tx,
      given.map(({ id }) => ({ customerId: id, entity: 'customer', date: null })),
    );
    await tellChanges(tx);
  }
  const changed = new Set(given.map(({ id }) => id));
  return new Map(
    occurrences
      .filter(({ customerId }) => changed.has(customerId))
      .map((each) => [each.alertId, { kind: 'assign', entity: 'customer', id: each.customerId } satisfies Done]),
  );
}

/** How many customers each of them has now. */
async function countBooks({ tx }: ActionRun<'assign'>, people: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ id: string; count: number }>(
    `select p.id, (select count(*)::int from customer c where c.owner_id = p.id) as count from unnest($1::bigint[]) p (id)`,
    [people],
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}
