import { type Context, fieldRight, grantOf, may, mayRead, roles, scopeCondition } from '#access';
import { record } from '#audit';
import { ident, raw, sql, type Transaction } from '#database';
import { workCalendar } from '#facts';
import { actorOfUser } from '#identity';
import { type Actor, addWorkdays, dateIn, Failure, instantAt } from '#kernel';
import { columnOf, type EntityDefinition, type FieldDefinition, fieldOf, newId } from '#metadata';
import { readSealedFields } from '#records';
import { kinds, stateTexts } from './failures.ts';
import { refuseDependent } from './independence.ts';
import { limitsOf, type Purpose, purposeFor, purposes, type RevealRule, revealRuleFor } from './policy.ts';
import { lockMaker, noteStep } from './steps.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const limits = {
  /** Two server processes may disagree so far about the present without one taking the other's clock for set back. */
  skewMs: 5_000,
  /** Told of a reveal in an emergency. */
  paged: 2,
  /** Users looked through for approvers. */
  approversLooked: 200,
  /** An emergency is reviewed within so many hours. */
  emergencyReviewHours: 24,
};

export interface RevealInput {
  entity: string;
  record: string;
  field: string;
  purpose: string;
  reason: string;
  ticket?: string | undefined;
  minutes: number;
  emergency?: boolean | undefined;
}

export interface RevealRow {
  id: string;
  maker_id: string;
  entity: string;
  record_id: string;
  of_customer: string | null;
  field: string;
  purpose: string;
  reason: string;
  ticket: string | null;
  minutes: number;
  rule: string;
  line: 'any' | 'other';
  review: 'each' | 'summary';
  path: 'immediate' | 'approval' | 'emergency';
  state: 'requested' | 'active' | 'refused' | 'cancelled' | 'revoked';
  requested_at: string;
  started_at: string | null;
  expires_at: string | null;
  seen_at: string | null;
  values_shown: number;
  review_due_at: string | null;
  reviewed_at: string | null;
  /** Whether the database's own time is within the window. */
  db_open: boolean | null;
  maker_active: boolean | null;
}

interface Target {
  entity: EntityDefinition;
  field: FieldDefinition;
  customerId: string | null;
  ownerId: string | null;
}

/** The masked field that is asked for, of a record within the actor's scope. */
async function findTarget(
  ctx: Context,
  tx: Transaction,
  place: { entity: string; record: string; field: string },
): Promise<Target> {
  const entity = ctx.model.entities.find(({ code }) => code === place.entity);
  const field = entity && fieldOf(entity, place.field);
  if (!entity || !field || fieldRight(ctx.model, ctx.actor, entity, field).see !== 'masked') {
    throw new Failure(kinds.not_masked, { field: field?.label ?? place.field }, 'field');
  }
  return { entity, field, ...(await findRecord(ctx, tx, entity, place.record)) };
}

async function findRecord(ctx: Context, tx: Transaction, entity: EntityDefinition, id: string) {
  const customer = entity.code === 'customer' ? 't.id' : entity.scope === 'customer' ? 't.customer_id' : 'null::bigint';
  const { rows } = mayRead(ctx.actor, entity)
    ? await tx.query<{ customer: string | null; owner: string | null }>(
        sql`select ${raw(customer)} as customer, (select c.owner_id from customer c where c.id = ${raw(customer)}) as owner
          from ${raw(ident(entity.code).sql)} t where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, entity, 't')} limit 1`,
      )
    : { rows: [] };
  if (!rows[0]) throw new Failure(kinds.record_not_found, { entity: entity.label }, 'record');
  return { customerId: rows[0].customer, ownerId: rows[0].owner };
}

function ruleOf(ctx: Context, target: Target, purpose: string): RevealRule {
  const { entity, field, ownerId } = target;
  return revealRuleFor(ctx.model, {
    roles: ctx.actor.roles,
    entity: entity.code,
    mask: field.mask,
    level: field.level,
    own: ownerId !== null && ctx.actor.posts.some((post) => post.userId === ownerId),
    purpose,
  });
}

/** What a person may ask for one field: the purposes, what each leads to, and a request that is open already. */
export async function revealOptions(ctx: Context, place: { entity: string; record: string; field: string }) {
  return ctx.database.transaction(async (tx) => {
    const target = await findTarget(ctx, tx, place);
    const offered = purposes(ctx.model).filter((purpose) => purpose.for.includes('reveal'));
    const { rows } = await tx.query<{ id: string; state: RevealRow['state'] }>(
      sql`select id, state from reveal where maker_id = ${ctx.actor.userId}::bigint and entity = ${place.entity} and record_id = ${place.record}::bigint
          and field = ${place.field} and ${openCondition(ctx)} order by requested_at desc limit 1`,
    );
    const unreviewed = await overdueReviews(ctx, tx);
    return {
      field: target.field.label,
      open: rows[0] ?? null,
      blocked: unreviewed > 0 ? new Failure(kinds.review_overdue, { count: unreviewed }).text(ctx.language) : null,
      purposes: offered.map((purpose) => optionOf(ctx, target, purpose)),
    };
  });
}

