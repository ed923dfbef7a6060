import { record } from '#audit';
import type { Queryable, Transaction } from '#database';
import { limitsOf, parameters, parameterValues } from '#facts';
import { asOwner, type OwnerContext } from '#identity';
import { cancelJob, enqueue } from '#jobs';
import { Failure, type Text } from '#kernel';
import {
  DEFINITION_KINDS,
  type DefinitionKind,
  definitionFaults,
  type Model,
  originOf,
  placeOfDefinition,
  renewDefinitions,
} from '#metadata';
import {
  candidateOf,
  checkDefinition,
  limits as checkLimits,
  faultOf,
  type Issue,
  sentenceOf,
  unstorable,
} from './definition-check.ts';
import { type Body, checkModel, definitionKinds, type Reference, ruleOf, usage } from './definition-kinds.ts';
import { type Preview, previewDefinition } from './definition-preview.ts';
import { kinds } from './failures.ts';
import { targetIssues } from './rule-check.ts';
import { webhookTargets } from './rule-choices.ts';

// What business people define: drafts, versions, publishing. Stored as the owner, for definitions are nobody's rows; checked and
// previewed under the rights of who asks.

export type DesignContext = OwnerContext;

/** Kinds whose publication needs another person's approval: setting `definitions`, `{"four_eyes": ["tiers"]}`. By default none. */
const SETTING = 'definitions';

export const PUBLISH_JOB = 'definitions.publish';

/** A publication under way. */
export interface PublishJob {
  action: 'publish' | 'retire';
  kind: DefinitionKind;
  code: string;
  version: number;
  note: string | null;
  actor: { userId: string | null; username: string };
}

export interface Version {
  version: number;
  status: 'draft' | 'published' | 'retired';
  body: unknown;
  note: string | null;
  by: string | null;
  at: string | null;
}

export interface DefinitionSummary {
  code: string;
  label: Text;
  description?: Text | undefined;
  source: 'pack' | 'own' | 'changed';
  status: 'published' | 'draft' | 'retired';
  /** 0 for the packs' own. */
  version: number;
  body: unknown;
  draft?: {
    version: number;
    body: unknown;
    note: string | null;
    by: string | null;
    at: string;
    requestedBy: string | null;
    requestedByMe: boolean;
    job: string | null;
  };
  usedBy: Reference[];
  health: { size?: number; lastChange?: string; error?: Text };
  sentence?: Text | undefined;
  /** Of a parameter: the value in force, the packs' value and the limits. */
  parameter?: { value: unknown; packValue: unknown; type: string; min: string; max: string };
}

interface StoredVersion extends Version {
  code: string;
  requested_by: string | null;
  requester: string | null;
  job_id: string | null;
}

export function kindOf(text: string): DefinitionKind {
  const kind = DEFINITION_KINDS.find((each) => each === text);
  if (!kind) throw new Failure(kinds.definition_kind_unknown, { kind: text, kinds: DEFINITION_KINDS.join(', ') });
  return kind;
}

async function storedVersions(db: Queryable, kind: DefinitionKind, code: string | null): Promise<StoredVersion[]> {
  const { rows } = await db.query<StoredVersion>(
    `select d.code, d.version, d.status, d.body, d.note, coalesce(p.name, u.name) as by,
        coalesce(d.published_at, d.created_at) as at, r.name as requested_by, d.requested_by::text as requester, j.id::text as job_id
       from definition d left join "user" u on u.id = d.created_by left join "user" p on p.id = d.published_by
       left join "user" r on r.id = d.requested_by
       left join job j on j.id = d.job_id and j.status in ('queued', 'running')
      where d.kind = $1 and ($2::text is null or d.code = $2) order by d.code, d.version desc`,
    [kind, code],
  );
  return rows;
}

