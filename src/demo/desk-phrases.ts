import type { ContactChannel, Result, Task } from './desk-work.ts';
import type { Customer } from './population.ts';

/** What a sentence may be about: filled into `{…}` of the phrases below. */
export interface Subject {
  customer: Customer;
  address: string;
  /** A fund that can fall. */
  risky: string | null;
  /** Ended within the last two months, and the money is free. */
  ended: string | null;
  maturing: { name: string; on: string } | null;
  offered: { name: string; days: number };
  has: (kind: 'fund' | 'insurance' | 'loan' | 'wealth') => boolean;
}

export interface Phrase {
  text: string;
  channel: ContactChannel;
  result: Result;
  weight: number;
  fits?: (subject: Subject) => boolean;
}

const isCompany = (subject: Subject) => subject.customer.kind === 'company';
const isPerson = (subject: Subject) => subject.customer.kind === 'person';
const aged = (from: number, to: number) => (subject: Subject) =>
  subject.customer.kind === 'person' && subject.customer.age >= from && subject.customer.age <= to;
const wealthy = (yuan: number) => (subject: Subject) => subject.customer.wealth >= yuan;

/** What was said, by what it depends on. */
export const phrases: readonly Phrase[] = [
  { text: '电话未接通，已发短信说明来意，改日再联系。', channel: 'phone', result: 'no_answer', weight: 5 },
  {
    text: '{称呼}在开会，约定下周再打。',
    channel: 'phone',
    result: 'follow_up',
    weight: 2,
    fits: (s) => isCompany(s) || aged(24, 55)(s),
  },
  {
    text: '提醒{到期产品}将于{到期日}到期，{称呼}倾向续做半年以内的产品，到期前再确认。',
    channel: 'phone',
    result: 'follow_up',
    weight: 14,
    fits: (s) => s.maturing !== null,
  },
  {
    text: '{到期产品}临近到期，发送两款续接产品的对比，{称呼}要和家人商量后答复。',
    channel: 'wechat',
    result: 'interested',
    weight: 8,
    fits: (s) => s.maturing !== null && isPerson(s),
  },
  {
    text: '介绍{推荐产品}，{称呼}对业绩比较基准有兴趣，说明书已发微信，并提示了净值波动风险。',
    channel: 'wechat',
    result: 'interested',
    weight: 5,
    fits: (s) => isPerson(s) && s.offered.days > 0,
  },
  {
    text: '介绍{推荐产品}，{称呼}认为期限偏长，暂不考虑。',
    channel: 'phone',
    result: 'not_interested',
    weight: 4,
    fits: (s) => isPerson(s) && s.offered.days >= 180,
  },
  {
    text: '{称呼}到店办理业务，核对并更新了职业与联系地址。',
    channel: 'counter',
    result: 'reached',
    weight: 4,
    fits: isPerson,
  },
  {
    text: '发送节日问候和本周市场点评，{称呼}回复感谢。',
    channel: 'wechat',
    result: 'reached',
    weight: 4,
    fits: isPerson,
  },
  {
    text: '{称呼}咨询大额存单利率，已说明起存金额与提前支取规则，下月初额度放出时再通知。',
    channel: 'phone',
    result: 'follow_up',
    weight: 3,
    fits: (s) => isPerson(s) && wealthy(150_000)(s),
  },
  {
    text: '上门拜访，一起梳理家庭资产与支出，{称呼}担心净值回撤，约定每季度检视一次配置。',
    channel: 'visit',
    result: 'reached',
    weight: 4,
    fits: (s) => isPerson(s) && wealthy(1_000_000)(s),
  },
  {
    text: '季度检视：固收占比偏高，{称呼}同意拿出一成资金分批配置指数基金，下次带方案。',
    channel: 'visit',
    result: 'interested',
    weight: 3,
    fits: (s) => s.has('fund') && wealthy(500_000)(s),
  },
  {
    text: '持有的{波动产品}近期回撤，{称呼}情绪平稳，愿意继续持有。',
    channel: 'phone',
    result: 'reached',
    weight: 4,
    fits: (s) => s.risky !== null,
  },
  {
    text: '提醒保险续期缴费，{称呼}确认扣款账户余额充足。',
    channel: 'phone',
    result: 'reached',
    weight: 3,
    fits: (s) => isPerson(s) && s.has('insurance'),
  },
  {
    text: '{称呼}咨询按揭提前还款，已告知预约方式与违约金规定。',
    channel: 'phone',
    result: 'reached',
    weight: 3,
    fits: (s) => isPerson(s) && s.has('loan'),
  },
  {
    text: '协助{称呼}更新手机银行并开通大字版，演示了转账限额的设置。',
    channel: 'counter',
    result: 'reached',
    weight: 4,
    fits: aged(60, 99),
  },
  {
    text: '取款时提醒防范电信诈骗，征得同意后登记了子女为紧急联系人。',
    channel: 'counter',
    result: 'reached',
    weight: 3,
    fits: aged(68, 99),
  },
  {
    text: '{称呼}近期手头较紧，不考虑购买产品，三个月后再联系。',
    channel: 'phone',
    result: 'not_interested',
    weight: 3,
    fits: (s) => isPerson(s) && !wealthy(300_000)(s),
  },
  {
    text: '{称呼}孩子明年上大学，想为学费留一笔流动资金，建议用现金管理类产品。',
    channel: 'phone',
    result: 'interested',
    weight: 2,
    fits: aged(40, 56),
  },
  {
    text: '{称呼}名下他行定期本月到期，愿意转一部分过来，已约周四下午到店。',
    channel: 'phone',
    result: 'interested',
    weight: 3,
    fits: (s) => isPerson(s) && wealthy(100_000)(s),
  },
  {
    text: '{称呼}对新客专享利率有疑问，已解释活动规则和适用期限。',
    channel: 'phone',
    result: 'reached',
    weight: 3,
    fits: isPerson,
  },
  {
    text: '{称呼}询问境外汇款用途证明，已把所需材料清单发微信。',
    channel: 'wechat',
    result: 'reached',
    weight: 2,
    fits: (s) => isPerson(s) && wealthy(300_000)(s),
  },
  {
    text: '{称呼}反映短信提醒重复扣费，核实为两张卡分别订阅，已协助取消一张。',
    channel: 'counter',
    result: 'reached',
    weight: 2,
    fits: isPerson,
  },
  {
    text: '邀请参加支行养老规划沙龙，{称呼}表示时间合适就来。',
    channel: 'wechat',
    result: 'interested',
    weight: 3,
    fits: aged(48, 75),
  },
  {
    text: '{称呼}近期换了工作，工资卡仍留在我行，公积金与社保卡已同步办理。',
    channel: 'phone',
    result: 'reached',
    weight: 2,
    fits: aged(24, 50),
  },
  {
    text: '{称呼}计划年底换车，正在比较分期与一次性付款，约定下月给出测算。',
    channel: 'phone',
    result: 'follow_up',
    weight: 2,
    fits: aged(26, 55),
  },
  {
    text: '核对贷款用途资料，{称呼}已补交购销合同，资料归档。',
    channel: 'counter',
    result: 'reached',
    weight: 3,
    fits: (s) => s.has('loan'),
  },
  {
    text: '走访企业，订单饱满、回款正常，旺季备货近两月有流动资金需求。',
    channel: 'visit',
    result: 'interested',
    weight: 6,
    fits: isCompany,
  },
  {
    text: '与财务沟通代发工资上线，预计下月切换到我行。',
    channel: 'phone',
    result: 'follow_up',
    weight: 4,
    fits: isCompany,
  },
  {
    text: '流贷到期前沟通续贷材料，尚缺上月纳税申报表，财务本周补齐。',
    channel: 'phone',
    result: 'follow_up',
    weight: 8,
    fits: (s) => isCompany(s) && s.has('loan'),
  },
  {
    text: '推荐单位专属理财盘活结算户沉淀资金，财务需请示法定代表人后答复。',
    channel: 'phone',
    result: 'interested',
    weight: 5,
    fits: isCompany,
  },
  {
    text: '回访账户服务，企业对网银批量转账的手续费减免表示满意。',
    channel: 'phone',
    result: 'reached',
    weight: 4,
    fits: isCompany,
  },
  {
    text: '企业更换会计，重新培训网银制单与复核流程。',
    channel: 'visit',
    result: 'reached',
    weight: 3,
    fits: isCompany,
  },
];

