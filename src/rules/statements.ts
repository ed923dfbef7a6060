import type { Statement } from '#database';
import { exampleDay, factsStatements, workCalendar } from '#facts';
import type { Model } from '#metadata';
import { firingStatement } from './firings.ts';
import { rules } from './rule-definition.ts';
import { tagStatement } from './tags.ts';
import { tierStatement } from './tiers.ts';

/** The large statements of a business date as they run, their values written in, so that people can review what definitions become. */
export function dayStatements(model: Model): { name: string; text: string }[] {
  const day = exampleDay(model, { zone: 'Asia/Shanghai', currency: 'CNY', calendar: 'cn' }, '2026-01-30');
  const now = new Date('2026-01-30T16:00:00Z');
  const ruleDay = { ...day, calendar: workCalendar(model, 'cn'), now, live: false, onTime: false };
  return [
    ...factsStatements(model, day),
    { name: 'Tiers: who is not in the tier of the day', statement: tierStatement(model, day) },
    { name: 'Tags: whose tags are not those of the day', statement: tagStatement(model, day) },
    ...rules(model).flatMap((rule) => {
      const statement = firingStatement(model, rule, ruleDay);
      return statement ? [{ name: `Rule ${rule.definition.code}: for whom it fires`, statement }] : [];
    }),
  ].map(({ name, statement }) => ({ name, text: written(statement) }));
}

function written(statement: Statement): string {
  if (typeof statement === 'string') return statement;
  return statement.text.replace(/\$(\d+)/g, (_, position) => literal(statement.values[Number(position) - 1]));
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `'{${value.join(',')}}'`;
  return value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`;
}
