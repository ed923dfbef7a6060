import { FEN } from './fen.ts';
import { type Product, shelfOf } from './products.ts';
import { interestOf, openingDay, type Purse, renewals, roundSum } from './purse.ts';
import { weighted } from './random.ts';

export interface TermDeposit {
  product: Product;
  fen: number;
  openedOn: number;
  maturesOn: number;
  /** Paid back before `until`, with the interest in fen. */
  closed: { on: number; interest: number } | null;
}

const personTerms = shelfOf('deposit').filter((entry) => entry.termDays !== null && entry.weight > 0);
const companyTerms = shelfOf('deposit').filter((entry) => entry.name.startsWith('单位定期'));

/** A deposit that still runs, and those it followed. */
export function heldTerm(purse: Purse, yuan: number): TermDeposit[] {
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
  for (let renewal = 0; renewal < renewals.max && chance.chance(renewals.share); renewal += 1) {
    const closedOn = next.openedOn;
    const begun = world.days.onOrBefore(closedOn - termDays);
    if (begun <= customer.since || closedOn < world.until - renewals.historyDays) break;
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

/** Deposits that ended within the last two years and were not renewed. */
export function formerTerms({ world, customer, chance }: Purse): TermDeposit[] {
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

/** A deposit that ends on the day on which its money leaves. */
export function endingTerm({ customer, chance }: Purse, on: number, fen: number): TermDeposit {
  const offered = customer.kind === 'company' ? companyTerms : personTerms;
  const chosen = chance.pick(offered.filter((entry) => entry.termDays! <= on - customer.since));
  return ended(chosen, fen, on - chosen.termDays!, on);
}
