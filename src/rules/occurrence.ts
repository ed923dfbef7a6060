import type { FactsDay } from '#facts';
import { addWorkdays, type BusinessDate, instantAt, type WorkCalendar } from '#kernel';
import type { EvidenceInput, Values } from './conditions.ts';
import type { Branch } from './rule-actions.ts';

/** A business date on which rules are evaluated. */
export interface RuleDay extends FactsDay {
  calendar: WorkCalendar;
  /** When they are. */
  now: Date;
  /** A fact has just come in and the day is not over. */
  live: boolean;
  /** Count everything as seen in time: the day is one of a history that is replayed. */
  onTime: boolean;
}

/** Why a rule fired; kept with what it did, complete in itself, whatever becomes of the rule. */
export interface Evidence {
  rule: string;
  /** Fingerprint of the rule's definition. */
  version: string;
  /** The business date that was evaluated. */
  asOf: BusinessDate;
  /** The record that the rule watched, if not the customer. */
  subject?: { entity: string; id: string };
  inputs: EvidenceInput[];
}

/** One customer and occasion for which a rule fires; everything that is done about it goes by its key. */
export interface Occurrence {
  alertId: string;
  /** Rule, customer and occasion: the source key of the alert, and of what is made with it. */
  key: string;
  customerId: string;
  ownerId: string | null;
  branchId: string | null;
  subjectId: string | null;
  /** The fact or record that started the rule. */
  eventId: string | null;
  occasion: string;
  /** The business date of the occasion, which a late one has behind it. */
  businessDate: BusinessDate;
  late: boolean;
  branch: Branch;
  /** Exact values by name, as text; the amount of an opportunity under `amountKey`. */
  values: Values;
  /** By index of the action: does its own `if` hold? True where it has none. */
  holds: boolean[];
  /** By index of the action: its level; null where it has none. */
  levels: (string | null)[];
  evidence: Evidence;
}

/** Where `values` keeps the amount of the action with this index. */
export const amountKey = (index: number): string => `${index}.amount`;

/**
 * An occasion is late when it was not on the desk as work began on the workday after it, or when the day evaluated is not its own: people
 * were to begin with it then.
 */
export function isLate(day: RuleDay, date: BusinessDate): boolean {
  if (date < day.date) return true;
  if (day.onTime || day.live) return false;
  const { calendar, books, now } = day;
  return now > instantAt(books.zone, addWorkdays(calendar, date, 1), calendar.shifts[0]?.[0] ?? '00:00');
}
