import { recordId } from '#metadata';
import { writeBulk } from '#records';
import { dueAt } from '../due.ts';
import { SOURCE } from '../source.ts';
import { type ActionRun, type Done, effectKey } from './action.ts';
import { findPeople } from './people.ts';
import { inBothLanguages, spoken } from './words.ts';

const COLUMNS = [
  'customer',
  'kind',
  'title',
  'text',
  'status',
  'priority',
  'assignee',
  'due_at',
  'process',
  'business_date',
  'rule',
  'texts',
];

/** Opens cases; and for a process, until processes run by themselves, a case that names it. */
export async function openCases(run: ActionRun<'case'> | ActionRun<'process'>): Promise<Map<string, Done>> {
  const { tx, model, rule, day, action, occurrences } = run;
  const assignee = action.kind === 'case' ? action.act.assignee : 'service_team';
  const find = await findPeople(run, [assignee]);
  const made = new Map<string, Done>();
  const rows = occurrences.map((each) => {
    const key = effectKey(each, action);
    const id = recordId('service_case', SOURCE, key);
    made.set(each.alertId, { kind: action.kind, entity: 'service_case', id });
    const own =
      action.kind === 'case'
        ? {
            kind: action.act.kind,
            text: spoken(rule, day, each, action.act.text),
            priority: each.levels[action.index]!,
            due: dueAt(action.act.due, day, each).toISOString(),
            process: null,
          }
        : { kind: 'process', text: null, priority: 'normal', due: null, process: action.act.code };
    const title = spoken(rule, day, each, action.act.title);
    return [
      id,
      key,
      each.customerId,
      own.kind,
      title.zh,
      own.text?.zh ?? null,
      'open',
      own.priority,
      find(each, assignee)[0] ?? null,
      own.due,
      own.process,
      each.businessDate,
      rule.definition.code,
      inBothLanguages({ title, text: own.text }),
    ];
  });
  const target = {
    entity: model.entity('service_case'),
    columns: COLUMNS,
    initial: COLUMNS,
    source: SOURCE,
    asOf: day.date,
  };
  await writeBulk(tx, target, [rows]);
  return made;
}
