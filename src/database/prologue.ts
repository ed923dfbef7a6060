/**
 * A statement that goes before each statement of a request, in the same network write and the same implicit transaction: it puts
 * settings in force (`set_config(…, true)`) that end with it. Nothing can therefore run under the settings of somebody else, whatever
 * connection of the pool it gets, and no round trip is spent on them.
 */
export interface Prologue {
  /** One name always means one text, a `select` without a `from`: a connection prepares it once. */
  name: string;
  text: string;
  values: readonly unknown[];
}

/**
 * A prologue for statements that are planned once: with row security in them PostgreSQL expects each new plan to be a little cheaper
 * than the kept one, and would rather plan a list page for as long as reading it takes.
 */
export function keepingPlans(prologue: Prologue): Prologue {
  return {
    ...prologue,
    name: `${prologue.name}_kept`,
    text: `${prologue.text}, set_config('plan_cache_mode', 'force_generic_plan', true)`,
  };
}
