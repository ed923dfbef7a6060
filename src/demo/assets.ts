import { FEN } from './fen.ts';
import { type Holding, makers } from './holdings.ts';
import { type Loan, loansOf } from './loans.ts';
import type { Customer, World } from './population.ts';
import type { Product } from './products.ts';
import { type Purse, roundSum } from './purse.ts';
import { purposes, type Random, random } from './random.ts';
import { endingTerm, formerTerms, heldTerm, type TermDeposit } from './term-deposits.ts';

/** A single sum large enough that a manager must hear of it. */
export interface BigMove {
  on: number;
  fen: number;
  direction: 'in' | 'out';
  /** Paid out of a deposit that ended on the same day. */
  fromDeposit: boolean;
}

export interface Assets {
  /** What the current account is to hold on `until`, in fen. */
  current: number;
  /** How much of it has been added within two years: −1 halves it, 0.5 means half is new. */
  growth: number;
  terms: TermDeposit[];
  holdings: Holding[];
  loans: Loan[];
  bigMove: BigMove | null;
}

type Class = 'current' | 'term' | 'wealth' | 'fund' | 'insurance' | 'bond';
/** Per class: how many customers of the band have it, and with which weight in their assets. */
type Taste = Record<Class, readonly [share: number, weight: number]>;

const personTastes: readonly { below: number; taste: Taste }[] = [
  {
    below: 1_000,
    taste: { current: [1, 1], term: [0, 0], wealth: [0, 0], fund: [0, 0], insurance: [0, 0], bond: [0, 0] },
  },
  {
    below: 20_000,
    taste: {
      current: [1, 1],
      term: [0.08, 1.5],
      wealth: [0.2, 0.8],
      fund: [0.05, 0.4],
      insurance: [0, 0],
      bond: [0, 0],
    },
  },
  {
    below: 200_000,
    taste: {
      current: [1, 0.6],
      term: [0.44, 1.2],
      wealth: [0.46, 1.1],
      fund: [0.16, 0.5],
      insurance: [0.1, 0.5],
      bond: [0.04, 0.5],
    },
  },
  {
    below: 1_000_000,
    taste: {
      current: [1, 0.22],
      term: [0.56, 1.1],
      wealth: [0.74, 1.2],
      fund: [0.34, 0.5],
      insurance: [0.28, 0.5],
      bond: [0.1, 0.4],
    },
  },
  {
    below: 5_000_000,
    taste: {
      current: [1, 0.1],
      term: [0.5, 0.9],
      wealth: [0.9, 1.5],
      fund: [0.5, 0.7],
      insurance: [0.42, 0.6],
      bond: [0.12, 0.3],
    },
  },
  {
    below: Infinity,
    taste: {
      current: [1, 0.07],
      term: [0.45, 0.8],
      wealth: [0.95, 1.8],
      fund: [0.64, 0.9],
      insurance: [0.5, 0.5],
      bond: [0.1, 0.1],
    },
  },
];

const companyTaste: Taste = {
  current: [1, 1],
  term: [0.3, 0.9],
  wealth: [0.34, 0.9],
  fund: [0, 0],
  insurance: [0.08, 0.05],
  bond: [0, 0],
};

const classes: readonly Class[] = ['current', 'term', 'wealth', 'fund', 'insurance', 'bond'];
const SELDOM_USED_SHARE = 0.03;

