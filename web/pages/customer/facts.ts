/** Small answers drawn from a profile: pure, so that the day plan and the 360 view say the same. */
import { addDays, amountOf, minorUnits } from '#kernel';
import type { Profile, TimelineEntry } from '../../api/customer.ts';
import type { Reference, Row } from '../../api/types.ts';
import type { Point } from '../../charts/points.ts';

export interface ChangeOfAmount {
  /** The day it is counted from. */
  since: string;
  amount: string;
  /** A share of the amount then; null where that was nothing. */
  share: string | null;
}

/** The amount on a day against the one so many days before; null where nothing is known of that time. */
export function changeOver(curve: readonly Point[], days: number, on: string): ChangeOfAmount | null {
  const since = addDays(on, -days);
  const before = amountOn(curve, since);
  const last = amountOn(curve, on);
  if (before === undefined || last === undefined) return null;
  const [then, now] = [minorUnits(before), minorUnits(last)];
  return {
    since,
    amount: amountOf(now - then),
    share: then === 0n ? null : shareOf(now - then, then),
  };
}

export interface SplitOfChange {
  change: string;
  /** Money that came in less money that went out. */
  flow: string;
  /** The rest: what the market and income made of the assets. */
  market: string;
}

/** The change of the assets over the points of a range, split into money moved and market moved; null for less than two points. */
export function splitOver(points: readonly Point[]): SplitOfChange | null {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first === last) return null;
  const change = minorUnits(last[1]) - minorUnits(first[1]);
  const flow = points.slice(1).reduce((sum, [, , moved]) => sum + (moved ? minorUnits(moved) : 0n), 0n);
  return { change: amountOf(change), flow: amountOf(flow), market: amountOf(change - flow) };
}

/** The curve holds changes only: an amount stands until the next one. */
const amountOn = (curve: readonly Point[], on: string): string | undefined =>
  curve.findLast(([date]) => date <= on)?.[1];

const size = (value: bigint): bigint => (value < 0n ? -value : value);

/** part ÷ |whole| with four places, half away from zero. */
function shareOf(part: bigint, whole: bigint): string {
  const units = ((size(part) * 20_000n) / size(whole) + 1n) / 2n;
  const digits = units.toString().padStart(5, '0');
  return `${part < 0n && units > 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

export interface Maturity {
  id: string;
  kind: 'holding' | 'account' | 'loan';
  label: string;
  date: string;
  amount: string | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const label = (value: unknown): string | null =>
  typeof value === 'object' && value !== null ? (value as Reference).label : text(value);

/** What ends between two dates, soonest first: products, term deposits and loans. Money owed is told apart by its kind. */
export function maturities(profile: Profile, from: string, to: string): Maturity[] {
  const due = (row: Row, kind: Maturity['kind'], amount: string | null): Maturity | null => {
    const date = text(row.maturity_date);
    if (date === null || date < from || date > to) return null;
    return { id: row.id, kind, label: label(row.product) ?? label(row.number) ?? row.id, date, amount };
  };
  return [
    ...profile.holdings
      .filter((row) => row.status !== 'redeemed')
      .map((row) => due(row, 'holding', text(row.market_value) ?? text(row.principal))),
    ...profile.accounts.filter((row) => row.status !== 'closed').map((row) => due(row, 'account', text(row.balance))),
    ...profile.loans
      .filter((row) => row.status !== 'repaid')
      .map((row) => due(row, 'loan', text(row.balance) ?? text(row.amount))),
  ]
    .filter((each) => each !== null)
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
}

export function lastContact(profile: Profile): TimelineEntry | undefined {
  return profile.timeline.find((entry) => entry.kind === 'interaction');
}

/** Full years between two dates. */
export function yearsBetween(birth: string, date: string): number {
  const years = Number(date.slice(0, 4)) - Number(birth.slice(0, 4));
  return date.slice(5) < birth.slice(5) ? years - 1 : years;
}

export interface Part {
  code: string;
  amount: string;
  /** In thousandths of the whole; they add up to 1,000. */
  share: number;
}

/** The classes that assets stand in, largest first. Debts and nothings are left out. */
export function allocation(parts: Record<string, string>): Part[] {
  const held = Object.entries(parts)
    .map(([code, amount]) => ({ code, amount, exact: Number(amount) }))
    .filter(({ exact }) => exact > 0)
    .sort((a, b) => b.exact - a.exact);
  const whole = held.reduce((sum, { exact }) => sum + exact, 0);
  const cut = held.map((part) => {
    const thousandths = (part.exact / whole) * 1000;
    return { code: part.code, amount: part.amount, share: Math.floor(thousandths), rest: thousandths % 1 };
  });
  // What rounding down lost goes to those who lost most, so that the shares add up.
  let lost = 1000 - cut.reduce((sum, { share }) => sum + share, 0);
  for (const part of [...cut].sort((a, b) => b.rest - a.rest)) {
    if (lost <= 0) break;
    part.share += 1;
    lost -= 1;
  }
  return cut.map(({ code, amount, share }) => ({ code, amount, share }));
}

/** An entry of the history, with the task that it dealt with. */
export interface HistoryEntry extends TimelineEntry {
  task?: string | null;
}

/** The contact is written down in the moment after the task is closed. */
const ONE_ACT_MS = 2_000;

/** A contact and the task that it closed are one thing that happened: told once. */
export function historyOf(timeline: TimelineEntry[]): HistoryEntry[] {
  const apartMs = (a: TimelineEntry, b: TimelineEntry) => Math.abs(Date.parse(a.at) - Date.parse(b.at));
  const tasks = new Set(timeline.filter(({ kind }) => kind === 'task'));
  const closed = new Map<TimelineEntry, TimelineEntry>();
  for (const contact of timeline.filter(({ kind }) => kind === 'interaction')) {
    const nearest = [...tasks]
      .filter(
        (task) => task.result === contact.result && task.by === contact.by && apartMs(task, contact) <= ONE_ACT_MS,
      )
      .sort((a, b) => apartMs(a, contact) - apartMs(b, contact))[0];
    if (!nearest) continue;
    closed.set(contact, nearest);
    tasks.delete(nearest);
  }
  return timeline
    .filter((entry) => entry.kind !== 'task' || tasks.has(entry))
    .map((entry) => {
      const task = closed.get(entry);
      return task ? { ...entry, task: task.text } : entry;
    });
}
