import { record } from '#audit';
import { type Queryable, sqlState, type Transaction } from '#database';
import { asOwner, type OwnerContext } from '#identity';
import { Failure, type Text } from '#kernel';
import { newId } from '#metadata';
import { ensureKeys, fieldKeys, openValues, reserveUses, retiredKeys } from '#vault';
import { targetUrl } from './address.ts';
import { kinds } from './failures.ts';
import { post } from './post.ts';
import { newSecret, signedHeaders } from './sign.ts';

export const limits = { targetsMax: 100 };

const TABLE = 'webhook_target';
const UNIQUE_VIOLATED = '23505';

export interface TargetInput {
  label: Text;
  url: string;
  internal: boolean;
  figures: boolean;
  active: boolean;
}

export interface Target extends TargetInput {
  id: string;
  code: string;
  version: number;
  updatedAt: string;
  /** Who changed it last. */
  updatedBy: string | null;
}

const READ = `select t.id, t.code, t.label, t.url, t.internal, t.figures, t.active, t.version, t.updated_at as "updatedAt",
    (select u.name from "user" u where u.id = t.updated_by) as "updatedBy" from webhook_target t`;

export async function listTargets(ctx: OwnerContext): Promise<Target[]> {
  return await asOwner(ctx, async (tx) => {
    const { rows } = await tx.query<Target>(`${READ} order by t.code`);
    return rows.map((row) => ({ ...row, updatedAt: new Date(row.updatedAt).toISOString() }));
  });
}

/** Makes a target; gives its secret, which is shown this once. */
export async function createTarget(ctx: OwnerContext, code: string, input: TargetInput): Promise<{ secret: string }> {
  checkUrl(input);
  const secret = newSecret();
  const id = newId(ctx.clock);
  try {
    await asOwner(ctx, async (tx) => {
      const { rows } = await tx.query<{ count: number }>('select count(*)::int as count from webhook_target');
      if (rows[0]!.count >= limits.targetsMax) throw new Failure(kinds.targets_too_many, { max: limits.targetsMax });
      await tx.query(
        `insert into webhook_target (id, code, label, url, secret, internal, figures, active, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          code,
          JSON.stringify(input.label),
          input.url,
          await sealed(tx, id, secret),
          input.internal,
          input.figures,
          input.active,
          ctx.clock(),
          ctx.actor.userId,
        ],
      );
      await audit(ctx, tx, 'create', id, { code, after: input });
    });
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATED) throw new Failure(kinds.target_taken, { code }, 'code');
    throw error;
  }
  return { secret };
}

export async function changeTarget(
  ctx: OwnerContext,
  code: string,
  version: number,
  input: TargetInput,
): Promise<void> {
  checkUrl(input);
  await asOwner(ctx, async (tx) => {
    const before = await targetOf(tx, code, true);
    if (before.version !== version) throw new Failure(kinds.target_stale, {}, 'version');
    await tx.query(
      `update webhook_target set label = $2, url = $3, internal = $4, figures = $5, active = $6, version = version + 1,
         updated_at = $7, updated_by = $8 where code = $1`,
      [
        code,
        JSON.stringify(input.label),
        input.url,
        input.internal,
        input.figures,
        input.active,
        ctx.clock(),
        ctx.actor.userId,
      ],
    );
    const { label, url, internal, figures, active } = before;
    await audit(ctx, tx, 'update', before.id, {
      code,
      before: { label, url, internal, figures, active },
      after: input,
    });
  });
}

/** Replaces the secret: what is sent from now on is signed with the new one, which is shown this once. */
export async function renewSecret(ctx: OwnerContext, code: string): Promise<{ secret: string }> {
  const secret = newSecret();
  await asOwner(ctx, async (tx) => {
    const { id } = await targetOf(tx, code, true);
    await tx.query('update webhook_target set secret = $2, updated_at = $3, updated_by = $4 where code = $1', [
      code,
      await sealed(tx, id, secret),
      ctx.clock(),
      ctx.actor.userId,
    ]);
    await audit(ctx, tx, 'configure', id, { code, secret: 'renewed' });
  });
  return { secret };
}

/** Sends a target an event that says nothing, at once and once; gives the status of its answer. Throws a Failure that says why it cannot be reached. */
export async function testTarget(ctx: OwnerContext, code: string): Promise<{ status: number; ms: number }> {
  const { target, secret } = await asOwner(ctx, async (tx) => {
    const found = await targetOf(tx, code);
    await audit(ctx, tx, 'configure', found.id, { code, tested: true });
    return { target: found, secret: await secretOf(tx, found.id) };
  });
  const id = newId(ctx.clock);
  const now = ctx.clock();
  const body = JSON.stringify({
    specversion: '1.0',
    id,
    source: '/tongguan',
    type: 'tongguan.test',
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data: {},
  });
  const started = performance.now();
  const status = await post(new URL(target.url), target, signedHeaders(secret, id, now, body), body);
  return { status, ms: Math.round(performance.now() - started) };
}

async function targetOf(tx: Transaction, code: string, lock = false): Promise<Target> {
  const { rows } = await tx.query<Target>(`${READ} where t.code = $1${lock ? ' for update of t' : ''}`, [code]);
  if (!rows[0]) throw new Failure(kinds.target_unknown, { code });
  return rows[0];
}

function checkUrl({ url, internal }: TargetInput): void {
  if (!targetUrl(url, { internal })) throw new Failure(kinds.url_invalid, { url }, 'url');
}

/** Seals a secret for this target: moved to another's row it opens nowhere. */
async function sealed(tx: Transaction, id: string, secret: string): Promise<string> {
  await ensureKeys(tx, [{ kind: 'seal', purpose: TABLE }]);
  await reserveUses(tx, 1);
  return (await fieldKeys(tx, TABLE)).sealer(id, null)('secret', secret);
}

export async function secretOf(db: Queryable, id: string): Promise<string> {
  const { rows } = await db.query<{ secret: string }>('select secret from webhook_target where id = $1', [id]);
  const [secret] = await openValues(db, [
    { entity: TABLE, column: 'secret', rowId: id, salt: null, text: rows[0]!.secret },
  ]);
  return secret!;
}

/** Seals the secrets that stand under a retired key with the current one. Returns how many. */
export async function resealTargets(tx: Transaction): Promise<number> {
  if (!(await retiredKeys(tx)).some(({ purpose }) => purpose === TABLE)) return 0;
  const { current } = await fieldKeys(tx, TABLE);
  const { rows } = await tx.query<{ id: string }>(
    `select id from webhook_target where split_part(secret, '.', 3) <> $1 for update`,
    [current],
  );
  for (const { id } of rows) {
    await tx.query('update webhook_target set secret = $2 where id = $1', [
      id,
      await sealed(tx, id, await secretOf(tx, id)),
    ]);
  }
  return rows.length;
}

async function audit(
  ctx: OwnerContext,
  tx: Transaction,
  action: 'create' | 'update' | 'configure',
  recordId: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await record(tx, { at: ctx.clock(), actor: ctx.actor, action, entity: TABLE, recordId, detail });
}
