import { join, type Sql, sql, type Transaction } from '#database';
import type { Expression } from '#expressions';
import {
  type CustomerReader,
  customerReader,
  customerVocabulary,
  dayStatement,
  type FactsDay,
  type FoldedRow,
  type Names,
  oncePerModel,
  workCalendar,
} from '#facts';
import type { Clock } from '#kernel';
import { fieldOf, type Model } from '#metadata';
import { applyRules } from './apply-rules.ts';
import type { FactBatch } from './fact-batch.ts';
import { isEffective, speaksOfEvent } from './occasions.ts';
import type { RuleDay } from './occurrence.ts';
import { type Rule, rules } from './rule-definition.ts';
import { EVENT } from './rule-words.ts';
import { membershipVocabulary } from './segments.ts';

// Rules that a new fact may start. Conditions are evaluated in memory to find for whom; the statement of the rule, restricted to them,
// decides and writes, in the transaction of the fact.

interface LiveRule {
  rule: Rule;
  /** Decides in memory whether the statement is to be asked; undefined where only the database can tell. */
  condition: Expression | undefined;
  /** Fields of the event that the condition reads. */
  fields: { name: string; field: string; boolean: boolean }[];
}

interface LiveRules {
  /** By code of the fact. */
  facts: Map<string, LiveRule[]>;
  /** Those that wait for a turn or a change of the customer. */
  watching: LiveRule[];
  /** What the conditions look at of the customer. */
  reader: CustomerReader;
}

const liveRules = oncePerModel((model): LiveRules => {
  const more = membershipNames(model);
  const found = rules(model).flatMap((rule) => liveRule(model, rule, more) ?? []);
  const names = found.flatMap(({ condition }) => (condition ? ownNames(condition) : []));
  const facts = new Map<string, LiveRule[]>();
  for (const each of found) {
    if (each.rule.trigger.kind !== 'fact') continue;
    const { code } = each.rule.trigger.event;
    facts.set(code, [...(facts.get(code) ?? []), each]);
  }
  return {
    facts,
    watching: found.filter(({ rule }) => rule.trigger.kind !== 'fact'),
    reader: customerReader(model, names, more)!,
  };
});

/** Tags and segments, as names beside those of the customer. */
function membershipNames(model: Model): Names {
  const known = customerVocabulary(model).names;
  return Object.fromEntries(
    Object.entries(membershipVocabulary(model).names).filter(([code]) => !Object.hasOwn(known, code)),
  );
}

const isEvent = (name: string) => name.startsWith('event_');
const ownNames = ({ names }: Expression): string[] => names.filter((name) => !isEvent(name));

function liveRule(model: Model, rule: Rule, more: Names): LiveRule | undefined {
  const { trigger } = rule;
  const watches = trigger.kind === 'turns' || trigger.kind === 'change';
  if ((trigger.kind !== 'fact' && !watches) || rule.subject) return undefined;
  const asked = 'watched' in trigger ? trigger.watched : rule.condition;
  const fields = asked.names.filter(isEvent).map((name) => {
    const field = trigger.kind === 'fact' ? fieldOf(trigger.event, name.slice('event_'.length)) : undefined;
    const plain = field && rule.vocabulary.names[name]?.sql?.toString().startsWith(`${EVENT}.`);
    return plain && field.type !== 'choices'
      ? { name, field: field.code, boolean: field.type === 'boolean' }
      : undefined;
  });
  const known = fields.filter((field) => field !== undefined);
  const inMemory = known.length === fields.length && customerReader(model, ownNames(asked), more) !== null;
  return { rule, condition: inMemory ? asked : undefined, fields: known };
}

/**
 * Applies the rules that new facts of the open date may start, and those that wait for what the facts changed. `known` are rows of these
 * customers with `liveBeside`; without them they are read.
 */
