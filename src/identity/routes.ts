import { z } from 'zod';
import type { Context } from '#access';
import { type Route, route, WithCookie } from '#http';
import type { Actor } from '#kernel';
import { forgetActors, limits, SESSION_COOKIE } from './actors.ts';
import { changePassword, signIn, signOut } from './sessions.ts';

const text = z.strictObject({ zh: z.string(), en: z.string() });
const sessionView = z.object({
  user: z.object({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    roles: z.array(z.string()),
    orgUnit: z.object({ id: z.string(), label: z.string() }).nullable(),
    language: z.enum(['zh', 'en']),
  }),
  institution: z.object({ name: text, zone: z.string(), currency: z.string(), businessDate: z.string().nullable() }),
  permissions: z.array(z.string()),
});

/** Shown on the sign-in page of the demo institution, and only there. */
const DEMO_SIGN_INS = [
  { username: 'rm001', password: 'tongguan-demo', label: { zh: '客户经理', en: 'Relationship manager' } },
  { username: 'head01', password: 'tongguan-demo', label: { zh: '支行长', en: 'Branch head' } },
  { username: 'admin', password: 'tongguan-demo', label: { zh: '系统管理员', en: 'System administrator' } },
];

async function viewOf(ctx: Context, actor: Actor): Promise<z.output<typeof sessionView>> {
  const { rows } = await ctx.database.query<{ name: string }>('select name from org_unit where id = $1', [
    actor.orgUnitId,
  ]);
  const { name, zone, currency, businessDate } = ctx.institution;
  return {
    user: {
      id: actor.userId ?? '',
      username: actor.username,
      name: actor.name,
      roles: actor.roles,
      orgUnit: actor.orgUnitId && rows[0] ? { id: actor.orgUnitId, label: rows[0].name } : null,
      language: actor.language,
    },
    institution: { name, zone, currency, businessDate },
    permissions: [...actor.permissions].sort(),
  };
}

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/public',
    permission: 'public',
    summary: { zh: '登录页所需的公开信息', en: 'What the sign-in page may know' },
    tag: 'session',
    output: z.object({
      institution: z.object({ name: text }),
      demo: z.array(z.object({ username: z.string(), password: z.string(), label: text })),
    }),
    handler: async (ctx: Context) => ({
      institution: { name: ctx.institution.name },
      demo: ctx.institution.demo ? DEMO_SIGN_INS : [],
    }),
  }),
  route({
    method: 'POST',
    path: '/api/session',
    permission: 'public',
    summary: { zh: '登录', en: 'Sign in' },
    tag: 'session',
    body: z.strictObject({ username: z.string().min(1).max(60), password: z.string().min(1).max(128) }),
    output: sessionView,
    handler: async (ctx: Context, { body }) => {
      const { token, actor } = await signIn(ctx, body.username.trim(), body.password);
      return new WithCookie(await viewOf(ctx, actor), {
        name: SESSION_COOKIE,
        value: token,
        maxAgeSeconds: limits.sessionSeconds,
      });
    },
  }),
  route({
    method: 'GET',
    path: '/api/session',
    permission: 'signed_in',
    summary: { zh: '当前用户', en: 'Who is signed in' },
    tag: 'session',
    output: sessionView,
    handler: async (ctx: Context) => viewOf(ctx, ctx.actor),
  }),
  route({
    method: 'PATCH',
    path: '/api/session',
    permission: 'signed_in',
    summary: { zh: '修改自己的语言或密码', en: "Change one's own language or password" },
    tag: 'session',
    body: z.strictObject({ language: z.enum(['zh', 'en']).optional(), password: z.string().max(128).optional() }),
    output: sessionView,
    handler: async (ctx: Context, { body }) => {
      if (body.password !== undefined) await changePassword(ctx, ctx.actor.userId!, body.password);
      if (body.language) {
        await ctx.database.query('update "user" set language = $2 where id = $1', [ctx.actor.userId, body.language]);
        forgetActors(ctx.database);
      }
      return viewOf(ctx, { ...ctx.actor, language: body.language ?? ctx.actor.language });
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/session',
    permission: 'signed_in',
    summary: { zh: '退出登录', en: 'Sign out' },
    tag: 'session',
    output: z.null(),
    status: 204,
    handler: async (ctx: Context, { cookies }) => {
      await signOut(ctx, cookies[SESSION_COOKIE] ?? '');
      return new WithCookie(null, { name: SESSION_COOKIE, value: null, maxAgeSeconds: 0 });
    },
  }),
  route({
    method: 'POST',
    path: '/api/users/:id/password',
    permission: 'users.manage',
    summary: { zh: '重置用户密码', en: "Reset a user's password" },
    tag: 'users',
    params: z.strictObject({ id: z.string().regex(/^\d{1,19}$/) }),
    body: z.strictObject({ password: z.string().max(128) }),
    output: z.null(),
    status: 204,
    handler: async (ctx: Context, { params, body }) => {
      await changePassword(ctx, params.id, body.password);
      return null;
    },
  }),
];
