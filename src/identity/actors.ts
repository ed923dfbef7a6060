import { createHash } from 'node:crypto';
import { permissionsOf } from '#access';
import { type Database, prepared } from '#database';
import type { Actor, Clock, Language } from '#kernel';
import type { Model } from '#metadata';

export const SESSION_COOKIE = 'tongguan_session';

export const limits = {
  sessionSeconds: 12 * 3600,
  idleSeconds: 30 * 60,
  /** How often use of a session is noted; not with every request, which would make every read a write. */
  touchSeconds: 60,
  /** How long this process trusts what it read of a session. */
  actorCacheMs: 3_000,
  actorsMax: 10_000,
};

interface Known {
  actor: Actor | null;
  readAt: number;
}

const known = new WeakMap<Database, Map<string, Known>>();

/** Forgets what is remembered about sessions, after a user, role or org unit changed. */
export function forgetActors(database: Database): void {
  known.delete(database);
}

export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The actor behind a session's token; null when the session is unknown, over, idle too long, or its user was disabled. */
export async function actorOf(
  database: Database,
  model: Model,
  clock: Clock,
  token: string | undefined,
): Promise<Actor | null> {
  if (!token || token.length > 100) return null;
  const now = clock();
  const cache = known.get(database) ?? new Map<string, Known>();
  known.set(database, cache);
  const found = cache.get(token);
  if (found && now.getTime() - found.readAt < limits.actorCacheMs && now.getTime() >= found.readAt) return found.actor;
  const actor = await readActor(database, model, now, token);
  if (cache.size >= limits.actorsMax) cache.clear();
  cache.set(token, { actor, readAt: now.getTime() });
  return actor;
}

interface SessionRow {
  id: string;
  username: string;
  name: string;
  roles: string[] | null;
  org_unit_id: string | null;
  org_unit_ids: string[];
  language: Language | null;
}

async function readActor(database: Database, model: Model, now: Date, token: string): Promise<Actor | null> {
  // Units below the own one come from the small org_unit table; customers carry their unit, never the tree.
  const { rows } = await database.query<SessionRow>(
    prepared(
      'identity_actor',
      `with seen as (
         select user_id from session where token_hash = $1 and expires_at > $2
           and seen_at > $2::timestamptz - make_interval(secs => $3)),
       touched as (
         update session set seen_at = $2 where token_hash = $1 and exists (select from seen)
           and seen_at < $2::timestamptz - make_interval(secs => $4)),
       units as (
         with recursive below as (
           select u.org_unit_id as id, 0 as depth from "user" u join seen on seen.user_id = u.id
           union all
           select o.id, below.depth + 1 from org_unit o join below on o.parent_id = below.id where below.depth < 10)
         select array_agg(distinct id) filter (where id is not null) as ids from below)
       select u.id, u.username, u.name, u.roles, u.org_unit_id, coalesce(units.ids, '{}')::text[] as org_unit_ids, u.language
         from seen join "user" u on u.id = seen.user_id cross join units where u.active`,
      [tokenHash(token), now.toISOString(), limits.idleSeconds, limits.touchSeconds],
    ),
  );
  const row = rows[0];
  if (!row) return null;
  const roles = row.roles ?? [];
  return {
    userId: row.id,
    username: row.username,
    name: row.name,
    roles,
    orgUnitId: row.org_unit_id,
    orgUnitIds: row.org_unit_ids,
    permissions: permissionsOf(model, roles),
    language: row.language ?? 'zh',
  };
}
