import { bigintArray, join, type Sql, sql, type Transaction } from '#database';
import { type Expression, type Panel, panelOf } from '#expressions';
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
  fields: EventField[];
}

interface EventField {
  name: string;
  field: string;
  boolean: boolean;
}

/** Rules that are asked over the same rows. */
interface Asked {
  rules: { rule: Rule; place: number | undefined }[];
  panel: Panel;
  fields: EventField[];
}

interface LiveRules {
  /** By code of the fact. */
  facts: Map<string, Asked>;
  /** Those that wait for a turn or a change of the customer. */
  watching: Asked;
  /** What the conditions look at of the customer. */
  names: string[];
  reader: CustomerReader;
}

const liveRules = oncePerModel((model): LiveRules => {
  const more = membershipNames(model);
  const found = rules(model).flatMap((rule) => liveRule(model, rule, more) ?? []);
  const names = found.flatMap(({ condition }) => (condition ? ownNames(condition) : []));
  const byFact = Map.groupBy(found, ({ rule: { trigger } }) => (trigger.kind === 'fact' ? trigger.event.code : ''));
  const watching = byFact.get('') ?? [];
  byFact.delete('');
  return {
    facts: new Map([...byFact].map(([code, each]) => [code, asked(each)])),
    watching: asked(watching),
    names,
    reader: customerReader(model, names, more)!,
  };
});

function asked(live: readonly LiveRule[]): Asked {
  const conditions: Expression[] = [];
  const rules = live.map(({ rule, condition }) => ({ rule, place: condition && conditions.push(condition) - 1 }));
  const fields = new Map(live.flatMap((each) => each.fields.map((field) => [field.name, field])));
  return { rules, panel: panelOf(conditions), fields: [...fields.values()] };
}

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
 * Applies the rules that new facts of the open date may start, and those that wait for what the facts changed. `folded` are rows of their
 * customers with `liveBeside`, perhaps `watchedBeside`; those of `moved` are read again.
 */
export async function applyLiveRules(
  tx: Transaction,
  model: Model,
  clock: Clock,
  facts: FactsDay,
  folded: readonly FoldedRow[],
  batches: readonly FactBatch[],
  moved: ReadonlySet<string>,
): Promise<void> {
  const { facts: started, watching, reader } = liveRules(model);
  const touching = batches.filter(({ target }) => started.has(target.entity.code));
  if (touching.length === 0 && watching.rules.length === 0) return;
  const known = moved.size === 0 ? folded : folded.filter((row) => !moved.has(row.customer_id));
  const anew = moved.size === 0 ? [] : await readRows(tx, model, [...moved]);
  const rows = byCustomer([...known, ...anew], reader, facts);
  const unread = watching.rules.length > 0 ? [...rows.values()].filter((row) => row.watched_values === undefined) : [];
  if (unread.length > 0) await readWatched(tx, watching, rows, unread);
  const candidates = new Map<Rule, Set<string>>();
  const add = (rule: Rule, customerId: string) => {
    if (!candidates.has(rule)) candidates.set(rule, new Set());
    candidates.get(rule)!.add(customerId);
  };
  for (const batch of touching) eventCandidates(batch, started.get(batch.target.entity.code)!, rows, facts, add);
  if (watching.rules.length > 0) {
    for (const [id, row] of rows) {
      watching.panel.take(row, facts.expressions);
      for (const { rule, place } of watching.rules) {
        const stored = row.watched_values?.[rule.definition.code];
        if (place === undefined || differs(seenNow(rule, watching.panel.value(place)), stored)) add(rule, id);
      }
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
  /** Of the rules that wait for something, what they last saw; undefined until it is read. */
  watched_values?: Record<string, string | null> | null;
}

/** What the rules look at, as columns of the customer `c` and his stored metrics `m`; what is `given` stands in the rows already. */
export function liveBeside(model: Model, given: ReadonlySet<string> = new Set()): readonly Sql[] {
  const { facts, watching, names } = liveRules(model);
  if (facts.size === 0 && watching.rules.length === 0) return [];
  const { columns } = customerReader(model, names, membershipNames(model), given)!;
  return [...columns, sql`m.customer_id is not null as is_measured`];
}

/** What rules that wait for something last saw of the customer `c`. Of many customers it is cheaper read by itself. */
export function watchedBeside(model: Model): readonly Sql[] {
  if (liveRules(model).watching.rules.length === 0) return [];
  return [
    sql`(select jsonb_object_agg(k.rule, k.value) from rule_watch k where k.customer_id = c.id and k.subject_id = 0) as watched_values`,
  ];
}

async function readWatched(
  tx: Transaction,
  { rules }: Asked,
  rows: ReadonlyMap<string, LiveRow>,
  unread: readonly LiveRow[],
): Promise<void> {
  for (const row of unread) row.watched_values = {};
  const found = await tx.query<{ customer_id: string; rule: string; value: string | null }>(
    dayStatement(
      `select customer_id, rule, value from rule_watch where customer_id = any($1::bigint[]) and rule = any($2::text[]) and subject_id = 0`,
      [bigintArray(unread.map((row) => row.customer_id)), rules.map(({ rule }) => rule.definition.code)],
    ),
  );
  for (const { customer_id, rule, value } of found.rows) rows.get(customer_id)!.watched_values![rule] = value;
}

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
  { rules: started, panel, fields }: Asked,
  rows: ReadonlyMap<string, LiveRow>,
  day: FactsDay,
  add: (rule: Rule, customerId: string) => void,
): void {
  const place = (code: string) => target.columns.indexOf(code) + 2;
  const [customerAt, dateAt] = [place('customer'), place('business_date')];
  const effective = started
    .filter(({ rule }) => isEffective(rule, day.date))
    .map(({ rule, place: at }) => ({
      rule,
      // Undefined: always.
      place: rule.definition.else !== undefined && speaksOfEvent(rule) ? undefined : at,
    }));
  const places = fields.map((field) => ({ ...field, at: place(field.field) }));
  for (const fact of facts) {
    if (fact[dateAt] !== day.date) continue;
    const row = rows.get(fact[customerAt]!);
    if (!row) continue;
    for (const { name, at, boolean } of places) {
      const value = at < 2 ? null : (fact[at] ?? null);
      row[name] = boolean && value !== null ? value === 'true' : value;
    }
    panel.take(row, day.expressions);
    for (const { rule, place: at } of effective) {
      if (at === undefined || panel.value(at) === true) add(rule, row.customer_id);
    }
  }
}

/** A turn that is unknown has not come: so it is remembered. */
const seenNow = ({ trigger }: Rule, value: unknown): unknown => (trigger.kind === 'turns' ? (value ?? false) : value);

/** Texts that differ may be one value (1.0 and 1.00): the statement decides. */
function differs(now: unknown, stored: string | null | undefined): boolean {
  if (stored === undefined) return now !== null;
  return (now === null ? null : String(now)) !== stored;
}
