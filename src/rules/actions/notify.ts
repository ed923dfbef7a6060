import { addWorkdays, instantAt } from '#kernel';
import { recordId } from '#metadata';
import { type NewNotification, notify } from '#notifications';
import type { RuleDay } from '../occurrence.ts';
import { SOURCE } from '../source.ts';
import { type ActionRun, type Done, effectKey } from './action.ts';
import { findPeople } from './people.ts';
import { spoken } from './words.ts';

/** Tells everybody whom the action names, each once. */
export async function tellPeople(run: ActionRun<'notify'>): Promise<Map<string, Done>> {
  const { tx, rule, day, action, occurrences } = run;
  const { to, title, text, level } = action.act;
  const find = await findPeople(run, to);
  const told = new Map<string, NewNotification[]>();
  for (const each of occurrences) {
    const people = [...new Set(to.flatMap((person) => only(person, find(each, person))))];
    const [head, body] = [spoken(rule, day, each, title), spoken(rule, day, each, text)];
    told.set(
      each.alertId,
      people.map((userId) => ({
        id: recordId('notification', SOURCE, `${effectKey(each, action)}/${userId}`),
        userId,
        level,
        title: head,
        text: body,
        customerId: each.customerId,
        rule: rule.definition.code,
      })),
    );
  }
  await notify(tx, toldAt(day), [...told.values()].flat());
  const made = new Map<string, Done>();
  for (const [alertId, [first]] of told) {
    if (first) made.set(alertId, { kind: 'notify', entity: 'notification', id: first.id });
  }
  return made;
}

/** Of managers and heads one is told; of a service team and of a role everybody. */
const only = (person: unknown, people: string[]) =>
  person === 'manager' || person === 'supervisor' ? people.slice(0, 1) : people;

/** What a replayed history tells, it tells on the morning after its day. */
function toldAt({ onTime, now, books, calendar, date }: RuleDay): Date {
  if (!onTime) return now;
  const morning = instantAt(books.zone, addWorkdays(calendar, date, 1), calendar.shifts[0]?.[0] ?? '09:00');
  return morning < now ? morning : now;
}
