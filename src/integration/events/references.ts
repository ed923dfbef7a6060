import { ident, type Queryable, raw, sql } from '#database';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import type { CheckedEvent, EventReference } from './check.ts';
import { eventKinds } from './failures.ts';

/** A reference that leads nowhere yet. */
export interface Missing {
  reference: EventReference;
  failure: Failure;
}

/**
 * Puts the ids of what events point at into their values; returns, by event, the first reference that leads nowhere. A customer whom the
 * identity map knows under the source's number is that one.
 */
export async function resolveReferences(
  db: Queryable,
  model: Model,
  events: readonly CheckedEvent[],
): Promise<Map<CheckedEvent, Missing>> {
  const asked = new Map<string, EventReference[]>();
  for (const { references } of events) {
    for (const reference of references) {
      const group = asked.get(reference.entity);
      if (group) group.push(reference);
      else asked.set(reference.entity, [reference]);
    }
  }
  await follow(db, asked.get('customer') ?? []);
  const there = new Map<string, ReadonlySet<string>>();
  for (const [entity, references] of asked) {
    const { rows } = await db.query<{ id: string }>(
      sql`select id from ${raw(ident(entity).sql)} where id = any(${[...new Set(references.map(({ id }) => id))]}::bigint[])`,
    );
    there.set(entity, new Set(rows.map(({ id }) => id)));
  }
  const missing = new Map<CheckedEvent, Missing>();
  for (const event of events) {
    for (const reference of event.references) {
      if (there.get(reference.entity)!.has(reference.id)) event.values.set(reference.field.code, reference.id);
      else if (!missing.has(event)) missing.set(event, { reference, failure: unknown(model, event, reference) });
    }
  }
  return missing;
}

/** Customers by the numbers under which other systems know them. */
async function follow(db: Queryable, references: readonly EventReference[]): Promise<void> {
  const named = references.filter(({ key }) => key !== null);
  if (named.length === 0) return;
  const { rows } = await db.query<{ system: string; external_id: string; customer_id: string }>(
    `select i.system, i.external_id, i.customer_id from customer_identity i
      where (i.system, i.external_id) in (select * from unnest($1::text[], $2::text[]))`,
    [named.map(({ source }) => source), named.map(({ key }) => key)],
  );
  const known = new Map(rows.map((row) => [`${row.system}\0${row.external_id}`, row.customer_id]));
  for (const reference of named) reference.id = known.get(`${reference.source}\0${reference.key}`) ?? reference.id;
}

function unknown(model: Model, { item }: CheckedEvent, reference: EventReference): Failure {
  const { field, entity, source, key, id } = reference;
  const label = model.entity(entity).label;
  const place = field.code === 'customer' && item.customer ? 'customer' : `data.${field.code}`;
  return new Failure(eventKinds.reference_unknown, { entity: label, source, key: key ?? id }, place);
}