function optionOf(ctx: Context, target: Target, { code, label, ticket }: Purpose) {
  const rule = ruleOf(ctx, target, code);
  return {
    code,
    label,
    ticket,
    rule: rule.label,
    approval: rule.approval,
    emergency: rule.approval && rule.emergency,
    review: rule.review,
    minutesMax: rule.minutes_max,
  };
}

/** Requests that are neither decided nor over, as a condition on table `reveal`. */
function openCondition(ctx: Context) {
  const now = ctx.clock();
  const since = new Date(now.getTime() - limitsOf(ctx.model).request_hours * HOUR_MS);
  return sql`((state = 'requested' and requested_at > ${since.toISOString()})
    or (state = 'active' and expires_at > ${now.toISOString()} and db_expires_at > clock_timestamp()))`;
}

async function overdueReviews(ctx: Context, tx: Transaction): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    sql`select count(*)::int as count from reveal where maker_id = ${ctx.actor.userId}::bigint
      and review_due_at < ${ctx.clock().toISOString()} and reviewed_at is null`,
  );
  return rows[0]!.count;
}

/**
 * Asks to see one masked field of one record. Where the policy lets, it is active at once; else it waits for another person, or in an
 * emergency is active while two approvers are told. Throws a Failure where the person has reached a limit or an earlier reveal of his
 * is overdue for review.
 */
export async function requestReveal(ctx: Context, input: RevealInput): Promise<string> {
  const now = ctx.clock();
  const maker = ctx.actor.userId!;
  const ticket = input.ticket?.trim() || null;
  const purpose = purposeFor(ctx.model, 'reveal', input.purpose, ticket);
  return ctx.database.transaction(async (tx) => {
    await lockMaker(tx, maker);
    const target = await findTarget(ctx, tx, input);
    const rule = ruleOf(ctx, target, purpose.code);
    if (input.minutes > rule.minutes_max)
      throw new Failure(kinds.minutes_too_many, { max: rule.minutes_max }, 'minutes');
    if (input.emergency && !(rule.approval && rule.emergency)) throw new Failure(kinds.no_emergency, {}, 'emergency');
    await refuseOverLimits(ctx, tx, input);
    const id = newId(ctx.clock);
    const path = !rule.approval ? 'immediate' : input.emergency ? 'emergency' : 'approval';
    await tx.query(
      `insert into reveal (id, maker_id, entity, record_id, of_customer, field, purpose, reason, ticket, minutes, rule, line, review, path, state, requested_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'requested', $15)`,
      [
        id,
        maker,
        target.entity.code,
        input.record,
        target.customerId,
        target.field.code,
        purpose.code,
        input.reason.trim(),
        ticket,
        input.minutes,
        rule.code,
        rule.line,
        path === 'emergency' ? 'each' : rule.review,
        path,
        now.toISOString(),
      ],
    );
    await noteStep(tx, 'reveal', id, { state: 'requested', at: now, by: maker, note: input.reason.trim() });
    await record(tx, {
      at: now,
      actor: ctx.actor,
      action: 'create',
      entity: 'reveal',
      recordId: id,
      customerId: target.customerId ?? undefined,
      purpose: purpose.code,
      rule: rule.code,
      detail: {
        of: target.entity.code,
        record: input.record,
        field: target.field.code,
        reason: input.reason.trim(),
        ticket,
        minutes: input.minutes,
        path,
      },
    });
    if (path === 'approval') return id;
    if (path === 'emergency') await page(ctx, tx, id, target, input.record);
    await activate(
      ctx,
      tx,
      { id, minutes: input.minutes, path, review: path === 'emergency' ? 'each' : rule.review },
      null,
    );
    return id;
  });
}

