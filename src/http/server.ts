import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import fastifyCookie from '@fastify/cookie';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, jsonSchemaTransform, validatorCompiler } from 'fastify-type-provider-zod';
import { sqlState } from '#database';
import { Failure, type Language } from '#kernel';
import { kinds } from './failures.ts';
import { Attachment, type BaseContext, JsonText, type RequestOrigin, type Route, WithCookie } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    stream?: boolean;
  }
}

export interface HttpServerOptions<C extends BaseContext> {
  routes: Route<C>[];
  /** Finds out who calls and gives the route's context. Must not throw for a caller who is not signed in. */
  contextOf(request: RequestOrigin): Promise<C>;
  version: string;
  /** Called with defects of ours; the caller only sees the reference. */
  onDefect(error: unknown, detail: { reference: string; method: string; path: string }): void;
  /** True for an answer that must not leave as it is: it becomes a defect. A last net under what the rooms above see to. */
  withheld?(text: string): boolean;
  /** Called after each answer. */
  onAnswer?(detail: { method: string; route: string; status: number; milliseconds: number }): void;
  /** Called before a refusal is answered; what it throws is a defect and changes nothing for the caller. */
  onRefused?(refusal: Refusal<C>): Promise<void>;
  /** Behind TLS: cookies carry `Secure` and `__Host-`, and browsers are told to come by https only. */
  secureCookies: boolean;
  /** The address in the browser's bar, where it is not the one that requests name, as behind some proxies. */
  publicOrigin?: string;
  /** Addresses or networks (10.0.0.0/8) whose X-Forwarded-For is believed; none by default. */
  trustedProxies?: readonly string[];
}

/** A request that was refused: 403, 401 of somebody who claimed to be signed in, and 404 of a row that is not there for him. */
export interface Refusal<C extends BaseContext> {
  /** Undefined when it was refused before anybody looked who sends it. */
  ctx: C | undefined;
  address: string;
  method: string;
  /** The route's path with its marks, never what stands in their place. */
  route: string;
  permission: string;
  status: number;
  /** Code of the failure. */
  code: string;
  /** The row that was asked for, where the route names one. */
  id: string | undefined;
}

const limits = {
  bodyBytesMax: 1_048_576,
  requestTimeoutMs: 30_000,
  urlBytesMax: 16_384,
  hstsSeconds: 31_536_000,
  agentLengthMax: 300,
};

const HEADERS: Record<string, string> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Builds the server: every route with its permission, checks, errors and OpenAPI. It does not listen yet. */
export async function createHttpServer<C extends BaseContext>(options: HttpServerOptions<C>): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    routerOptions: { maxParamLength: 200 },
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    // Readers that close early must not hold a shutdown up.
    forceCloseConnections: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // Addresses that cannot even be read come past hooks and error handler.
    frameworkErrors: (_error, request, reply) => {
      setHeaders(request, reply, options.secureCookies);
      void answerError(new Failure(kinds.address_unreadable), request, reply, options);
    },
  });
  readUtf8Only(app);
  passStreamsOn(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await app.register(fastifyCookie);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'Tongguan 通观', version: options.version },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'tongguan_session' },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: false,
    uiConfig: { docExpansion: 'none' },
  });

  app.addHook('onRequest', async (request, reply) => {
    setHeaders(request, reply, options.secureCookies);
    if (request.url.length > limits.urlBytesMax) throw new Failure(kinds.too_large, { max: `${limits.urlBytesMax} B` });
    refuseOtherSites(request, options.publicOrigin);
  });
  if (options.withheld) {
    const withheld = options.withheld;
    app.addHook('onSend', async (_request, _reply, payload) => {
      if (typeof payload === 'string' && withheld(payload))
        throw new Error('an answer that must not leave was withheld');
      return payload;
    });
  }
  if (options.onAnswer) {
    const onAnswer = options.onAnswer;
    app.addHook('onResponse', async (request, reply) => {
      onAnswer({
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        milliseconds: reply.elapsedTime,
      });
    });
  }
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, options));
  app.setNotFoundHandler((request) => {
    throw new Failure(kinds.not_found, { path: request.url.split('?')[0] });
  });
  for (const route of options.routes) addRoute(app, route, options);
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  return app;
}

/** CloudEvents come as JSON under names of their own. */
const JSON_TYPES = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'];

/** Bytes that are no UTF-8 are refused: read with substitutes they would be written as other text than was sent. */
function readUtf8Only(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = decoder.decode(body as Buffer);
    } catch {
      done(new Failure(kinds.malformed));
      return;
    }
    void parse(request, text, done);
  });
}

