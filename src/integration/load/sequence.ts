import { Failure } from '#kernel';
import { loadKinds, rejectKinds } from '../failures.ts';
import type { SourceRow } from '../files/split.ts';
import { type Movement, orderByBalance } from './balance-chain.ts';

/** A sequence step whose names have become places in the row. */
export interface SequencePlan {
  by: 'balance_chain' | 'file_order';
  per: number[];
  contiguous: number;
  /** Whose balances follow each other from group to group. */
  chain: number;
  amount: number;
  balance: number;
  isCredit: (values: SourceRow['values']) => boolean;
  /** In minor units. */
  tolerance: number;
  /** Where the order is put. */
  target: number;
  columns: readonly string[];
}

export interface Sequencer {
  /** Takes rows in file order; gives those back whose order is settled. */
  push(rows: SourceRow[]): SourceRow[];
  end(): SourceRow[];
  readonly groups: number;
  /** Groups whose balances do not follow each other, and the line where the first begins. */
  readonly broken: { groups: number; line: number };
}

/** Rows held at once: those of one value of the contiguous column, for example one day. */
const HELD_ROWS_MAX = 5_000_000;
const MINOR_UNITS = 100;

export function createSequencer(plan: SequencePlan, file: string): Sequencer {
  const finished = new Set<string>();
  // All rows held at a time share the contiguous value, so it tells no groups apart.
  const apart = plan.per.filter((index) => index !== plan.contiguous);
  const closing = new Map<string, number>();
  const broken = { groups: 0, line: 0 };
  let groups = 0;
  let current: string | undefined;
  let held: SourceRow[] = [];

  function settle(): SourceRow[] {
    const rows = held;
    held = [];
    const byGroup = new Map<string, SourceRow[]>();
    for (const row of rows) {
      if (row.fault) continue;
      const key = keyOf(row, apart);
      const group = byGroup.get(key);
      if (group) group.push(row);
      else byGroup.set(key, [row]);
    }
    for (const group of byGroup.values()) number(group);
    groups += byGroup.size;
    return rows;
  }

  function number(group: SourceRow[]): void {
    if (plan.by === 'file_order') {
      group.forEach((row, index) => {
        row.values[plan.target] = String(index + 1);
      });
      return;
    }
    const movements = group.map((row): Movement => {
      const after = minor(row.values[plan.balance]!);
      const amount = minor(row.values[plan.amount]!);
      return { before: plan.isCredit(row.values) ? after - amount : after + amount, after };
    });
    const chain = group[0]!.values[plan.chain]!;
    const { order, whole } = orderByBalance(movements, closing.get(chain), plan.tolerance);
    order.forEach((index, place) => {
      group[index]!.values[plan.target] = String(place + 1);
    });
    closing.set(chain, movements[order.at(-1)!]!.after);
    if (!whole) {
      if (broken.groups === 0) broken.line = group[0]!.line;
      broken.groups += 1;
    }
  }

  return {
    push(rows) {
      const settled: SourceRow[] = [];
      for (const row of rows) {
        row.values[plan.target] = null;
        if (!row.fault) requireValues(row, plan);
        if (row.fault) {
          settled.push(row);
          continue;
        }
        const value = row.values[plan.contiguous]!;
        if (value !== current) {
          for (const each of settle()) settled.push(each);
          if (current !== undefined) finished.add(current);
          if (finished.has(value)) {
            const column = plan.columns[plan.contiguous];
            throw new Failure(loadKinds.not_contiguous, { file, line: row.line, column, value });
          }
          current = value;
        }
        held.push(row);
        if (held.length > HELD_ROWS_MAX) {
          const column = plan.columns[plan.contiguous];
          throw new Failure(loadKinds.held_too_many, { file, column, max: HELD_ROWS_MAX });
        }
      }
      return settled;
    },
    end: settle,
    get groups() {
      return groups;
    },
    broken,
  };
}

function requireValues(row: SourceRow, plan: SequencePlan): void {
  const needed = plan.by === 'file_order' ? plan.per : [...plan.per, plan.amount, plan.balance];
  const empty = needed.find((index) => row.values[index] === null);
  if (empty === undefined) return;
  row.fault = new Failure(rejectKinds.balance, { column: plan.columns[empty] }, plan.columns[empty]);
}

function keyOf(row: SourceRow, per: number[]): string {
  if (per.length === 1) return row.values[per[0]!]!;
  let key = '';
  for (const index of per) key += `${row.values[index]}\u0000`;
  return key;
}

/** Amounts only decide an order here, so the two decimals of a currency are enough and a float holds them exactly. */
function minor(decimal: string): number {
  return Math.round(Number(decimal) * MINOR_UNITS);
}
