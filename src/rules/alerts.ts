import type { Transaction } from '#database';
import { type Model, recordId } from '#metadata';
import { writeBulk } from '#records';
import type { Done } from './actions/action.ts';
import { decides } from './deciding.ts';
import type { Occurrence, RuleDay } from './occurrence.ts';
import type { Rule } from './rule-definition.ts';
import { SOURCE } from './source.ts';

/** What became of an occasion. */
export type Outcome = 'acted' | 'held_out' | 'grouped' | 'over_limit' | 'discarded';

/** Rule, customer and occasion. */
export const alertKey = (rule: string, customerId: string, occasion: string): string =>
  `${rule}/${customerId}/${occasion}`;

export const alertIdOf = (key: string): string => recordId('alert', SOURCE, key);

const COLUMNS = [
  'customer',
  'manager',
  'rule',
  'rule_version',
  'occasion',
  'business_date',
  'at',
  'branch',
  'outcome',
  'late',
  'subject_entity',
  'subject_id',
  'event_id',
  'evidence',
  'actions',
];

/** Enters occurrences into the ledger; one that is there already stays as it is. Returns how many are new. */
export async function writeAlerts(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  occurrences: readonly Occurrence[],
  outcome: Outcome,
  made: ReadonlyMap<string, Done[]> = new Map(),
): Promise<number> {
  if (occurrences.length === 0) return 0;
  const rows = occurrences.map((each) => [
    each.alertId,
    each.key,
    each.customerId,
    each.ownerId,
    rule.definition.code,
    rule.version,
    each.occasion,
    each.businessDate,
    day.now.toISOString(),
    each.branch,
    outcome,
    String(each.late),
    rule.subject?.code ?? null,
    each.subjectId,
    each.eventId,
    JSON.stringify(each.evidence),
    JSON.stringify(made.get(each.alertId) ?? []),
  ]);
  const target = {
    entity: model.entity('alert'),
    columns: COLUMNS,
    initial: COLUMNS,
    source: SOURCE,
    asOf: day.date,
    silent: !day.outdated && !decides(model, 'alert'),
  };
  return (await writeBulk(tx, target, [rows])).inserted;
}
