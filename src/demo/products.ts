import { recordId } from '#metadata';
import { sources } from './institution.ts';
import { purposes, random } from './random.ts';

export type ProductClass = 'deposit' | 'wealth' | 'fund' | 'insurance' | 'bond' | 'loan' | 'card';
export type RiskLevel = 1 | 2 | 3 | 4 | 5;

export interface Product {
  id: string;
  code: string;
  name: string;
  class: ProductClass;
  /** 1 … 5 for R1 … R5; null where the level has no meaning. */
  risk: RiskLevel | null;
  /** Percent per year: what it pays, or costs for a loan. */
  rate: number | null;
  /** Days until each purchase matures; null when there is no term. */
  termDays: number | null;
  /** How often it is chosen among its class. */
  weight: number;
  /** Smallest purchase in yuan. */
  minimum: number;
  onSale: boolean;
}

type Line = [
  name: string,
  risk: RiskLevel | null,
  rate: number | null,
  termDays: number | null,
  weight: number,
  minimum: number,
];

const shelfLines: Record<ProductClass, { prefix: string; lines: Line[] }> = {
  deposit: {
    prefix: 'D',
    lines: [
      ['个人活期存款', 1, 0.05, null, 0, 1],
      ['单位活期存款', 1, 0.05, null, 0, 1],
      ['整存整取定期存款 3 个月', 1, 0.85, 91, 8, 1_000],
      ['整存整取定期存款 6 个月', 1, 1.1, 182, 14, 1_000],
      ['整存整取定期存款 1 年', 1, 1.3, 365, 32, 1_000],
      ['整存整取定期存款 2 年', 1, 1.45, 730, 16, 1_000],
      ['整存整取定期存款 3 年', 1, 1.75, 1_095, 26, 1_000],
      ['个人大额存单 1 年', 1, 1.5, 365, 10, 200_000],
      ['个人大额存单 3 年', 1, 1.9, 1_095, 12, 200_000],
      ['单位定期存款 6 个月', 1, 1.1, 182, 0, 10_000],
      ['单位定期存款 1 年', 1, 1.35, 365, 0, 10_000],
    ],
  },
  wealth: {
    prefix: 'W',
    lines: [
      ['听澜·朝汐天天盈现金管理类理财', 1, 1.45, null, 22, 1],
      ['听澜·朝汐日日添利 B 款', 1, 1.52, null, 10, 1],
      ['听澜·安澜固收 7 天持有期', 2, 1.85, 7, 2, 1],
      ['听澜·安澜固收 14 天持有期', 2, 1.92, 14, 3, 1],
      ['听澜·安澜固收 30 天持有期', 2, 2.05, 30, 7, 1],
      ['听澜·安澜固收 60 天持有期', 2, 2.15, 60, 6, 1],
      ['听澜·安澜固收 90 天持有期', 2, 2.3, 90, 10, 1],
      ['听澜·安澜固收 180 天持有期', 2, 2.5, 180, 12, 1],
      ['听澜·安澜固收 270 天封闭式', 2, 2.6, 270, 5, 10_000],
      ['听澜·安澜固收 1 年封闭式', 2, 2.75, 365, 9, 10_000],
      ['听澜·安澜固收 18 个月封闭式', 2, 2.9, 545, 4, 10_000],
      ['听澜·安澜固收 2 年定期开放', 2, 3.05, 730, 3, 10_000],
      ['听澜·月满单位专属 90 天', 2, 2.2, 90, 0, 100_000],
      ['听澜·月满单位专属 180 天', 2, 2.4, 180, 0, 100_000],
      ['听澜·锦帆固收增强 180 天持有期', 3, 2.95, 180, 5, 1],
      ['听澜·锦帆固收增强 1 年持有期', 3, 3.2, 365, 5, 1],
      ['听澜·锦帆养老目标 5 年封闭式', 3, 3.8, 1_825, 2, 1],
      ['听澜·远航混合 1 年持有期', 3, 3.6, 365, 3, 1],
      ['听澜·远航混合 2 年封闭式', 4, 4.2, 730, 2, 10_000],
      ['听澜·远航量化权益 1 年持有期', 4, 4.8, 365, 2, 10_000],
      ['听澜·揽月指数挂钩结构性理财 180 天', 4, 4.5, 180, 1.5, 50_000],
      ['听澜·揽月衍生策略私募理财 1 年', 5, 6, 365, 0.8, 1_000_000],
      ['听澜·汇通美元固收 1 年封闭式', 2, 3.9, 365, 1, 10_000],
      ['结构性存款 90 天', 1, 2, 90, 5, 10_000],
      ['结构性存款 180 天', 1, 2.15, 180, 5, 10_000],
    ],
  },
  fund: {
    prefix: 'F',
    lines: [
      ['澜石货币市场基金 A', 1, 1.4, null, 10, 10],
      ['澜石短债债券基金 A', 2, 2.2, null, 12, 10],
      ['澜石中长期纯债基金', 2, 2.8, null, 10, 10],
      ['岚山偏债混合基金', 3, 4, null, 9, 10],
      ['岚山平衡混合基金', 3, 5, null, 9, 10],
      ['岚山沪深宽基指数联接 A', 4, 6, null, 12, 10],
      ['岚山红利低波指数基金', 4, 6, null, 8, 10],
      ['栖云科技先锋股票基金', 5, 8, null, 8, 10],
      ['栖云医药健康混合基金', 4, 6, null, 6, 10],
      ['栖云新能源主题股票基金', 5, 7, null, 5, 10],
      ['栖云全球配置（QDII）', 5, 7, null, 3, 10],
    ],
  },
  insurance: {
    prefix: 'I',
    lines: [
      ['澜安福满堂年金保险', 1, 2.5, 3_650, 8, 50_000],
      ['澜安鑫享增额终身寿险', 1, 2.5, 7_300, 9, 100_000],
      ['澜安岁岁红两全保险（分红型）', 2, 2, 1_825, 8, 20_000],
      ['澜安安心重大疾病保险', null, null, 7_300, 5, 6_000],
      ['澜安少儿教育年金保险', 1, 2.5, 5_475, 4, 30_000],
      ['澜安企业雇主责任险', null, null, 365, 0, 10_000],
    ],
  },
  bond: {
    prefix: 'B',
    lines: [
      ['储蓄国债（电子式）3 年期', 1, 1.93, 1_096, 6, 1_000],
      ['储蓄国债（电子式）5 年期', 1, 2, 1_826, 5, 1_000],
    ],
  },
  loan: {
    prefix: 'L',
    lines: [
      ['个人住房按揭贷款', null, 3.15, null, 0, 100_000],
      ['听澜消费贷', null, 3.4, null, 0, 10_000],
      ['家装分期贷款', null, 3.8, null, 0, 50_000],
      ['个人经营贷款', null, 3.6, null, 0, 100_000],
      ['流动资金贷款', null, 3.45, null, 0, 500_000],
      ['科创企业信用贷款', null, 3.3, null, 0, 500_000],
    ],
  },
  card: {
    prefix: 'K',
    lines: [
      ['听澜借记卡', null, null, null, 0, 0],
      ['听澜信用卡', null, null, null, 0, 0],
    ],
  },
};