async function refuseOverLimits(ctx: Context, tx: Transaction, input: RevealInput): Promise<void> {
  const { reveals_per_day, reveals_per_hour } = limitsOf(ctx.model);
  const unreviewed = await overdueReviews(ctx, tx);
  if (unreviewed > 0) throw new Failure(kinds.review_overdue, { count: unreviewed });
  const now = ctx.clock();
  const hourAgo = new Date(now.getTime() - HOUR_MS);
  const midnight = instantAt(ctx.institution.zone, dateIn(ctx.institution.zone, now), '00:00');
  const { rows } = await tx.query<{ today: number; hour: number; open: boolean }>(
    sql`select count(*) filter (where requested_at >= ${midnight.toISOString()}::timestamptz)::int as today,
        count(*) filter (where requested_at > ${hourAgo.toISOString()}::timestamptz)::int as hour,
        coalesce(bool_or(entity = ${input.entity} and record_id = ${input.record}::bigint and field = ${input.field} and ${openCondition(ctx)}), false) as open
      from reveal where maker_id = ${ctx.actor.userId}::bigint and requested_at > ${new Date(now.getTime() - 31 * DAY_MS).toISOString()}::timestamptz`,
  );
  const { today, hour, open } = rows[0]!;
  if (open) throw new Failure(kinds.already_open);
  if (today >= reveals_per_day) throw new Failure(kinds.too_many_today, { max: reveals_per_day });
  if (hour >= reveals_per_hour) throw new Failure(kinds.too_many_now, { max: reveals_per_hour });
}

/** Opens the window: by the program's clock and by the database's, so that moving one of them alone opens nothing. */
async function activate(
  ctx: Context,
  tx: Transaction,
  reveal: Pick<RevealRow, 'id' | 'minutes' | 'path' | 'review'>,
  checkerId: string | null,
): Promise<void> {
  const now = ctx.clock();
  const expires = new Date(now.getTime() + reveal.minutes * MINUTE_MS);
  await tx.query(
    `update reveal set state = 'active', checker_id = $2, started_at = $3, seen_at = $3, expires_at = $4, review_due_at = $5,
       db_started_at = clock_timestamp(), db_expires_at = clock_timestamp() + make_interval(mins => minutes) where id = $1`,
    [
      reveal.id,
      checkerId,
      now.toISOString(),
      expires.toISOString(),
      reveal.review === 'each' ? reviewDue(ctx, reveal.path).toISOString() : null,
    ],
  );
  await noteStep(tx, 'reveal', reveal.id, { state: 'active', at: now, by: checkerId });
}

/** The end of the next working day; an emergency does not wait for it longer than a day. */
function reviewDue(ctx: Context, path: RevealRow['path']): Date {
  const { zone, calendar } = ctx.institution;
  const now = ctx.clock();
  const next = addWorkdays(workCalendar(ctx.model, calendar), dateIn(zone, now), 1);
  const due = instantAt(zone, next, '24:00');
  if (path !== 'emergency') return due;
  return new Date(Math.min(due.getTime(), now.getTime() + limits.emergencyReviewHours * HOUR_MS));
}

/** Tells two persons who could have approved. Throws a Failure when there are none: an emergency that nobody learns of is none. */
async function page(ctx: Context, tx: Transaction, id: string, target: Target, recordId: string): Promise<void> {
  const approving = [...roles(ctx.model).values()].filter((role) => role.permissions.includes('breakglass.approve'));
  const everywhere = approving.filter((role) => grantOf(role, target.entity).read === 'all');
  const codes = (of: typeof approving) => of.map(({ code }) => code);
  const { rows } = await tx.query<{ id: string }>(
    // Those who reach everybody first: of a thousand branch heads few reach this customer.
    sql`select u.id from "user" u where u.active and u.id <> ${ctx.actor.userId}::bigint
        and (u.roles && ${codes(approving)}::text[] or exists (select from post p where p.user_id = u.id and p.role = any(${codes(approving)}::text[])))
      order by (u.roles && ${codes(everywhere)}::text[]) desc, (u.org_unit_id = (select c.branch_id from customer c where c.id = ${target.customerId}::bigint)) desc nulls last, u.id
      limit ${limits.approversLooked}`,
  );
  const told: Actor[] = [];
  for (const { id: userId } of rows) {
    if (told.length === limits.paged) break;
    const actor = await actorOfUser(tx, ctx.model, ctx.clock(), userId);
    if (!actor || !may(actor, 'breakglass.approve')) continue;
    const reaches = await findRecord({ ...ctx, actor }, tx, target.entity, recordId).then(
      () => true,
      () => false,
    );
    if (reaches) told.push(actor);
  }
  if (told.length < limits.paged) throw new Failure(kinds.approvers_missing);
  const at = ctx.clock().toISOString();
  for (const { userId } of told) {
    await tx.query("insert into disclosure_notice (act, subject_id, user_id, at) values ('reveal', $1, $2, $3)", [
      id,
      userId,
      at,
    ]);
  }
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'update',
    entity: 'reveal',
    recordId: id,
    customerId: target.customerId ?? undefined,
    detail: { emergency: true, told: told.map(({ username }) => username) },
  });
}

