import type { Assets } from './assets.ts';
import { monthsBetween } from './calendar.ts';
import { type Cash, dayIn, openCash, wire } from './cash.ts';
import { FEN } from './fen.ts';
import { partyOf } from './ledger.ts';
import {
  ACQUIRER,
  BROKER,
  bills,
  PHONE_COMPANY,
  phoneBills,
  SOCIAL_INSURANCE,
  seasonal,
  spendings,
} from './merchants.ts';
import { companyName, someone } from './names.ts';
import type { StandingOrder } from './orders.ts';
import type { Person, World } from './population.ts';
import { purposes, random } from './random.ts';

/** Two years in the life of a private customer's current account. */
export function personCash(world: World, person: Person, assets: Assets, orders: StandingOrder[], start: number): Cash {
  const chance = random(world.seed, purposes.ledger, person.index);
  const cash = openCash(world, person, assets, start, chance, Math.round(person.income * 0.7 * FEN));
  income(cash, person);
  spending(cash, person);
  householdBills(cash, person);
  cashWithdrawals(cash, person);
  friends(cash, person);
  if (person.risk >= 4) broker(cash, person);
  for (const order of orders) {
    for (const { first } of monthsBetween(cash.from, cash.to)) {
      const day = dayIn(cash, first, order.dayOfMonth);
      if (day === undefined) continue;
      const kind = order.purpose === 'insurance' ? 'insurance' : 'transfer';
      const paid = wire(cash, day, 7 * 60 + 30, -order.fen, order.wording, order.payee, kind);
      paid.channel = 'system';
      paid.resolve = 'duty';
    }
  }
  return cash;
}

const PAY_DAYS = [5, 8, 10, 10, 12, 15, 15, 20, 25, 28];
const PENSION_DAY = 15;

function income(cash: Cash, person: Person): void {
  const { chance, journal } = cash;
  const { occupation } = person;
  const months = monthsBetween(cash.from, cash.to);
  if (!person.incomeHere) {
    outsideMoney(cash, person);
    return;
  }
  if (occupation.income === 'wage') {
    const payDay = chance.pick(PAY_DAYS);
    const bonusMonth = chance.between(1, 2);
    for (const { first, month } of months) {
      const day = cash.world.days.onOrBefore(first + payDay - 1);
      if (day < cash.from || day > cash.to) continue;
      const fen = Math.round(person.income * FEN * (1 + 0.03 * chance.normal()));
      journal.add(day, chance.between(9 * 60, 11 * 60), fen, 'salary', 'system', '代发工资', person.employer);
      if (month === bonusMonth && chance.chance(0.7)) {
        const bonus = Math.round(person.income * FEN * (0.6 + 2.4 * chance.unit()));
        journal.add(day, 11 * 60 + 20, bonus, 'salary', 'system', '年终奖', person.employer);
      }
    }
    return;
  }
  if (occupation.income === 'pension') {
    const fen = Math.round(person.income * FEN);
    for (const { first, year } of months) {
      const day = dayIn(cash, first, PENSION_DAY);
      // Pensions rise a little every year.
      const raised = Math.round(fen * 1.025 ** (year - 2024));
      if (day !== undefined) journal.add(day, 6 * 60 + 40, raised, 'pension', 'system', '养老金', SOCIAL_INSURANCE);
    }
    return;
  }
  if (occupation.income === 'trade') {
    const partners = [0, 1, 2].map(() => partyOf(chance, companyName(chance).name));
    const shop = occupation.name === '个体工商户' || occupation.name === '网约车司机';
    for (const { first, last } of months) {
      const sums = chance.count(shop ? 3.4 : 2);
      for (let sum = 0; sum < sums; sum += 1) {
        const day = cash.world.days.onOrBefore(chance.between(first, last));
        if (day < cash.from || day > cash.to) continue;
        const fen = Math.round(chance.around(person.income / (shop ? 3.4 : 2), 0.55) * FEN);
        if (shop) journal.add(day, 5 * 60 + 10, fen, 'transfer', 'system', '收单资金结算', ACQUIRER);
        else
          wire(
            cash,
            day,
            chance.between(9 * 60, 18 * 60),
            fen - (fen % (100 * FEN)),
            chance.pick(['货款', '劳务费', '项目款', '经营收入']),
            chance.pick(partners),
          );
      }
    }
    return;
  }
  outsideMoney(cash, person);
}