/** Every definition of a kind: those of the packs, the institution's own over them, drafts and retired ones. */
export async function listDefinitions(ctx: DesignContext, kind: DefinitionKind): Promise<DefinitionSummary[]> {
  const stored = Map.groupBy(await storedVersions(ctx.database, kind, null), ({ code }) => code);
  const sizes = await readSizes(ctx, kind);
  const uses = usage(ctx.model);
  const shipped = new Map(
    originOf(ctx.model)
      .data(kind)
      .map(({ value }) => [value.code as string, value as Body]),
  );
  const values =
    kind === 'parameters' ? await parameterValues(ctx.database, ctx.model, ctx.institution.currency) : undefined;
  return [...new Set([...shipped.keys(), ...stored.keys()])].map((code) => {
    const versions = stored.get(code) ?? [];
    const pack = shipped.get(code);
    const draft = versions.find(({ status }) => status === 'draft');
    const newest = versions.find(({ status }) => status !== 'draft');
    const body = (newest?.body ?? pack ?? draft!.body) as Body;
    const status = newest ? newest.status : pack ? 'published' : 'draft';
    const fault = definitionFaults(ctx.model).get(placeOfDefinition(kind, code));
    return {
      code,
      label: body.label,
      description: body.description,
      source: !pack ? 'own' : newest ? 'changed' : 'pack',
      status,
      version: newest?.version ?? (pack ? 0 : draft!.version),
      body,
      ...(draft
        ? {
            draft: {
              version: draft.version,
              body: draft.body,
              note: draft.note,
              by: draft.by,
              at: draft.at!,
              requestedBy: draft.requested_by,
              requestedByMe: draft.requester === ctx.actor.userId,
              job: draft.job_id,
            },
          }
        : {}),
      usedBy: uses.get(`${kind}/${code}`) ?? [],
      health: {
        ...sizes.get(code),
        ...(fault instanceof Failure ? { error: { zh: fault.text('zh'), en: fault.text('en') } } : {}),
      },
      sentence: status === 'published' && !fault ? sentenceOf(ctx.model, kind, body) : undefined,
      ...(values ? { parameter: parameterOf(ctx, code, values.get(code), pack) } : {}),
    };
  });
}

function parameterOf(ctx: DesignContext, code: string, value: unknown, pack: Body | undefined) {
  const definition = parameters(ctx.model).find((each) => each.code === code);
  if (!definition) return undefined;
  const given = pack?.value as string | number | { by_currency: Record<string, unknown> } | undefined;
  const packValue = typeof given === 'object' ? given.by_currency[ctx.institution.currency] : given;
  return {
    value: value ?? null,
    packValue: packValue === undefined ? null : typeof packValue === 'number' ? String(packValue) : packValue,
    type: definition.type,
    ...limitsOf(definition),
  };
}

/** How many of the customers within the reader's reach are in, and since when the newest of them. */
async function readSizes(ctx: DesignContext, kind: DefinitionKind): Promise<Map<string, DefinitionSummary['health']>> {
  const text = SIZES[kind];
  if (!text) return new Map();
  const { rows } = await ctx.database.query<{ code: string; size: number; lastChange: string | null }>(text);
  return new Map(rows.map(({ code, size, lastChange }) => [code, { size, ...(lastChange ? { lastChange } : {}) }]));
}

const SIZES: Partial<Record<DefinitionKind, string>> = {
  tags: `select tag as code, count(*)::integer as size, max(since)::text as "lastChange" from customer_tag where until is null group by tag`,
  segments: `select segment as code, count(*)::integer as size, max(since)::text as "lastChange" from customer_segment where until is null group by segment`,
  tiers: `select tier as code, count(*)::integer as size, null as "lastChange" from customer where tier is not null group by tier`,
  // Of a rule the alerts of the last 30 days and the newest of them.
  rules: `select rule as code, (count(*) filter (where business_date > d.as_of - 30))::integer as size, max(business_date)::text as "lastChange"
    from alert cross join facts_state d group by rule`,
};

export async function readDefinition(
  ctx: DesignContext,
  kind: DefinitionKind,
  code: string,
): Promise<DefinitionSummary & { versions: Version[] }> {
  const found = (await listDefinitions(ctx, kind)).find((each) => each.code === code);
  if (!found) throw new Failure(kinds.definition_unknown, { kind: definitionKinds[kind].label, code });
  const stored = await storedVersions(ctx.database, kind, code);
  const pack = packBody(ctx, kind, code);
  const shipped: Version[] = pack
    ? [{ version: 0, status: 'published', body: pack, note: null, by: null, at: null }]
    : [];
  const versions = stored.map(({ version, status, body, note, by, at }) => ({ version, status, body, note, by, at }));
  return { ...found, versions: [...versions, ...shipped] };
}

