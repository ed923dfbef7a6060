import type { Assets } from './assets.ts';
import { monthsBetween } from './calendar.ts';
import { FEN } from './fen.ts';
import { type AccountCourse, type Journal, journal, type Kind, type Movement, type Party, partyOf } from './ledger.ts';
import type { Customer, World } from './population.ts';
import type { Random } from './random.ts';

/** The current account of one customer while it is being filled with movements. */
export interface Cash {
  world: World;
  chance: Random;
  journal: Journal;
  /** The first and the last day on which the customer himself does something. */
  from: number;
  to: number;
  course: AccountCourse;
}

const TWO_YEARS_DAYS = 730;
/** What a customer who has left used to keep. */
const FORMER_LEVEL_FEN = 3_000 * FEN;

/**
 * Opens the current account at `start` (the first day of the history) with what it held then, and enters everything that
 * follows from the other assets: deposits, products, loans, the quarter's interest and sums that stand out.
 */
export function openCash(
  world: World,
  customer: Customer,
  assets: Assets,
  start: number,
  chance: Random,
  slack: number,
): Cash {
  const home = partyOf(chance, customer.name);
  const aim = customer.status === 'closed' ? FORMER_LEVEL_FEN : assets.current;
  const move = assets.bigMove;
  const level = (day: number) => {
    const usual = Math.round(aim * (1 - (assets.growth * (world.until - day)) / TWO_YEARS_DAYS));
    if (!move || move.fromDeposit || day >= move.on) return usual;
    return Math.max(0, usual + (move.direction === 'out' ? move.fen : -move.fen));
  };
  const from = Math.max(start, customer.since);
  const cash: Cash = {
    world,
    chance,
    journal: journal(),
    from,
    to: Math.min(customer.lastActive, world.until),
    course: {
      opening: customer.since >= start ? 0 : level(start - 1),
      level,
      slack,
      sweepMax: Math.max(SWEEP_MAX_FEN, Math.round(customer.wealth * SWEEP_MAX_SHARE) * FEN),
      owner: customer.name,
      homeBank: home.bank,
      homeAccount: home.account,
    },
  };
  if (customer.since >= start) opening(cash, level(customer.since));
  deposits(cash, customer, assets);
  products(cash, assets);
  borrowing(cash, customer, assets);
  interest(cash);
  sweeps(cash, home);
  if (move && move.on >= from) standOut(cash, customer, assets, home);
  if (customer.status === 'closed') {
    const farewell = cash.journal.add(cash.to, 16 * 60, -Number.MAX_SAFE_INTEGER, 'cash', 'counter', '销户取款', null);
    farewell.resolve = 'drain';
  }
  return cash;
}

/** Adds a movement to or from an account at another bank. */
export function wire(
  cash: Cash,
  day: number,
  minute: number,
  fen: number,
  purpose: string,
  party: Party,
  kind: Kind = 'transfer',
): Movement {
  const move = cash.journal.add(day, minute, fen, kind, 'mobile', purpose, party.name);
  move.bank = party.bank;
  move.partyAccount = party.account;
  return move;
}

function opening(cash: Cash, fen: number): void {
  const sum = Math.max(10 * FEN, fen - (fen % FEN));
  const counter = cash.chance.chance(0.7);
  cash.journal.add(
    cash.from,
    9 * 60 + cash.chance.between(5, 200),
    sum,
    counter ? 'cash' : 'transfer',
    counter ? 'counter' : 'mobile',
    '开户存入',
    null,
  );
}

function deposits(cash: Cash, customer: Customer, assets: Assets): void {
  const { chance, from, journal: book, world } = cash;
  for (const term of assets.terms) {
    if (term.openedOn >= from) {
      const counter = customer.kind === 'company' || chance.chance(0.4);
      const minute = counter ? chance.between(9 * 60 + 40, 16 * 60) : chance.between(9 * 60 + 40, 21 * 60);
      book.add(
        term.openedOn,
        minute,
        -term.fen,
        'purchase',
        counter ? 'counter' : 'mobile',
        '转存定期',
        customer.name,
      ).resolve = 'duty';
    }
    if (term.closed && term.closed.on >= from && term.closed.on <= world.until) {
      book.add(
        term.closed.on,
        9 * 60 + 31,
        term.fen + term.closed.interest,
        'redemption',
        'system',
        '定期到期转活期',
        customer.name,
      );
    }
  }
}