/** Who is paid elsewhere, or not at all, brings what he means to spend: his own money, or that of the family. */
function outsideMoney(cash: Cash, person: Person): void {
  const { chance, journal, course } = cash;
  const minor = person.age < 18;
  if (minor || person.occupation.income === 'none') {
    const giver = person.provider ? partyOf(chance, person.provider.name) : partyOf(chance, someone(chance));
    // For children parents lay something by every month; the grown-up receive what a household or a student needs.
    const savings = minor && chance.chance(0.75) ? chance.between(1, 6) * 100 : 0;
    const monthly = minor ? savings : person.age < 25 ? 1_600 : 4_500;
    const wording = minor ? '教育储蓄' : person.age < 25 ? '生活费' : '家用';
    for (const { first, month } of monthsBetween(cash.from, cash.to)) {
      const day = dayIn(cash, first, 3);
      if (day !== undefined && monthly > 0 && (minor || chance.chance(0.75))) {
        const yuan = minor ? monthly : Math.round(chance.around(monthly, 0.2) / 100) * 100;
        wire(cash, day, chance.between(8 * 60, 21 * 60), yuan * FEN, wording, giver);
      }
      const festival = dayIn(cash, first, chance.between(8, 24));
      if (minor && month === 2 && festival !== undefined) {
        journal.add(
          festival,
          chance.between(9 * 60, 20 * 60),
          chance.between(5, 60) * 100 * FEN,
          'transfer',
          'mobile',
          '压岁钱',
          giver.name,
        );
      }
    }
    return;
  }
  const needed = person.liveliness * 210 * Math.sqrt(Math.max(person.income, 3_000) / 10_000);
  const home = { name: course.owner, bank: course.homeBank, account: course.homeAccount };
  for (const { first } of monthsBetween(cash.from, cash.to)) {
    const day = dayIn(cash, first, chance.between(1, 25));
    if (day === undefined || needed < 150 || !chance.chance(0.6)) continue;
    const fen = Math.max(1, Math.round((needed * 1.5) / 100)) * 100 * FEN;
    if (person.age > 58)
      journal.add(
        cash.world.days.onOrBefore(day),
        chance.between(9 * 60, 16 * 60),
        fen,
        'cash',
        'counter',
        '现金存入',
        null,
      );
    else wire(cash, day, chance.between(8 * 60, 22 * 60), fen, '本人他行转入', home);
  }
}

/** People spend on weekends and holidays rather than on working days. */
const WORKDAY_SHARE = 0.62;

function spending(cash: Cash, person: Person): void {
  const { chance, journal } = cash;
  if (person.liveliness === 0) return;
  const scale = (Math.max(person.income, 3_000) / 10_000) ** 0.5 * (person.rank > 0.97 ? 1.7 : 1);
  const calm = person.age > 66 ? 0.45 : person.age > 55 ? 0.75 : 1;
  for (const { first, last, month } of monthsBetween(cash.from, cash.to)) {
    const times = chance.count(person.liveliness * calm * seasonal[month - 1]!);
    for (let time = 0; time < times; time += 1) {
      let day = chance.between(first, last);
      if (cash.world.days.kind(day) === 'workday' && !chance.chance(WORKDAY_SHARE)) day = chance.between(first, last);
      if (day < cash.from || day > cash.to) continue;
      const what = spendings.draw(chance);
      const yuan = chance.around(what.yuan * scale, what.sigma);
      const fen = Math.max(100, chance.chance(0.4) ? Math.round(yuan) * FEN : Math.round(yuan * 10) * 10);
      journal.add(
        day,
        chance.between(what.from * 60, what.to * 60 + 55),
        -fen,
        what.kind,
        what.channel,
        what.purpose,
        chance.pick(what.shops),
      );
    }
  }
}