/** What managers remember about a customer. */
export const remarks: readonly { text: string; weight: number; fits?: (subject: Subject) => boolean }[] = [
  { text: '上午不方便接电话，下午三点以后再打。', weight: 5, fits: isPerson },
  { text: '习惯微信沟通，先发文字再约电话。', weight: 5, fits: isPerson },
  {
    text: '对净值型产品比较谨慎，只看一年以内、R2 及以下。',
    weight: 4,
    fits: (s) => s.customer.kind === 'person' && s.customer.risk > 0 && s.customer.risk <= 2,
  },
  {
    text: '与他行私人银行也有往来，会比较收益和服务，报价要一次到位。',
    weight: 4,
    fits: (s) => isPerson(s) && wealthy(2_000_000)(s),
  },
  { text: '女儿在外地读研，明年毕业，可能有购房资金安排。', weight: 2, fits: aged(45, 60) },
  { text: '听力不好，要慢慢讲，重要业务请家属陪同。', weight: 4, fits: aged(74, 99) },
  {
    text: '配偶也是我行客户，大额决定两人一起商量，方案准备两份。',
    weight: 4,
    fits: (s) => s.customer.kind === 'person' && s.customer.partner !== null,
  },
  {
    text: '自己做生意，年底回款集中，十二月到次年一月是配置窗口。',
    weight: 3,
    fits: (s) => s.customer.kind === 'person' && s.customer.occupation.income === 'trade',
  },
  { text: '喜欢喝茶，约到贵宾室面谈效果比电话好。', weight: 2, fits: wealthy(800_000) },
  { text: '不接受电话推销，仅在产品到期和账户异常时联系。', weight: 2, fits: isPerson },
  {
    text: '关注科技类基金，愿意承担波动，但单只不超过总资产一成。',
    weight: 3,
    fits: (s) => s.has('fund') && s.customer.kind === 'person' && s.customer.risk >= 4,
  },
  {
    text: '养老金客户，每月十五号前后到店，适合面对面沟通。',
    weight: 4,
    fits: (s) => s.customer.kind === 'person' && s.customer.occupation.income === 'pension',
  },
  { text: '法定代表人决策快，财务负责具体操作，先约财务。', weight: 5, fits: isCompany },
  { text: '主要结算在他行，争取先把代发和水电代扣做过来。', weight: 4, fits: isCompany },
  {
    text: '每年四月、十月有出口退税到账，可提前沟通理财安排。',
    weight: 3,
    fits: (s) => s.customer.kind === 'company' && s.customer.industry.section === '制造业',
  },
  { text: '上下游客户集中在本市，可以做链式营销。', weight: 2, fits: isCompany },
];

