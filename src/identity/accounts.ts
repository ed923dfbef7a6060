import { randomBytes } from 'node:crypto';
import { roles } from '#access';
import { record } from '#audit';
import type { Database } from '#database';
import { type Clock, Failure, systemActor } from '#kernel';
import { type Model, newId } from '#metadata';
import { forgetActors } from './actors.ts';
import { kinds } from './failures.ts';
import { setPassword } from './passwords.ts';

export interface AccountInput {
  username: string;
  /** Only for a new user; default the username. */
  name?: string;
  /** Role codes of the packs; default those that the user has. */
  roles?: string[];
  /** Default: a random one, to be changed at the first sign-in. */
  password?: string;
}

const USERNAME = /^[\p{L}\p{N}._@-]{2,60}$/u;

/**
 * Makes a user who can sign in, or gives an existing one a new password (and roles): the operator's way in when nobody can
 * sign in yet, or any more. Returns the password, which is stored nowhere in clear.
 */
export async function putAccount(
  database: Database,
  model: Model,
  clock: Clock,
  input: AccountInput,
): Promise<{ created: boolean; password: string }> {
  if (!USERNAME.test(input.username))
    throw new Failure(kinds.username_invalid, { username: input.username }, 'username');
  for (const role of input.roles ?? []) {
    if (!roles(model).has(role))
      throw new Failure(kinds.role_unknown, { role, roles: [...roles(model).keys()].join(', ') }, 'roles');
  }
  const password = input.password ?? randomBytes(12).toString('base64url');
  const now = clock().toISOString();
  const created = await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>('select id from "user" where username = $1 for update', [
      input.username,
    ]);
    const userId = rows[0]?.id ?? newId(clock);
    if (rows[0]) {
      await tx.query(
        'update "user" set active = true, roles = coalesce($2::text[], roles), version = version + 1, updated_at = $3 where id = $1',
        [userId, input.roles ?? null, now],
      );
    } else {
      if (!input.roles?.length)
        throw new Failure(kinds.roles_needed, { roles: [...roles(model).keys()].join(', ') }, 'roles');
      await tx.query(
        `insert into "user" (id, name, username, roles, language, active, created_at, updated_at) values ($1, $2, $3, $4, 'zh', true, $5, $5)`,
        [userId, input.name ?? input.username, input.username, input.roles, now],
      );
    }
    await setPassword(tx, {
      userId,
      username: input.username,
      password,
      mustChange: input.password === undefined,
      clock,
    });
    await record(tx, {
      at: clock(),
      actor: systemActor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'password', created: !rows[0], ...(input.roles ? { roles: input.roles } : {}) },
    });
    return !rows[0];
  });
  forgetActors(database);
  return { created, password };
}
