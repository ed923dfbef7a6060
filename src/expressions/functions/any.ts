import sql, { join } from 'sql-template-tag';
import type { ExpressionType } from '../types.ts';
import { type ArgumentType, defineRepeating, type FunctionDefinition } from './definition.ts';

const types = ['number', 'text', 'date', 'datetime', 'boolean'] as const satisfies readonly (ArgumentType &
  ExpressionType)[];

/** Functions that take values of any one type. */
export const anyFunctions: FunctionDefinition[] = types.map((type) =>
  defineRepeating({
    name: 'coalesce',
    takes: [type],
    gives: type,
    nulls: 'given',
    about: { zh: '第一个不是空值的值', en: 'the first value that is not null' },
    phrase: { zh: '{a}中首个有值的', en: 'the first of {a} that is not empty' },
    js: (_, ...values) => values.find((value) => value !== null) ?? null,
    sql: (_, ...values) => sql`coalesce(${join(values, ', ')})`,
  }),
);
