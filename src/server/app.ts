import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { actingOn, type Context, type Institution, REQUEST_ROLE, readInstitution } from '#access';
import * as audit from '#audit';
import * as customers from '#customers';
import { type Database, type DatabaseOptions, openBeside } from '#database';
import * as disclosure from '#disclosure';
import * as facts from '#facts';
import * as governance from '#governance';
import { type BaseContext, createHttpServer, type Refusal, type Route } from '#http';
import * as identity from '#identity';
import * as integration from '#integration';
import * as jobs from '#jobs';
import type { Actor, Clock, Language } from '#kernel';
import { type Model, modelInForce } from '#metadata';
import * as notifications from '#notifications';
import * as outbox from '#outbox';
import * as process from '#process';
import { customerLabels, recordRoutes, seenDetail } from '#records';
import * as rules from '#rules';
import { isSealed } from '#vault';
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
  /** Signs the audit; default: with a key in the home folder. */
  roots?: audit.RootKeeper;
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
    ...process.missedRoutes,
    ...customers.routes,
    ...governance.routes,
    ...disclosure.routes(home),
    ...facts.routes,
    ...notifications.routes,
    ...outbox.routes,
    ...rules.routes,
    ...rules.definitionRoutes,
    ...rules.membershipRoutes,
    ...rules.automaticDaysRoutes,
    ...rules.rehearsalRoutes,
    ...rules.handRunRoutes,
    ...rules.whyRuleRoutes,
    ...rules.waitingRoutes,
    ...integration.routes(home),
    ...integration.eventRoutes,
    ...jobs.routes,
    ...audit.routes<Context>({ detail: seenDetail, customers: customerLabels }),
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
  const reportRoles = (error: unknown) =>
    options.report(`roles and definitions: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  // From the first request on, like sessions: describing the API needs no database.
  let watching: Promise<() => Promise<void>> | undefined;
  const watchRoles = () => {
    watching ??= governance.watchRoles(database, model, reportRoles).catch((error) => {
      watching = undefined;
      throw error;
    });
    return watching;
  };
  let watchingDefinitions: Promise<() => Promise<void>> | undefined;
  const watchDefinitions = () => {
    watchingDefinitions ??= rules.watchDefinitions(database, model, reportRoles).catch((error) => {
      watchingDefinitions = undefined;
      throw error;
    });
    return watchingDefinitions;
  };
  const { home } = options;
  const roots =
    options.roots ??
    audit.rootKeeper({
      database,
      clock,
      keys: path.join(home, 'keys'),
      witnesses: audit.witnessesOf(undefined, home),
    });
  const readRoots = rootGauges(registry, roots);
  const readRules = ruleGauges(registry, options, institution);
  const refusals = audit.refusalRecorder(database, clock);
  const events = openEvents(options, registry, institution);
  const app = await createHttpServer<BaseContext>({
    routes: allRoutes(model, options.home) as unknown as Route<BaseContext>[],
    contextOf: async (origin) => {
      await watchRoles();
      await watchDefinitions();
      const model = modelInForce(options.model);
      const { actor, sessionId, requireProof } = await identity.callerOf(known, origin);
      const { address, agent } = origin;
      const spoken: Language = actor?.language ?? origin.language;
      requestNumber += 1;
      const acting = actingOn(requests, model, actor, {
        session: sessionId,
        address,
        request: `${boot}-${requestNumber}`,
        ...onBehalfOf(actor),
      });
      return {
        ...acting,
        forgetRights: () => known.memory.forget(),
        model,
        clock,
        actor,
        language: spoken,
        address,
        agent,
        identity: known,
        sessionId,
        requireProof,
        roots,
        events,
        institution: await institution(),
      } as BaseContext;
    },
    version: options.version,
    secureCookies: options.secureCookies,
    withheld: isSealed,
    publicOrigin,
    trustedProxies: options.trustedProxies,
    onDefect: (error, { reference, method, path: at }) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.report(`[${reference}] ${method} ${at.split('?')[0]}: ${reason}`);
    },
    onRefused: (refusal) => recordRefusal(refusals, model, refusal as Refusal<Context>),
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
    await readRules().catch(() => {});
    await readRoots().catch(() => {}); // what else is measured is wanted most when the database is away
    return reply.header('content-type', registry.contentType).send(await registry.metrics());
  });
  app.addHook('onListen', async () => events.start());
  app.addHook('onClose', async () => {
    const stops = await Promise.all([watching, watchingDefinitions].map((each) => each?.catch(() => undefined)));
    await events.close();
    await Promise.all([known.close(), ...stops.map((stop) => stop?.()), refusals.close()]);
  });
  if (options.webFolder && existsSync(path.join(options.webFolder, 'index.html')))
    await servePages(app, options.webFolder);
  return app;
}

/** Challenges that a caller can answer, by a second proof of who he is, refuse nothing yet. */
const challenges = new Set(['http.proof_needed', 'identity.step_up_needed']);

/** Of rows, only those of entities: what a route of the program keeps for itself is no secret by its absence. */
async function recordRefusal(
  refusals: ReturnType<typeof audit.refusalRecorder>,
  model: Model,
  { ctx, id, ...refusal }: Refusal<Context>,
): Promise<void> {
  if (challenges.has(refusal.code)) return;
  const entity = model.byPlural(refusal.route.split('/')[2] ?? '')?.code;
  if (refusal.status === 404 && !entity) return;
  await refusals.refused({
    ...refusal,
    database: ctx?.database,
    actor: ctx?.actor ?? null,
    entity,
    recordId: id !== undefined && /^[1-9]\d{0,18}$/.test(id) && BigInt(id) < 2n ** 63n ? id : undefined,
  });
}

/** The queue of live facts of this process, with what is measured of it. */
function openEvents(
  { database, model, clock, report }: ServerOptions,
  registry: Registry,
  institution: () => Promise<Institution>,
): integration.EventQueue {
  const items = new Counter({
    name: 'tongguan_events_total',
    help: 'Items of events, by what became of them',
    labelNames: ['status'],
    registers: [registry],
  });
  const events = integration.openEventQueue({
    database,
    model,
    clock,
    institution,
    onWritten: (counts) => {
      for (const [status, count] of Object.entries(counts)) if (count > 0) items.inc({ status }, count);
    },
    onDefect: (error) => report(`events: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
  new Gauge({
    name: 'tongguan_events_queued',
    help: 'Items of events that wait in this process',
    registers: [registry],
    collect() {
      this.set(events.depth);
    },
  });
  return events;
}