async function lockReveal(tx: Transaction, id: string): Promise<RevealRow> {
  const { rows } = await tx.query<RevealRow>(
    sql`select r.*, (clock_timestamp() >= r.db_started_at and clock_timestamp() < r.db_expires_at) as db_open,
        (select u.active from "user" u where u.id = r.maker_id) as maker_active
      from reveal r where r.id = ${id}::bigint for update of r`,
  );
  if (!rows[0]) throw new Failure(kinds.not_found);
  return rows[0];
}

/** The state as a person sees it: time ends what nobody else ended. */
export function stateOf(
  row: Pick<RevealRow, 'state' | 'requested_at' | 'expires_at'> & { db_open?: boolean | null },
  now: Date,
  requestHours: number,
): string {
  if (row.state === 'active' && (Date.parse(row.expires_at!) <= now.getTime() || row.db_open === false))
    return 'expired';
  if (row.state === 'requested' && now.getTime() - Date.parse(row.requested_at) > requestHours * HOUR_MS)
    return 'lapsed';
  return row.state;
}

/** Why the window is not open; undefined while it is. */
function closedBy(row: RevealRow, now: Date): string | undefined {
  if (row.state !== 'active') return row.state;
  if (!row.maker_active) return 'disabled';
  if (now.getTime() >= Date.parse(row.expires_at!) || !row.db_open) return 'expired';
  if (now.getTime() < Date.parse(row.seen_at!) - limits.skewMs) return 'clock';
  return undefined;
}

/** Refuses by the same answer what is not there and what is out of the actor's reach. */
async function refuseOutOfReach(ctx: Context, tx: Transaction, row: RevealRow): Promise<void> {
  try {
    await findRecord(ctx, tx, ctx.model.entity(row.entity), row.record_id);
  } catch (error) {
    throw error instanceof Failure ? new Failure(kinds.not_found) : error;
  }
}

/**
 * The value, read anew each time and recorded each time. Reading and recording are one transaction: no audit, no value. Throws a
 * Failure once the window is over, the reveal was taken back, or the person lost the right or the record.
 */
export async function readRevealed(ctx: Context, id: string) {
  return ctx.database.transaction(async (tx) => {
    const now = ctx.clock();
    const row = await lockReveal(tx, id);
    if (row.maker_id !== ctx.actor.userId) throw new Failure(kinds.not_found);
    const closed = closedBy(row, now);
    if (closed) throw new Failure(kinds.not_active, { state: stateTexts[closed] });
    const { values_per_reveal } = limitsOf(ctx.model);
    if (row.values_shown >= values_per_reveal) throw new Failure(kinds.shown_too_often, { max: values_per_reveal });
    const entity = ctx.model.entity(row.entity);
    const field = fieldOf(entity, row.field);
    if (!field || fieldRight(ctx.model, ctx.actor, entity, field).see === 'hidden') throw new Failure(kinds.not_found);
    await refuseOutOfReach(ctx, tx, row);
    const value = await clearValue(tx, entity, field, row.record_id);
    await tx.query('update reveal set values_shown = values_shown + 1, seen_at = greatest(seen_at, $2) where id = $1', [
      id,
      now.toISOString(),
    ]);
    await record(tx, {
      at: now,
      actor: ctx.actor,
      action: 'reveal',
      entity: row.entity,
      recordId: row.record_id,
      customerId: row.of_customer ?? undefined,
      purpose: row.purpose,
      rule: row.rule,
      detail: { reveal: id, field: row.field, path: row.path, ticket: row.ticket, time: row.values_shown + 1 },
    });
    return {
      value,
      now: now.toISOString(),
      expiresAt: row.expires_at!,
      watermark: {
        name: ctx.actor.name,
        username: ctx.actor.username,
        at: now.toISOString(),
        ticket: row.ticket ?? id.slice(-8),
      },
    };
  });
}

async function clearValue(tx: Transaction, entity: EntityDefinition, field: FieldDefinition, id: string) {
  if (field.encrypted) return (await readSealedFields(tx, entity, [field], id))[field.code] ?? null;
  const { rows } = await tx.query<{ value: string | null }>(
    sql`select t.${raw(ident(columnOf(field)).sql)}::text as value from ${raw(ident(entity.code).sql)} t where t.id = ${id}::bigint limit 1`,
  );
  return rows[0]?.value ?? null;
}

