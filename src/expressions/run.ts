import { Failure } from '#kernel';
import { kinds } from './failures.ts';
import type { ResolvedName } from './scope.ts';
import type { Value } from './types.ts';
import { readValue } from './values.ts';
import { checkZone } from './zones.ts';

/** What one run gives to every evaluation. Treat it as frozen: values are read once per object. */
export interface Context {
  /** IANA zone of dates and clock times; default Asia/Shanghai. */
  zone?: string;
  /** The values of the scope's names with `given: 'context'`, by key: `{today: '2026-01-31', outflow_share_min: '0.3'}`. */
  values?: Readonly<Record<string, unknown>>;
  /** Refuse a text that `number(…)` or `date(…)` cannot convert, instead of giving null. Blank texts give null in any case. */
  strict?: boolean;
}

/** A context with its values read. */
export interface Run {
  zone: string;
  strict: boolean;
  values: ReadonlyMap<string, Value>;
}

export const DEFAULT_ZONE = 'Asia/Shanghai';
const noContext: Context = Object.freeze({});

/** Prepares contexts for the context names of one scope; each context object is read once. */
export function runsOf(contextNames: readonly ResolvedName[]): (context?: Context) => Run {
  const known = new WeakMap<Context, Run>();
  // Rows come by the thousand with one context: looking it up would cost as much as a comparison.
  let last: Context | undefined;
  let lastRun: Run | undefined;
  return (context = noContext) => {
    if (context === last) return lastRun!;
    const run = known.get(context) ?? prepare(context, contextNames);
    known.set(context, run);
    last = context;
    lastRun = run;
    return run;
  };
}

function prepare(context: Context, contextNames: readonly ResolvedName[]): Run {
  const zone = context.zone ?? DEFAULT_ZONE;
  checkZone(zone);
  const given = context.values ?? {};
  const values = new Map<string, Value>();
  for (const { key, type } of contextNames) {
    if (Object.hasOwn(given, key) && given[key] !== undefined) values.set(key, readValue(given[key], type, key, zone));
  }
  return { zone, strict: context.strict ?? false, values };
}

/** The value of a context name; refused when the run does not give it. */
export function contextValue(run: Run, key: string): Value {
  const value = run.values.get(key);
  if (value === undefined) throw new Failure(kinds.value_missing, { name: key }, key);
  return value;
}
