import type { Context } from '#access';
import { record } from '#audit';

/** How many customers a person wants in his day; null goes back to what the institution set. */
export async function setCapacity(ctx: Context, contactsPerDay: number | null): Promise<void> {
  const at = ctx.clock();
  await ctx.database.transaction(async (tx) => {
    await tx.query(
      `insert into day_plan_setting (user_id, contacts_per_day, updated_at) values ($1, $2, $3)
         on conflict (user_id) do update set contacts_per_day = excluded.contacts_per_day, updated_at = excluded.updated_at`,
      [ctx.actor.userId, contactsPerDay, at.toISOString()],
    );
    await record(tx, { at, actor: ctx.actor, action: 'configure', detail: { dayPlan: { contactsPerDay } } });
  });
}
