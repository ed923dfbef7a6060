import { randomInt } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { type Context, fieldRight, may } from '#access';
import { record } from '#audit';
import { sql, type Transaction } from '#database';
import { attachment } from '#http';
import { actorOfUser } from '#identity';
import { enqueue } from '#jobs';
import { dateIn, Failure, instantAt } from '#kernel';
import { type EntityDefinition, fieldOf, newId } from '#metadata';
import {
  countForExport,
  exportableFields,
  type ListQuery,
  namesClearly,
  recordSearch,
  type VisibleField,
} from '#records';
import { kinds, stateTexts } from './failures.ts';
import { exportsWithinReach } from './inbox.ts';
import { refuseDependent } from './independence.ts';
import { type ExportRule, exportRuleFor, limitsOf, purposeFor } from './policy.ts';
import { formats } from './sheet.ts';
import { lockMaker, noteStep } from './steps.ts';

const HOUR_MS = 3_600_000;
/** A masked value tells no more than an internal one. */
const MASKED_LEVEL = 2;
/** How much an export may grow between the request and its running without asking again. */
const GROWTH = 1.1;

export const EXPORT_JOB = 'export';
export const EXPIRY_JOB = 'export_expiry';

export interface ExportQuestion {
  entity: string;
  columns?: string[] | undefined;
  filter?: string[] | undefined;
  q?: string | undefined;
  sort?: string | undefined;
}

export interface ExportInput extends ExportQuestion {
  purpose: string;
  reason: string;
  ticket?: string | undefined;
  format: 'csv' | 'xlsx';
}

export interface ExportRow {
  id: string;
  mark: number;
  mark_key: string;
  maker_id: string;
  entity: string;
  /** Codes, each with how the maker saw it when the file was asked for. */
  columns: { code: string; view: 'clear' | 'masked' }[];
  question: { filter?: string[]; q?: string; sort?: string };
  format: 'csv' | 'xlsx';
  language: 'zh' | 'en';
  purpose: string;
  reason: string;
  ticket: string | null;
  address: string;
  rule: string;
  line: 'any' | 'other';
  level: number;
  rows_expected: number;
  rows_max: number;
  state: 'requested' | 'queued' | 'running' | 'done' | 'refused' | 'cancelled' | 'failed' | 'expired';
  requested_at: string;
  checker_id: string | null;
  expires_at: string | null;
  rows: number | null;
  bytes: string | null;
  sha256: string | null;
  downloads: number;
}

export const exportFile = (home: string, { id, format }: Pick<ExportRow, 'id' | 'format'>) =>
  join(home, 'exports', `${id}.${format}`);

/** The columns of a file, refused by name where the role may not take one along. */
export function columnsOf(
  ctx: Context,
  entity: EntityDefinition,
  codes: readonly string[] | undefined,
): VisibleField[] {
  if (!may(ctx.actor, `${entity.code}.export`)) throw new Failure(kinds.export_not_allowed, { entity: entity.label });
  const open = exportableFields(ctx.model, ctx.actor, entity);
  const wanted = codes ?? entity.list.columns.filter((code) => open.some(({ field }) => field.code === code));
  const found = wanted.map((code) => open.find(({ field }) => field.code === code));
  const refused = wanted.filter((_, index) => !found[index]);
  if (refused.length > 0) {
    const names = refused.map((code) => fieldOf(entity, code)?.label ?? { zh: code, en: code });
    const fields = { zh: names.map(({ zh }) => zh).join('、'), en: names.map(({ en }) => en).join(', ') };
    throw new Failure(kinds.columns_not_exportable, { fields }, 'columns');
  }
  if (found.length === 0) throw new Failure(kinds.columns_missing, {}, 'columns');
  return found as VisibleField[];
}

function levelOf(ctx: Context, columns: readonly VisibleField[]): number {
  const levels = columns.map(({ field, view }) => {
    const named = namesClearly(ctx, field);
    return Math.max(view === 'clear' ? field.level : MASKED_LEVEL, named?.level ?? 0);
  });
  return Math.max(...levels);
}

const listQuery = ({ filter, q, sort }: ExportQuestion): ListQuery => ({ filter, q, sort });

interface ExportPlan {
  entity: EntityDefinition;
  columns: VisibleField[];
  level: number;
  rows: number;
  rowsMax: number;
}

async function planExport(ctx: Context, input: ExportQuestion): Promise<ExportPlan> {
  const entity = ctx.model.entities.find(({ code }) => code === input.entity);
  if (!entity) throw new Failure(kinds.export_not_allowed, { entity: input.entity }, 'entity');
  const columns = columnsOf(ctx, entity, input.columns);
  const rowsMax = limitsOf(ctx.model).export_rows_max;
  const rows = await countForExport(ctx, entity, listQuery(input), rowsMax);
  return { entity, columns, level: levelOf(ctx, columns), rows, rowsMax };
}

