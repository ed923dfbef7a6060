import type { Customer, World } from './population.ts';
import type { Product } from './products.ts';
import type { Random } from './random.ts';

/** What is at hand when a customer's assets are made. */
export interface Purse {
  world: World;
  customer: Customer;
  chance: Random;
  prices: (fund: Product) => Float64Array;
}

/** A day to begin something that lasts `termDays`, such that it still runs on `until`. */
export function openingDay({ world, customer, chance }: Purse, termDays: number): number | null {
  const earliest = Math.max(customer.since, world.until - termDays + 1);
  const latest = Math.min(customer.lastActive, world.until);
  if (latest < earliest) return null;
  const day = world.days.onOrBefore(chance.between(earliest, latest));
  return Math.max(day, earliest);
}

/** A sum people would choose: two leading figures, never below a hundred. */
export function roundSum(yuan: number): number {
  const step = yuan >= 1_000_000 ? 100_000 : yuan >= 100_000 ? 10_000 : yuan >= 10_000 ? 1_000 : 100;
  return Math.floor(yuan / step) * step;
}

/** Simple interest in fen; `rate` in percent per year. */
export const interestOf = (fen: number, rate: number, days: number) => Math.round((fen * rate * days) / 36_500);

/** Money that stays in a product comes back to it when it matures: how far back such a chain is told, and how likely it goes on. */
export const renewals = { historyDays: 740, max: 10, share: 0.82 };
