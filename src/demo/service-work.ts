import type { Assets } from './assets.ts';
import type { Customer, World } from './population.ts';
import { type Product, shelf } from './products.ts';
import { purposes, type Random, random } from './random.ts';

export interface Opportunity {
  title: string;
  reason: string;
  stage: 'lead' | 'contacted' | 'proposal' | 'won' | 'lost';
  product: Product | null;
  /** In fen. */
  amount: number;
  openedOn: number;
  lastContact: number | null;
  nextContact: number | null;
  closesOn: number;
}

export interface ServiceCase {
  kind: 'request' | 'complaint' | 'enquiry';
  title: string;
  text: string;
  status: 'open' | 'working' | 'done';
  priority: 'high' | 'normal' | 'low';
  /** Days, then minutes of the day. */
  openedOn: number;
  dueOn: number;
  dueMinute: number;
}

const FEN = 100;
/** Share of the wealth that the business is about, and how often it comes up. */
const sorts: readonly {
  title: string;
  reason: string;
  class: Product['class'] | null;
  share: number;
  fits(customer: Customer): boolean;
}[] = [
  {
    title: '大额存单到期后续配置',
    reason: '客户主动问起到期后的安排。',
    class: 'wealth',
    share: 0.4,
    fits: ({ wealth }) => wealth >= 200_000,
  },
  {
    title: '基金定投意向',
    reason: '客户在手机银行多次浏览基金页面。',
    class: 'fund',
    share: 0.05,
    fits: ({ kind }) => kind === 'person',
  },
  {
    title: '养老保障方案',
    reason: '回访时谈到退休规划。',
    class: 'insurance',
    share: 0.1,
    fits: ({ kind, wealth }) => kind === 'person' && wealth >= 100_000,
  },
  {
    title: '流动资金贷款需求',
    reason: '企业旺季备货，询问额度。',
    class: null,
    share: 0.5,
    fits: ({ kind }) => kind === 'company',
  },
];

const cases: readonly Pick<ServiceCase, 'kind' | 'title' | 'text' | 'priority'>[] = [
  { kind: 'request', title: '申请调高转账限额', text: '客户购房付款，申请临时调高转账限额。', priority: 'high' },
  { kind: 'request', title: '补打纸质回单', text: '客户需要上季度的纸质回单，邮寄到家。', priority: 'low' },
  { kind: 'enquiry', title: '咨询外汇兑换', text: '询问购汇额度与到账时间。', priority: 'normal' },
  { kind: 'enquiry', title: '咨询产品到期规则', text: '询问理财到期后资金几时可用。', priority: 'normal' },
  { kind: 'complaint', title: '对账户管理费有异议', text: '客户认为账户管理费收取有误，要求说明。', priority: 'high' },
];

const OPPORTUNITY_SHARE = [
  [0, 0.004],
  [200_000, 0.05],
  [1_000_000, 0.2],
] as const;
const CASE_SHARE = 0.015;

/** What business may come about with a customer, and what he waits for. */
export function serviceWorkOf(
  world: World,
  customer: Customer,
  assets: Assets,
): { opportunity: Opportunity | null; serviceCase: ServiceCase | null } {
  const chance = random(world.seed, purposes.service, customer.index);
  if (!customer.manager || customer.status === 'closed') return { opportunity: null, serviceCase: null };
  const share = OPPORTUNITY_SHARE.findLast(([from]) => customer.wealth >= from)![1];
  const opportunity = chance.chance(share) ? opportunityOf(world, customer, assets, chance) : null;
  const serviceCase = chance.chance(CASE_SHARE) ? caseOf(world, chance) : null;
  return {
    opportunity: opportunity && opportunity.openedOn > customer.since ? opportunity : null,
    serviceCase: serviceCase && serviceCase.openedOn > customer.since ? serviceCase : null,
  };
}

function opportunityOf(world: World, customer: Customer, assets: Assets, chance: Random): Opportunity | null {
  const fitting = sorts.filter(({ fits }) => fits(customer));
  if (fitting.length === 0) return null;
  const sort = chance.pick(fitting);
  const held = new Set(assets.holdings.map(({ product }) => product.code));
  const products = shelf.filter(({ class: of, onSale, code }) => of === sort.class && onSale && !held.has(code));
  const stage = chance.pick(['lead', 'lead', 'contacted', 'contacted', 'proposal', 'won', 'lost'] as const);
  const over = stage === 'won' || stage === 'lost';
  const openedOn = world.days.onOrBefore(world.until - chance.between(over ? 20 : 1, over ? 80 : 25));
  const lastContact =
    stage === 'lead' ? null : Math.max(openedOn, world.days.onOrBefore(world.until - chance.between(0, 8)));
  return {
    title: sort.title,
    reason: sort.reason,
    stage,
    product: products.length > 0 ? chance.pick(products) : null,
    amount: Math.max(10_000, Math.round((customer.wealth * sort.share) / 10_000) * 10_000) * FEN,
    openedOn,
    lastContact,
    nextContact: over ? null : world.until + chance.between(0, 6),
    closesOn: over ? lastContact! : world.until + chance.between(5, 60),
  };
}

function caseOf(world: World, chance: Random): ServiceCase {
  const status = chance.pick(['open', 'working', 'done', 'done'] as const);
  const openedOn = world.days.onOrBefore(
    world.until - chance.between(status === 'done' ? 6 : 0, status === 'done' ? 60 : 3),
  );
  return {
    ...chance.pick(cases),
    status,
    openedOn,
    dueOn: openedOn + chance.between(1, 4),
    dueMinute: 17 * 60 + 30,
  };
}

/** News that the bank's research desk sent lately, newest first; of a product of the shelf, or of the market. */
export const announcements: readonly {
  code: string;
  title: string;
  text: string;
  kind: 'news' | 'report' | 'rating' | 'risk' | 'market';
  severity: 'info' | 'good' | 'bad' | 'major_bad';
  /** A class of product of which the first on sale is meant; null for news of the market. */
  class: Product['class'] | null;
  daysAgo: number;
}[] = [
  {
    code: 'A3',
    title: '权益市场单日大幅波动',
    text: '主要指数单日跌幅较大，请主动向持有权益类产品的客户说明，不作涨跌判断。',
    kind: 'market',
    severity: 'bad',
    class: null,
    daysAgo: 1,
  },
  {
    code: 'A2',
    title: '基金经理变更公告',
    text: '基金管理人公告基金经理变更，投资策略不变。',
    kind: 'news',
    severity: 'info',
    class: 'fund',
    daysAgo: 6,
  },
  {
    code: 'A1',
    title: '理财产品季度投资报告',
    text: '产品季度报告已披露，净值运行平稳。',
    kind: 'report',
    severity: 'good',
    class: 'wealth',
    daysAgo: 12,
  },
];
