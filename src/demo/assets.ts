import { dateText } from './calendar.ts';
import { FEN } from './fen.ts';
import { type Loan, loansOf } from './loans.ts';
import type { Company, Customer, Person, World } from './population.ts';
import { PRICE_DAYS, type Product, product, shelfOf } from './products.ts';
import { purposes, type Random, random, weighted } from './random.ts';

export interface TermDeposit {
  product: Product;
  fen: number;
  openedOn: number;
  maturesOn: number;
  /** Paid back before `until`, with the interest in fen. */
  closed: { on: number; interest: number } | null;
}

export interface Holding {
  product: Product;
  quantity: string | null;
  principal: number;
  /** On `until`, or on redemption what was paid out. */
  value: number;
  boughtOn: number;
  maturesOn: number | null;
  redeemedOn: number | null;
  /** Days on which premiums of the same size were paid; one purchase otherwise. */
  paidOn: number[];
}

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

/** A sum people would choose: two leading figures, never below a hundred. */
export function roundSum(yuan: number): number {
  const step = yuan >= 1_000_000 ? 100_000 : yuan >= 100_000 ? 10_000 : yuan >= 10_000 ? 1_000 : 100;
  return Math.floor(yuan / step) * step;
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
  if (bigMove?.fromDeposit) terms.push(endingTerm(purse, bigMove));
  return {
    current: Math.max(0, Math.round(shares.current * FEN)),
    growth: Math.max(-1.2, Math.min(0.7, 0.12 + 0.32 * chance.normal())),
    terms,
    holdings,
    loans: loansOf(world, customer),
    bigMove,
  };
}

interface Purse {
  world: World;
  customer: Customer;
  chance: Random;
  prices: (fund: Product) => Float64Array;
}

/** A day to begin something that lasts `termDays`, such that it still runs on `until`. */
function openingDay({ world, customer, chance }: Purse, termDays: number): number | null {
  const earliest = Math.max(customer.since, world.until - termDays + 1);
  const latest = Math.min(customer.lastActive, world.until);
  if (latest < earliest) return null;
  const day = world.days.onOrBefore(chance.between(earliest, latest));
  return Math.max(day, earliest);
}

const personTerms = shelfOf('deposit').filter((entry) => entry.termDays !== null && entry.weight > 0);
const companyTerms = shelfOf('deposit').filter((entry) => entry.name.startsWith('单位定期'));

function heldTerm(purse: Purse, yuan: number): TermDeposit[] {
  const { world, customer, chance } = purse;
  const offered = customer.kind === 'company' ? companyTerms : personTerms.filter((entry) => entry.minimum <= yuan);
  if (offered.length === 0) return [];
  const chosen = weighted(chance, offered, (entry) => entry.weight || 1);
  const termDays = chosen.termDays!;
  const openedOn = openingDay(purse, termDays);
  if (openedOn === null) return [];
  const made: TermDeposit[] = [
    { product: chosen, fen: yuan * FEN, openedOn, maturesOn: openedOn + termDays, closed: null },
  ];
  // Most deposits follow a former one: it ends, and the next begins with its money on the same day.
  let next = made[0]!;
  for (let renewal = 0; renewal < RENEWALS_MAX && chance.chance(RENEWAL_SHARE); renewal += 1) {
    const closedOn = next.openedOn;
    const begun = world.days.onOrBefore(closedOn - termDays);
    if (begun <= customer.since || closedOn < world.until - HISTORY_DAYS) break;
    const sum = Math.max(chosen.minimum, roundSum((next.fen / FEN) * (0.85 + 0.2 * chance.unit())));
    next = ended(chosen, sum * FEN, begun, closedOn);
    made.push(next);
  }
  return made;
}

/** A deposit that was paid back with its interest. */
function ended(chosen: Product, fen: number, openedOn: number, closedOn: number): TermDeposit {
  return {
    product: chosen,
    fen,
    openedOn,
    maturesOn: Math.min(closedOn, openedOn + chosen.termDays!),
    closed: { on: closedOn, interest: interestOf(fen, chosen.rate!, chosen.termDays!) },
  };
}

const interestOf = (fen: number, rate: number, days: number) => Math.round((fen * rate * days) / 36_500);

/** Deposits that ended within the last two years and were not renewed. */
function formerTerms({ world, customer, chance }: Purse): TermDeposit[] {
  const terms: TermDeposit[] = [];
  const offered = customer.kind === 'company' ? companyTerms : personTerms.slice(0, 4);
  for (let rest = chance.count(0.6); rest > 0; rest -= 1) {
    const chosen = chance.pick(offered);
    const latest = Math.min(customer.lastActive, world.until - 12);
    const closedOn = world.days.onOrAfter(chance.between(world.until - 720, latest));
    const openedOn = world.days.onOrBefore(closedOn - chosen.termDays!);
    const fen = roundSum(customer.wealth * (0.05 + 0.2 * chance.unit())) * FEN;
    if (openedOn < customer.since || fen < chosen.minimum * FEN) continue;
    terms.push(ended(chosen, fen, openedOn, closedOn));
  }
  return terms;
}

