import { runBusinessDay } from './business-day.ts';
import type { DayContext } from './day-context.ts';
import { mendNoted, type RefreshOptions } from './noted.ts';

/**
 * Makes computed state true again wherever something was noted, and returns how many customers that concerned. When definitions have
 * changed since the state was computed, its day is run anew first.
 */
export async function refresh(ctx: DayContext, options: RefreshOptions = {}): Promise<{ customers: number }> {
  let customers = 0;
  for (;;) {
    const result = await mendNoted(ctx, options);
    customers += result.customers;
    if (!result.stale) return { customers };
    const { rows } = await ctx.database.query<{ date: string }>('select as_of::text as date from facts_state');
    await runBusinessDay(ctx, rows[0]!.date, { full: true });
  }
}
