import { checkDuties, checkRole, packRoles, type Role, readRoles, roles, secureRows } from '#access';
import { record } from '#audit';
import type { Queryable, Transaction } from '#database';
import { asOwner, forgetActors } from '#identity';
import { dateIn, Failure, type Text } from '#kernel';
import type { GovernanceContext } from './context.ts';
import { kinds } from './failures.ts';
import { auditDifference, differenceOf, type RoleChange, warningsOf } from './role-difference.ts';
import { type RoleRights, rightsOf } from './role-rights.ts';

const limits = {
  rolesMax: 200,
  /** More changes than this nobody reads; the count is told besides. */
  changesMax: 500,
};

/** One change of roles at a time: two drafts that are each harmless may not be so together. */
const ROLE_LOCK = 7_300_005;

export interface RoleSummary {
  code: string;
  label: Text;
  description: Text;
  duty: Role['duty'];
  /** `pack`: as shipped; `changed`: by the institution; `own`: made by it. */
  state: 'pack' | 'changed' | 'own';
  /** 0 until the institution changes it. */
  version: number;
  updatedAt: string | null;
  updatedBy: string | null;
  /** Active users who hold it today, by their main post or another. */
  holders: number;
}

/** Every role in force. */
export async function listRoles(ctx: GovernanceContext): Promise<RoleSummary[]> {
  const [{ rows: stored }, holders] = await Promise.all([
    ctx.database.query<{ code: string; version: number; updated_at: string; updated_by: string | null }>(
      `select r.code, r.version, r.updated_at, u.name as updated_by from role_setting r left join "user" u on u.id = r.updated_by`,
    ),
    countHolders(ctx),
  ]);
  const settings = new Map(stored.map((row) => [row.code, row]));
  const shipped = packRoles(ctx.model);
  return [...roles(ctx.model).values()].map((role) => {
    const setting = settings.get(role.code);
    return {
      code: role.code,
      label: role.label,
      description: role.description,
      duty: role.duty,
      state: !shipped.has(role.code) ? 'own' : setting ? 'changed' : 'pack',
      version: setting?.version ?? 0,
      updatedAt: setting?.updated_at ?? null,
      updatedBy: setting?.updated_by ?? null,
      holders: holders.get(role.code) ?? 0,
    };
  });
}

async function countHolders(ctx: GovernanceContext): Promise<Map<string, number>> {
  const { rows } = await ctx.database.query<{ role: string; holders: string }>(
    `select role, count(distinct id) as holders from (
         select u.id, unnest(u.roles) as role from "user" u where u.active
         union all
         select u.id, p.role from post p join "user" u on u.id = p.user_id and u.active
          where p.starts_on <= $1::date and (p.ends_on is null or p.ends_on >= $1::date)) held group by role`,
    [dateIn(ctx.institution.zone, ctx.clock())],
  );
  return new Map(rows.map(({ role, holders }) => [role, Number(holders)]));
}

/** One role whole, what it gives, and what the institution changed of it. */
export async function readRole(ctx: GovernanceContext, code: string) {
  const summary = (await listRoles(ctx)).find((role) => role.code === code);
  const role = roles(ctx.model).get(code);
  if (!summary || !role) throw new Failure(kinds.role_not_found, { code });
  const shipped = packRoles(ctx.model).get(code);
  return {
    ...summary,
    role,
    rights: rightsOf(ctx.model, role),
    shipped: shipped ?? null,
    changes: shipped ? differenceOf(ctx.model, shipped, role).slice(0, limits.changesMax) : [],
  };
}

/** What a draft would give, change and touch; nothing is written. Throws the Failure that saving would throw. */
export async function previewRole(
  ctx: GovernanceContext,
  code: string,
  draft: Role,
): Promise<{
  holders: number;
  rights: RoleRights;
  changes: RoleChange[];
  changesTotal: number;
  warnings: Text[];
}> {
  if (draft.code !== code) throw new Failure(kinds.role_code_fixed, { code }, 'role.code');
  checkDraft(ctx, draft);
  const before = roles(ctx.model).get(code) ?? emptyRole(draft);
  const holders = (await countHolders(ctx)).get(code) ?? 0;
  const changes = differenceOf(ctx.model, before, draft);
  await refuseConflicts(ctx, ctx.database, before, draft);
  refuseOwnWidening(ctx, code, changes);
  return {
    holders,
    rights: rightsOf(ctx.model, draft),
    changes: changes.slice(0, limits.changesMax),
    changesTotal: changes.length,
    warnings: warningsOf(ctx.model, before, draft, holders),
  };
}

/** Failures of a draft name their place in it. */
function checkDraft(ctx: GovernanceContext, draft: Role): void {
  try {
    checkRole(ctx.model, draft);
  } catch (error) {
    if (error instanceof Failure) throw new Failure(error.kind, error.params, `role.${error.field ?? ''}`);
    throw error;
  }
}

const emptyRole = (draft: Role): Role => ({ ...draft, permissions: [], entities: {}, fields: [] });

/** Makes a new role; it may begin as a copy of another, which the page does. */
export async function createRole(ctx: GovernanceContext, draft: Role): Promise<void> {
  checkDraft(ctx, draft);
  await changeRoles(ctx, async (tx) => {
    if (roles(ctx.model).has(draft.code)) throw new Failure(kinds.role_exists, { code: draft.code }, 'role.code');
    if (roles(ctx.model).size >= limits.rolesMax) throw new Failure(kinds.roles_too_many, { max: limits.rolesMax });
    await storeRole(ctx, tx, null, draft, 1);
  });
}

