import fc from 'fast-check';

/**
 * Random texts of the language, by type: every construct over the names of `subjects.ts`. The first choice of each type is a plain
 * one, so that a failing text shrinks to something short.
 */
type Texts = Record<
  | 'number'
  | 'whole'
  | 'text'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'itemNumber'
  | 'itemText'
  | 'itemDate'
  | 'itemBoolean'
  | 'quantified'
  | 'list',
  string
>;

const one = (...texts: string[]) => fc.constantFrom(...texts);
const operator = one('=', '!=', '<', '<=', '>', '>=');
const equality = one('=', '!=');
const dayDuration = one('P0D', 'P1D', 'P15D', 'P30D', '-P7D', 'P366D').map((text) => `duration("${text}")`);
const monthDuration = one('P1M', 'P13M', 'P1Y', '-P1M', 'P0M').map((text) => `duration("${text}")`);
const clockDuration = one('PT36H', 'PT90M', 'P1DT1S', '-PT1H').map((text) => `duration("${text}")`);

/** Joins generated pieces: `` said`(${a} + ${b})` ``. */
function said(strings: TemplateStringsArray, ...pieces: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...pieces).map((values) => String.raw({ raw: strings }, ...values));
}

const depthIdentifier = fc.createDepthIdentifier();

function choice(first: fc.Arbitrary<string>, ...others: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.oneof({ maxDepth: 3, depthIdentifier, withCrossShrink: true }, first, ...others);
}

function comparison(side: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return said`${side} ${operator} ${side}`;
}

const numberLiteral = one(
  '0',
  '1',
  '-1',
  '0.3',
  '2.5',
  '15',
  '30',
  '1000.05',
  '12345.678',
  '9007199254740993',
  '0.00000000000000000007',
);
const textLiteral = one('"金卡"', '"a"', '""', '"138"', '"-"', '"A"', '"\\ue000"', '"%"', '"2024-02-29"', '"𠮷"');
const dateLiteral = one('date("2024-02-29")', 'date("2026-02-15")', '@"2023-12-31"', 'date("19991231")');