/** Another person decides on a request. */
export async function decideReveal(
  ctx: Context,
  id: string,
  decision: 'approve' | 'refuse',
  note: string | undefined,
): Promise<void> {
  if (decision === 'refuse' && !note?.trim()) throw new Failure(kinds.note_needed, {}, 'note');
  await ctx.database.transaction(async (tx) => {
    const row = await lockReveal(tx, id);
    await refuseOutOfReach(ctx, tx, row);
    await refuseDependent(ctx, tx, { makerId: row.maker_id, requestedAt: row.requested_at, line: row.line });
    const now = ctx.clock();
    const state = stateOf(row, now, limitsOf(ctx.model).request_hours);
    if (state !== 'requested') throw new Failure(kinds.wrong_state, { state: stateTexts[state] });
    if (decision === 'approve') {
      await refuseUnlessMakerMay(ctx, tx, row);
      await activate(ctx, tx, row, ctx.actor.userId);
    } else {
      await tx.query("update reveal set state = 'refused', checker_id = $2 where id = $1", [id, ctx.actor.userId]);
      await noteStep(tx, 'reveal', id, { state: 'refused', at: now, by: ctx.actor.userId, note });
    }
    await recordChange(ctx, tx, row, { decision, note: note?.trim() || null });
  });
}

async function refuseUnlessMakerMay(ctx: Context, tx: Transaction, row: RevealRow): Promise<void> {
  const maker = await actorOfUser(tx, ctx.model, ctx.clock(), row.maker_id);
  const entity = ctx.model.entity(row.entity);
  const field = fieldOf(entity, row.field);
  const holds =
    maker && field && may(maker, 'customers.reveal') && fieldRight(ctx.model, maker, entity, field).see === 'masked';
  if (!holds) throw new Failure(kinds.maker_lost_right);
}

async function recordChange(
  ctx: Context,
  tx: Transaction,
  row: RevealRow,
  detail: Record<string, unknown>,
): Promise<void> {
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'update',
    entity: 'reveal',
    recordId: row.id,
    customerId: row.of_customer ?? undefined,
    purpose: row.purpose,
    rule: row.rule,
    detail: { ...detail, maker: row.maker_id, of: row.entity, record: row.record_id, field: row.field },
  });
}

/** Ends a reveal at once: its maker withdraws or closes it, an approver or reviewer takes it back. */
export async function endReveal(ctx: Context, id: string, note: string | undefined): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const row = await lockReveal(tx, id);
    const own = row.maker_id === ctx.actor.userId;
    if (!own && !may(ctx.actor, 'breakglass.approve') && !may(ctx.actor, 'breakglass.review'))
      throw new Failure(kinds.not_found);
    if (!own) await refuseOutOfReach(ctx, tx, row);
    const now = ctx.clock();
    const state = stateOf(row, now, limitsOf(ctx.model).request_hours);
    if (state !== 'requested' && state !== 'active') throw new Failure(kinds.wrong_state, { state: stateTexts[state] });
    if (!own && !note?.trim()) throw new Failure(kinds.note_needed, {}, 'note');
    const next = state === 'requested' ? 'cancelled' : 'revoked';
    await tx.query('update reveal set state = $2 where id = $1', [id, next]);
    await noteStep(tx, 'reveal', id, { state: next, at: now, by: ctx.actor.userId, note });
    await recordChange(ctx, tx, row, { decision: next, note: note?.trim() || null });
  });
}

/** Somebody looks at what became of a reveal after it has ended, and says whether it was in order. */
export async function reviewReveal(
  ctx: Context,
  id: string,
  input: { verdict: 'in_order' | 'misuse'; note?: string | undefined },
): Promise<void> {
  if (input.verdict === 'misuse' && !input.note?.trim()) throw new Failure(kinds.note_needed, {}, 'note');
  await ctx.database.transaction(async (tx) => {
    const row = await lockReveal(tx, id);
    await refuseOutOfReach(ctx, tx, row);
    await refuseDependent(ctx, tx, { makerId: row.maker_id, requestedAt: row.requested_at, line: 'any' });
    const now = ctx.clock();
    const state = stateOf(row, now, limitsOf(ctx.model).request_hours);
    if (state === 'active') throw new Failure(kinds.still_active);
    if (row.review_due_at === null || row.reviewed_at !== null) {
      throw new Failure(kinds.wrong_state, { state: stateTexts[state] });
    }
    await tx.query('update reveal set reviewed_at = $2, reviewer_id = $3, verdict = $4 where id = $1', [
      id,
      now.toISOString(),
      ctx.actor.userId,
      input.verdict,
    ]);
    await noteStep(tx, 'reveal', id, { state: input.verdict, at: now, by: ctx.actor.userId, note: input.note });
    await recordChange(ctx, tx, row, { review: input.verdict, note: input.note?.trim() || null });
  });
}