export async function applyLiveRules(
  tx: Transaction,
  model: Model,
  clock: Clock,
  facts: FactsDay,
  customers: readonly string[],
  batches: readonly FactBatch[],
  known?: readonly FoldedRow[],
): Promise<void> {
  const { facts: started, watching, reader } = liveRules(model);
  const touching = batches.filter(({ target }) => started.has(target.entity.code));
  if (touching.length === 0 && watching.length === 0) return;
  const rows = byCustomer(known ?? (await readRows(tx, model, customers)), reader, facts);
  const candidates = new Map<Rule, Set<string>>();
  const add = (rule: Rule, customerId: string) => {
    if (!candidates.has(rule)) candidates.set(rule, new Set());
    candidates.get(rule)!.add(customerId);
  };
  for (const batch of touching) eventCandidates(batch, started.get(batch.target.entity.code)!, rows, facts, add);
  for (const { rule, condition } of watching) {
    for (const [id, row] of rows) {
      const stored = row.watched_values?.[rule.definition.code];
      if (!condition || differs(condition.evaluate(row, facts.expressions), stored)) add(rule, id);
    }
  }
  if (candidates.size === 0) return;
  const calendar = workCalendar(model, facts.books.calendar);
  const day: RuleDay = { ...facts, calendar, now: clock(), live: true, onTime: false };
  for (const rule of rules(model)) {
    const among = candidates.get(rule);
    if (among) await applyRules(tx, model, day, { among: [...among], only: [rule] });
  }
}

interface LiveRow extends FoldedRow {
  is_measured: boolean;
  /** Of the rules that wait for something, what they last saw. */
  watched_values?: Record<string, string | null> | null;
}

/** What the rules look at, as columns of the customer `c` and his stored metrics `m`. */
export const liveBeside = oncePerModel((model): readonly Sql[] => {
  const { facts, watching, reader } = liveRules(model);
  if (facts.size === 0 && watching.length === 0) return [];
  const seen = sql`(select jsonb_object_agg(k.rule, k.value) from rule_watch k where k.customer_id = c.id and k.subject_id = 0) as watched_values`;
  return [...reader.columns, sql`m.customer_id is not null as is_measured`, ...(watching.length > 0 ? [seen] : [])];
});

async function readRows(tx: Transaction, model: Model, customers: readonly string[]): Promise<FoldedRow[]> {
  const columns = join([sql`c.id as customer_id`, ...liveBeside(model)], ', ');
  const { rows } = await tx.query<FoldedRow>(
    dayStatement(sql`select ${columns}
    from customer c join customer_metric m on m.customer_id = c.id where c.id = any(${`{${customers.join(',')}}`}::bigint[])`),
  );
  return rows;
}

/** Customers without metrics are nobody's occasion yet. */
function byCustomer(rows: readonly FoldedRow[], reader: CustomerReader, day: FactsDay): Map<string, LiveRow> {
  const measured = (rows as readonly LiveRow[]).filter((row) => row.is_measured);
  for (const row of measured) reader.complete(row, day.expressions);
  return new Map(measured.map((row) => [row.customer_id, row]));
}

/** For whom a rule may fire: one of the new facts, with the customer as he is now, meets its condition. */
function eventCandidates(
  { target, rows: facts }: FactBatch,
  started: readonly LiveRule[],
  rows: ReadonlyMap<string, LiveRow>,
  day: FactsDay,
  add: (rule: Rule, customerId: string) => void,
): void {
  const place = (code: string) => target.columns.indexOf(code) + 2;
  const [customerAt, dateAt] = [place('customer'), place('business_date')];
  const effective = started
    .filter(({ rule }) => isEffective(rule, day.date))
    .map((each) => ({
      ...each,
      always: each.condition === undefined || (each.rule.definition.else !== undefined && speaksOfEvent(each.rule)),
      places: each.fields.map((field) => ({ ...field, at: place(field.field) })),
    }));
  for (const fact of facts) {
    if (fact[dateAt] !== day.date) continue;
    const row = rows.get(fact[customerAt]!);
    if (!row) continue;
    for (const { rule, condition, always, places } of effective) {
      for (const { name, at, boolean } of places) {
        const value = at < 2 ? null : (fact[at] ?? null);
        row[name] = boolean && value !== null ? value === 'true' : value;
      }
      if (always || condition!.evaluate(row, day.expressions) === true) add(rule, row.customer_id);
    }
  }
}

/** Texts that differ may be one value (1.0 and 1.00): the statement decides. */
function differs(now: unknown, stored: string | null | undefined): boolean {
  if (stored === undefined) return now !== null;
  return (now === null ? null : String(now)) !== stored;
}
