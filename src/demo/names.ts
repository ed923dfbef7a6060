import { readFileSync } from 'node:fs';
import { type Random, urn } from './random.ts';

export type Gender = 'female' | 'male';

interface Surname {
  surname: string;
  weight: number;
}

function readSurnames(): Surname[] {
  const text = readFileSync(new URL('./data/surnames.csv', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [surname, weight] = line.split(',');
      return { surname: surname!, weight: Number(weight) };
    });
}

const surnames = urn(readSurnames(), (entry) => entry.weight);

/** What people were called when they were born: fashions of a decade, as whole names and as characters that combine. */
interface Fashion {
  whole: readonly string[];
  first: string;
  second: string;
  single: string;
  /** Share of names of one character. */
  singleShare: number;
}

const words = (text: string) => text.split(' ');

/** From the first year of each entry until the next. */
const fashions: readonly { since: number; male: Fashion; female: Fashion }[] = [
  {
    since: 0,
    male: {
      whole: words('德福 文华 振华 德明 树林 福生 长根 金水 阿根 永福 德荣 洪生 志清 炳坤 耀庭'),
      first: '德福金永长洪树炳志文振兆根水仁',
      second: '生根荣福明林华清昌祥庆泉坤元发',
      single: '福根荣祥泉',
      singleShare: 0.04,
    },
    female: {
      whole: words('秀英 桂英 玉兰 淑珍 阿珍 凤英 桂珍 素珍 秀珍 彩英 月娥 阿妹 爱珍 金娣 杏珍'),
      first: '秀桂玉淑凤素彩月金杏惠美阿',
      second: '英珍兰芳娥妹娣宝仙华琴花',
      single: '珍英兰',
      singleShare: 0.03,
    },
  },
  {
    since: 1950,
    male: {
      whole: words('建国 国强 建华 国平 解放 援朝 建平 和平 国华 建中 志强 国庆 新民 建新 永康'),
      first: '建国志永新伯金兴忠文林水明',
      second: '国华平强民新生根康良法兴明荣',
      single: '明强平勇',
      singleShare: 0.05,
    },
    female: {
      whole: words('玉梅 桂芳 秀兰 爱珍 美英 玉珍 菊英 惠芬 秀芳 国英 桂花 雪珍 林妹 阿芬 凤珍'),
      first: '玉桂秀爱美菊惠雪林凤月素',
      second: '梅芳兰珍英芬花妹琴娟仙',
      single: '芬兰英琴',
      singleShare: 0.05,
    },
  },
  {
    since: 1960,
    male: {
      whole: words('卫东 建军 红军 卫国 建明 志刚 伟民 国良 永明 学军 卫平 建林 跃进 建忠 晓东'),
      first: '建卫志永学伟国晓红水金海',
      second: '军东明刚林忠平民良荣祥峰',
      single: '军刚明强平',
      singleShare: 0.14,
    },
    female: {
      whole: words('爱华 丽华 红英 卫红 建英 秀芬 雪芬 文娟 丽萍 小芳 爱琴 春梅 玉芳 惠琴 敏华'),
      first: '丽爱红建秀雪文小春惠敏月',
      second: '华英红芬娟萍芳琴梅珍',
      single: '红萍芳英琴',
      singleShare: 0.14,
    },
  },
  {
    since: 1970,
    male: {
      whole: words('建峰 志伟 晓明 海峰 利民 卫星 国栋 永刚 晓峰 文斌 立新 建荣 少华 志华 雪峰'),
      first: '志晓海文立永国利少雪剑建',
      second: '伟峰明斌刚民华军良锋东',
      single: '军勇伟强斌峰波辉',
      singleShare: 0.3,
    },
    female: {
      whole: words('丽娟 晓燕 丽君 海燕 雪梅 小红 亚萍 惠芳 文英 春燕 建芬 利华 晓红 莉萍 玲玲'),
      first: '丽晓海雪小亚惠文春利莉玲',
      second: '娟燕君梅红萍芳英芬华琴',
      single: '艳丽敏静萍燕霞红',
      singleShare: 0.32,
    },
  },
  {
    since: 1980,
    male: {
      whole: words('志强 佳伟 晓东 俊杰 海涛 文杰 志鹏 振宇 晨光 建波 立波 云飞 国峰 少波 明亮'),
      first: '志佳晓俊海文振晨立云少明凯',
      second: '强伟东杰涛鹏宇光波飞峰磊',
      single: '伟磊鹏超杰涛波斌凯亮',
      singleShare: 0.38,
    },
    female: {
      whole: words('晓丽 丹丹 佳佳 晓敏 海霞 莉莉 婷婷 亚琴 文婷 雅琴 晶晶 丽娜 燕燕 圆圆 小燕'),
      first: '晓佳海莉婷亚文雅丽小静燕',
      second: '丽丹敏霞娜婷琴燕萍君洁',
      single: '丽娜婷静丹洁敏晶燕',
      singleShare: 0.36,
    },
  },
  {
    since: 1990,
    male: {
      whole: words('嘉诚 浩然 俊豪 鑫磊 志远 晨阳 家豪 天宇 佳俊 文博 凯文 一鸣 梦杰 泽宇 旭东'),
      first: '嘉浩俊鑫志晨家天佳文泽旭子',
      second: '诚然豪磊远阳宇俊博鸣杰轩',
      single: '浩杰鑫宇凯帆晨涛',
      singleShare: 0.26,
    },
    female: {
      whole: words('佳怡 梦婷 雨晴 思敏 欣怡 雪婷 诗雨 晓雯 梦琪 嘉欣 雅婷 佳琪 思思 雨薇 依婷'),
      first: '佳梦雨思欣雪诗晓嘉雅依静',
      second: '怡婷晴敏雯琪欣薇雨洁莹',
      single: '婷雪倩雯颖悦',
      singleShare: 0.22,
    },
  },
  {
    since: 2000,
    male: {
      whole: words('子轩 浩宇 宇航 俊熙 一凡 天翊 嘉乐 思远 博文 宇轩 昊天 睿哲 铭泽 明轩 逸飞'),
      first: '子浩宇俊一天嘉思博昊睿铭逸',
      second: '轩宇航熙凡翊乐远文天哲泽飞',
      single: '睿轩昊涵',
      singleShare: 0.08,
    },
    female: {
      whole: words('梓涵 欣妍 雨桐 思琪 诗涵 可欣 语嫣 心怡 佳慧 子萱 梦瑶 若曦 雨菲 静怡 紫涵'),
      first: '梓欣雨思诗可语心子梦若紫',
      second: '涵妍桐琪欣嫣怡慧萱瑶曦菲',
      single: '萱怡瑶悦',
      singleShare: 0.06,
    },
  },
  {
    since: 2010,
    male: {
      whole: words('沐宸 奕辰 宇泽 梓睿 子墨 浩辰 景行 亦辰 承泽 书言 云舟 屹川 知远 星野 辰逸'),
      first: '沐奕宇梓子浩景亦承书云知星',
      second: '宸辰泽睿墨行言舟川远野逸',
      single: '屹宸睿',
      singleShare: 0.03,
    },
    female: {
      whole: words('若汐 一诺 语桐 诗涵 沐晴 安然 可馨 梓萱 清欢 知夏 念安 南乔 书瑶 苏禾 星语'),
      first: '若一语诗沐安可梓清知念书星',
      second: '汐诺桐涵晴然馨萱欢夏安瑶禾',
      single: '禾汐诺',
      singleShare: 0.03,
    },
  },
];

