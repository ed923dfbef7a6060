import { dateText } from './calendar.ts';
import { FEN } from './fen.ts';
import type { Customer } from './population.ts';
import { PRICE_DAYS, type Product, product, shelfOf } from './products.ts';
import { interestOf, openingDay, type Purse, renewals, roundSum } from './purse.ts';
import { weighted } from './random.ts';

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

const companyWealth = shelfOf('wealth').filter(
  (entry) => entry.name.includes('单位专属') || entry.name.startsWith('结构性存款'),
);
const personWealth = shelfOf('wealth').filter((entry) => entry.weight > 0);
const personInsurance = shelfOf('insurance').filter((entry) => entry.weight > 0);
/** Nobody may hold what is riskier than he is; without an assessment only R1. */
const suits = (customer: Customer, entry: Product) =>
  (entry.risk ?? 1) <= (customer.kind === 'company' ? 3 : Math.max(1, customer.risk));

/** How long ago what has no term may have been bought; prices reach further. */
const OPEN_ENDED_DAYS = 1_400;

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

/** For a sum in yuan: what is held now, and what was held before it. */
export const makers = {
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
    for (let renewal = 0; renewal < renewals.max && chance.chance(renewals.share); renewal += 1) {
      const redeemedOn = world.days.onOrBefore(next.boughtOn - chance.between(0, 3));
      const begun = world.days.onOrBefore(redeemedOn - termDays);
      if (begun <= customer.since || redeemedOn < world.until - renewals.historyDays) break;
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
