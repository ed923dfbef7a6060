import type { Queryable } from '#database';
import type { Model } from '#metadata';
import { checkRole } from './check-role.ts';
import { roleSchema } from './role.ts';
import { setRoles } from './roles.ts';

/** Channel on which the database tells that roles changed. */
export const ACCESS_CHANNEL = 'tongguan_access';

/** Puts the roles in force that the institution has stored over those of the packs. A stored role that no longer fits is named, not guessed. */
export async function readRoles(db: Queryable, model: Model): Promise<void> {
  const { rows } = await db.query<{ definition: unknown }>('select definition from role_setting order by code');
  const changed = rows.map(({ definition }) => roleSchema.parse(definition));
  for (const role of changed) checkRole(model, role);
  setRoles(model, changed);
}