/** Changes a role; `version` is the one that the person saw. In force everywhere before the next request after the answer. */
export async function changeRole(ctx: GovernanceContext, code: string, draft: Role, version: number): Promise<void> {
  if (draft.code !== code) throw new Failure(kinds.role_code_fixed, { code }, 'role.code');
  checkDraft(ctx, draft);
  await changeRoles(ctx, async (tx) => {
    const before = roles(ctx.model).get(code);
    if (!before) throw new Failure(kinds.role_not_found, { code });
    const stored = await storedVersion(tx, code);
    if (stored !== version) throw new Failure(kinds.role_stale, { version: stored }, 'version');
    refuseOwnWidening(ctx, code, differenceOf(ctx.model, before, draft));
    await refuseConflicts(ctx, tx, before, draft);
    if (JSON.stringify(before) !== JSON.stringify(draft)) await storeRole(ctx, tx, before, draft, version + 1);
  });
}

/** A role of the packs becomes again what they say; a role of the institution's own goes, once nobody holds it. */
export async function resetRole(ctx: GovernanceContext, code: string, version: number): Promise<void> {
  await changeRoles(ctx, async (tx) => {
    const before = roles(ctx.model).get(code);
    if (!before) throw new Failure(kinds.role_not_found, { code });
    const stored = await storedVersion(tx, code);
    if (stored !== version) throw new Failure(kinds.role_stale, { version: stored }, 'version');
    const shipped = packRoles(ctx.model).get(code);
    if (shipped) {
      refuseOwnWidening(ctx, code, differenceOf(ctx.model, before, shipped));
      await refuseConflicts(ctx, tx, before, shipped);
    } else {
      const { rows } = await tx.query<{ holders: string }>(
        `select count(*) as holders from "user" u where $1 = any(u.roles) or exists (
           select from post p where p.user_id = u.id and p.role = $1 and (p.ends_on is null or p.ends_on >= $2::date))`,
        [code, dateIn(ctx.institution.zone, ctx.clock())],
      );
      const holders = Number(rows[0]!.holders);
      if (holders > 0) throw new Failure(kinds.role_held, { holders });
    }
    if (stored === 0) return;
    await tx.query('delete from role_setting where code = $1', [code]);
    await recordChange(ctx, tx, before, shipped ?? null);
  });
}

async function storedVersion(tx: Transaction, code: string): Promise<number> {
  const { rows } = await tx.query<{ version: number }>('select version from role_setting where code = $1', [code]);
  return rows[0]?.version ?? 0;
}

/** Maker is not holder: nobody gives himself more. */
function refuseOwnWidening(ctx: GovernanceContext, code: string, changes: readonly RoleChange[]): void {
  const wider = changes.find((change) => change.wider);
  if (wider && ctx.actor.roles.includes(code)) throw new Failure(kinds.role_of_oneself, { change: wider.label });
}

/** A new duty must not put people into two that are kept apart. */
async function refuseConflicts(ctx: GovernanceContext, db: Queryable, before: Role, draft: Role): Promise<void> {
  if (before.duty === draft.duty) return;
  const { rows } = await db.query<{ name: string; roles: string[] }>(
    `select u.name, array(select distinct role from (select unnest(u.roles) as role union all
         select p.role from post p where p.user_id = u.id and (p.ends_on is null or p.ends_on >= $2::date)) held) as roles
       from "user" u where $1 = any(u.roles) or exists (select from post p where p.user_id = u.id and p.role = $1)`,
    [draft.code, dateIn(ctx.institution.zone, ctx.clock())],
  );
  const changed = new Map(roles(ctx.model)).set(draft.code, draft);
  const conflicting = rows.filter(({ roles: held }) => {
    try {
      checkDuties(ctx.model, held, changed);
      return false;
    } catch (error) {
      if (error instanceof Failure) return true;
      throw error;
    }
  });
  if (conflicting.length > 0) {
    const names = conflicting
      .slice(0, 3)
      .map(({ name }) => name)
      .join('、');
    throw new Failure(kinds.role_duty_conflict, { holders: conflicting.length, names }, 'role.duty');
  }
}

async function storeRole(
  ctx: GovernanceContext,
  tx: Transaction,
  before: Role | null,
  role: Role,
  version: number,
): Promise<void> {
  await tx.query(
    `insert into role_setting (code, definition, version, updated_at, updated_by) values ($1, $2, $3, $4, $5)
       on conflict (code) do update set definition = excluded.definition, version = excluded.version,
         updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
    [role.code, JSON.stringify(role), version, ctx.clock().toISOString(), ctx.actor.userId],
  );
  await recordChange(ctx, tx, before, role);
}

async function recordChange(
  ctx: GovernanceContext,
  tx: Transaction,
  before: Role | null,
  after: Role | null,
): Promise<void> {
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'configure',
    entity: 'role',
    detail: { role: (after ?? before)!.code, ...auditDifference(before, after) },
  });
}

/**
 * Changes stored roles and puts them in force: here before the answer, in other processes when the database tells them. Row security
 * follows first where a condition is new, so that its rows are hidden for a moment rather than shown.
 */
async function changeRoles(ctx: GovernanceContext, change: (tx: Transaction) => Promise<void>): Promise<void> {
  const { database } = ctx.identity;
  await asOwner(ctx, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [ROLE_LOCK]);
    // Decided on the roles as they are stored now, not as this process happened to hear of them.
    await readRoles(tx, ctx.model);
    await change(tx);
  });
  await readRoles(database, ctx.model);
  forgetActors(database);
  await secureRows(database, ctx.model);
}