export interface TaskSort {
  title: string;
  reason: string;
  script: string;
  priority: Task['priority'];
  weight: number;
  fits?: (subject: Subject) => boolean;
}

/** Work that managers set themselves. */
export const taskSorts: readonly TaskSort[] = [
  {
    title: '风险测评即将过期',
    reason: '风险承受能力测评有效期一年，过期后不能购买理财与基金。',
    script: '{称呼}您好，您的风险测评快满一年了，在手机银行五分钟就能更新，更新后购买产品不受影响。',
    priority: 'normal',
    weight: 4,
    fits: (s) => s.customer.kind === 'person' && s.customer.risk > 0,
  },
  {
    title: '季度资产检视',
    reason: '高净值客户每季度至少深度检视一次。',
    script: '{称呼}您好，这个季度的资产报告做好了，想和您约半小时，看看配置要不要调整。',
    priority: 'high',
    weight: 5,
    fits: (s) => isPerson(s) && wealthy(1_000_000)(s),
  },
  {
    title: '新客户首次回访',
    reason: '开户不久，确认手机银行使用情况与资金安排。',
    script: '{称呼}您好，我是您的客户经理，开户后使用还顺利吗？有任何问题可以直接找我。',
    priority: 'normal',
    weight: 2,
  },
  {
    title: '客户信息核实',
    reason: '职业或地址信息不完整，监管要求补充。',
    script: '{称呼}您好，系统里您的职业信息需要更新，方便时在手机银行或网点补充即可。',
    priority: 'low',
    weight: 3,
    fits: isPerson,
  },
  {
    title: '产品到期后资金跟进',
    reason: '{已到期产品}近期兑付到账，客户尚未安排后续资金。',
    script: '{称呼}您好，上一笔资金已经到账，想了解您接下来的使用计划，再看有没有合适的产品。',
    priority: 'normal',
    weight: 5,
    fits: (s) => isPerson(s) && s.ended !== null,
  },
  {
    title: '贷后回访',
    reason: '按季度了解借款人经营与还款情况。',
    script: '{称呼}您好，例行回访，想了解近期经营和还款安排，有困难请提前告诉我们。',
    priority: 'normal',
    weight: 6,
    fits: (s) => s.has('loan'),
  },
  {
    title: '企业结算走访',
    reason: '结算量较大，了解上下游与代发需求。',
    script: '您好，想约时间上门了解企业的结算与代发需求，看看我行能提供哪些便利。',
    priority: 'normal',
    weight: 6,
    fits: isCompany,
  },
];