/** Divides the customer's assets among the classes; yuan per class. */
function divide(chance: Random, customer: Customer): Record<Class, number> {
  const { wealth } = customer;
  const taste = customer.kind === 'company' ? companyTaste : personTastes.find((band) => wealth < band.below)!.taste;
  const weights = classes.map((kind): number => {
    let [share, weight] = taste[kind];
    if (customer.kind === 'person') {
      if (customer.age >= 60) {
        if (kind === 'term') [share, weight] = [Math.min(0.92, share * 1.5), weight * 1.8];
        if (kind === 'bond') share *= 2.5;
        if (kind === 'fund') share *= 0.4;
      }
      if (customer.age < 18 && kind !== 'current' && kind !== 'term') share = 0;
      if (customer.risk === 0 && (kind === 'fund' || kind === 'wealth')) share *= kind === 'fund' ? 0 : 0.35;
      if (customer.risk >= 4 && kind === 'fund') [share, weight] = [share * 1.4, weight * 2];
      if (kind === 'current' && wealth > 50_000 && chance.chance(SELDOM_USED_SHARE)) weight *= 14;
    }
    return chance.chance(share) ? weight * chance.around(1, 0.5) : 0;
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Object.fromEntries(classes.map((kind, position) => [kind, (wealth * weights[position]!) / total])) as Record<
    Class,
    number
  >;
}

/** Cuts a sum into 1 … `most` pieces of uneven size. */
function pieces(chance: Random, yuan: number, most: number, smallest: number): number[] {
  const count = Math.max(1, Math.min(most, chance.between(1, most), Math.floor(yuan / smallest)));
  const weights = Array.from({ length: count }, () => 0.4 + chance.unit());
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => roundSum((yuan * weight) / total)).filter((sum) => sum > 0);
}

export function assetsOf(world: World, customer: Customer, prices: (fund: Product) => Float64Array): Assets {
  const chance = random(world.seed, purposes.assets, customer.index);
  const purse = { world, customer, chance, prices };
  const shares = divide(chance, customer);
  const terms: TermDeposit[] = [];
  const holdings: Holding[] = [];
  const keep = (kind: Class, made: { fen: number }[]) => {
    shares.current += shares[kind] - made.reduce((sum, piece) => sum + piece.fen, 0) / FEN;
  };
  if (shares.term > 0) {
    const made = pieces(chance, shares.term, shares.term > 300_000 ? 4 : 2, 1_000).flatMap((sum) =>
      heldTerm(purse, sum),
    );
    terms.push(...made);
    keep(
      'term',
      made.filter((term) => term.closed === null),
    );
  }
  for (const kind of ['wealth', 'fund', 'insurance', 'bond'] as const) {
    if (shares[kind] === 0) continue;
    const most =
      kind === 'bond' || kind === 'insurance' ? 2 : shares[kind] > 2_000_000 ? 6 : shares[kind] > 200_000 ? 4 : 2;
    const made = pieces(chance, shares[kind], most, kind === 'fund' ? 1_000 : 10_000).flatMap((sum) =>
      makers[kind](purse, sum),
    );
    const held = made.filter((holding) => holding.redeemedOn === null);
    holdings.push(...made);
    keep(
      kind,
      held.map((holding) => ({ fen: holding.value })),
    );
  }
  if (customer.wealth > 50_000 && customer.status !== 'closed') terms.push(...formerTerms(purse));
  const bigMove = bigMoveOf(purse, shares.current);
  if (bigMove?.fromDeposit) terms.push(endingTerm(purse, bigMove.on, bigMove.fen));
  return {
    current: Math.max(0, Math.round(shares.current * FEN)),
    growth: Math.max(-1.2, Math.min(0.7, 0.12 + 0.32 * chance.normal())),
    terms,
    holdings,
    loans: loansOf(world, customer),
    bigMove,
  };
}

const OUTFLOW_SHARE = 0.022;
const INFLOW_SHARE = 0.014;
const NOTABLE_YUAN = 30_000;
const RECENT_WORKDAYS = 5;

/** The sudden sums of the last working days, which are run as business days: money that leaves, which a rule must catch, and money that arrives. */
function bigMoveOf({ world, customer, chance }: Purse, currentYuan: number): BigMove | null {
  const mark = chance.unit();
  if (customer.wealth < NOTABLE_YUAN || customer.lastActive < world.until) return null;
  const on = world.days.before(world.until, chance.between(0, RECENT_WORKDAYS));
  if (on <= customer.since + 40) return null;
  if (mark < OUTFLOW_SHARE) {
    const share = 0.33 + 0.45 * chance.unit();
    const yuan = roundSum((customer.wealth * share) / (1 - share));
    return { on, fen: yuan * FEN, direction: 'out', fromDeposit: on - customer.since > 200 && chance.chance(0.55) };
  }
  if (mark < OUTFLOW_SHARE + INFLOW_SHARE && currentYuan > 20_000) {
    return { on, fen: roundSum(currentYuan * (0.5 + 0.3 * chance.unit())) * FEN, direction: 'in', fromDeposit: false };
  }
  return null;
}