/** Names withdrawn from sale: still held, no longer bought. */
const withdrawn = new Set(['听澜·安澜固收 270 天封闭式', '听澜·远航混合 2 年封闭式']);

function build(): Product[] {
  const products: Product[] = [];
  for (const [kind, { prefix, lines }] of Object.entries(shelfLines) as [
    ProductClass,
    { prefix: string; lines: Line[] },
  ][]) {
    lines.forEach(([name, risk, rate, termDays, weight, minimum], position) => {
      const code = `${prefix}${String((position + 1) * 10).padStart(4, '0')}`;
      const id = recordId('product', sources.wealth, code);
      products.push({
        id,
        code,
        name,
        class: kind,
        risk,
        rate,
        termDays,
        weight,
        minimum,
        onSale: !withdrawn.has(name),
      });
    });
  }
  return products;
}

export const shelf: readonly Product[] = build();

const byName = new Map(shelf.map((product) => [product.name, product]));

/** A product by its full name; throws when the shelf does not hold it. */
export function product(name: string): Product {
  const found = byName.get(name);
  if (!found) throw new Error(`no such product: ${name}`);
  return found;
}

export const shelfOf = (kind: ProductClass) => shelf.filter((entry) => entry.class === kind);

/** Yearly volatility of a fund by its risk level. */
const volatility: Record<RiskLevel, number> = { 1: 0.0005, 2: 0.008, 3: 0.06, 4: 0.16, 5: 0.24 };

/** How far back the prices reach before `until`. */
export const PRICE_DAYS = 1_500;

/**
 * Unit prices of the funds, one per calendar day, four decimals: a walk that drifts with the product's rate, the same for
 * every customer. `prices(product)[PRICE_DAYS]` is the price on `until`, the element before it the day before.
 */
export function fundPrices(seed: number): (fund: Product) => Float64Array {
  const walks = new Map<string, Float64Array>();
  for (const [position, fund] of shelfOf('fund').entries()) {
    const chance = random(seed, purposes.products, position);
    const walk = new Float64Array(PRICE_DAYS + 1);
    const daily = volatility[fund.risk ?? 1] / Math.sqrt(365);
    let price = fund.risk === 1 ? 1 : 0.9 + 0.4 * chance.unit();
    for (let day = 0; day <= PRICE_DAYS; day += 1) {
      walk[day] = Math.round(price * 10_000) / 10_000;
      price *= 1 + (fund.rate ?? 0) / 36_500 + daily * chance.normal();
    }
    walks.set(fund.id, walk);
  }
  return (fund) => walks.get(fund.id)!;
}

const typesByName: [RegExp, string][] = [
  [/现金管理|日日添利|货币|活期/, 'cash'],
  [/固收|债|存款|存单|单位专属/, 'fixed_income'],
  [/混合|平衡|养老|配置/, 'mixed'],
  [/股票|指数|权益|先锋/, 'equity'],
];

/** What a product is made of; insurance, loans and cards are none of it. */
export function assetTypeOf({ class: kind, name }: Product): string | null {
  if (kind === 'loan' || kind === 'card') return null;
  return typesByName.find(([words]) => words.test(name))?.[1] ?? 'other';
}

const sectorsByName: [RegExp, string][] = [
  [/科技/, 'technology'],
  [/医药/, 'healthcare'],
  [/新能源/, 'energy'],
];

/** The sector that a fund keeps to. */
export function sectorOf({ class: kind, name }: Product): string | null {
  return kind === 'fund' ? (sectorsByName.find(([words]) => words.test(name))?.[1] ?? null) : null;
}
