import { z } from 'zod';
import type { Context } from '#access';
import { record } from '#audit';
import { type Route, route, WithCookie } from '#http';
import type { Actor, Language } from '#kernel';
import { DEVICE_COOKIE, SESSION_COOKIE, SIGN_IN_COOKIE } from './actors.ts';
import { answerSignIn, type IdentityContext, ownSession, sessionCookie } from './context.ts';
import { factorInput, METHODS, proofInput } from './factors.ts';
import { assertionOptions } from './security-keys.ts';
import { securityRoutes } from './security-routes.ts';
import { signOut } from './sessions.ts';
import {
  challengeOf,
  confirmAtSignIn,
  enrolAtSignIn,
  giveNewPassword,
  giveSecondFactor,
  type SignInCaller,
  STEPS,
  signIn,
} from './sign-in.ts';
import { stepUp, stepUpMethods } from './step-up.ts';
import { tokenHash } from './token.ts';
import { userRoutes } from './user-routes.ts';

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
const methods = z.array(z.enum(METHODS));
/** A session, or what the sign-in still needs. */
const signInView = z.union([
  sessionView.extend({ recoveryCodes: z.array(z.string()).optional() }),
  z.object({ next: z.enum(STEPS), methods }),
]);
const password = z.string().min(1).max(128);
const browserOptions = z.looseObject({ challenge: z.string() });

/** Shown on the sign-in page of the demo institution, and only there. */
const DEMO_SIGN_INS = [
  { username: 'rm001', password: 'tongguan-demo', label: { zh: '客户经理', en: 'Relationship manager' } },
  { username: 'head01', password: 'tongguan-demo', label: { zh: '支行长', en: 'Branch head' } },
  { username: 'compliance01', password: 'tongguan-demo', label: { zh: '合规', en: 'Compliance' } },
  { username: 'auditor01', password: 'tongguan-demo', label: { zh: '审计', en: 'Auditor' } },
  { username: 'security01', password: 'tongguan-demo', label: { zh: '安全管理员', en: 'Security administrator' } },
  { username: 'admin', password: 'tongguan-demo', label: { zh: '系统管理员', en: 'System administrator' } },
];

async function viewOf(ctx: IdentityContext, actor: Actor): Promise<z.output<typeof sessionView>> {
  const { rows } = await ctx.identity.database.query<{ name: string }>('select name from org_unit where id = $1', [
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

type Cookies = Record<string, string | undefined>;

const signInCaller = (ctx: IdentityContext, cookies: Cookies): SignInCaller => ({
  address: ctx.address,
  agent: ctx.agent,
  device: cookies[DEVICE_COOKIE]?.slice(0, 100),
});

const namesOf = (ctx: Context): string[] => Object.values(ctx.institution.name);
const issuerOf = (ctx: Context): string => ctx.institution.name[ctx.language];

async function changeLanguage({ identity, actor, clock }: IdentityContext, language: Language): Promise<void> {
  await identity.database.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      'update "user" set language = $2 where id = $1 and language is distinct from $2',
      [actor.userId, language],
    );
    if (rowCount === 0) return;
    await record(tx, {
      at: clock(),
      actor,
      action: 'update',
      entity: 'user',
      recordId: actor.userId ?? undefined,
      detail: { before: { language: actor.language }, after: { language } },
    });
  });
}

