import { z } from 'zod';
import { ident, join, raw, type Sql, sql, type Transaction } from '#database';
import {
  code,
  customerVocabulary,
  type Definition,
  dayStatement,
  expression,
  type FactsDay,
  invalidDefinition,
  metricJoins,
  type Name,
  type Names,
  oncePerModel,
  readDefinitions,
  relatedNames,
  text,
  type Vocabulary,
  vocabulary,
} from '#facts';
import type { Text } from '#kernel';
import type { Model } from '#metadata';
import { textLiteral, valuesSql } from './conditions.ts';
import {
  amongSql,
  BATCH_ROWS_MAX,
  type Change,
  color,
  compileMembership,
  countChanges,
  inBatches,
  lookedAt,
  type Membership,
  reasonsOf,
  storeChanges,
  tagNames,
  touched,
} from './memberships.ts';

export const segmentSchema = z.strictObject({
  code,
  label: text,
  description: text.optional(),
  color: color.optional(),
  /** Who is in it. Tags and other segments are names of it: `tag_silent and not(segment_staff)`. */
  if: expression,
});

type SegmentDefinition = Definition<z.output<typeof segmentSchema>>;
export type Segment = Membership<SegmentDefinition>;

/** Segments in the order in which they can be decided: each step uses only those before it. */
interface Step {
  alias: string;
  segments: Segment[];
}

interface Segments {
  steps: Step[];
  /** For conditions that run after all segments are decided. */
  words: Vocabulary;
}

const steps = oncePerModel((model): Segments => {
  const definitions = readDefinitions(model, 'segments', segmentSchema);
  const places = new Map<string, string>();
  const wordsNow = () =>
    vocabulary(
      relatedNames(model),
      customerVocabulary(model).names,
      tagNames(model),
      segmentNames(definitions, ({ code }) => places.get(code) ?? `waiting.${ident(code).sql}`),
    );
  const found: Step[] = [];
  let waiting = definitions;
  while (waiting.length > 0) {
    const words = wordsNow();
    const ready = waiting
      .map((each) => compileMembership(each, words))
      .filter(({ condition }) => !waiting.some(({ code }) => condition!.names.includes(segmentName(code))));
    if (ready.length === 0) {
      throw invalidDefinition(waiting[0]!, 'if', {
        zh: '客群的条件绕回到它自己',
        en: 'its condition leads back to itself',
      });
    }
    const alias = `s${found.length + 1}`;
    for (const { definition } of ready) places.set(definition.code, `${alias}.${ident(definition.code).sql}`);
    waiting = waiting.filter((each) => !ready.some(({ definition }) => definition === each));
    found.push({ alias, segments: ready });
  }
  return { steps: found, words: wordsNow() };
});

const segmentName = (code: string) => `segment_${code}`;

function segmentNames(definitions: readonly SegmentDefinition[], place: (each: SegmentDefinition) => string): Names {
  return Object.fromEntries(
    definitions.map((each): [string, Name] => [
      segmentName(each.code),
      {
        type: 'boolean',
        unit: 'boolean',
        notNull: true,
        sql: place(each),
        label: { zh: `属于客群“${each.label.zh}”`, en: `is in the segment ${each.label.en}` },
        aliases: [`客群：${each.label.zh}`],
      },
    ]),
  );
}

/** Every segment, those that others need first. */
export const segments = (model: Model): Segment[] => steps(model).steps.flatMap((step) => step.segments);

/** What a condition over stored memberships may speak of: fields, metrics, parameters, related records, tags and segments as last decided. */
export const membershipVocabulary = oncePerModel((model): Vocabulary => {
  const definitions = segments(model).map(({ definition }) => definition);
  const stored = segmentNames(definitions, ({ code }) => `(${textLiteral(code).sql} = any(m.segments))`);
  return vocabulary(relatedNames(model), customerVocabulary(model).names, tagNames(model), stored);
});

export interface SegmentDescription {
  code: string;
  label: Text;
  color?: string | undefined;
  description?: Text | undefined;
}

export function segmentDescriptions(model: Model): SegmentDescription[] {
  return readDefinitions(model, 'segments', segmentSchema).map(({ code, label, color, description }) => ({
    code,
    label,
    color,
    description,
  }));
}

/**
 * Makes every segment true for the day, after its tags and tiers, and notes how large each is. Of all customers, or of those given.
 * Returns the changes of the business date; for given customers how many of them changed.
 */
export async function updateSegments(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers?: readonly string[],
): Promise<number> {
  const all = new Map(segments(model).map((segment) => [segment.definition.code, segment]));
  if (all.size === 0 && !(await anyStored(tx))) return 0;
  const among = await touched(tx, model, segments(model), customers);
  const reasons = reasonsOf(steps(model).words.names, all, day);
  const changed = await inBatches<Change>(
    tx,
    (limited) => segmentStatement(model, day, among, { limited }),
    (rows) => storeChanges(tx, 'segment', day, rows, reasons),
  );
  if (customers) return changed;
  await noteSizes(tx, [...all.keys()], day);
  return await countChanges(tx, 'segment', day);
}

async function anyStored(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.query(dayStatement('select 1 from customer_segment where until is null limit 1', []));
  return rows.length > 0;
}

async function noteSizes(tx: Transaction, codes: string[], day: FactsDay): Promise<void> {
  await tx.query(
    `insert into segment_size (segment, date, size)
     select s.code, $2, (select count(*) from customer_segment g where g.segment = s.code and g.until is null)
       from unnest($1::text[]) s(code)
     on conflict (segment, date) do update set size = excluded.size`,
    [codes, day.date],
  );
}

/** Whose segments are not those of the day: before, after, and the values that decide. */
export function segmentStatement(model: Model, day: FactsDay, among?: readonly string[], { limited = true } = {}): Sql {
  const all = segments(model);
  const looked = lookedAt(all);
  const decided = steps(model).steps.map(({ alias, segments }) => {
    const values = segments.map(
      ({ definition, condition }) =>
        sql`coalesce(${condition!.where(day.expressions)}, false) as ${raw(ident(definition.code).sql)}`,
    );
    return sql`cross join lateral (select ${join(values, ',\n  ')}) ${raw(alias)}`;
  });
  const held = steps(model).steps.flatMap(({ alias, segments }) =>
    segments.map(({ definition: { code } }) => {
      return sql`case when ${raw(`${alias}.${ident(code).sql}`)} then ${textLiteral(code)} end`;
    }),
  );
  const list = held.length > 0 ? join(held, ',\n  ') : raw('null');
  return sql`with moved as materialized (select c.id, m.segments as before, v.segments as now, ${valuesSql(steps(model).words.names, looked)} as values
from customer c
${metricJoins(model, day.metricTable, day.expressions, looked)}
${decided.length > 0 ? join(decided, '\n') : raw('')}
cross join lateral (select array_remove(array[${list}]::text[], null) as segments) v
where m.segments is distinct from v.segments${amongSql(among)})
select * from moved${limited ? raw(` limit ${BATCH_ROWS_MAX}`) : raw('')}`;
}