/** Bytes go to the routes that take them as they arrive, and to no other. */
function passStreamsOn(app: FastifyInstance): void {
  app.addContentTypeParser('application/octet-stream', (request, body, done) => {
    if (request.routeOptions.config.stream) done(null, body);
    else done(new Failure(kinds.unsupported_media));
  });
}

/** What every answer carries, errors and files among them. */
function setHeaders(request: FastifyRequest, reply: FastifyReply, secure: boolean): void {
  for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value);
  if (secure) reply.header('strict-transport-security', `max-age=${limits.hstsSeconds}`);
  if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
}

/**
 * Browsers say where a request comes from; anything that changes data must come from our own pages. A caller with a token in a
 * header is no browser that was led here: other sites cannot set that header.
 */
function refuseOtherSites(request: FastifyRequest, publicOrigin: string | undefined): void {
  if (request.method === 'GET' || request.method === 'HEAD' || bearerOf(request) !== undefined) return;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Failure(kinds.cross_site);
  const { origin } = request.headers;
  if (origin === undefined || origin === publicOrigin) return;
  // Parsed both, so that a port that goes without saying does not matter.
  const own = `${origin.split('//')[0]}//${request.host}`;
  if (!URL.canParse(origin) || !URL.canParse(own) || new URL(origin).host !== new URL(own).host)
    throw new Failure(kinds.cross_site);
}

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([\w-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
}

/** Bound to this very host: neither a neighbouring host nor plain http can plant such a cookie (RFC 6265bis, 4.1.3.2). */
const HOST_PREFIX = '__Host-';

function cookiesOf(request: FastifyRequest, secure: boolean): Record<string, string | undefined> {
  if (!secure) return request.cookies;
  const own = Object.entries(request.cookies).filter(([name]) => name.startsWith(HOST_PREFIX));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(HOST_PREFIX.length), value]));
}

function addRoute<C extends BaseContext>(app: FastifyInstance, route: Route<C>, options: HttpServerOptions<C>): void {
  const status = route.status ?? 200;
  app.route({
    method: route.method,
    url: route.path,
    ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
    config: { stream: route.stream ?? false },
    schema: {
      ...(route.stream ? { consumes: ['application/octet-stream'] } : {}),
      summary: `${route.summary.zh} · ${route.summary.en}`,
      tags: [route.tag],
      ...(route.permission === 'public' ? {} : { security: [{ session: [] }, { token: [] }] }),
      ...(route.params ? { params: route.params } : {}),
      ...(route.query ? { querystring: route.query } : {}),
      ...(route.body ? { body: route.body } : {}),
      ...(route.headers ? { headers: route.headers } : {}),
      response: { [status]: route.output },
    },
    // The caller is known before the body is looked at, so that nobody learns the shape of what he may not call.
    preValidation: async (request) => {
      (request as Told<C>).told = route;
      const bearer = bearerOf(request);
      const ctx = await options.contextOf({
        cookies: bearer === undefined ? cookiesOf(request, options.secureCookies) : {},
        bearer,
        language: languageOf(request),
        address: request.ip,
        agent: (request.headers['user-agent'] ?? '').slice(0, limits.agentLengthMax),
      });
      (request as { context?: C }).context = ctx;
      authorise(ctx, route);
    },
    handler: async (request, reply) => {
      const stream = request.body instanceof Readable ? request.body : Readable.from([]);
      if (route.stream && request.body !== undefined && stream !== request.body)
        throw new Failure(kinds.unsupported_media);
      const answer = await route.handler((request as unknown as { context: C }).context, {
        params: request.params,
        query: request.query,
        body: request.body,
        headers: request.headers,
        cookies: cookiesOf(request, options.secureCookies),
        stream,
      });
      return send(reply, answer, status, options.secureCookies);
    },
  });
}

function authorise(ctx: BaseContext, route: Pick<Route, 'permission' | 'stepUp'>): void {
  if (route.permission === 'public') return;
  if (!ctx.actor) throw new Failure(kinds.not_signed_in);
  if (route.permission !== 'signed_in' && !ctx.actor.permissions.has(route.permission)) {
    throw new Failure(kinds.forbidden, { permission: route.permission });
  }
  if (!route.stepUp) return;
  if (!ctx.requireProof) throw new Failure(kinds.proof_needed);
  ctx.requireProof();
}

