import { raw, type Sql, sql, type Transaction } from '#database';
import type { Model } from '#metadata';
import { engineOfMetric, type FactsDay, metricDay } from './day.ts';
import { fillFromHistories } from './engine/store.ts';
import { customerVocabulary, metricJoins } from './metric-calculation.ts';
import { storedMetrics } from './metric-definition.ts';
import { metricStatement, metricValueStatement } from './metric-sql.ts';

const limits = {
  /** Customers computed at once: progress is told, and a cancelling heard, between two of these. */
  chunkCustomers: 20_000,
};

/** One metric of customers as of a day, stored or calculated, as exact texts; writes nothing. */
export function metricSelect(model: Model, day: FactsDay, code: string, customers: readonly string[]): Sql {
  if (storedMetrics(model).some((metric) => metric.code === code)) {
    return metricValueStatement(model, { ...metricDay(model, day), customers }, code);
  }
  const { sql: value } = customerVocabulary(model).names[code]!;
  return sql`select c.id::text as id, (${raw(value as string)})::text as value from customer c
${metricJoins(model, day.metricTable, day.expressions, [code])}
where c.id = any(${customers}::bigint[])`;
}

/**
 * Fills the column of one stored metric for all customers as of the day of the stored state: from the histories where these hold its days,
 * else from all facts and records, in ranges of customers. Readers see the former values until the transaction ends.
 */
export async function backfillMetric(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  code: string,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const total = Number((await tx.query<{ count: string }>('select count(*) as count from customer')).rows[0]!.count);
  const engine = await engineOfMetric(tx, model, day, code);
  if (engine) return await fillFromHistories(tx, engine, (done) => progress(done, total));
  const base = { ...metricDay(model, day), carriedFrom: null, only: new Set([code]) };
  let after = '0';
  for (let done = 0; ; ) {
    const { rows } = await tx.query<{ upTo: string | null; count: string }>(
      `select max(id)::text as "upTo", count(*) as count from (select id from customer where id > $1::bigint order by id limit ${limits.chunkCustomers}) next`,
      [after],
    );
    const { upTo, count } = rows[0]!;
    if (upTo === null) return;
    await tx.query(metricStatement(model, { ...base, range: { after, upTo } }));
    after = upTo;
    done += Number(count);
    progress(done, total);
  }
}
