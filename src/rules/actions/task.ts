import { type Language, minorUnits } from '#kernel';
import { recordId } from '#metadata';
import { writeBulk } from '#records';
import { decides } from '../deciding.ts';
import { dueAt } from '../due.ts';
import type { Evidence, Occurrence } from '../occurrence.ts';
import { SOURCE } from '../source.ts';
import { type ActionRun, type Done, effectKey } from './action.ts';
import { findPeople } from './people.ts';
import { type Snapshot, snapshots } from './snapshot.ts';
import { spoken } from './words.ts';

export interface TaskTexts {
  title: string;
  reason: string;
  script: string;
}

/** Why a task exists; kept with it, complete in itself, whatever becomes of the rule. */
export interface TaskEvidence extends Evidence {
  text: Record<Language, TaskTexts>;
  /** The occasion was seen after its time. */
  late?: true;
  /** The customer as he was, where the rule keeps it. */
  snapshot?: Snapshot;
}

const COLUMNS = [
  'customer',
  'title',
  'reason',
  'script',
  'priority',
  'assignee',
  'due_at',
  'status',
  'business_date',
  'rule',
  'occasion',
  'evidence',
  'stake',
];

/** Totals of what a customer has: what is at stake is a part of it. */
const TOTALS = /^(aum|deposits)/;
const AMOUNT = /^\d{1,15}(\.\d{1,2})?$/;

/** What a task is about in money: the largest amount of its evidence that is no total. The day plan ranks by it. */
function atStake({ inputs }: Evidence): string | null {
  const amounts = inputs
    .filter(({ code, unit }) => unit === 'money' && !TOTALS.test(code))
    // Calculated amounts may have more places than money has.
    .map(({ value }) => (value ?? '').replace(/(\.\d{2})\d+$/, '$1'))
    .filter((amount) => AMOUNT.test(amount));
  return amounts.reduce<string | null>(
    (most, amount) => (most === null || minorUnits(amount) > minorUnits(most) ? amount : most),
    null,
  );
}

/** Makes the tasks. One that is there already stays as people left it. */
export async function makeTasks(run: ActionRun<'task'>): Promise<Map<string, Done>> {
  const { tx, model, day, action, occurrences } = run;
  const { assignee, snapshot } = action.act;
  const find = await findPeople(run, [assignee]);
  const profiles = snapshot ? await snapshots(run) : new Map<string, Snapshot>();
  const made = new Map<string, Done>();
  const rows = occurrences.map((each) => {
    const key = effectKey(each, action);
    const id = recordId('task', SOURCE, key);
    made.set(each.alertId, { kind: 'task', entity: 'task', id });
    const text = taskTexts(run, each);
    return [
      id,
      key,
      each.customerId,
      // Lists and searches read the columns; pages take the reader's language from the evidence.
      text.zh.title,
      text.zh.reason,
      text.zh.script,
      each.levels[action.index]!,
      find(each, assignee)[0] ?? null,
      dueAt(action.act.due, day, each).toISOString(),
      'open',
      each.businessDate,
      each.evidence.rule,
      each.occasion,
      JSON.stringify(evidenceOf(each, text, profiles.get(each.customerId))),
      atStake(each.evidence),
    ];
  });
  const target = {
    entity: model.entity('task'),
    columns: COLUMNS,
    initial: COLUMNS,
    source: SOURCE,
    asOf: day.date,
    silent: !day.outdated && !decides(model, 'task'),
  };
  run.later(writeBulk(tx, target, [rows]));
  return made;
}

function evidenceOf(each: Occurrence, text: TaskEvidence['text'], snapshot: Snapshot | undefined): TaskEvidence {
  return { ...each.evidence, text, ...(each.late ? { late: true } : {}), ...(snapshot ? { snapshot } : {}) };
}

function taskTexts({ rule, day, action }: ActionRun<'task'>, occurrence: Occurrence): TaskEvidence['text'] {
  const [title, reason, script] = (['title', 'reason', 'script'] as const).map((part) =>
    spoken(rule, day, occurrence, action.act[part]),
  );
  const inLanguage = (language: Language): TaskTexts => ({
    title: title![language],
    reason: reason![language],
    script: script![language],
  });
  return { zh: inLanguage('zh'), en: inLanguage('en') };
}
