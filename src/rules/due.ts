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
  if ('at' in due) {
    return instantAt(zone, addWorkdays(calendar, late ? dateIn(zone, now) : businessDate, due.workdays), due.at);
  }
  const from = late || day.live ? now : instantAt(zone, addWorkdays(calendar, businessDate, 1), '00:00');
  return addWorkingMinutes(calendar, zone, from, due.working_hours * 60);
}