function ruleOf(ctx: Context, plan: ExportPlan, purpose: string): ExportRule {
  const { entity, level, rows } = plan;
  return exportRuleFor(ctx.model, { roles: ctx.actor.roles, entity: entity.code, purpose, level, rows });
}

/** What an export would hold and need, before anybody asks for it. */
export async function previewExport(ctx: Context, input: ExportQuestion & { purpose: string }) {
  const plan = await planExport(ctx, input);
  const rule = ruleOf(ctx, plan, input.purpose);
  // Its number of rows answers a question as a list does.
  await recordSearch(ctx, plan.entity, listQuery(input), plan.rows);
  return {
    rows: plan.rows,
    rowsMax: plan.rowsMax,
    level: plan.level,
    approval: rule.approval,
    rule: rule.label,
    columns: plan.columns.map(({ field, view }) => ({
      code: field.code,
      label: field.label,
      see: view,
      level: field.level,
    })),
  };
}

/** The most rows that the rule found still holds for: one more and another rule would decide. */
function allowedRows(ctx: Context, plan: ExportPlan, purpose: string, rule: ExportRule): number {
  if (rule.approval) return Math.min(plan.rowsMax, Math.ceil(plan.rows * GROWTH));
  let [low, high] = [plan.rows, plan.rowsMax];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (ruleOf(ctx, { ...plan, rows: middle }, purpose).approval) high = middle - 1;
    else low = middle;
  }
  return low;
}

