import { type Urn, urn } from './random.ts';

/** One way to spend: where, how much, how. Shops are invented; none carries the name of a real chain. */
export interface Spending {
  purpose: string;
  shops: readonly string[];
  weight: number;
  /** Median in yuan for an income of ten thousand a month. */
  yuan: number;
  sigma: number;
  kind: 'payment' | 'card';
  channel: 'mobile' | 'pos';
  /** Hours of the day between which it happens. */
  from: number;
  to: number;
}

const words = (text: string) => text.split(' ');

const everyday: readonly Spending[] = [
  {
    purpose: '超市购物',
    shops: words('鲜里生活超市 澜悦生鲜 家满园超市 惠民农贸市场'),
    weight: 20,
    yuan: 72,
    sigma: 0.7,
    kind: 'payment',
    channel: 'mobile',
    from: 8,
    to: 21,
  },
  {
    purpose: '便利店消费',
    shops: words('云街便利店 拾光便利 每日小铺'),
    weight: 11,
    yuan: 22,
    sigma: 0.5,
    kind: 'payment',
    channel: 'mobile',
    from: 7,
    to: 23,
  },
  {
    purpose: '餐饮消费',
    shops: words('枕河小馆 老街面馆 桂香茶餐厅 江南里餐厅 一碗热汤'),
    weight: 17,
    yuan: 88,
    sigma: 0.8,
    kind: 'payment',
    channel: 'mobile',
    from: 11,
    to: 21,
  },
  {
    purpose: '外卖订单',
    shops: words('饭点到家外卖 快邻外卖'),
    weight: 12,
    yuan: 36,
    sigma: 0.4,
    kind: 'payment',
    channel: 'mobile',
    from: 10,
    to: 22,
  },
  {
    purpose: '网络购物',
    shops: words('满仓网购商城 挑好物商城 云集市'),
    weight: 15,
    yuan: 145,
    sigma: 0.9,
    kind: 'payment',
    channel: 'mobile',
    from: 8,
    to: 23,
  },
  {
    purpose: '交通出行',
    shops: words('顺途出行 澜州公交卡充值 江浙城际铁路'),
    weight: 8,
    yuan: 48,
    sigma: 0.8,
    kind: 'payment',
    channel: 'mobile',
    from: 6,
    to: 23,
  },
  {
    purpose: '加油',
    shops: words('远途加油站 江南石化加油站'),
    weight: 5,
    yuan: 290,
    sigma: 0.3,
    kind: 'card',
    channel: 'pos',
    from: 7,
    to: 21,
  },
  {
    purpose: '医疗药品',
    shops: words('康和大药房 澜州市人民医院 澜州市中医院'),
    weight: 5,
    yuan: 160,
    sigma: 0.9,
    kind: 'card',
    channel: 'pos',
    from: 8,
    to: 18,
  },
  {
    purpose: '服饰鞋帽',
    shops: words('澜悦百货 衣间服饰 锦里鞋城'),
    weight: 4,
    yuan: 330,
    sigma: 0.7,
    kind: 'card',
    channel: 'pos',
    from: 10,
    to: 21,
  },
  {
    purpose: '家电家居',
    shops: words('居然美家居广场 澜悦电器城'),
    weight: 1.2,
    yuan: 1_650,
    sigma: 0.7,
    kind: 'card',
    channel: 'pos',
    from: 10,
    to: 20,
  },
  {
    purpose: '教育培训',
    shops: words('启航教育培训中心 小荷艺术学校 澜州驾校'),
    weight: 1.5,
    yuan: 1_900,
    sigma: 0.6,
    kind: 'payment',
    channel: 'mobile',
    from: 9,
    to: 20,
  },
  {
    purpose: '文化娱乐',
    shops: words('星幕影城 山野露营地 澜州体育中心'),
    weight: 3,
    yuan: 110,
    sigma: 0.6,
    kind: 'payment',
    channel: 'mobile',
    from: 12,
    to: 22,
  },
  {
    purpose: '旅游住宿',
    shops: words('云程旅行网 望湖酒店 乘风航空票务'),
    weight: 1.6,
    yuan: 980,
    sigma: 0.7,
    kind: 'payment',
    channel: 'mobile',
    from: 9,
    to: 22,
  },
  {
    purpose: '美容健身',
    shops: words('轻氧健身 花间美容馆'),
    weight: 1.4,
    yuan: 420,
    sigma: 0.7,
    kind: 'card',
    channel: 'pos',
    from: 10,
    to: 21,
  },
];

export const spendings: Urn<Spending> = urn(everyday, (entry) => entry.weight);

/** Bills that come by themselves: the months in which they come, and the range in yuan. */
export const bills = [
  { purpose: '代扣电费', payee: '澜州供电公司', odd: true, low: 70, high: 420 },
  { purpose: '代扣水费', payee: '澜州自来水公司', odd: false, low: 40, high: 160 },
  { purpose: '代扣燃气费', payee: '澜州燃气公司', odd: false, low: 60, high: 220 },
] as const;
export const phoneBills = [39, 59, 59, 79, 99, 129, 199] as const;
export const PHONE_COMPANY = '江浙通信缴费';

/** Other banks, none of which exists. */
export const banks = words('沧海银行 东岳银行 北辰银行 南屏农商银行 鼎江银行 长庚银行 西陵商业银行 汇川银行');

export const SOCIAL_INSURANCE = '澜州市社会保险基金管理中心';
export const TAX_OFFICE = '国家金库澜州中心支库';
export const BROKER = '岚山证券客户交易结算资金';
export const ACQUIRER = '听澜银行收单清算户';

/** How spending swells with the season: Spring Festival, mid-year sales, autumn holidays, November sales. */
export const seasonal = [1.35, 1.3, 0.9, 0.95, 1.05, 1.15, 1, 1, 1, 1.15, 1.25, 1.1] as const;