function products(cash: Cash, assets: Assets): void {
  const { chance, from, journal: book } = cash;
  for (const holding of assets.holdings) {
    const name = holding.product.name;
    const insured = holding.product.class === 'insurance';
    for (const [position, day] of holding.paidOn.entries()) {
      if (day < from) continue;
      const first = position === 0;
      const channel = !first ? 'system' : chance.chance(insured ? 0.1 : 0.8) ? 'mobile' : 'counter';
      const minute =
        channel === 'counter'
          ? chance.between(9 * 60 + 40, 16 * 60)
          : channel === 'system'
            ? 510
            : chance.between(10 * 60, 21 * 60);
      const fen = -Math.round(holding.principal / holding.paidOn.length);
      const purpose = insured ? `${first ? '保险首期保费' : '保险续期保费'} ${name}` : `购买 ${name}`;
      book.add(day, minute, fen, insured && !first ? 'insurance' : 'purchase', channel, purpose, null).resolve = 'duty';
    }
    if (holding.redeemedOn !== null && holding.redeemedOn >= from) {
      const matured = holding.maturesOn !== null;
      book.add(
        holding.redeemedOn,
        9 * 60 + 30,
        holding.value,
        'redemption',
        matured ? 'system' : 'mobile',
        `${matured ? '到期兑付' : '赎回'} ${name}`,
        null,
      );
    }
  }
}

function borrowing(cash: Cash, customer: Customer, assets: Assets): void {
  const { from, journal: book } = cash;
  for (const loan of assets.loans) {
    if (loan.grantedOn >= from) {
      book.add(loan.grantedOn, 10 * 60 + 15, loan.amount, 'loan', 'counter', `${loan.product.name}发放`, null);
      if (loan.payee !== customer.name) {
        const paid = book.add(
          loan.grantedOn,
          10 * 60 + 24,
          -loan.amount,
          'transfer',
          'counter',
          '贷款受托支付',
          loan.payee,
        );
        paid.resolve = 'duty';
      }
    }
    for (const { on, fen } of loan.payments) {
      if (on >= from)
        book.add(on, 8 * 60 + 20, -fen, 'loan', 'system', `${loan.product.name}还款`, null).resolve = 'duty';
    }
  }
}

const INTEREST_DAY = 21;
const INTEREST_MINUTE = 125;

function interest(cash: Cash): void {
  for (const { first, month } of monthsBetween(cash.from, cash.world.until)) {
    const day = first + INTEREST_DAY - 1;
    if (month % 3 !== 0 || day < cash.from || day > cash.world.until) continue;
    cash.journal.add(day, INTEREST_MINUTE, 0, 'interest', 'system', '结息', null).computed = 'interest';
  }
}

const SWEEP_SHARE = 0.8;
const SWEEPS_PER_MONTH = 2;
const SWEEP_MAX_SHARE = 0.2;
const SWEEP_MAX_FEN = 1_200 * FEN;

/** Every other week people look at what lies idle. */
function sweeps(cash: Cash, home: Party): void {
  const { chance, from, to } = cash;
  for (const { first } of monthsBetween(from, to)) {
    for (let half = 0; half < SWEEPS_PER_MONTH; half += 1) {
      const day = cash.world.days.onOrAfter(first + half * 13 + chance.between(0, 12));
      if (!chance.chance(SWEEP_SHARE) || day < from || day > to) continue;
      const moved = wire(cash, day, chance.between(9 * 60, 22 * 60), 0, '本人他行转出', home);
      moved.computed = 'sweep';
    }
  }
}

const reasonsOut = ['购房首付款', '本人他行转出', '投资款', '工程款', '借款', '购车款'] as const;
const reasonsIn = ['房屋出售款', '本人他行转入', '分红款', '拆迁补偿款', '项目结算款'] as const;

function standOut(cash: Cash, customer: Customer, assets: Assets, home: Party): void {
  const { chance } = cash;
  const move = assets.bigMove!;
  const minute = chance.between(9 * 60 + 45, 16 * 60 + 20);
  const reason = chance.pick(move.direction === 'out' ? reasonsOut : reasonsIn);
  const party = reason.startsWith('本人') ? home : partyOf(chance, counterpartOf(reason));
  const fen = move.direction === 'out' ? -move.fen : move.fen;
  const entry = wire(cash, move.on, minute, fen, reason, party);
  entry.resolve = 'drain';
  if (customer.kind === 'company') entry.channel = 'web';
}

function counterpartOf(reason: string): string {
  if (reason.startsWith('购房')) return '江城市云居房地产开发有限公司';
  if (reason.startsWith('购车')) return '云浦市远途汽车销售有限公司';
  if (reason.startsWith('拆迁')) return '澜州市土地房屋征收中心';
  return '岚州恒创实业有限公司';
}

/** Every month that the customer lived with the account, with a day drawn in it that lies within his time; undefined else. */
export function dayIn(cash: Cash, first: number, date: number): number | undefined {
  const day = first + date - 1;
  return day >= cash.from && day <= cash.to ? day : undefined;
}
