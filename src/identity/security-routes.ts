import { z } from 'zod';
import { record } from '#audit';
import type { Queryable } from '#database';
import { type Route, route } from '#http';
import { Failure } from '#kernel';
import { SESSION_COOKIE } from './actors.ts';
import type { ChallengeHolder } from './challenge.ts';
import { type IdentityContext, ownSession } from './context.ts';
import { factorsOf, METHODS, needsFactor, registrationInput } from './factors.ts';
import { kinds } from './failures.ts';
import { changeOwnPassword } from './passwords.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { keyLimits, registerKey, registrationOptions } from './security-keys.ts';
import { endSessions, listSessions } from './sessions.ts';
import { tokenHash } from './token.ts';
import { confirmTotp, startTotp } from './totp.ts';

const rowId = z.string().regex(/^\d{1,19}$/);
const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()).nullable() });

export const factorsView = z.object({
  totp: z.object({ since: z.string() }).nullable(),
  keys: z.array(z.object({ id: z.string(), name: z.string(), createdAt: z.string(), usedAt: z.string().nullable() })),
  recoveryCodesLeft: z.number(),
});

export const sessionsView = z.array(
  z.object({
    id: z.string(),
    own: z.boolean(),
    device: z.string(),
    address: z.string().nullable(),
    createdAt: z.string(),
    seenAt: z.string(),
    proof: z.enum(METHODS),
  }),
);

/** The second factors of a user as he and his administrators see them. */
export async function readFactors(db: Queryable, userId: string): Promise<z.output<typeof factorsView>> {
  const { rows } = await db.query<{
    since: string | null;
    left: string;
    keys: { id: string; name: string; createdAt: string; usedAt: string | null }[];
  }>(
    `select (select confirmed_at from totp where user_id = $1) as since,
        (select count(*) from recovery_code where user_id = $1 and used_at is null) as left,
        coalesce((select json_agg(json_build_object('id', id::text, 'name', name, 'createdAt', created_at, 'usedAt', used_at) order by id)
          from security_key where user_id = $1), '[]') as keys`,
    [userId],
  );
  const { since, left, keys } = rows[0]!;
  return { totp: since === null ? null : { since }, keys, recoveryCodesLeft: Number(left) };
}

/** The first factor brings recovery codes with it; they are shown this once. */
async function firstCodes(tx: Queryable, userId: string): Promise<string[] | null> {
  const { left } = (
    await tx.query<{ left: string }>('select count(*) as left from recovery_code where user_id = $1', [userId])
  ).rows[0]!;
  return left === '0' ? newRecoveryCodes(tx, userId) : null;
}

/** One's own factors are changed in one transaction with the audit event. */
async function change<T>(
  ctx: IdentityContext,
  detail: Record<string, unknown>,
  run: (tx: Parameters<Parameters<typeof ctx.identity.database.transaction>[0]>[0], userId: string) => Promise<T>,
): Promise<T> {
  const { userId } = ownSession(ctx);
  return ctx.identity.database.transaction(async (tx) => {
    const answer = await run(tx, userId);
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail,
    });
    return answer;
  });
}

/** Who lost his last factor has no use for recovery codes; who must have one keeps it. */
async function afterRemoval(ctx: IdentityContext, tx: Queryable, userId: string): Promise<void> {
  if ((await factorsOf(tx, userId)).length > 0) return;
  if (needsFactor(ctx.model, ctx.actor.roles)) throw new Failure(kinds.factor_last);
  await tx.query('delete from recovery_code where user_id = $1', [userId]);
}

const holderOf = (cookies: Record<string, string | undefined>): ChallengeHolder => ({
  table: 'session',
  tokenHash: tokenHash(cookies[SESSION_COOKIE] ?? ''),
});

