import { addDays, addWorkdays, dateIn } from '#kernel';
import { recordId } from '#metadata';
import { writeBulk } from '#records';
import { amountKey } from '../occurrence.ts';
import { SOURCE } from '../source.ts';
import { type ActionRun, type Done, effectKey } from './action.ts';
import { findPeople } from './people.ts';
import { inBothLanguages, spoken } from './words.ts';

const COLUMNS = [
  'customer',
  'title',
  'reason',
  'stage',
  'amount',
  'assignee',
  'opened_on',
  'next_contact',
  'closes_on',
  'rule',
  'texts',
];

/** Opens opportunities; first contact on the next workday. */
export async function openOpportunities(run: ActionRun<'opportunity'>): Promise<Map<string, Done>> {
  const { tx, model, rule, day, action, occurrences } = run;
  const { title, reason, assignee, close_days: closeDays } = action.act;
  const find = await findPeople(run, [assignee]);
  const made = new Map<string, Done>();
  const rows = occurrences.map((each) => {
    const key = effectKey(each, action);
    const id = recordId('opportunity', SOURCE, key);
    made.set(each.alertId, { kind: 'opportunity', entity: 'opportunity', id });
    const opened = each.late ? dateIn(day.books.zone, day.now) : each.businessDate;
    const told = { title: spoken(rule, day, each, title), reason: spoken(rule, day, each, reason) };
    return [
      id,
      key,
      each.customerId,
      told.title.zh,
      told.reason.zh,
      'lead',
      money(each.values[amountKey(action.index)] ?? null),
      find(each, assignee)[0] ?? null,
      opened,
      addWorkdays(day.calendar, opened, 1),
      addDays(opened, closeDays),
      rule.definition.code,
      inBothLanguages(told),
    ];
  });
  const target = {
    entity: model.entity('opportunity'),
    columns: COLUMNS,
    initial: COLUMNS,
    source: SOURCE,
    asOf: day.date,
  };
  await writeBulk(tx, target, [rows]);
  return made;
}

/** An exact value cut to cents; nothing where it is negative. */
function money(value: string | null): string | null {
  if (value === null || value.startsWith('-')) return null;
  const [whole, places = ''] = value.split('.');
  return `${whole}.${places.slice(0, 2).padEnd(2, '0')}`;
}