const OUTFLOW_SHARE = 0.022;
const INFLOW_SHARE = 0.014;
const NOTABLE_YUAN = 30_000;
const RECENT_WORKDAYS = 9;

/** The sudden sums of the last two weeks: money that leaves, which a rule must catch, and money that arrives. */
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

function endingTerm({ customer, chance }: Purse, move: BigMove): TermDeposit {
  const offered = customer.kind === 'company' ? companyTerms : personTerms;
  const chosen = chance.pick(offered.filter((entry) => entry.termDays! <= move.on - customer.since));
  return ended(chosen, move.fen, move.on - chosen.termDays!, move.on);
}

const companyWealth = shelfOf('wealth').filter(
  (entry) => entry.name.includes('单位专属') || entry.name.startsWith('结构性存款'),
);
const personWealth = shelfOf('wealth').filter((entry) => entry.weight > 0);
const personInsurance = shelfOf('insurance').filter((entry) => entry.weight > 0);
/** Nobody may hold what is riskier than he is; without an assessment only R1. */
const suits = (customer: Person | Company, entry: Product) =>
  (entry.risk ?? 1) <= (customer.kind === 'company' ? 3 : Math.max(1, customer.risk));

/** How long ago what has no term may have been bought; prices reach further. */
const OPEN_ENDED_DAYS = 1_400;
const HISTORY_DAYS = 740;
const RENEWALS_MAX = 10;
const RENEWAL_SHARE = 0.82;

/** A purchase of the same kind that ended some time ago and left the bank. */
function formerWealth({ world, customer, chance }: Purse, sort: Product, yuan: number): Holding[] {
  const redeemedOn = world.days.onOrBefore(world.until - chance.between(14, 640));
  const boughtOn = world.days.onOrBefore(redeemedOn - sort.termDays!);
  if (boughtOn <= customer.since || boughtOn > customer.lastActive) return [];
  const principal = Math.max(sort.minimum, roundSum(yuan * (0.5 + chance.unit()))) * FEN;
  return [
    {
      product: sort,
      quantity: `${principal / FEN}.0000`,
      principal,
      value: principal + interestOf(principal, sort.rate!, redeemedOn - boughtOn),
      boughtOn,
      maturesOn: redeemedOn,
      redeemedOn,
      paidOn: [boughtOn],
    },
  ];
}