/** What everybody does for his own account. */
export const securityRoutes: Route<IdentityContext>[] = [
  route({
    method: 'GET',
    path: '/api/security',
    permission: 'signed_in',
    summary: { zh: '我的密码、第二因素与会话', en: 'My password, second factors and sessions' },
    tag: 'security',
    output: factorsView.extend({
      passwordChangedAt: z.string().nullable(),
      factorRequired: z.boolean(),
      /** Security keys work at this address only. */
      keyOrigin: z.string(),
      sessions: sessionsView,
    }),
    handler: async (ctx: IdentityContext) => {
      const { userId, sessionId } = ownSession(ctx);
      const { database, publicOrigin } = ctx.identity;
      const { rows } = await database.query<{ updated_at: string }>(
        'select updated_at from credential where user_id = $1',
        [userId],
      );
      return {
        ...(await readFactors(database, userId)),
        passwordChangedAt: rows[0]?.updated_at ?? null,
        factorRequired: needsFactor(ctx.model, ctx.actor.roles),
        keyOrigin: publicOrigin,
        sessions: await listSessions(database, ctx.clock(), userId, sessionId),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/api/security/password',
    permission: 'signed_in',
    summary: { zh: '修改自己的密码；其他会话全部结束', en: "Change one's own password; all other sessions end" },
    tag: 'security',
    body: z.strictObject({ current: z.string().min(1).max(128), password: z.string().min(1).max(128) }),
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext, { body }) => {
      const { sessionId } = ownSession(ctx);
      const institution = Object.values(ctx.institution.name);
      await changeOwnPassword(ctx.identity, { actor: ctx.actor, sessionId, address: ctx.address, institution }, body);
      return null;
    },
  }),
  route({
    method: 'POST',
    path: '/api/security/totp',
    permission: 'signed_in',
    stepUp: true,
    summary: { zh: '开始设置动态验证码', en: 'Begin to set up one-time codes' },
    tag: 'security',
    output: z.object({ secret: z.string(), uri: z.string() }),
    handler: async (ctx: IdentityContext) => {
      const { userId } = ownSession(ctx);
      const issuer = ctx.institution.name[ctx.language];
      return ctx.identity.database.transaction((tx) =>
        startTotp(tx, ctx.clock(), { id: userId, username: ctx.actor.username, issuer }),
      );
    },
  }),
  route({
    method: 'POST',
    path: '/api/security/totp/confirm',
    permission: 'signed_in',
    stepUp: true,
    summary: {
      zh: '以首个验证码确认；首次设置时给出恢复码',
      en: 'Confirm by the first code; gives recovery codes with the first factor',
    },
    tag: 'security',
    body: z.strictObject({ code: z.string().max(20) }),
    output: recoveryCodes,
    handler: async (ctx: IdentityContext, { body }) =>
      change(ctx, { changed: 'totp', created: true }, async (tx, userId) => {
        await confirmTotp(tx, ctx.clock(), userId, body.code);
        return { recoveryCodes: await firstCodes(tx, userId) };
      }),
  }),
  route({
    method: 'DELETE',
    path: '/api/security/totp',
    permission: 'signed_in',
    stepUp: true,
    summary: { zh: '移除动态验证码', en: 'Remove the one-time codes' },
    tag: 'security',
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext) =>
      change(ctx, { changed: 'totp', removed: true }, async (tx, userId) => {
        const { rowCount } = await tx.query('delete from totp where user_id = $1', [userId]);
        if (rowCount === 0) throw new Failure(kinds.totp_none);
        await afterRemoval(ctx, tx, userId);
        return null;
      }),
  }),
  route({
    method: 'POST',
    path: '/api/security/recovery-codes',
    permission: 'signed_in',
    stepUp: true,
    summary: { zh: '重新生成恢复码，旧码全部作废', en: 'Make new recovery codes; the old ones are void' },
    tag: 'security',
    output: recoveryCodes,
    handler: async (ctx: IdentityContext) =>
      change(ctx, { changed: 'recovery_codes', created: true }, async (tx, userId) => {
        if ((await factorsOf(tx, userId)).length === 0) throw new Failure(kinds.factor_none);
        return { recoveryCodes: await newRecoveryCodes(tx, userId) };
      }),
  }),
  route({
    method: 'POST',
    path: '/api/security/keys/options',
    permission: 'signed_in',
    stepUp: true,
    summary: { zh: '开始登记安全密钥', en: 'Begin to register a security key' },
    tag: 'security',
    output: z.looseObject({ challenge: z.string() }),
    handler: async (ctx: IdentityContext, { cookies }) => {
      const { userId } = ownSession(ctx);
      const issuer = ctx.institution.name[ctx.language];
      const { username, name } = ctx.actor;
      return registrationOptions(ctx.identity, { id: userId, username, name, issuer }, holderOf(cookies));
    },
  }),
  route({
    method: 'POST',
    path: '/api/security/keys',
    permission: 'signed_in',
    stepUp: true,
    summary: {
      zh: '登记安全密钥；首次设置时给出恢复码',
      en: 'Register a security key; gives recovery codes with the first factor',
    },
    tag: 'security',
    body: z.strictObject({
      name: z.string().trim().min(1).max(keyLimits.nameLengthMax),
      credential: registrationInput,
    }),
    output: recoveryCodes,
    handler: async (ctx: IdentityContext, { body, cookies }) =>
      change(ctx, { changed: 'security_key', created: body.name }, async (tx, userId) => {
        const { authenticatorAttachment, ...credential } = body.credential;
        const answer = {
          ...credential,
          ...(authenticatorAttachment ? { authenticatorAttachment } : {}),
          clientExtensionResults: {},
        };
        await registerKey(ctx.identity, tx, userId, body.name, answer, holderOf(cookies));
        return { recoveryCodes: await firstCodes(tx, userId) };
      }),
  }),
  route({
    method: 'DELETE',
    path: '/api/security/keys/:id',
    permission: 'signed_in',
    stepUp: true,
    summary: { zh: '移除安全密钥', en: 'Remove a security key' },
    tag: 'security',
    params: z.strictObject({ id: rowId }),
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext, { params }) =>
      change(ctx, { changed: 'security_key', removed: params.id }, async (tx, userId) => {
        const { rowCount } = await tx.query('delete from security_key where id = $1 and user_id = $2', [
          params.id,
          userId,
        ]);
        if (rowCount === 0) throw new Failure(kinds.key_unknown);
        await afterRemoval(ctx, tx, userId);
        return null;
      }),
  }),
  route({
    method: 'DELETE',
    path: '/api/security/sessions',
    permission: 'signed_in',
    summary: { zh: '结束我的其他全部会话', en: 'End all my other sessions' },
    tag: 'security',
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext) => {
      const { userId, sessionId } = ownSession(ctx);
      await endSessions(ctx.identity, ctx.actor, userId, { except: sessionId });
      return null;
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/security/sessions/:id',
    permission: 'signed_in',
    summary: { zh: '结束我的一个会话', en: 'End one of my sessions' },
    tag: 'security',
    params: z.strictObject({ id: rowId }),
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext, { params }) => {
      await endSessions(ctx.identity, ctx.actor, ownSession(ctx).userId, { id: params.id });
      return null;
    },
  }),
];