/** Characters that scanners, fonts and old systems stumble over; one person in about 700 carries one. */
const RARE = words('喆 堃 淼 彧 翀 赟 昱 旻 犇 玥 祎 頔 婳 奡 𬭎 𬍛 𫖯');
const RARE_SHARE = 0.0015;

const MINORITY_SHARE = 0.0015;
const minority = {
  male: words('艾力扎提 吐尔洪江 巴特尔 叶尔波拉提 努尔扎提 阿不都赛麦提 哈斯巴根 才仁扎西'),
  female: words('阿依夏姆古丽 迪丽娜尔 古丽米热 阿依波塔 娜仁高娃 努尔比耶 热依汗古丽 央金拉姆'),
  father: words('麦合木提江 吐尔逊别克 艾合买提尼亚孜 叶尔肯别克 那木吉拉苏荣 阿不力孜江 赛里克汗'),
};

const characters = new Map<string, string[]>();
/** Splits into characters, not into UTF-16 halves. */
function charactersOf(text: string): string[] {
  let list = characters.get(text);
  if (!list) {
    list = [...text];
    characters.set(text, list);
  }
  return list;
}

const WHOLE_SHARE = 0.25;

/** The given name alone, in the fashion of the year of birth. */
export function givenName(chance: Random, gender: Gender, birthYear: number): string {
  const fashion = fashions.findLast((entry) => entry.since <= birthYear)![gender];
  if (chance.chance(RARE_SHARE)) {
    return chance.chance(0.5) ? chance.pick(RARE) : chance.pick(charactersOf(fashion.first)) + chance.pick(RARE);
  }
  const mark = chance.unit();
  if (mark < fashion.singleShare) return chance.pick(charactersOf(fashion.single));
  if (mark < fashion.singleShare + WHOLE_SHARE * (1 - fashion.singleShare)) return chance.pick(fashion.whole);
  const first = chance.pick(charactersOf(fashion.first));
  const second = chance.pick(charactersOf(fashion.second));
  return first === second && fashion.singleShare < 0.2 ? chance.pick(fashion.whole) : first + second;
}