const packBody = (ctx: DesignContext, kind: DefinitionKind, code: string): unknown =>
  originOf(ctx.model)
    .data(kind)
    .find(({ value }) => value.code === code)?.value;

/** Keeps a draft, which may still be wrong; only its code and its name must be there. `isNew`: refused where the code stands for something. */
export async function saveDraft(
  ctx: DesignContext,
  kind: DefinitionKind,
  code: string,
  body: Body,
  note: string | null,
  { isNew = false } = {},
): Promise<void> {
  if (body.code !== code) throw new Failure(kinds.definition_code_fixed, { code }, 'body.code');
  const unfit = unstorable(body);
  if (unfit) throw new Failure(unfit.kind, unfit.params, 'body');
  if (Buffer.byteLength(JSON.stringify(body)) > checkLimits.bodyBytesMax) {
    throw new Failure(kinds.definition_too_large, { max: checkLimits.bodyBytesMax / 1024 }, 'body');
  }
  await asOwner(ctx, async (tx) => {
    await lockDefinition(tx, kind, code);
    const { draft, newest, next } = await latest(tx, kind, code);
    if (draft?.job_id) throw new Failure(kinds.definition_publishing, { code });
    if (isNew && (draft || newest || packBody(ctx, kind, code))) {
      throw new Failure(kinds.definition_code_taken, { code, used: definitionKinds[kind].label }, 'code');
    }
    await tx.query(
      `insert into definition (kind, code, version, status, body, note, created_at, created_by)
       values ($1, $2, $3, 'draft', $4, $5, $6, $7)
       on conflict (kind, code, version) do update set body = excluded.body, note = excluded.note,
         created_at = excluded.created_at, created_by = excluded.created_by, requested_at = null, requested_by = null`,
      [kind, code, draft?.version ?? next, JSON.stringify(body), note, ctx.clock(), ctx.actor.userId],
    );
    await told(ctx, tx, 'draft', kind, code, { before: draft?.body ?? null, after: body });
  });
}

export async function deleteDraft(ctx: DesignContext, kind: DefinitionKind, code: string): Promise<void> {
  await asOwner(ctx, async (tx) => {
    await lockDefinition(tx, kind, code);
    const { draft } = await latest(tx, kind, code);
    if (!draft) throw new Failure(kinds.definition_unknown, { kind: definitionKinds[kind].label, code });
    if (draft.job_id) throw new Failure(kinds.definition_publishing, { code });
    await tx.query("delete from definition where kind = $1 and code = $2 and status = 'draft'", [kind, code]);
    await told(ctx, tx, 'discard', kind, code, { before: draft.body, after: null });
  });
}

/** All that is wrong with a definition and, where nothing is, what it would do. */
export async function check(
  ctx: DesignContext,
  kind: DefinitionKind,
  body: unknown,
): Promise<{ ok: boolean; issues: Issue[]; preview?: Preview | undefined }> {
  const checked = checkDefinition(ctx, kind, body);
  checked.issues.push(...(await outsideIssues(ctx, kind, checked.body)));
  const { candidate } = checked;
  if (checked.issues.length > 0) return { ok: false, issues: checked.issues };
  if (!candidate || !checked.body) return { ok: false, issues: checked.issues };
  const preview = await previewDefinition(ctx, kind, { ...checked, body: checked.body, candidate });
  const sentence = sentenceOf(candidate, kind, checked.body);
  return { ok: true, issues: [], preview: preview && { ...preview, sentence } };
}

/** What only the database can tell against a definition. */
async function outsideIssues(ctx: DesignContext, kind: DefinitionKind, body: Body | undefined): Promise<Issue[]> {
  return kind === 'rules' && body ? targetIssues(ruleOf(body), await webhookTargets(ctx)) : [];
}

/** What publishing came to: the job that does it, or a request that another person has to approve. */
export interface Publication {
  job?: string;
  waiting?: boolean;
}

