import type { Assets } from './assets.ts';
import { monthsBetween } from './calendar.ts';
import { type Cash, dayIn, openCash, wire } from './cash.ts';
import { FEN } from './fen.ts';
import { partyOf } from './ledger.ts';
import { seasonal, TAX_OFFICE } from './merchants.ts';
import { companyName } from './names.ts';
import type { Company, World } from './population.ts';
import { purposes, random } from './random.ts';

const limits = { turnoverMinYuan: 12_000, sumsMean: 2.9 };
const PAYROLL_DAYS = [5, 10, 10, 15, 15, 20];
const TAX_DAY = 15;

/** The settlement account of a company: takings, suppliers, wages, tax. */
export function companyCash(world: World, company: Company, assets: Assets, start: number): Cash {
  const chance = random(world.seed, purposes.ledger, company.index);
  const monthly = Math.max(
    limits.turnoverMinYuan,
    (assets.current / FEN / 12) * company.industry.turnover * chance.around(0.7, 0.4),
  );
  const cash = openCash(world, company, assets, start, chance, Math.round(monthly * 0.8 * FEN));
  const largest = Math.max(limits.turnoverMinYuan, company.wealth * 0.2);
  const customers = Array.from({ length: 5 }, () => partyOf(chance, companyName(chance).name));
  const suppliers = Array.from({ length: 4 }, () => partyOf(chance, companyName(chance).name));
  const wording =
    company.industry.section === '建筑业' ? '工程款' : company.industry.section.includes('服务业') ? '服务费' : '货款';
  const payrollDay = chance.pick(PAYROLL_DAYS);
  const wageShare = 0.06 + 0.12 * chance.unit();
  const costShare = 0.74 - wageShare;
  const wages = chance.chance(0.7);
  for (const { first, last, month } of monthsBetween(cash.from, cash.to)) {
    const season = month === 2 ? 0.6 : 2 - seasonal[month - 1]! * 0.95;
    for (const [parties, direction, share] of [
      [customers, 1, 1],
      [suppliers, -1, costShare],
    ] as const) {
      for (let sums = chance.count(limits.sumsMean); sums > 0; sums -= 1) {
        const day = cash.world.days.onOrBefore(chance.between(first, last));
        if (day < cash.from || day > cash.to) continue;
        const yuan = Math.min(chance.around((monthly * share * season) / limits.sumsMean, 0.6), largest);
        const fen = yuan > 5_000 ? Math.round(yuan / 100) * 100 * FEN : Math.round(yuan * FEN);
        wire(cash, day, chance.between(9 * 60, 17 * 60), direction * fen, wording, chance.pick(parties)).channel =
          chance.chance(0.85) ? 'web' : 'counter';
      }
    }
    const payday = cash.world.days.onOrBefore(first + payrollDay - 1);
    if (wages && payday >= cash.from && payday <= cash.to) {
      const fen = Math.round(monthly * wageShare * FEN * (1 + 0.04 * chance.normal()));
      const paid = cash.journal.add(payday, 9 * 60 + 10, -fen, 'salary', 'web', '代发工资', '代发工资过渡户');
      paid.resolve = 'duty';
    }
    const taxDay = cash.world.days.onOrAfter(dayIn(cash, first, TAX_DAY) ?? cash.to + 1);
    if (taxDay <= cash.to) {
      cash.journal.add(
        taxDay,
        10 * 60 + 5,
        -Math.round(monthly * 0.028 * season * FEN),
        'payment',
        'web',
        '实时缴税',
        TAX_OFFICE,
      );
    }
    const billDay = dayIn(cash, first, 22);
    if (billDay !== undefined) {
      cash.journal.add(
        billDay,
        6 * 60 + 40,
        -Math.round(chance.around(monthly * 0.006, 0.4) * FEN),
        'payment',
        'system',
        '代扣电费',
        '澜州供电公司',
      );
      if (month % 3 === 0) cash.journal.add(billDay, 6 * 60 + 45, -150 * FEN, 'fee', 'system', '账户服务费', null);
    }
  }
  return cash;
}
