import type { Sql } from 'sql-template-tag';
import type { Text } from '#kernel';
import type { Run } from '../run.ts';
import type { ExpressionType, Value, ValueOf } from '../types.ts';

/** The type of an argument. `whole` is a number without a fraction within ±1,000,000, a plain integer on both sides. */
export type ArgumentType = Exclude<ExpressionType, 'null' | 'months'> | 'whole';

interface ArgumentValue extends ValueOf {
  whole: number;
}

/**
 * One function with one signature, in both worlds. An argument that is null gives null without calling either side, unless
 * `nulls` is `given`. The SQL must give the same value for every row: the property test compares them.
 */
export interface FunctionDefinition {
  name: string;
  takes: readonly ArgumentType[];
  /** The last type may come any number of times. */
  repeats?: boolean;
  gives: ExpressionType;
  nulls?: 'given';
  about: Text;
  /** How a description says it, with {a}, {b}, {c} for the arguments, {a} for all where they repeat; else it shows the function as written. */
  phrase?: Text;
  js: (run: Run, ...values: never[]) => Value;
  /** Absent: only in memory, such as in imports. Arguments are complete operands; `zone` is the zone of the run. */
  sql?: (zone: string, ...values: Sql[]) => Sql;
  /** How often the SQL repeats its arguments; counts towards the size limit. */
  repetition?: number;
}

type ValuesOf<Takes extends readonly ArgumentType[]> = { [K in keyof Takes]: ArgumentValue[Takes[K]] };

interface Definition<Takes extends readonly ArgumentType[], Gives extends ExpressionType>
  extends Omit<FunctionDefinition, 'js' | 'takes' | 'gives'> {
  takes: Takes;
  gives: Gives;
  js: (run: Run, ...values: ValuesOf<Takes>) => ValueOf[Gives] | null;
}

/** Writes a definition with typed arguments; several may share a name. */
export function define<const Takes extends readonly ArgumentType[], Gives extends ExpressionType>(
  definition: Definition<Takes, Gives>,
): FunctionDefinition {
  return definition as unknown as FunctionDefinition;
}

/** Like `define`, for functions that take any number of arguments of one type. */
export function defineRepeating<Type extends ArgumentType, Gives extends ExpressionType>(
  definition: Omit<Definition<readonly [Type], Gives>, 'js'> & {
    js: (run: Run, ...values: ValueOf[Type & ExpressionType][]) => ValueOf[Gives] | null;
  },
): FunctionDefinition {
  return { ...definition, repeats: true } as unknown as FunctionDefinition;
}