function send(reply: FastifyReply, answer: unknown, status: number, secure: boolean): FastifyReply {
  if (answer instanceof WithCookie) {
    const shared = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
    for (const { name, value, maxAgeSeconds } of answer.cookies) {
      const fullName = secure ? `${HOST_PREFIX}${name}` : name;
      if (value === null) reply.clearCookie(fullName, shared);
      else reply.setCookie(fullName, value, { ...shared, maxAge: maxAgeSeconds });
    }
    return send(reply, answer.body, status, secure);
  }
  if (answer instanceof Attachment) {
    return reply
      .header('content-type', answer.contentType)
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(answer.fileName)}`)
      .send(answer.content);
  }
  reply.code(status);
  if (status === 204) return reply.send();
  reply.header('content-type', 'application/json; charset=utf-8');
  return reply.send(answer instanceof JsonText ? answer.text : JSON.stringify(answer));
}

function languageOf(request: FastifyRequest): Language {
  return /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'zh';
}

async function answerError<C extends BaseContext>(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: HttpServerOptions<C>,
): Promise<FastifyReply> {
  const language = (request as unknown as { context?: BaseContext }).context?.language ?? languageOf(request);
  const failure = toFailure(error, request, options);
  const refusal = options.onRefused && refusalOf(request as Told<C>, failure);
  if (refusal) {
    await options.onRefused!(refusal).catch((reason: unknown) => {
      options.onDefect(reason, { reference: 'refusal', method: request.method, path: request.url });
    });
  }
  const { retryAfterSeconds } = failure.params;
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
  return reply
    .code(failure.kind.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(
      JSON.stringify({
        code: failure.kind.code,
        message: failure.text(language),
        ...(failure.field === undefined ? {} : { field: failure.field }),
        ...(Object.keys(failure.params).length === 0 ? {} : { params: failure.params }),
      }),
    );
}

/** A request once its route was found. */
type Told<C extends BaseContext> = FastifyRequest & { told?: Route<C>; context?: C };

function refusalOf<C extends BaseContext>(request: Told<C>, { kind }: Failure): Refusal<C> | undefined {
  const { told, context: ctx } = request;
  const { id } = (request.params ?? {}) as { id?: unknown };
  const claimed = request.headers.cookie !== undefined || request.headers.authorization !== undefined;
  const isRefusal =
    kind.status === 403 ||
    (kind.status === 401 && claimed && told !== undefined && told.permission !== 'public') ||
    (kind.status === 404 && typeof id === 'string' && ctx !== undefined && ctx.actor !== null);
  if (!isRefusal || !request.routeOptions.url) return undefined;
  return {
    ctx,
    address: request.ip,
    method: request.method,
    route: request.routeOptions.url,
    permission: told?.permission ?? '',
    status: kind.status,
    code: kind.code,
    id: typeof id === 'string' ? id.slice(0, 40) : undefined,
  };
}

function toFailure<C extends BaseContext>(
  error: unknown,
  request: FastifyRequest,
  options: HttpServerOptions<C>,
): Failure {
  if (error instanceof Failure) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issue = error.validation[0]!;
    const path = issue.instancePath.replace(/^\//, '').replaceAll('/', '.');
    const field = path || String(issue.params?.keys ?? '') || 'body';
    return new Failure(kinds.invalid, { field, reason: issue.message ?? '' }, field);
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const max = request.routeOptions.bodyLimit ?? limits.bodyBytesMax;
    return new Failure(kinds.too_large, { max: `${Math.round(max / 1_048_576)} MiB` });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Failure(kinds.unsupported_media);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Failure(kinds.malformed);
  if (isOutage(error)) return new Failure(kinds.unavailable);
  if (UNFIT_STATES.has(sqlState(error) ?? '')) return new Failure(kinds.value_unfit);
  const reference = randomUUID().slice(0, 8);
  options.onDefect(error, { reference, method: request.method, path: request.url });
  return new Failure(kinds.internal, { reference });
}

/**
 * What PostgreSQL says of a value that its type does not hold: too large a number or id, text that is none of the kind, a date
 * that is not there, NUL in a text. Ours have passed their checks, so it came from outside.
 */
const UNFIT_STATES = new Set(['22003', '22P02', '22007', '22008', '22021', '22P05']);

/** SQLSTATE class 57P: the server shuts down or starts up; class 08: the connection broke. */
function isOutage(error: unknown): boolean {
  const state = sqlState(error) ?? '';
  const code = (error as { code?: string }).code ?? '';
  return state.startsWith('57P') || state.startsWith('08') || code === 'ECONNREFUSED' || code === 'ECONNRESET';
}
