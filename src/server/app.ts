import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { type Context, type Institution, readInstitution } from '#access';
import * as customers from '#customers';
import type { Database } from '#database';
import { type BaseContext, createHttpServer, type Route } from '#http';
import * as identity from '#identity';
import * as integration from '#integration';
import * as jobs from '#jobs';
import type { Clock, Language } from '#kernel';
import type { Model } from '#metadata';
import * as process from '#process';
import { recordRoutes } from '#records';
import * as rules from '#rules';
import { metadataRoute } from './metadata-route.ts';

export interface ServerOptions {
  /** Its statement limit is the limit of every request. */
  database: Database;
  model: Model;
  clock: Clock;
  /** TONGGUAN_HOME: where loads keep their files. */
  home: string;
  /** The built web pages; null to serve the API only. */
  webFolder: string | null;
  /** True behind TLS. */
  secureCookies: boolean;
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
  const { database, model, clock } = options;
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
  const app = await createHttpServer<BaseContext>({
    routes: allRoutes(model, options.home) as unknown as Route<BaseContext>[],
    contextOf: async ({ cookies, language, address }) => {
      const actor = await identity.actorOf(database, model, clock, cookies[identity.SESSION_COOKIE]);
      const spoken: Language = actor?.language ?? language;
      return {
        database,
        model,
        clock,
        actor,
        language: spoken,
        address,
        institution: await institution(),
      } as BaseContext;
    },
    version: options.version,
    secureCookies: options.secureCookies,
    onDefect: (error, { reference, method, path: at }) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.report(`[${reference}] ${method} ${at.split('?')[0]}: ${reason}`);
    },
    onAnswer: ({ method, route, status, milliseconds }) =>
      seconds.observe({ method, route, status: String(status) }, milliseconds / 1000),
  });
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { hide: true } }, async (_, reply) => {
    try {
      await database.query('select 1');
      return { status: 'ok' };
    } catch {
      return reply.code(503).send({ status: 'database unreachable' });
    }
  });
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply.header('content-type', registry.contentType).send(await registry.metrics()),
  );
  if (options.webFolder && existsSync(path.join(options.webFolder, 'index.html')))
    await servePages(app, options.webFolder);
  return app;
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
