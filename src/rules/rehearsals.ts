import { type Context, customerCondition, readInstitution, scopeOf } from '#access';
import { record } from '#audit';
import { type Database, type Queryable, sql } from '#database';
import { actorOfUser, asOwner, type OwnerContext } from '#identity';
import { cancelJob, enqueue, type JobContext, type JobHandler, readJob } from '#jobs';
import { addDays, type BusinessDate, daysBetween, Failure } from '#kernel';
import { type DefinitionRow, definitionsInForce, type Model, originOf, withDefinitions } from '#metadata';
import { checkDefinition, type Issue } from './definition-check.ts';
import type { Body } from './definition-kinds.ts';
import { kinds } from './failures.ts';
import { booksOf } from './noted.ts';
import { type RehearsalFigures, rehearsalLimits, rehearse } from './rehearsal.ts';
import { type Rule, rules } from './rule-definition.ts';

// Rehearsals that people ask for: kept with their result, computed by a job as the person who asked.

export const REHEARSAL_JOB = 'rules.rehearse';

const limits = {
  timeoutMs: 30 * 60_000,
  /** Results are figures of a moment; older ones go when somebody asks anew. */
  keptDays: 90,
  listMax: 20,
};

/** What was asked for; the definitions as they were then. */
interface Asked {
  from: BusinessDate;
  to: BusinessDate;
  /** The draft first, then what it is compared with. */
  versions: { name: VersionName; body: Body }[];
}

/** `draft`: as it was sent; else the number of a version, 0 the packs' own. */
export type VersionName = 'draft' | number;

export interface RehearsalInput {
  body?: unknown;
  code?: string | undefined;
  version?: number | undefined;
  from: BusinessDate;
  to: BusinessDate;
  compare?: number | undefined;
}

export type Begun = { id: string; job: string } | { issues: Issue[] };

/** Puts a rehearsal into the queue; a definition with faults is not rehearsed, and they are told. */
export async function beginRehearsal(ctx: OwnerContext, input: RehearsalInput): Promise<Begun> {
  const versions: Asked['versions'] = [];
  const code = (input.body as Body | undefined)?.code ?? input.code ?? '';
  if (input.body !== undefined) versions.push({ name: 'draft', body: input.body as Body });
  else versions.push({ name: input.version ?? 0, body: await bodyOf(ctx, code, input.version) });
  if (input.compare !== undefined) versions.push({ name: input.compare, body: await bodyOf(ctx, code, input.compare) });
  for (const { body } of versions) {
    const { issues, candidate } = checkDefinition(ctx, 'rules', body);
    if (!candidate) return { issues };
  }
  await checkDates(ctx.identity.database, input);
  return await asOwner(ctx, async (tx) => {
    const owner = ctx.actor.userId;
    const { rows: running } = await tx.query(
      `select 1 from rule_rehearsal r join job j on j.id = r.job_id where r.owner_id is not distinct from $1 and j.status in ('queued', 'running')`,
      [owner],
    );
    if (running.length > 0) throw new Failure(kinds.rehearsal_running);
    await tx.query(
      `delete from rule_rehearsal where created_at < $1::timestamptz - interval '${limits.keptDays} days'`,
      [ctx.clock()],
    );
    const asked: Asked = { from: input.from, to: input.to, versions };
    const { rows } = await tx.query<{ id: string }>(
      'insert into rule_rehearsal (owner_id, rule, asked, created_at) values ($1, $2, $3, $4) returning id',
      [owner, code, JSON.stringify(asked), ctx.clock()],
    );
    const { id } = rows[0]!;
    const job = await enqueue(tx, ctx.clock, {
      kind: REHEARSAL_JOB,
      payload: { id },
      key: id,
      ownerId: owner,
      attemptsMax: 2,
    });
    await tx.query('update rule_rehearsal set job_id = $2 where id = $1', [id, job]);
    const detail = { step: 'rehearse', kind: 'rules', code, from: input.from, to: input.to };
    await record(tx, { at: ctx.clock(), actor: ctx.actor, action: 'configure', entity: 'definition', detail });
    return { id, job };
  });
}

async function checkDates(database: Database, { from, to }: RehearsalInput): Promise<void> {
  const days = daysBetween(from, to) + 1;
  if (days < 1) throw new Failure(kinds.range_reversed, { from, to }, 'from');
  if (days > rehearsalLimits.daysMax)
    throw new Failure(kinds.rehearsal_too_long, { days, max: rehearsalLimits.daysMax }, 'from');
  const { first, last } = await rehearsalDates(database);
  if (first === null || last === null || from < first || to > last)
    throw new Failure(kinds.rehearsal_no_history, { first: first ?? '—', last: last ?? '—' }, 'from');
}

/** The dates of which the assets are known: from the day after the ledger begins to the newest that was run. */
export async function rehearsalDates(
  db: Queryable,
): Promise<{ first: BusinessDate | null; last: BusinessDate | null }> {
  const { rows } = await db.query<{ first: BusinessDate | null; last: BusinessDate | null }>(
    'select (select starts_on from aum_state) as first, (select as_of from facts_state) as last',
  );
  const { first, last } = rows[0]!;
  return { first: first && addDays(first, 1), last };
}