const grammar = fc.letrec<Texts>((tie) => {
  const number = tie('number');
  const text = tie('text');
  const date = tie('date');
  const datetime = tie('datetime');
  const boolean = tie('boolean');
  const whole = tie('whole');
  const list = tie('list');
  const itemNumber = tie('itemNumber');
  const itemText = tie('itemText');
  const itemDate = tie('itemDate');
  const itemBoolean = tie('itemBoolean');
  const quantified = tie('quantified');
  return {
    number: choice(
      one('总资产', 'outflow', '未登录天数', '满意度', 'share', '最少天数', 'nothing'),
      numberLiteral,
      said`(${number} ${one('+', '-', '*', '/')} ${number})`,
      said`-(${number})`,
      said`(if ${boolean} then ${number} else ${number})`,
      said`(if ${boolean} then ${number} else null)`,
      said`${one('abs', 'floor', 'ceiling', 'round')}(${number})`,
      said`round(${number}, ${one('0', '2', '20', '21', 'grade', '-1')})`,
      said`${one('mod', 'modulo')}(${number}, ${number})`,
      said`${one('min', 'max', 'coalesce')}(${number}, ${number}, ${number})`,
      said`${date}.${one('year', 'month', 'day', 'weekday')}`,
      said`${datetime}.${one('year', 'month', 'day', 'weekday', 'hour', 'minute')}`,
      said`${one('days between', 'months between', 'years between')}(${date}, ${date})`,
      said`string length(${text})`,
      said`number(${one('客户等级', 'note', '姓名', 'trim(level)', '(note + "0")')})`,
      said`count(${list})`,
      said`${one('sum', 'mean', 'min', 'max')}(${list}.${one('市值', '数量')})`,
      one('count(标签)', 'count(持仓)'),
    ),
    whole: choice(one('1', '2', '-1', '0', '-3', '100', 'grade', '未登录天数'), number),
    text: choice(
      one('客户等级', 'note', '姓名'),
      textLiteral,
      said`(${text} + ${text})`,
      said`(if ${boolean} then ${text} else ${text})`,
      said`${one('upper case', 'lower case', 'trim')}(${text})`,
      said`substring(${text}, ${whole})`,
      said`substring(${text}, ${whole}, ${whole})`,
      said`${one('substring before', 'substring after')}(${text}, ${text})`,
      said`replace(${text}, ${text}, ${textLiteral})`,
      said`part(${text}, ${text}, ${whole})`,
      said`pad left(${text}, ${whole}, ${one('"0"', '" "', '"𠮷"', '"ab"')})`,
      said`string(${number})`,
      said`string(${date})`,
      said`string(${boolean})`,
      said`coalesce(${text}, ${text})`,
      said`${one('min', 'max')}(${list}.行业)`,
    ),
    date: choice(
      one('生日', 'maturity', '开户日', '今天', 'today()'),
      dateLiteral,
      said`date(${datetime})`,
      said`date(${one('客户等级', 'note', '姓名', 'trim(note)')})`,
      said`date(${one('2024', '2023', 'grade', 'silent_days')}, ${whole}, ${whole})`,
      said`(${date} ${one('+', '-')} ${dayDuration})`,
      said`(${date} ${one('+', '-')} ${monthDuration})`,
      said`${one('add days', 'add months')}(${date}, ${whole})`,
      said`(if ${boolean} then ${date} else ${date})`,
      said`${one('min', 'max', 'coalesce')}(${date}, ${date})`,
      said`${one('min', 'max')}(${list}.买入日)`,
    ),
    datetime: choice(
      one('最近登录', 'seen_at', 'now', '现在'),
      one('date and time("2024-10-27T01:30:00")', '@"2026-01-31T16:00:00Z"'),
      said`(${datetime} ${one('+', '-')} ${clockDuration})`,
      said`(${datetime} ${one('+', '-')} ${dayDuration})`,
      said`(${datetime} ${one('+', '-')} ${monthDuration})`,
      said`(if ${boolean} then ${datetime} else ${datetime})`,
      said`${one('min', 'max', 'coalesce')}(${datetime}, ${datetime})`,
    ),
    boolean: choice(
      comparison(number),
      one('有投诉', 'true', 'false', 'complaint = null', '有投诉 = true', '(有投诉 and null)'),
      said`(${boolean} and ${boolean})`,
      said`(${boolean} or ${boolean})`,
      said`(${boolean} and ${boolean} or ${boolean})`,
      said`not(${boolean})`,
      said`(if ${boolean} then ${boolean} else ${boolean})`,
      said`(${boolean}) ${equality} (${boolean})`,
      comparison(text),
      comparison(date),
      comparison(datetime),
      said`${one('总资产', '客户等级', '生日', '最近登录', 'grade')} ${equality} null`,
      said`(${number}) ${equality} null`,
      said`(${date} - ${date}) ${equality} null`,
      said`${date} - ${date} ${operator} ${dayDuration}`,
      said`${datetime} - ${datetime} ${operator} ${clockDuration}`,
      said`${date} - ${date} ${operator} ${date} - ${date}`,
      said`days between(${date}, ${date}) ${operator} ${one('15', '0', '14.5', '15.5', '最少天数', 'nothing')}`,
      said`days between(${date}, ${date}) between ${number} and ${number}`,
      said`${one('months between', 'years between')}(${date}, ${dateLiteral}) ${operator} ${one('0', '1', '12', '18.5', '-1')}`,
      said`${number} between ${number} and ${number}`,
      said`${date} between ${date} and ${date}`,
      said`${text} in (${text}, "白金", ${one('"私行"', 'null', '"a"')})`,
      said`客户等级 in ("金卡", "白金", "私行")`,
      said`${number} in (${numberLiteral}, ${numberLiteral}, ${one('null', '5', 'share')})`,
      said`${number} in (${operator} ${number}, ${operator} ${number})`,
      said`${number} in ${one('[', '(')}${number}..${number}${one(']', ')')}`,
      said`${date} in ([${date}..${date}], ${date})`,
      said`${one('contains', 'starts with', 'ends with')}(${text}, ${text})`,
      said`is blank(${text})`,
      said`list contains(标签, ${text})`,
      said`coalesce(${boolean}, ${boolean})`,
      said`(some h in ${list} satisfies ${quantified})`,
      said`(every h in ${list} satisfies ${quantified})`,
    ),
    list: choice(fc.constant('持仓'), said`持仓[${itemBoolean}]`, said`持仓[${itemBoolean}][${itemBoolean}]`),
    itemNumber: choice(
      one('市值', '数量', 'item.市值', '100', '总资产'),
      said`(${itemNumber} ${one('+', '-', '*', '/')} ${itemNumber})`,
    ),
    itemText: choice(one('行业', '"科技"', 'item.sector', '客户等级')),
    itemDate: choice(one('买入日', '今天', '生日')),
    itemBoolean: choice(
      comparison(itemNumber),
      comparison(itemText),
      comparison(itemDate),
      said`行业 ${equality} null`,
      said`(${itemBoolean} and ${itemBoolean})`,
      said`(${itemBoolean} or ${itemBoolean})`,
      said`not(${itemBoolean})`,
      said`今天 - 买入日 ${operator} ${dayDuration}`,
    ),
    quantified: choice(
      said`h.市值 ${operator} ${one('100', '总资产', 'h.数量')}`,
      said`h.数量 ${operator} 1`,
      said`h.行业 ${equality} ${one('"科技"', 'null', '客户等级')}`,
      said`(${quantified} and ${quantified})`,
      said`(${quantified} or ${quantified})`,
      said`not(${quantified})`,
      one('总资产 > 5', '有投诉', 'true', 'h.买入日 < 今天'),
    ),
  };
});

export const expressions: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: grammar.boolean },
  { weight: 1, arbitrary: grammar.number },
  { weight: 1, arbitrary: grammar.text },
  { weight: 1, arbitrary: grammar.date },
  { weight: 1, arbitrary: grammar.datetime },
);