const makers = {
  wealth(purse: Purse, yuan: number): Holding[] {
    const { world, customer, chance } = purse;
    const silence = world.until - customer.lastActive;
    const offered = (customer.kind === 'company' ? companyWealth : personWealth).filter(
      (entry) =>
        suits(customer, entry) &&
        entry.minimum <= yuan &&
        (entry.onSale || entry.termDays! > 200) &&
        (entry.termDays ?? Infinity) > silence + 3,
    );
    if (offered.length === 0) return [];
    const chosen = weighted(chance, offered, (entry) => (entry.weight || 3) * (1 + 0.25 * (entry.risk ?? 1)));
    const termDays = chosen.termDays;
    const boughtOn = openingDay(purse, termDays ?? OPEN_ENDED_DAYS);
    if (boughtOn === null) return [];
    // A private fund and its like earn unevenly; deposits of structure and cash exactly what they say.
    const noise = [0, 0, 0.15, 0.7, 1.6, 2.2][chosen.risk ?? 1]!;
    const yieldOf = (days: number) =>
      (chosen.rate! * days) / 36_500 + (noise / 100) * Math.sqrt(days / 365) * chance.normal();
    const fen = yuan * FEN;
    const made: Holding[] = [
      {
        product: chosen,
        quantity: `${yuan}.0000`,
        principal: fen,
        value: Math.round(fen * (1 + yieldOf(world.until - boughtOn))),
        boughtOn,
        maturesOn: termDays === null ? null : world.days.onOrAfter(boughtOn + termDays),
        redeemedOn: null,
        paidOn: [boughtOn],
      },
    ];
    if (termDays === null) return made;
    if (chance.chance(0.14)) made.push(...formerWealth(purse, chosen, yuan));
    // The same money was in the same product before: a chain of purchases, each paid from the one before.
    let next = made[0]!;
    for (let renewal = 0; renewal < RENEWALS_MAX && chance.chance(RENEWAL_SHARE); renewal += 1) {
      const redeemedOn = world.days.onOrBefore(next.boughtOn - chance.between(0, 3));
      const begun = world.days.onOrBefore(redeemedOn - termDays);
      if (begun <= customer.since || redeemedOn < world.until - HISTORY_DAYS) break;
      const principal = Math.max(chosen.minimum, roundSum((next.principal / FEN) * (0.8 + 0.25 * chance.unit()))) * FEN;
      next = {
        product: chosen,
        quantity: `${principal / FEN}.0000`,
        principal,
        value: Math.round(principal * (1 + yieldOf(redeemedOn - begun))),
        boughtOn: begun,
        maturesOn: redeemedOn,
        redeemedOn,
        paidOn: [begun],
      };
      made.push(next);
    }
    return made;
  },

  fund(purse: Purse, yuan: number): Holding[] {
    const { world, customer, chance, prices } = purse;
    const offered = shelfOf('fund').filter((entry) => suits(customer, entry));
    const chosen = weighted(
      chance,
      offered,
      (entry) => entry.weight * (customer.kind === 'person' && entry.risk === customer.risk ? 2 : 1),
    );
    const walk = prices(chosen);
    const boughtOn = openingDay(purse, OPEN_ENDED_DAYS);
    if (boughtOn === null) return [];
    const then = walk[PRICE_DAYS - (world.until - boughtOn)]!;
    const now = walk[PRICE_DAYS]!;
    const principal = Math.max(100, roundSum((yuan * then) / now));
    const units = Math.floor((principal / then) * 100) / 100;
    const made: Holding[] = [
      {
        product: chosen,
        quantity: `${units.toFixed(2)}00`,
        principal: principal * FEN,
        value: Math.round(units * now * FEN),
        boughtOn,
        maturesOn: null,
        redeemedOn: null,
        paidOn: [boughtOn],
      },
    ];
    if (chance.chance(0.35)) {
      const redeemedOn = world.days.onOrBefore(world.until - chance.between(15, 700));
      const begun = world.days.onOrBefore(redeemedOn - chance.between(20, 500));
      if (begun > customer.since && redeemedOn <= customer.lastActive) {
        const price = walk[PRICE_DAYS - (world.until - begun)]!;
        const sum = roundSum(yuan * (0.3 + 0.6 * chance.unit()));
        const quantity = Math.floor((sum / price) * 100) / 100;
        if (sum >= 100) {
          made.push({
            product: chosen,
            quantity: `${quantity.toFixed(2)}00`,
            principal: sum * FEN,
            value: Math.round(quantity * walk[PRICE_DAYS - (world.until - redeemedOn)]! * FEN),
            boughtOn: begun,
            maturesOn: null,
            redeemedOn,
            paidOn: [begun],
          });
        }
      }
    }
    return made;
  },

  insurance(purse: Purse, yuan: number): Holding[] {
    const { world, customer, chance } = purse;
    const offered =
      customer.kind === 'company'
        ? [product('澜安企业雇主责任险')]
        : personInsurance.filter((entry) => entry.minimum <= yuan && suits(customer, entry));
    if (offered.length === 0) return [];
    const chosen = weighted(chance, offered, (entry) => entry.weight || 1);
    const boughtOn = openingDay(purse, Math.min(chosen.termDays!, 2_200));
    if (boughtOn === null) return [];
    const years = Math.floor((world.until - boughtOn) / 365) + 1;
    const single = customer.kind === 'company' || chance.chance(0.5) || yuan / years < chosen.minimum;
    const payments = single ? 1 : years;
    const premium = Math.max(chosen.minimum, roundSum(yuan / payments));
    const anniversaries = Array.from({ length: payments }, (_, year) => world.days.onOrAfter(boughtOn + year * 365));
    const paidOn = anniversaries.filter((day) => day <= Math.min(world.until, customer.lastActive));
    const principal = premium * paidOn.length * FEN;
    return [
      {
        product: chosen,
        quantity: null,
        principal,
        value: Math.round(principal * Math.min(1.2, 0.9 + 0.025 * ((world.until - boughtOn) / 365))),
        boughtOn,
        maturesOn: boughtOn + chosen.termDays!,
        redeemedOn: null,
        paidOn,
      },
    ];
  },

  bond(purse: Purse, yuan: number): Holding[] {
    const { world, customer, chance } = purse;
    const chosen = weighted(chance, shelfOf('bond'), (entry) => entry.weight);
    const opening = openingDay(purse, chosen.termDays!);
    if (opening === null) return [];
    // Savings bonds are issued on the tenth of a month from March to November.
    const month = Math.min(11, Math.max(3, Number(dateText(opening).slice(5, 7))));
    const shift = opening + 10 - Number(dateText(opening).slice(8));
    const boughtOn = month === Number(dateText(opening).slice(5, 7)) ? shift : opening;
    if (boughtOn <= customer.since || boughtOn > customer.lastActive) return [];
    const fen = Math.floor(yuan / 100) * 100 * FEN;
    if (fen < chosen.minimum * FEN) return [];
    const maturesOn = boughtOn + chosen.termDays!;
    if (maturesOn <= world.until) return [];
    return [
      {
        product: chosen,
        quantity: `${fen / FEN}.0000`,
        principal: fen,
        value: fen + interestOf(fen, chosen.rate!, world.until - boughtOn),
        boughtOn,
        maturesOn,
        redeemedOn: null,
        paidOn: [boughtOn],
      },
    ];
  },
} satisfies Record<string, (purse: Purse, yuan: number) => Holding[]>;