/** A published version, the newest when none is named; 0 is the packs' own. */
async function bodyOf(ctx: OwnerContext, code: string, version: number | undefined): Promise<Body> {
  if (version === undefined) {
    const entry = ctx.model.data('rules').find(({ value }) => value.code === code);
    if (!entry) throw new Failure(kinds.rule_unknown, { code }, 'code');
    return entry.value as Body;
  }
  const { rows } = await ctx.database.query<{ body: Body }>(
    "select body from definition where kind = 'rules' and code = $1 and version = $2",
    [code, version],
  );
  const shipped =
    version === 0
      ? originOf(ctx.model)
          .data('rules')
          .find(({ value }) => value.code === code)
      : undefined;
  const body = rows[0]?.body ?? (shipped?.value as Body | undefined);
  if (!body) throw new Failure(kinds.rehearsal_version_unknown, { code, version }, 'version');
  return body;
}

export const rehearsalHandler = (model: Model): JobHandler<{ id: string }> => ({
  kind: REHEARSAL_JOB,
  label: { zh: '规则试跑', en: 'Rehearse a rule' },
  timeoutMs: limits.timeoutMs,
  run: (ctx, { id }) => perform(ctx, model, id),
});

async function perform(job: JobContext, model: Model, id: string): Promise<unknown> {
  const { database, clock, signal } = job;
  const { rows } = await database.query<{ owner_id: string | null; asked: Asked }>(
    'select owner_id, asked from rule_rehearsal where id = $1',
    [id],
  );
  const row = rows[0];
  if (!row) return { skipped: true };
  const actor = await actorOfUser(database, model, clock(), row.owner_id ?? '0');
  if (!actor?.permissions.has('definitions.edit')) throw new Failure(kinds.rehearsal_rights_changed);
  const institution = await readInstitution(database);
  const { from, to, versions } = row.asked;
  const compiled = compiledVersions(model, versions);
  const { among, reach } = await takingPart(database, compiled.model, actor);
  const figures = await rehearse(database, {
    model: compiled.model,
    books: booksOf({ institution }),
    from,
    to,
    rules: compiled.rules,
    among,
    now: clock(),
    signal,
    progress: (state) => job.progress(state),
  });
  const result: RehearsalFigures = { ...figures, reach };
  await database.query('update rule_rehearsal set result = $2 where id = $1', [id, JSON.stringify(result)]);
  return { id };
}

/** The versions under codes of their own, so that none quiets the other or is quieted by what the rule in force has told. */
export function compiledVersions(model: Model, versions: Asked['versions']): { model: Model; rules: Rule[] } {
  const codes = versions.map((_, index) => `rehearsed_${index + 1}`);
  const added = versions.map(({ body }, index): DefinitionRow => {
    return { kind: 'rules', code: codes[index]!, version: 0, body: { ...body, code: codes[index]! } };
  });
  const candidate = withDefinitions(model, [...definitionsInForce(model), ...added]);
  return {
    model: candidate,
    rules: codes.map((code) => rules(candidate).find(({ definition }) => definition.code === code)!),
  };
}

/** The customers within reach; of very many some, always the same. */
async function takingPart(
  database: Database,
  model: Model,
  actor: NonNullable<Context['actor']>,
): Promise<{ among: string[] | undefined; reach: number }> {
  const scope = scopeOf(model, actor, model.entity('customer'));
  const condition = customerCondition(model, scope, 'c');
  const { rows } = await database.query<{ count: string }>(
    sql`select count(*) as count from customer c where ${condition}`,
  );
  const reach = Number(rows[0]!.count);
  const { customersMax } = rehearsalLimits;
  if (scope.kind === 'all' && reach <= customersMax) return { among: undefined, reach };
  const { rows: chosen } = await database.query<{ id: string }>(
    sql`select c.id from customer c where ${condition} order by hashint8(c.id), c.id limit ${customersMax}`,
  );
  return { among: chosen.map(({ id }) => id), reach };
}

/** One rehearsal as its row tells it. */
export interface StoredRehearsal {
  id: string;
  rule: string;
  createdAt: string;
  job: string | null;
  asked: Asked;
  result: RehearsalFigures | null;
}

export async function readRehearsal(ctx: OwnerContext, id: string): Promise<StoredRehearsal> {
  const [row] = await readRows(ctx, id, null);
  if (!row) throw new Failure(kinds.rehearsal_unknown);
  return row;
}

/** One's own rehearsals of a rule, the newest first. */
export const listRehearsals = (ctx: OwnerContext, rule: string): Promise<StoredRehearsal[]> =>
  readRows(ctx, null, rule);

async function readRows(ctx: OwnerContext, id: string | null, rule: string | null): Promise<StoredRehearsal[]> {
  const { rows } = await ctx.identity.database.query<StoredRehearsal>(
    `select id::text, rule, created_at as "createdAt", job_id::text as job, asked, result from rule_rehearsal
      where owner_id is not distinct from $1 and ($2::bigint is null or id = $2) and ($3::text is null or rule = $3)
      order by rule_rehearsal.id desc limit ${limits.listMax}`,
    [ctx.actor.userId, id, rule],
  );
  return rows;
}

export async function cancelRehearsal(ctx: OwnerContext, id: string): Promise<void> {
  const { job } = await readRehearsal(ctx, id);
  if (job === null) return;
  await asOwner(ctx, (tx) => cancelJob(tx, ctx.clock, job, new Failure(kinds.rehearsal_cancelled)));
}

/** How the job of a rehearsal goes. */
export async function rehearsalState(ctx: OwnerContext, { job }: StoredRehearsal) {
  if (job === null) return { status: 'failed' as const, progress: null, error: null };
  const { status, progress, error } = await readJob(ctx.identity.database, job).catch(() => {
    // Jobs are swept after a month; the result stays.
    return { status: 'done' as const, progress: null, error: null };
  });
  return { status, progress, error: error ? { zh: error.zh, en: error.en } : null };
}
