import { z } from 'zod';
import { type Route, route } from '#http';
import { Failure } from '#kernel';
import { createApiToken, listApiTokens, revokeApiToken, tokenLimits } from './api-tokens.ts';
import type { IdentityContext } from './context.ts';
import { resetFactors } from './factors.ts';
import { kinds } from './failures.ts';
import { resetPassword } from './passwords.ts';
import { factorsView, readFactors, sessionsView } from './security-routes.ts';
import { endSessions, listSessions } from './sessions.ts';

const rowId = z.string().regex(/^\d{1,19}$/);
const params = z.strictObject({ id: rowId });
const instant = z.string().nullable();

const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  hint: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  revokedAt: instant,
  usedAt: instant,
  usedFrom: z.string().nullable(),
});

/** The routes act as the owner: sessions, factors and tokens are no rows of an entity. */
const asOwner = (ctx: IdentityContext) => ({
  database: ctx.identity.database,
  model: ctx.model,
  clock: ctx.clock,
  actor: ctx.actor,
});

/** Throws the Failure that nobody has this id, before anything is said or done about him. */
async function known(ctx: IdentityContext, id: string): Promise<string> {
  const { rowCount } = await ctx.identity.database.query('select from "user" where id = $1', [id]);
  if (rowCount === 0) throw new Failure(kinds.user_unknown);
  return id;
}

/** What administrators do for other people's accounts. */
export const userRoutes: Route<IdentityContext>[] = [
  route({
    method: 'POST',
    path: '/api/users/:id/password',
    permission: 'users.manage',
    stepUp: true,
    summary: {
      zh: '重置用户密码：给出一次性密码，其会话全部结束，首次登录须更换',
      en: "Reset a user's password: gives a one-time password to be changed at the first sign-in; the user's sessions end",
    },
    tag: 'users',
    params,
    output: z.object({ password: z.string() }),
    handler: async (ctx: IdentityContext, { params }) => ({
      password: await resetPassword(ctx.identity, ctx.actor, params.id),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/users/:id/security',
    permission: 'users.end_sessions',
    summary: { zh: '用户的第二因素与会话', en: "A user's second factors and sessions" },
    tag: 'users',
    params,
    output: factorsView.extend({ sessions: sessionsView }),
    handler: async (ctx: IdentityContext, { params }) => ({
      ...(await readFactors(ctx.identity.database, await known(ctx, params.id))),
      sessions: await listSessions(ctx.identity.database, ctx.clock(), params.id, ctx.sessionId),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/api/users/:id/sessions',
    permission: 'users.end_sessions',
    summary: { zh: '结束用户的全部会话', en: 'End all sessions of a user' },
    tag: 'users',
    params,
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext, { params }) => {
      await endSessions(ctx.identity, ctx.actor, await known(ctx, params.id), { except: null });
      return null;
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/users/:id/factors',
    permission: 'users.reset_factors',
    stepUp: true,
    summary: {
      zh: '移除用户的全部第二因素与恢复码（遗失时），其会话全部结束',
      en: "Remove all second factors and recovery codes of a user who lost them; the user's sessions end",
    },
    tag: 'users',
    params,
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext, { params }) => {
      await resetFactors(ctx.identity, ctx.actor, params.id);
      ctx.identity.memory.forget(params.id);
      return null;
    },
  }),
  route({
    method: 'GET',
    path: '/api/users/:id/tokens',
    permission: 'users.manage',
    summary: { zh: '接口账号的令牌', en: 'Tokens of an API account' },
    tag: 'users',
    params,
    output: z.array(tokenView),
    handler: async (ctx: IdentityContext, { params }) =>
      listApiTokens(ctx.identity.database, await known(ctx, params.id)),
  }),
  route({
    method: 'POST',
    path: '/api/users/:id/tokens',
    permission: 'users.manage',
    stepUp: true,
    summary: { zh: '为接口账号创建令牌，只显示这一次', en: 'Make a token for an API account; it is shown this once' },
    tag: 'users',
    params,
    body: z.strictObject({
      name: z.string().trim().min(1).max(tokenLimits.nameLengthMax),
      days: z.int().min(1).max(tokenLimits.daysMax),
    }),
    output: z.object({ id: z.string(), token: z.string(), expiresAt: z.string() }),
    status: 201,
    handler: async (ctx: IdentityContext, { params, body }) => createApiToken(asOwner(ctx), params.id, body),
  }),
  route({
    method: 'DELETE',
    path: '/api/users/:id/tokens/:token',
    permission: 'users.manage',
    summary: { zh: '撤销令牌', en: 'Revoke a token' },
    tag: 'users',
    params: z.strictObject({ id: rowId, token: rowId }),
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext, { params }) => {
      await revokeApiToken(asOwner(ctx), params.id, params.token);
      ctx.identity.memory.forget(params.id);
      return null;
    },
  }),
];
