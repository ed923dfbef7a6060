import { FEN } from './fen.ts';
import { type Party, partyOf } from './ledger.ts';
import { givenName, surname } from './names.ts';
import type { Person, World } from './population.ts';
import { purposes, type Random, random } from './random.ts';

/** A payment that the customer ordered to repeat every month. */
export interface StandingOrder {
  fen: number;
  purpose: 'household' | 'insurance' | 'loan' | 'leasing' | 'other';
  /** What the statement says. */
  wording: string;
  /** Of the month, 1 … 28. */
  dayOfMonth: number;
  payee: Party;
}

const round = (yuan: number, step: number) => Math.max(step, Math.round(yuan / step) * step);

export function ordersOf(world: World, person: Person): StandingOrder[] {
  if (person.age < 20 || person.lastActive < world.until || !person.incomeHere) return [];
  const chance = random(world.seed, purposes.orders, person.index);
  const orders: StandingOrder[] = [];
  const add = (yuan: number, purpose: StandingOrder['purpose'], wording: string, payee: Party) =>
    orders.push({ fen: yuan * FEN, purpose, wording, dayOfMonth: chance.between(2, 27), payee });
  if (person.age < 42 && person.rank < 0.7 && chance.chance(0.14)) {
    add(round(chance.around(2_600, 0.35), 100), 'leasing', '房租', partyOf(chance, landlord(chance)));
  }
  if (person.age > 30 && person.age < 62 && chance.chance(0.1)) {
    const family = chance.chance(0.6) ? '父母生活费' : '子女生活费';
    add(
      round(chance.around(1_500, 0.4), 100),
      'household',
      family,
      partyOf(chance, person.name[0] + givenName(chance, 'female', 1955)),
    );
  }
  if (person.age > 25 && person.rank > 0.3 && chance.chance(0.08)) {
    add(round(chance.around(480, 0.6), 10), 'insurance', '保险费代扣', partyOf(chance, '澜安人寿保险'));
  }
  if (person.age < 58 && person.rank < 0.8 && chance.chance(0.06)) {
    add(round(chance.around(2_900, 0.3), 10), 'loan', '车贷还款', partyOf(chance, '汇川汽车金融'));
  }
  if (chance.chance(0.04)) add(chance.pick([50, 100, 100, 200]), 'other', '慈善月捐', partyOf(chance, '澜州慈善总会'));
  return orders;
}

const landlord = (chance: Random) =>
  surname(chance) + givenName(chance, chance.chance(0.5) ? 'male' : 'female', chance.between(1958, 1985));