/** Publishes the draft that somebody saw: checked once more, then back-filled, evaluated and put in force by a job. */
export async function publish(
  ctx: DesignContext,
  kind: DefinitionKind,
  code: string,
  version: number,
  note: string | null,
): Promise<Publication> {
  return await asOwner(ctx, async (tx) => {
    await lockDefinition(tx, kind, code);
    const { draft } = await latest(tx, kind, code);
    if (draft?.version !== version) throw new Failure(kinds.draft_missing, { code, version });
    if (draft.job_id) throw new Failure(kinds.definition_publishing, { code });
    const checked = checkDefinition(ctx, kind, draft.body);
    const issues = [...checked.issues, ...(await outsideIssues(ctx, kind, checked.body))];
    if (issues[0])
      throw new Failure(kinds.definition_invalid, { message: issues[0].message }, `body.${issues[0].path}`);
    if (await needsApproval(tx, kind)) {
      if (draft.requested_by === null) {
        await tx.query(
          'update definition set requested_at = $4, requested_by = $5, note = coalesce($6, note) where kind = $1 and code = $2 and version = $3',
          [kind, code, version, ctx.clock(), ctx.actor.userId, note],
        );
        await told(ctx, tx, 'request', kind, code, { version, note });
        return { waiting: true };
      }
      if (draft.requested_by === ctx.actor.userId) throw new Failure(kinds.approval_by_another, { code });
    }
    const job = await startJob(ctx, tx, { action: 'publish', kind, code, version, note });
    await told(ctx, tx, 'publish', kind, code, { version, note });
    return { job };
  });
}

/** Takes a definition out of force. Refused while others use it; who published it cannot retire it alone where two are asked for. */
export async function retire(
  ctx: DesignContext,
  kind: DefinitionKind,
  code: string,
  note: string | null,
): Promise<Publication> {
  return await asOwner(ctx, async (tx) => {
    await lockDefinition(tx, kind, code);
    const { draft, newest, next } = await latest(tx, kind, code);
    if (draft?.job_id) throw new Failure(kinds.definition_publishing, { code });
    const inForce = newest ? newest.status === 'published' : packBody(ctx, kind, code) !== undefined;
    if (!inForce) throw new Failure(kinds.definition_not_published, { code });
    const users = usage(ctx.model).get(`${kind}/${code}`) ?? [];
    if (users.length > 0) throw new Failure(kinds.definition_in_use, { users: namesOf(users) });
    const fault = faultOf(candidateOf(ctx.model, kind, code, null), kind, code);
    if (fault) throw new Failure(kinds.definition_invalid, { message: fault.message });
    if (newest?.published_by === ctx.actor.userId && (await needsApproval(tx, kind))) {
      throw new Failure(kinds.approval_by_another, { code });
    }
    const version = draft ? draft.version + 1 : next;
    const job = await startJob(ctx, tx, { action: 'retire', kind, code, version, note });
    await told(ctx, tx, 'retire', kind, code, { version, note });
    return { job };
  });
}

/** Publishes a former version anew; 0 is the packs' own. */
export async function revert(
  ctx: DesignContext,
  kind: DefinitionKind,
  code: string,
  version: number,
  note: string | null,
): Promise<Publication> {
  const stored = await storedVersions(ctx.database, kind, code);
  const body =
    version === 0
      ? packBody(ctx, kind, code)
      : stored.find((each) => each.version === version && each.status !== 'draft')?.body;
  if (!body) throw new Failure(kinds.version_unknown, { code, version }, 'version');
  await saveDraft(ctx, kind, code, body as Body, note ?? `↩ ${version}`);
  const [draft] = (await storedVersions(ctx.database, kind, code)).filter(({ status }) => status === 'draft');
  return await publish(ctx, kind, code, draft!.version, note);
}

/** Ends a publication under way; what was in force stays. */
export async function cancel(ctx: DesignContext, kind: DefinitionKind, code: string): Promise<void> {
  await asOwner(ctx, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `select j.id::text as id from job j where j.kind = $1 and j.key = $2 and j.status in ('queued', 'running')`,
      [PUBLISH_JOB, `${kind}/${code}`],
    );
    if (!rows[0]) throw new Failure(kinds.publication_done, { code });
    await cancelJob(tx, ctx.clock, rows[0].id, new Failure(kinds.publication_cancelled));
    await told(ctx, tx, 'cancel', kind, code, {});
  });
}

