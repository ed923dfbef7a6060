import { addWorkdays, addWorkingMinutes, dateIn, instantAt } from '#kernel';
import type { Occurrence, RuleDay } from './occurrence.ts';
import type { DueDefinition } from './rule-schema.ts';

/**
 * When something is due. Counted from the business date: people begin with it on the workday after; what a live event asks for in
 * working hours counts from now. What is late counts from now: nobody can be in time for the past.
 */
export function dueAt(
  due: DueDefinition,
  day: RuleDay,
  { late, businessDate }: Pick<Occurrence, 'late' | 'businessDate'>,
): Date {
  const { calendar, now } = day;
  const { zone } = day.books;
  const today = day.onTime ? day.date : dateIn(zone, now);
  const from = late ? today : businessDate;
  if ('at' in due) return instantAt(zone, addWorkdays(calendar, from, due.workdays), due.at);
  const atOnce = day.live || (late && !day.onTime);
  const start = atOnce ? now : instantAt(zone, addWorkdays(calendar, from, 1), '00:00');
  return addWorkingMinutes(calendar, zone, start, due.working_hours * 60);
}