/** Asks for a file. It is written in the background at once, or after another person approved. */
export async function requestExport(ctx: Context, input: ExportInput): Promise<string> {
  const now = ctx.clock();
  const maker = ctx.actor.userId!;
  const ticket = input.ticket?.trim() || null;
  const purpose = purposeFor(ctx.model, 'export', input.purpose, ticket);
  const plan = await planExport(ctx, input);
  if (plan.rows === 0) throw new Failure(kinds.nothing_to_export);
  if (plan.rows > plan.rowsMax) throw new Failure(kinds.too_many_rows, { max: plan.rowsMax });
  const rule = ruleOf(ctx, plan, purpose.code);
  const columns = plan.columns.map(({ field, view }) => ({ code: field.code, view }));
  const { filter, q, sort } = input;
  const id = newId(ctx.clock);
  const state = rule.approval ? 'requested' : 'queued';
  await ctx.database.transaction(async (tx) => {
    await lockMaker(tx, maker);
    await refuseOverLimits(ctx, tx);
    await tx.query(
      `insert into export_run (id, mark_key, maker_id, entity, columns, question, format, language, purpose, reason, ticket, address, rule, line, level,
         rows_expected, rows_max, state, requested_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
      [
        id,
        randomInt(2 ** 32),
        maker,
        plan.entity.code,
        JSON.stringify(columns),
        JSON.stringify({ filter, q, sort }),
        input.format,
        ctx.language,
        purpose.code,
        input.reason.trim(),
        ticket,
        ctx.address,
        rule.code,
        rule.line,
        plan.level,
        plan.rows,
        allowedRows(ctx, plan, purpose.code, rule),
        state,
        now.toISOString(),
      ],
    );
    await noteStep(tx, 'export', id, { state: 'requested', at: now, by: maker, note: input.reason.trim() });
    await record(tx, {
      at: now,
      actor: ctx.actor,
      action: 'create',
      entity: 'export_run',
      recordId: id,
      purpose: purpose.code,
      rule: rule.code,
      detail: {
        of: plan.entity.code,
        columns,
        filter,
        q,
        sort,
        rows: plan.rows,
        level: plan.level,
        format: input.format,
        reason: input.reason.trim(),
        ticket,
        state,
      },
    });
    if (state === 'queued')
      await enqueue(tx, ctx.clock, { kind: EXPORT_JOB, payload: { id }, key: id, attemptsMax: 2 });
  });
  return id;
}

async function refuseOverLimits(ctx: Context, tx: Transaction): Promise<void> {
  const { exports_per_day: max } = limitsOf(ctx.model);
  const { zone } = ctx.institution;
  const midnight = instantAt(zone, dateIn(zone, ctx.clock()), '00:00').toISOString();
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::int as count from export_run where maker_id = $1 and requested_at >= $2',
    [ctx.actor.userId, midnight],
  );
  if (rows[0]!.count >= max) throw new Failure(kinds.too_many_today, { max });
}

async function lockExport(tx: Transaction, id: string): Promise<ExportRow> {
  const { rows } = await tx.query<ExportRow>('select * from export_run where id = $1 for update', [id]);
  if (!rows[0]) throw new Failure(kinds.not_found);
  return rows[0];
}

const wrongState = (state: string) => new Failure(kinds.wrong_state, { state: stateTexts[state] ?? state });

function recordChange(
  ctx: Pick<Context, 'actor' | 'clock'>,
  tx: Transaction,
  row: ExportRow,
  detail: Record<string, unknown>,
) {
  return record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'update',
    entity: 'export_run',
    recordId: row.id,
    purpose: row.purpose,
    rule: row.rule,
    detail: { ...detail, maker: row.maker_id, of: row.entity },
  });
}

/** Another person, whose units the maker belongs to, decides on a request. */
export async function decideExport(
  ctx: Context,
  id: string,
  decision: 'approve' | 'refuse',
  note: string | undefined,
): Promise<void> {
  if (decision === 'refuse' && !note?.trim()) throw new Failure(kinds.note_needed, {}, 'note');
  await ctx.database.transaction(async (tx) => {
    const row = await lockExport(tx, id);
    if (row.maker_id === ctx.actor.userId) throw new Failure(kinds.own_request);
    const { rowCount } = await tx.query(
      sql`select from export_run e where e.id = ${id}::bigint and ${exportsWithinReach(ctx)}`,
    );
    if (rowCount === 0) throw new Failure(kinds.not_found);
    await refuseDependent(ctx, tx, { makerId: row.maker_id, requestedAt: row.requested_at, line: row.line });
    const now = ctx.clock();
    const age = now.getTime() - Date.parse(row.requested_at);
    const state = row.state === 'requested' && age > limitsOf(ctx.model).request_hours * HOUR_MS ? 'lapsed' : row.state;
    if (state !== 'requested') throw wrongState(state);
    if (decision === 'approve') {
      const maker = await actorOfUser(tx, ctx.model, now, row.maker_id);
      if (!maker || !keepsRights({ ...ctx, actor: maker }, row)) throw new Failure(kinds.maker_lost_right);
    }
    const next = decision === 'approve' ? 'queued' : 'refused';
    await tx.query('update export_run set state = $2, checker_id = $3 where id = $1', [id, next, ctx.actor.userId]);
    await noteStep(tx, 'export', id, {
      state: decision === 'approve' ? 'approved' : 'refused',
      at: now,
      by: ctx.actor.userId,
      note,
    });
    await recordChange(ctx, tx, row, { decision, note: note?.trim() || null });
    if (next === 'queued') await enqueue(tx, ctx.clock, { kind: EXPORT_JOB, payload: { id }, key: id, attemptsMax: 2 });
  });
}

/** Whether the maker may still take along all that the file holds, as he saw it then. */
export function keepsRights(ctx: Context, row: Pick<ExportRow, 'entity' | 'columns'>): boolean {
  const { model, actor } = ctx;
  const entity = model.entities.find(({ code }) => code === row.entity);
  if (!entity || !may(actor, 'exports.request') || !may(actor, `${entity.code}.export`)) return false;
  return row.columns.every(({ code, view }) => {
    const field = fieldOf(entity, code);
    const right = field && fieldRight(model, actor, entity, field);
    return right?.export === true && (right.see === 'clear' || right.see === view);
  });
}

/** The maker gives a request or a running export up, or has its file deleted. */
export async function cancelExport(
  ctx: Context,
  home: string,
  id: string,
  remove: (path: string) => Promise<void>,
): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const row = await lockExport(tx, id);
    if (row.maker_id !== ctx.actor.userId) throw new Failure(kinds.not_found);
    if (!['requested', 'queued', 'running', 'done'].includes(row.state)) throw wrongState(row.state);
    await tx.query("update export_run set state = 'cancelled' where id = $1", [id]);
    await noteStep(tx, 'export', id, { state: 'cancelled', at: ctx.clock(), by: ctx.actor.userId });
    await recordChange(ctx, tx, row, { decision: 'cancelled' });
    if (row.state === 'done') await remove(exportFile(home, row));
  });
}

/** The file, to its maker alone, while it is there and he still may have it; every download is counted and recorded. */
export async function downloadExport(ctx: Context, home: string, id: string) {
  const row = await ctx.database.transaction(async (tx) => {
    const found = await lockExport(tx, id);
    if (found.maker_id !== ctx.actor.userId) throw new Failure(kinds.not_found);
    const now = ctx.clock();
    const over =
      found.state === 'expired' || (found.state === 'done' && Date.parse(found.expires_at!) <= now.getTime());
    if (over) throw new Failure(kinds.file_expired);
    if (found.state !== 'done') throw wrongState(found.state);
    if (!keepsRights(ctx, found)) throw new Failure(kinds.rights_changed);
    const { downloads_max } = limitsOf(ctx.model);
    if (found.downloads >= downloads_max) throw new Failure(kinds.downloads_used, { max: downloads_max });
    await tx.query('update export_run set downloads = downloads + 1 where id = $1', [id]);
    await record(tx, {
      at: now,
      actor: ctx.actor,
      action: 'export',
      entity: found.entity,
      recordId: id,
      purpose: found.purpose,
      rule: found.rule,
      detail: { download: found.downloads + 1, sha256: found.sha256, rows: found.rows, address: ctx.address },
    });
    return found;
  });
  const label = ctx.model.entity(row.entity).label[row.language];
  const name = `${label}-${dateIn(ctx.institution.zone, new Date(row.requested_at))}.${row.format}`;
  return attachment(name, formats[row.format].type, createReadStream(exportFile(home, row)));
}