const namesOf = (users: readonly Reference[]): Text => {
  const shown = users.slice(0, 5);
  const more = users.length > shown.length ? ' …' : '';
  return {
    zh: shown.map(({ label }) => `“${label.zh}”`).join('、') + more,
    en: shown.map(({ label }) => `"${label.en}"`).join(', ') + more,
  };
};

async function startJob(ctx: DesignContext, tx: Transaction, work: Omit<PublishJob, 'actor'>): Promise<string> {
  const { userId, username } = ctx.actor;
  const payload: PublishJob = { ...work, actor: { userId, username } };
  const job = await enqueue(tx, ctx.clock, {
    kind: PUBLISH_JOB,
    key: `${work.kind}/${work.code}`,
    payload,
    ownerId: userId,
  });
  await tx.query("update definition set job_id = $3 where kind = $1 and code = $2 and status = 'draft'", [
    work.kind,
    work.code,
    job,
  ]);
  return job;
}

/** One change of a definition at a time. */
async function lockDefinition(tx: Transaction, kind: DefinitionKind, code: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7300031))', [`${kind}/${code}`]);
}

interface LatestVersion {
  version: number;
  status: Version['status'];
  body: unknown;
  requested_by: string | null;
  published_by: string | null;
  job_id: string | null;
}

async function latest(tx: Transaction, kind: DefinitionKind, code: string) {
  const { rows } = await tx.query<LatestVersion>(
    `select d.version, d.status, d.body, d.requested_by, d.published_by, j.id as job_id from definition d
       left join job j on j.id = d.job_id and j.status in ('queued', 'running')
      where d.kind = $1 and d.code = $2 order by d.version desc`,
    [kind, code],
  );
  return {
    draft: rows.find(({ status }) => status === 'draft'),
    newest: rows.find(({ status }) => status !== 'draft'),
    next: (rows[0]?.version ?? 0) + 1,
  };
}

/** Who else has to agree: the kinds for which the institution asks for a second person. */
export async function readApproval(db: Queryable): Promise<DefinitionKind[]> {
  const { rows } = await db.query<{ value: { four_eyes?: DefinitionKind[] } }>(
    'select value from setting where key = $1',
    [SETTING],
  );
  return rows[0]?.value.four_eyes ?? [];
}

const needsApproval = async (db: Queryable, kind: DefinitionKind) => (await readApproval(db)).includes(kind);

export async function changeApproval(ctx: DesignContext, fourEyes: DefinitionKind[]): Promise<void> {
  await asOwner(ctx, async (tx) => {
    const before = await readApproval(tx);
    await tx.query(
      `insert into setting (key, value, updated_at) values ($1, $2, $3)
       on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
      [SETTING, JSON.stringify({ four_eyes: fourEyes }), ctx.clock()],
    );
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'configure',
      entity: 'setting',
      detail: { setting: SETTING, before, after: fourEyes },
    });
  });
}

/** The step in the audit, with what the definition was and is. */
async function told(
  ctx: DesignContext,
  tx: Transaction,
  step: string,
  kind: DefinitionKind,
  code: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'configure',
    entity: 'definition',
    detail: { step, kind, code, ...detail },
  });
}

/**
 * Does work that computes by definitions: begun with older ones than are in force by the time it holds the state, it throws
 * `definitions_renewed`, and is done again with those.
 */
export async function byNewestDefinitions<T>(
  db: Queryable,
  model: Model,
  run: (model: Model) => Promise<T>,
): Promise<T> {
  for (let current = model; ; current = await renew(db, model)) {
    try {
      return await run(current);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== kinds.definitions_renewed) throw error;
    }
  }
}

/** Puts in force in this process what is stored; others hear of it from the database. */
export const renew = (db: Queryable, model: Parameters<typeof renewDefinitions>[1]) =>
  renewDefinitions(db, model, checkModel);
