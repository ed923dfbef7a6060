import { dateText } from './calendar.ts';
import { FEN } from './fen.ts';
import type { Company, Customer, Person, World } from './population.ts';
import { type Product, product } from './products.ts';
import { purposes, type Random, random } from './random.ts';

export interface Loan {
  product: Product;
  /** In fen, as every amount here. */
  amount: number;
  balance: number;
  months: number;
  monthlyPayment: number;
  grantedOn: number;
  maturesOn: number;
  status: 'running' | 'overdue' | 'repaid' | 'defaulted';
  /** Every payment made up to `until`, the last of a bullet loan with the principal. */
  payments: { on: number; fen: number }[];
  /** Who receives the sum that is paid out. */
  payee: string;
}

/** The level payment of an annuity, in fen; `rate` in percent per year. */
function annuity(amount: number, rate: number, months: number): number {
  const monthly = rate / 1_200;
  return Math.round((amount * monthly) / (1 - (1 + monthly) ** -months));
}

/** `months` calendar months after a day, on the same day of the month (at most the 28th). */
function monthsLater(day: number, months: number): number {
  const text = dateText(day);
  const date = Math.min(28, Number(text.slice(8)));
  const index = Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1 + months;
  return Math.round(Date.UTC(Math.floor(index / 12), index % 12, date) / 86_400_000);
}

interface Terms {
  product: Product;
  yuan: number;
  months: number;
  grantedOn: number;
  /** Interest every month and the principal at the end, instead of level payments. */
  bullet: boolean;
  payee: string;
}

/** Runs a contract up to `until`; some borrowers stop paying near the end. */
function run(chance: Random, until: number, terms: Terms): Loan {
  const amount = terms.yuan * FEN;
  const rate = terms.product.rate!;
  const level = terms.bullet ? Math.round((amount * rate) / 1_200) : annuity(amount, rate, terms.months);
  const maturesOn = monthsLater(terms.grantedOn, terms.months);
  const mark = chance.unit();
  const missed = mark < 0.022 ? chance.between(1, 3) : 0;
  const due: number[] = [];
  for (let month = 1; month <= terms.months; month += 1) {
    const day = monthsLater(terms.grantedOn, month);
    if (day > until) break;
    due.push(day);
  }
  const ended = due.length === terms.months;
  const paid = due.slice(0, due.length - Math.min(missed, due.length));
  const payments: Loan['payments'] = [];
  let balance = amount;
  for (const [position, on] of paid.entries()) {
    const interest = Math.round((balance * rate) / 1_200);
    const last = position === terms.months - 1;
    const principal = last ? balance : terms.bullet ? 0 : Math.min(balance, level - interest);
    payments.push({ on, fen: interest + principal });
    balance -= principal;
  }
  return {
    product: terms.product,
    amount,
    balance,
    months: terms.months,
    monthlyPayment: level,
    grantedOn: terms.grantedOn,
    maturesOn,
    status: paid.length < due.length ? (ended ? 'defaulted' : 'overdue') : ended ? 'repaid' : 'running',
    payments,
    payee: terms.payee,
  };
}

const round = (yuan: number, step: number) => Math.max(step, Math.round(yuan / step) * step);

function grantDay(chance: Random, customer: Customer, world: World, yearsMax: number): number | null {
  const earliest = Math.max(customer.since + 30, world.until - Math.round(yearsMax * 365));
  if (earliest > world.until - 5) return null;
  return world.days.onOrBefore(chance.between(earliest, world.until - 5));
}

function personLoans(chance: Random, person: Person, world: World): Loan[] {
  const { until } = world;
  const loans: Loan[] = [];
  const income = Math.max(person.income, 5_000);
  const mortgageShare = person.rank < 0.25 ? 0.06 : person.rank < 0.85 ? 0.2 : 0.15;
  if (person.role !== 'spouse' && person.age >= 26 && person.age <= 55 && chance.chance(mortgageShare)) {
    const months = chance.pick([180, 240, 240, 300, 360, 360]);
    const grantedOn = grantDay(chance, person, world, Math.min(9, person.age - 25));
    const affordable = income * 0.5 * months * 0.62;
    const yuan = round(Math.min(chance.around(860_000, 0.4), affordable, 6_000_000), 10_000);
    if (grantedOn !== null && yuan >= 150_000) {
      loans.push(
        run(chance, until, {
          product: product('个人住房按揭贷款'),
          yuan,
          months,
          grantedOn,
          bullet: false,
          payee: '江城市云居房地产开发有限公司',
        }),
      );
    }
  }
  if (person.age >= 23 && person.age <= 57 && chance.chance(0.085)) {
    const furnishing = chance.chance(0.3);
    const months = chance.pick(furnishing ? [36, 60, 60] : [12, 24, 36, 36]);
    const grantedOn = grantDay(chance, person, world, months / 12 + 0.8);
    const yuan = round(Math.min(chance.around(furnishing ? 160_000 : 70_000, 0.5), income * 14, 300_000), 5_000);
    if (grantedOn !== null) {
      const sort = product(furnishing ? '家装分期贷款' : '听澜消费贷');
      loans.push(
        run(chance, until, {
          product: sort,
          yuan,
          months,
          grantedOn,
          bullet: false,
          payee: furnishing ? '云浦市宏艺装饰工程有限公司' : person.name,
        }),
      );
    }
  }
  if (person.occupation.income === 'trade' && person.rank > 0.4 && chance.chance(0.16)) {
    const grantedOn = grantDay(chance, person, world, 1.6);
    const yuan = round(Math.min(chance.around(600_000, 0.6), 5_000_000), 50_000);
    if (grantedOn !== null) {
      loans.push(
        run(chance, until, {
          product: product('个人经营贷款'),
          yuan,
          months: 12,
          grantedOn,
          bullet: true,
          payee: person.name,
        }),
      );
    }
  }
  return loans;
}

function companyLoans(chance: Random, company: Company, world: World): Loan[] {
  const { until } = world;
  const loans: Loan[] = [];
  const count = chance.chance(0.34) ? 1 + Number(chance.chance(0.3)) : 0;
  for (let number = 0; number < count; number += 1) {
    const grantedOn = grantDay(chance, company, world, 1.7);
    if (grantedOn === null) continue;
    const yuan = round(Math.min(Math.max(company.wealth * chance.around(1.1, 0.5), 500_000), 80_000_000), 100_000);
    const technical = company.industry.section === '信息技术服务业';
    loans.push(
      run(chance, until, {
        product: product(technical ? '科创企业信用贷款' : '流动资金贷款'),
        yuan,
        months: chance.pick([6, 12, 12, 12]),
        grantedOn,
        bullet: true,
        payee: company.name,
      }),
    );
  }
  return loans;
}

/** Nobody who has left or gone silent owes anything: a debtor is heard of every month. */
export function loansOf(world: World, customer: Customer): Loan[] {
  if (customer.lastActive < world.until || customer.status === 'closed') return [];
  const chance = random(world.seed, purposes.loans, customer.index);
  return customer.kind === 'person' ? personLoans(chance, customer, world) : companyLoans(chance, customer, world);
}
