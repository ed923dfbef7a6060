import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { type Context, type Institution, prologues, REQUEST_ROLE, readInstitution, settingsOf } from '#access';
import * as customers from '#customers';
import { type Database, type DatabaseOptions, openBeside } from '#database';
import { type BaseContext, createHttpServer, type Route } from '#http';
import * as identity from '#identity';
import * as integration from '#integration';
import * as jobs from '#jobs';
import type { Actor, Clock, Language } from '#kernel';
import type { Model } from '#metadata';
import * as process from '#process';
import { recordRoutes } from '#records';
import * as rules from '#rules';
import { metadataRoute } from './metadata-route.ts';

export interface ServerOptions {
  /** Acts as the owner: for what is nobody's row, such as sessions, keys and roles. */
  database: Database;
  /** Acts as the role of requests, under row security; opened by `openRequests`. Its statement limit is the limit of every request. */
  requests: Database;
  model: Model;
  clock: Clock;
  /** TONGGUAN_HOME: where loads keep their files. */
  home: string;
  /** The built web pages; null to serve the API only. */
  webFolder: string | null;
  /** True behind TLS. */
  secureCookies: boolean;
  /** What stands in the browser's address bar; default http://localhost:7300. */
  publicOrigin?: string;
  /** Proxies whose X-Forwarded-For is believed; none by default. */
  trustedProxies?: readonly string[];
  /** Opens /metrics and the details of /readyz to other machines. */
  metricsToken?: string | undefined;
  version: string;
  /** Receives defects, one line each. */
  report(line: string): void;
}

/** How long a request trusts what was read of the institution. */
const INSTITUTION_CACHE_MS = 1_000;

/** Every route of the program. */
export function allRoutes(model: Model, home: string): Route<Context>[] {
  return [
    ...identity.routes,
    metadataRoute,
    ...process.routes,
    ...customers.routes,
    ...rules.routes,
    ...integration.routes(home),
    ...jobs.routes,
    ...recordRoutes(model),
  ] as Route<Context>[];
}

/** Collects the rooms' routes into one server with pages, health and metrics. It does not listen yet. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { database, requests, model, clock } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'tongguan_http_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  const institution = institutionReader(database, clock);
  const boot = randomBytes(4).toString('hex');
  let requestNumber = 0;
  const publicOrigin = options.publicOrigin ?? 'http://localhost:7300';
  const known = identity.openIdentity({
    database,
    model,
    clock,
    publicOrigin,
  });
  const app = await createHttpServer<BaseContext>({
    routes: allRoutes(model, options.home) as unknown as Route<BaseContext>[],
    contextOf: async (origin) => {
      const { actor, sessionId, requireProof } = await identity.callerOf(known, origin);
      const { address, agent } = origin;
      const spoken: Language = actor?.language ?? origin.language;
      requestNumber += 1;
      const values = settingsOf(model, actor, {
        session: sessionId,
        address,
        request: `${boot}-${requestNumber}`,
        ...onBehalfOf(actor),
      });
      return {
        database: requests.after({ name: 'request', values }),
        about: (customerId: string) => requests.after({ name: 'customer', values: [...values, customerId] }),
        model,
        clock,
        actor,
        language: spoken,
        address,
        agent,
        identity: known,
        sessionId,
        requireProof,
        institution: await institution(),
      } as BaseContext;
    },
    version: options.version,
    secureCookies: options.secureCookies,
    publicOrigin,
    trustedProxies: options.trustedProxies,
    onDefect: (error, { reference, method, path: at }) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.report(`[${reference}] ${method} ${at.split('?')[0]}: ${reason}`);
    },
    onAnswer: ({ method, route, status, milliseconds }) =>
      seconds.observe({ method, route, status: String(status) }, milliseconds / 1000),
  });
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { hide: true } }, async (request, reply) => {
    try {
      await database.query('select 1');
      return { status: 'ok' };
    } catch {
      const status = mayLookInside(request, options.metricsToken) ? 'database unreachable' : 'unavailable';
      return reply.code(503).send({ status });
    }
  });
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!mayLookInside(request, options.metricsToken)) return reply.callNotFound();
    return reply.header('content-type', registry.contentType).send(await registry.metrics());
  });
  app.addHook('onClose', () => known.close());
  if (options.webFolder && existsSync(path.join(options.webFolder, 'index.html')))
    await servePages(app, options.webFolder);
  return app;
}

/**
 * How the program is doing is for this machine and for those who have the token. A proxy on this machine passes on what comes
 * from elsewhere, and says so in a header.
 */
function mayLookInside(request: FastifyRequest, token: string | undefined): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const given = request.headers.authorization ?? '';
  if (token !== undefined && timingSafeEqual(digest(given), digest(`Bearer ${token}`))) return true;
  const passedOn = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  return !passedOn && /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');
}

/** How a pool for requests is opened. */
export const requestPool: DatabaseOptions = { role: REQUEST_ROLE, prologues, applicationName: 'tongguan requests' };

/** A pool for requests on the database of another pool. */
export function openRequests(database: Database, options: DatabaseOptions = {}): Promise<Database> {
  return openBeside(database, { ...requestPool, ...options });
}

/** Usernames of those for whom the actor stands in at this moment. */
function onBehalfOf(actor: Actor | null): { onBehalf?: string[] } {
  const names = new Set(actor?.posts.flatMap((post) => post.deputyFor ?? []));
  return names.size > 0 ? { onBehalf: [...names] } : {};
}

function institutionReader(database: Database, clock: Clock): () => Promise<Institution> {
  let known: { at: number; value: Promise<Institution> } | undefined;
  return () => {
    const now = clock().getTime();
    if (!known || now < known.at || now - known.at > INSTITUTION_CACHE_MS) {
      known = { at: now, value: readInstitution(database) };
      known.value.catch(() => {
        known = undefined;
      });
    }
    return known.value;
  };
}

/** The built pages: files with a hash in their name stay in the browser's cache, every other path is the page itself. */
async function servePages(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    preCompressed: true,
    index: false,
    setHeaders: (reply, file) => {
      const hashed = /[\\/]assets[\\/]/.test(file);
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    if (/^\/(api|assets)\//.test(request.url)) return reply.callNotFound();
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
}