export const routes: Route<IdentityContext>[] = [
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
    handler: async (ctx: IdentityContext) => ({
      institution: { name: ctx.institution.name },
      demo: ctx.institution.demo ? DEMO_SIGN_INS : [],
    }),
  }),
  route({
    method: 'POST',
    path: '/api/session',
    permission: 'public',
    summary: {
      zh: '登录；需要时答复下一步（second_factor、new_password、enrol_factor）',
      en: 'Sign in; answers the next step where there is one (second_factor, new_password, enrol_factor)',
    },
    tag: 'session',
    body: z.strictObject({ username: z.string().min(1).max(60), password }),
    output: signInView,
    handler: async (ctx: IdentityContext, { body, cookies }) =>
      answerSignIn(
        await signIn(ctx.identity, signInCaller(ctx, cookies), body.username.trim(), body.password),
        (actor) => viewOf(ctx, actor),
      ),
  }),
  route({
    method: 'POST',
    path: '/api/session/second-factor/options',
    permission: 'public',
    summary: { zh: '登录第二步：向安全密钥提出的问题', en: 'Second step of signing in: what to ask a security key' },
    tag: 'session',
    output: browserOptions,
    handler: async (ctx: IdentityContext, { cookies }) => {
      const { userId, holder } = await challengeOf(ctx.identity, cookies[SIGN_IN_COOKIE]);
      return assertionOptions(ctx.identity, userId, holder);
    },
  }),
  route({
    method: 'POST',
    path: '/api/session/second-factor',
    permission: 'public',
    summary: {
      zh: '登录第二步：验证码、恢复码或安全密钥',
      en: 'Second step of signing in: code, recovery code or security key',
    },
    tag: 'session',
    body: factorInput,
    output: signInView,
    handler: async (ctx: IdentityContext, { body, cookies }) =>
      answerSignIn(
        await giveSecondFactor(ctx.identity, signInCaller(ctx, cookies), cookies[SIGN_IN_COOKIE], body),
        (actor) => viewOf(ctx, actor),
      ),
  }),
  route({
    method: 'POST',
    path: '/api/session/new-password',
    permission: 'public',
    summary: { zh: '登录时更换一次性密码', en: 'Replace a one-time password while signing in' },
    tag: 'session',
    body: z.strictObject({ password }),
    output: signInView,
    handler: async (ctx: IdentityContext, { body, cookies }) =>
      answerSignIn(
        await giveNewPassword(
          ctx.identity,
          signInCaller(ctx, cookies),
          cookies[SIGN_IN_COOKIE],
          body.password,
          namesOf(ctx),
        ),
        (actor) => viewOf(ctx, actor),
      ),
  }),
  route({
    method: 'POST',
    path: '/api/session/enrol',
    permission: 'public',
    summary: {
      zh: '登录时设置动态验证码（角色要求双重验证）',
      en: 'Set up one-time codes while signing in, where a role asks for a second factor',
    },
    tag: 'session',
    output: z.object({ secret: z.string(), uri: z.string() }),
    handler: async (ctx: IdentityContext, { cookies }) =>
      enrolAtSignIn(ctx.identity, cookies[SIGN_IN_COOKIE], issuerOf(ctx)),
  }),
  route({
    method: 'POST',
    path: '/api/session/enrol/confirm',
    permission: 'public',
    summary: { zh: '登录时确认动态验证码', en: 'Confirm the one-time codes while signing in' },
    tag: 'session',
    body: z.strictObject({ code: z.string().max(20) }),
    output: signInView,
    handler: async (ctx: IdentityContext, { body, cookies }) =>
      answerSignIn(
        await confirmAtSignIn(ctx.identity, signInCaller(ctx, cookies), cookies[SIGN_IN_COOKIE], body.code),
        (actor) => viewOf(ctx, actor),
      ),
  }),
  route({
    method: 'GET',
    path: '/api/session',
    permission: 'signed_in',
    summary: { zh: '当前用户', en: 'Who is signed in' },
    tag: 'session',
    output: sessionView,
    handler: async (ctx: IdentityContext) => viewOf(ctx, ctx.actor),
  }),
  route({
    method: 'PATCH',
    path: '/api/session',
    permission: 'signed_in',
    summary: { zh: '修改自己的语言', en: "Change one's own language" },
    tag: 'session',
    body: z.strictObject({ language: z.enum(['zh', 'en']) }),
    output: sessionView,
    handler: async (ctx: IdentityContext, { body }) => {
      await changeLanguage(ctx, body.language);
      ctx.identity.memory.forget(ctx.actor.userId ?? undefined);
      return viewOf(ctx, { ...ctx.actor, language: body.language });
    },
  }),
  route({
    method: 'GET',
    path: '/api/session/step-up',
    permission: 'signed_in',
    summary: { zh: '可用于再次确认身份的方式', en: 'How one can prove anew who one is' },
    tag: 'session',
    output: z.object({ methods }),
    handler: async (ctx: IdentityContext) => ({
      methods: await stepUpMethods(ctx.identity, ownSession(ctx).userId),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/session/step-up/options',
    permission: 'signed_in',
    summary: { zh: '再次确认身份：向安全密钥提出的问题', en: 'Step-up: what to ask a security key' },
    tag: 'session',
    output: browserOptions,
    handler: async (ctx: IdentityContext, { cookies }) =>
      assertionOptions(ctx.identity, ownSession(ctx).userId, {
        table: 'session',
        tokenHash: tokenHash(cookies[SESSION_COOKIE] ?? ''),
      }),
  }),
  route({
    method: 'POST',
    path: '/api/session/step-up',
    permission: 'signed_in',
    summary: {
      zh: '再次确认身份：有第二因素者须用第二因素，否则用密码；此后 5 分钟内有效，会话换发新令牌',
      en: 'Step-up: by a second factor where there is one, else by the password; good for 5 minutes, with a new session token',
    },
    tag: 'session',
    body: proofInput,
    output: z.null(),
    status: 204,
    handler: async (ctx: IdentityContext, { body, cookies }) => {
      const { sessionId } = ownSession(ctx);
      const token = await stepUp(
        ctx.identity,
        { actor: ctx.actor, sessionId, token: cookies[SESSION_COOKIE] ?? '', address: ctx.address, agent: ctx.agent },
        body,
      );
      return new WithCookie(null, sessionCookie(token));
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
    handler: async (ctx: IdentityContext) => {
      await signOut(ctx.identity, ctx.actor, ctx.sessionId);
      return new WithCookie(null, { name: SESSION_COOKIE, value: null, maxAgeSeconds: 0 });
    },
  }),
  ...securityRoutes,
  ...userRoutes,
];
