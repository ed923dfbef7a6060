import sql, { join, raw, type Sql } from 'sql-template-tag';
import { limits } from '../limits.ts';
import { BLANKS } from '../texts.ts';

/** A number as an SQL integer when it is whole and within bounds, else null. Repeats its argument four times. */
export function wholeSql(number: Sql): Sql {
  const limit = raw(String(limits.whole_argument_max));
  return sql`(CASE WHEN ${number} = trunc(${number}) AND abs(${number}) <= ${limit} THEN (${number})::int END)`;
}

const blanks = raw(
  `U&'${[...BLANKS].map((blank) => `\\${blank.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}'`,
);

export function trimSql(text: Sql): Sql {
  return sql`btrim(${text}, ${blanks})`;
}

/** The least or greatest of values; null when one is null, where PostgreSQL would pass over it. */
export function extremeSql(name: 'least' | 'greatest', values: Sql[]): Sql {
  return sql`(CASE WHEN num_nulls(${join(values, ', ')}) = 0 THEN ${raw(name)}(${join(values, ', ')}) END)`;
}

const digits = (min: number, max: number) => `[0-9]{${min},${max}}`;
const numberPattern = raw(
  `'^[+-]?(${digits(1, limits.whole_digits_max)}([.]${digits(1, limits.decimal_places_max)})?|[.]${digits(1, limits.decimal_places_max)})$'`,
);

/** A text as numeric, null when it is none. */
export function numberSql(text: Sql): Sql {
  return sql`(CASE WHEN ${trimSql(text)} ~ ${numberPattern} THEN ${trimSql(text)}::numeric END)`;
}

/** A date of integer parts, null when there is no such day. CASE keeps `make_date` from seeing impossible ones. */
export function makeDateSql(year: Sql, month: Sql, day: Sql): Sql {
  return sql`(CASE WHEN ${year} BETWEEN 1 AND 9999 AND ${month} BETWEEN 1 AND 12 THEN CASE WHEN ${day} BETWEEN 1 AND extract(day FROM make_date(${year}, ${month}, 1) + interval '1 month - 1 day') THEN make_date(${year}, ${month}, ${day}) END END)`;
}

/** A text `YYYY-MM-DD` or `YYYYMMDD` as a date, null when it is none. */
export function dateOfTextSql(text: Sql): Sql {
  const compact = sql`replace(${trimSql(text)}, '-', '')`;
  const date = makeDateSql(
    sql`left(${compact}, 4)::int`,
    sql`substr(${compact}, 5, 2)::int`,
    sql`right(${compact}, 2)::int`,
  );
  return sql`(CASE WHEN ${trimSql(text)} ~ '^([0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})$' THEN ${date} END)`;
}

/** Complete months between two dates, with the sign of their order. As timestamps, because dates would pass the session zone. */
export function monthsBetweenSql(from: Sql, to: Sql): Sql {
  const age = sql`age(${to}::timestamp, ${from}::timestamp)`;
  return sql`(extract(year FROM ${age}) * 12 + extract(month FROM ${age}))`;
}

const shift = raw(`1${'0'.repeat(limits.division_places + 1)}`);
const unshift = raw(`0.${'0'.repeat(limits.division_places)}1`);

/**
 * A quotient rounded half up to 20 places, null for a zero divisor. Cut off exactly one digit behind the last place, as in memory,
 * because `/` rounds at a place of its own choice and would be rounded twice.
 */
export function divideSql(dividend: Sql, divisor: Sql): Sql {
  return sql`round(div(${dividend} * ${shift}, nullif(${divisor}, 0)) * ${unshift}, ${raw(String(limits.division_places))})`;
}