export function surname(chance: Random): string {
  return surnames.draw(chance).surname;
}

/** A long name of several parts, as some minorities write them: up to 15 characters with the dot. */
export function isMinority(chance: Random): boolean {
  return chance.chance(MINORITY_SHARE);
}

export function minorityName(chance: Random, gender: Gender): string {
  return `${chance.pick(minority[gender])}·${chance.pick(minority.father)}`;
}

/** Any adult, for people who appear only as the other side of a transfer. */
export function someone(chance: Random): string {
  const gender = chance.chance(0.5) ? 'male' : 'female';
  return surname(chance) + givenName(chance, gender, chance.between(1962, 2001));
}

/** Towns that no map shows, so that no company of this name exists. */
const TOWNS = words('澜州市 云浦市 江城市 岚州市 栖港市 澜州 云浦 江城 岚州 栖港');
const BRAND_FIRST = '云恒瑞华鼎宏泰锦昌盛博凯启晟润佳永信远嘉汇铭卓隆越';
const BRAND_SECOND = '帆泽达丰源腾辉邦诚通盈元升宇洋兴利海航途创臻科';

export interface Industry {
  /** The section of GB/T 4754 that a bank files the customer under. */
  section: string;
  trades: readonly string[];
  weight: number;
  /** Yearly turnover as a multiple of what lies on the account. */
  turnover: number;
}

const industries: readonly Industry[] = [
  {
    section: '制造业',
    trades: words('机电设备 精密机械 纺织 针织服饰 五金制品 塑料制品 电子元件 包装印刷 新材料 汽车零部件 家具'),
    weight: 34,
    turnover: 9,
  },
  {
    section: '批发和零售业',
    trades: words('商贸 国际贸易 食品贸易 建材 医药器械 茶叶 五金建材 服装'),
    weight: 27,
    turnover: 14,
  },
  { section: '建筑业', trades: words('建设工程 装饰工程 市政园林 机电安装'), weight: 9, turnover: 6 },
  {
    section: '信息技术服务业',
    trades: words('软件技术 信息科技 网络科技 数据服务 智能科技'),
    weight: 9,
    turnover: 5,
  },
  {
    section: '交通运输和仓储业',
    trades: words('物流 供应链管理 货运 仓储服务'),
    weight: 6,
    turnover: 10,
  },
  { section: '住宿和餐饮业', trades: words('餐饮管理 酒店管理 食品'), weight: 6, turnover: 8 },
  {
    section: '租赁和商务服务业',
    trades: words('企业管理 文化传媒 人力资源服务 会展服务'),
    weight: 6,
    turnover: 5,
  },
  { section: '农林牧渔业', trades: words('生态农业 水产养殖 花卉苗木'), weight: 3, turnover: 5 },
];
const industryUrn = urn(industries, (industry) => industry.weight);
const forms = urn(
  [
    { form: '有限公司', weight: 80 },
    { form: '股份有限公司', weight: 4 },
    { form: '经营部', weight: 8 },
    { form: '厂', weight: 5 },
    { form: '合伙企业（有限合伙）', weight: 3 },
  ],
  (entry) => entry.weight,
);

export interface CompanyName {
  name: string;
  industry: Industry;
}

export function companyName(chance: Random): CompanyName {
  const industry = industryUrn.draw(chance);
  const brand = chance.pick(charactersOf(BRAND_FIRST)) + chance.pick(charactersOf(BRAND_SECOND));
  const trade = chance.pick(industry.trades);
  return { name: chance.pick(TOWNS) + brand + trade + forms.draw(chance).form, industry };
}