/** How far the rules are behind; read anew by each call. */
function ruleGauges(
  registry: Registry,
  { database, model, clock }: ServerOptions,
  institution: () => Promise<Institution>,
): () => Promise<void> {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const behind = gauge('tongguan_rules_days_behind', 'Business dates that should have been run by now and were not');
  const failed = gauge('tongguan_rules_failed', 'Rules that failed on the newest business date');
  const waiting = gauge('tongguan_rules_over_limit', 'Rules that stopped at their limit on the newest business date');
  return async () => {
    const { zone } = await institution();
    const told = await rules.ruleGauges(database, modelInForce(model), zone, clock());
    behind.set(told.behind);
    failed.set(told.failed);
    waiting.set(told.waiting);
  };
}

/** How old the newest signed root is, and how far the witnesses are behind it; read anew by each call. */
function rootGauges(registry: Registry, roots: audit.RootKeeper): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const number = gauge('tongguan_audit_root', 'Number of the newest signed root of the audit');
  const signedAt = gauge('tongguan_audit_root_timestamp_seconds', 'When the newest root was signed');
  const uncovered = gauge('tongguan_audit_uncovered_events', 'Audit events that no root covers yet');
  const behind = gauge('tongguan_audit_witness_behind', 'Roots that a witness lacks; -1 when it is not well', [
    'place',
  ]);
  return async () => {
    const state = await roots.state();
    number.set(state.newest?.number ?? 0);
    signedAt.set(state.newest ? Date.parse(state.newest.at) / 1000 : 0);
    uncovered.set(Number(state.uncovered));
    for (const { place, last, error } of state.witnesses) {
      behind.set({ place }, error ? -1 : (state.newest?.number ?? 0) - last);
    }
  };
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
export const requestPool: DatabaseOptions = { role: REQUEST_ROLE, applicationName: 'tongguan requests' };

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
