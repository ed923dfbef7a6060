import { join, type Sql, sql, type Transaction } from '#database';
import { type CustomerReader, customerReader, dayStatement, type FactsDay, oncePerModel } from '#facts';
import type { Model } from '#metadata';
import { lookedAt, type Membership } from './memberships.ts';
import { tags } from './tags.ts';
import { tiers } from './tiers.ts';

// After a batch of facts most customers keep their tier and tags. Conditions are evaluated in memory to find the others; what becomes of
// these is for the statements of tiers and tags to say.

interface Watch {
  /** Null where a condition asks for more than the customer's own row. */
  reader: CustomerReader | null;
  tiers: readonly Membership<{ code: string }>[];
  tags: readonly Membership<{ code: string }>[];
}

const watched = oncePerModel((model): Watch => {
  const own = { tiers: tiers(model), tags: tags(model).filter(({ condition }) => condition !== undefined) };
  return { ...own, reader: customerReader(model, lookedAt([...own.tiers, ...own.tags])) };
});

export interface Candidates {
  tiers: readonly string[];
  tags: readonly string[];
}

interface WatchedRow extends Record<string, unknown> {
  id: string;
  tier_held: string | null;
  tags_held: string[];
}

/** The customers among those given whose tier or tags may not be what their conditions say. */
export async function findCandidates(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers: readonly string[],
): Promise<Candidates> {
  const watch = watched(model);
  if (!watch.reader) return { tiers: customers, tags: customers };
  const { rows } = await tx.query<WatchedRow>(dayStatement(watchedStatement(watch.reader, customers)));
  const found = { tiers: [] as string[], tags: [] as string[] };
  for (const row of rows) {
    watch.reader.complete(row, day.expressions);
    if (tierDiffers(watch, row, day)) found.tiers.push(row.id);
    if (tagsDiffer(watch, row, day)) found.tags.push(row.id);
  }
  return found;
}

const watchedStatement = ({ columns }: CustomerReader, customers: readonly string[]): Sql =>
  sql`select ${join([columns, sql`c.tier as tier_held`, sql`m.tags as tags_held`], ', ')}
    from customer c join customer_metric m on m.customer_id = c.id where c.id = any(${`{${customers.join(',')}}`}::bigint[])`;

function tierDiffers({ tiers }: Watch, row: WatchedRow, { expressions }: FactsDay): boolean {
  const first = tiers.find(({ condition }) => !condition || condition.evaluate(row, expressions) === true);
  return first?.definition.code !== row.tier_held;
}

/** Does any tag's condition say otherwise than what the customer has? */
export function tagsDiffer({ tags }: Pick<Watch, 'tags'>, row: WatchedRow, { expressions }: FactsDay): boolean {
  return tags.some(
    ({ definition, condition }) =>
      (condition!.evaluate(row, expressions) === true) !== row.tags_held.includes(definition.code),
  );
}