function householdBills(cash: Cash, person: Person): void {
  const { chance, journal } = cash;
  if (person.age < 22) return;
  const home = person.role !== 'spouse' && person.incomeHere && chance.chance(0.34);
  const phone = chance.chance(0.24) ? chance.pick(phoneBills) : 0;
  const billDay = chance.between(8, 22);
  const size = 0.6 + 0.8 * chance.unit();
  for (const { first, month } of monthsBetween(cash.from, cash.to)) {
    const day = dayIn(cash, first, billDay);
    if (day === undefined) continue;
    if (phone > 0) journal.add(day, 6 * 60 + 15, -phone * FEN, 'payment', 'system', '代扣话费', PHONE_COMPANY);
    if (!home) continue;
    for (const [position, bill] of bills.entries()) {
      if (bill.odd !== (month % 2 === 1)) continue;
      const fen = Math.round((bill.low + (bill.high - bill.low) * chance.unit()) * size * FEN);
      journal.add(day, 6 * 60 + 20 + position, -fen, 'payment', 'system', bill.purpose, bill.payee);
    }
  }
}

const CASH_YUAN = [200, 300, 500, 500, 1_000, 1_000, 2_000, 3_000, 5_000];

function cashWithdrawals(cash: Cash, person: Person): void {
  const { chance, journal } = cash;
  if (person.age < 18) return;
  const mean = person.age >= 60 ? 0.65 : 0.07;
  for (const { first, last } of monthsBetween(cash.from, cash.to)) {
    for (let times = chance.count(mean); times > 0; times -= 1) {
      const day = chance.between(first, last);
      if (day < cash.from || day > cash.to) continue;
      journal.add(day, chance.between(8 * 60, 20 * 60), -chance.pick(CASH_YUAN) * FEN, 'cash', 'atm', 'ATM 取款', null);
    }
  }
}

const RED_PACKET_YUAN = [200, 500, 600, 800, 1_000, 1_200, 2_000, 6_600];
const GIFT_YUAN = [100, 200, 300, 500, 800, 1_000, 1_500, 2_000, 3_000, 5_000];

function friends(cash: Cash, person: Person): void {
  const { chance } = cash;
  if (person.age < 18) return;
  const circle = [0, 1, 2].map(() => partyOf(chance, someone(chance)));
  const size = Math.max(1, Math.round((Math.max(person.income, 4_000) / 12_000) ** 0.7));
  const [out, back] = person.age < 60 ? [0.4, 0.3] : [0.14, 0.18];
  for (const { first, last, month } of monthsBetween(cash.from, cash.to)) {
    for (const direction of [-1, 1]) {
      for (
        let times = chance.count((direction < 0 ? out : back) * Math.min(1.6, 0.4 + person.liveliness / 4));
        times > 0;
        times -= 1
      ) {
        const day = chance.between(first, last);
        if (day < cash.from || day > cash.to) continue;
        const fen = chance.pick(GIFT_YUAN) * size * FEN;
        wire(
          cash,
          day,
          chance.between(8 * 60, 22 * 60),
          direction * fen,
          direction < 0 ? chance.pick(['转账', '还款', '聚餐', '礼金']) : chance.pick(['转账', '还款', 'AA 收款']),
          chance.pick(circle),
        );
      }
    }
    const day = chance.between(first, last);
    if (month <= 2 && day >= cash.from && day <= cash.to && person.age > 28 && chance.chance(0.35)) {
      wire(
        cash,
        day,
        chance.between(10 * 60, 21 * 60),
        -chance.pick(RED_PACKET_YUAN) * FEN,
        '新年红包',
        chance.pick(circle),
      );
    }
  }
}

/** Those who like risk also trade securities elsewhere. */
function broker(cash: Cash, person: Person): void {
  const { chance, journal } = cash;
  if (!chance.chance(0.45)) return;
  const usual = Math.max(5_000, person.wealth * 0.01);
  for (const { first, last } of monthsBetween(cash.from, cash.to)) {
    if (!chance.chance(0.3)) continue;
    const day = cash.world.days.onOrBefore(chance.between(first, last));
    if (day < cash.from || day > cash.to) continue;
    const fen = Math.round(chance.around(usual, 0.6) / 1_000) * 1_000 * FEN;
    const away = chance.chance(0.5);
    journal.add(
      day,
      chance.between(9 * 60 + 20, 14 * 60 + 50),
      away ? -fen : fen,
      'transfer',
      'mobile',
      away ? '银证转账转出' : '银证转账转入',
      BROKER,
    );
  }
}
