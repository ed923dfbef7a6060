import { Failure, type FailureKind, failures, type Text } from '#kernel';
import type { ExpressionType, Place } from './types.ts';

export const kinds = failures('expression', {
  empty: {
    status: 400,
    zh: '表达式是空的；请写一个条件或算式，例如 总资产 > 100000',
    en: 'The expression is empty; write a condition or a calculation, for example aum > 100000',
  },
  too_long: {
    status: 400,
    zh: '表达式有 {length} 个字符，最多 {limit} 个；请拆成几条',
    en: 'The expression has {length} characters, at most {limit} are allowed; split it',
  },
  too_deep: {
    status: 400,
    zh: '第 {at} 个字符：括号、负号或分支嵌套超过 {limit} 层；请拆成几条',
    en: 'Character {at}: brackets, signs or branches are nested more than {limit} deep; split the expression',
  },
  too_many_parts: {
    status: 400,
    zh: '表达式的组成部分超过 {limit} 个；请拆成几条',
    en: 'The expression has more than {limit} parts; split it',
  },
  syntax: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”附近写法不完整或有误；请检查括号、引号和运算符',
    en: 'Character {at}: incomplete or wrong near "{near}"; check brackets, quotes and operators',
  },
  other_habit: {
    status: 400,
    zh: '第 {at} 个字符：请把“{found}”改写成“{instead}”',
    en: 'Character {at}: write "{instead}" instead of "{found}"',
  },
  unsupported: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”这种写法不能用；可用的是比较、and、or、not、in、between、if、四则运算和列出的函数',
    en: 'Character {at}: "{near}" cannot be used; use comparisons, and, or, not, in, between, if, + - * / and the listed functions',
  },
  unknown_name: {
    status: 400,
    zh: '第 {at} 个字符：没有名为“{name}”的字段；请从字段列表中选择，文本要加双引号',
    en: 'Character {at}: there is no field "{name}"; choose one of the listed fields, and put texts in double quotes',
  },
  unknown_name_near: {
    status: 400,
    zh: '第 {at} 个字符：没有名为“{name}”的字段；是否想写“{near}”？',
    en: 'Character {at}: there is no field "{name}"; did you mean "{near}"?',
  },
  ambiguous_name: {
    status: 400,
    zh: '第 {at} 个字符：“{name}”有几个含义（{codes}）；请用其中一个代码',
    en: 'Character {at}: "{name}" means several things ({codes}); use one of these codes',
  },
  reserved_name: {
    status: 400,
    zh: '第 {at} 个字符：“{name}”是保留字，不能作字段名；请给该字段取别名',
    en: 'Character {at}: "{name}" is reserved and cannot name a field; give the field another name',
  },
  unknown_function: {
    status: 400,
    zh: '第 {at} 个字符：没有函数“{name}”；请从函数列表中选择',
    en: 'Character {at}: there is no function "{name}"; choose one of the listed functions',
  },
  unknown_function_near: {
    status: 400,
    zh: '第 {at} 个字符：没有函数“{name}”；是否想写“{near}”？',
    en: 'Character {at}: there is no function "{name}"; did you mean "{near}"?',
  },
  wrong_arguments: {
    status: 400,
    zh: '第 {at} 个字符：“{name}”的写法是 {usage}；这里给的是（{found}）',
    en: 'Character {at}: "{name}" is written {usage}; here it is given ({found})',
  },
  wrong_type: {
    status: 400,
    zh: '第 {at} 个字符：此处需要{expected}，“{near}”却是{found}{remedy}',
    en: 'Character {at}: {expected} is needed here, but "{near}" is {found}{remedy}',
  },
  cannot_compare: {
    status: 400,
    zh: '第 {at} 个字符：{left}与{right}不能比较{remedy}',
    en: 'Character {at}: {left} and {right} cannot be compared{remedy}',
  },
  no_order: {
    status: 400,
    zh: '第 {at} 个字符：{found}没有大小之分；请用 = 或 !=',
    en: 'Character {at}: {found} has no order; use = or !=',
  },
  cannot_calculate: {
    status: 400,
    zh: '第 {at} 个字符：{left} {operator} {right} 不能计算{remedy}',
    en: 'Character {at}: {left} {operator} {right} cannot be calculated{remedy}',
  },
  duration_not_written: {
    status: 400,
    zh: '第 {at} 个字符：加减的时长要直接写出，例如 duration("P15D")；天数可变时请用 add days(日期, 天数)',
    en: 'Character {at}: write the duration itself, for example duration("P15D"); for a variable number use add days(date, days)',
  },
  whole_days: {
    status: 400,
    zh: '第 {at} 个字符：日期只能加减整天；请写 duration("P1D") 这样的时长',
    en: 'Character {at}: only whole days can be added to a date; write a duration such as duration("P1D")',
  },
  branches_differ: {
    status: 400,
    zh: '第 {at} 个字符：then 得到{left}，else 得到{right}；两边应为同一类型',
    en: 'Character {at}: then gives {left}, else gives {right}; both must be of one type',
  },
  not_a_list: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”不是列表；sum、count、some 等要用于列表字段',
    en: 'Character {at}: "{near}" is not a list; sum, count, some and the like take a list field',
  },
  list_needs_function: {
    status: 400,
    zh: '第 {at} 个字符：列表“{near}”不能直接使用；请写 count({near})、sum({near}.字段) 或 some x in {near} satisfies …',
    en: 'Character {at}: the list "{near}" cannot be used by itself; write count({near}), sum({near}.field) or some x in {near} satisfies …',
  },
  list_needs_field: {
    status: 400,
    zh: '第 {at} 个字符：{name} 要指明列表中的字段，例如 {name}({near}.字段)',
    en: 'Character {at}: {name} needs a field of the list, for example {name}({near}.field)',
  },
  list_in_list: {
    status: 400,
    zh: '第 {at} 个字符：列表条件里不能再用列表“{near}”；若是并列的条件，请给前面的 some … satisfies … 加上括号',
    en: 'Character {at}: the list "{near}" cannot be used inside the condition of a list; if it stands beside it, put brackets around the some … satisfies … before',
  },
  unknown_field: {
    status: 400,
    zh: '第 {at} 个字符：“{list}”中没有字段“{name}”；可用：{fields}',
    en: 'Character {at}: "{list}" has no field "{name}"; it has: {fields}',
  },
  unknown_part: {
    status: 400,
    zh: '第 {at} 个字符：{found}没有“.{name}”；可用：{parts}',
    en: 'Character {at}: {found} has no ".{name}"; it has: {parts}',
  },
  bad_text: {
    status: 400,
    zh: '第 {at} 个字符：文本中有不能用的字符或转义；可用 \\" \\\\ \\n \\t 和 \\uXXXX',
    en: 'Character {at}: the text has a character or escape that cannot be used; \\" \\\\ \\n \\t and \\uXXXX can',
  },
  bad_number: {
    status: 400,
    zh: '第 {at} 个字符：数字“{near}”过长或写法不对；整数部分至多 {whole} 位、小数至多 {places} 位，不用指数',
    en: 'Character {at}: the number "{near}" is too long or badly written; at most {whole} digits before and {places} after the point, no exponent',
  },
  bad_date: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”不是有效日期；请写 YYYY-MM-DD，例如 date("2026-01-31")',
    en: 'Character {at}: "{near}" is not a valid date; write YYYY-MM-DD, for example date("2026-01-31")',
  },
  bad_datetime: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”不是有效时刻；请写 "2026-01-31T09:30:00"，可带时区 +08:00',
    en: 'Character {at}: "{near}" is not a valid date and time; write "2026-01-31T09:30:00", with an offset such as +08:00 if needed',
  },
  bad_duration: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”不是可用的时长；请写 duration("P15D")、duration("PT36H") 或 duration("P1Y6M")，年月与日时不能混用，最长一千年',
    en: 'Character {at}: "{near}" is not a usable duration; write duration("P15D"), duration("PT36H") or duration("P1Y6M"), not both kinds mixed, at most 1,000 years',
  },
  unknown_option: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”不是“{name}”的取值；可用：{options}',
    en: 'Character {at}: "{near}" is not a value of "{name}"; it has: {options}',
  },
  too_many_digits: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”连乘连除过多，结果可能超过 {limit} 位；请拆开或先取整',
    en: 'Character {at}: "{near}" multiplies or divides too often, the result may exceed {limit} digits; split it or round in between',
  },
  too_much_text: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”可能产生超过 {limit} 个字符的文本；请减少拼接或替换',
    en: 'Character {at}: "{near}" may give a text of more than {limit} characters; join or replace less',
  },
  date_too_far: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”加减的时间合计过长；请缩短',
    en: 'Character {at}: "{near}" adds or subtracts too long a time in all; shorten it',
  },
  wrong_result: {
    status: 400,
    zh: '整个表达式应得到{expected}，现在得到{found}{remedy}',
    en: 'The whole expression must give {expected}, but gives {found}{remedy}',
  },
  not_in_database: {
    status: 400,
    zh: '第 {at} 个字符：“{near}”不能在数据库中计算，只能用于导入；请换一种写法',
    en: 'Character {at}: "{near}" cannot be calculated in the database, only in imports; write it another way',
  },
  value_missing: {
    status: 400,
    zh: '没有给出“{name}”的值；请在运行参数中给出',
    en: 'No value is given for "{name}"; give it among the parameters of the run',
  },
  value_invalid: {
    status: 400,
    zh: '“{name}”的值“{value}”不是{expected}',
    en: 'The value "{value}" of "{name}" is not {expected}',
  },
  text_invalid: {
    status: 400,
    zh: '“{value}”不能转换成{expected}',
    en: '"{value}" cannot be converted to {expected}',
  },
  date_out_of_range: {
    status: 400,
    zh: '计算得到的日期超出公元 1 年至 9999 年',
    en: 'The calculated date lies outside the years 1 to 9999',
  },
  unknown_zone: {
    status: 400,
    zh: '没有时区“{zone}”；请用 IANA 名称，例如 Asia/Shanghai',
    en: 'There is no time zone "{zone}"; use an IANA name, for example Asia/Shanghai',
  },
});

/** The Failure of one place in a text; its params carry `from` and `to` for editors. */
export function refusal(kind: FailureKind, place: Place, params: Record<string, unknown> = {}): Failure {
  return new Failure(kind, { at: place.from + 1, from: place.from, to: place.to, ...params });
}

/** The place that a Failure of this room speaks about, for the editor to mark. */
export function placeOf(failure: Failure): Place | undefined {
  const { from, to } = failure.params;
  return typeof from === 'number' && typeof to === 'number' ? { from, to } : undefined;
}

/** What to do when a type stands where another is needed, as the end of a sentence; empty where no conversion helps. */
export function remedyFor(found: ExpressionType, needed: ExpressionType): Text {
  const call = conversions[`${found} ${needed}`];
  return call ? { zh: `；可用 ${call} 转换`, en: `; convert with ${call}` } : { zh: '', en: '' };
}

const conversions: Record<string, string> = {
  'text number': 'number(…)',
  'text date': 'date(…)',
  'text datetime': 'date and time(…)',
  'datetime date': 'date(…)',
  'number text': 'string(…)',
  'date text': 'string(…)',
  'boolean text': 'string(…)',
};
