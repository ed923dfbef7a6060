import { type Context, fieldView, maskText, scopeCondition } from '#access';
import { record } from '#audit';
import { type Database, ident, join, raw, type Sql, sql, type Transaction } from '#database';
import { enqueue, type JobHandler } from '#jobs';
import { type Clock, Failure, type Text } from '#kernel';
import { columnOf, type FieldDefinition, fieldOf, indexColumn, type Model, newId } from '#metadata';
import { outputValue, visibleFields } from '#records';
import { unseal } from '#vault';
import { kinds } from './failures.ts';
import { comparedName, identityRules, systemLabel } from './identity-rules.ts';

export const caseLimits = {
  /** Cases that one look brings; the next look brings the others. */
  foundMax: 10_000,
  listed: 100,
  noteLength: 500,
  /** Numbers of one customer that are shown. */
  numbers: 200,
};

export const CASE_STATES = ['open', 'later', 'proposed', 'approved', 'merged', 'apart', 'failed'] as const;
export type CaseState = (typeof CASE_STATES)[number];
/** States in which somebody has something to do. */
export const WAITING: readonly CaseState[] = ['open', 'later', 'proposed', 'approved', 'failed'];

/** What two customers are compared by. */
const COMPARED = [
  'name',
  'kind',
  'birth_date',
  'id_number',
  'uscc',
  'phone',
  'email',
  'number',
  'branch',
  'owner',
  'since',
];
/** A difference in one of these speaks against one person. */
const TELLING = ['name', 'birth_date', 'id_number', 'uscc'];

export type Agreement = 'same' | 'different' | 'empty';

export const DETECT_JOB = 'identity.detect';

/** Looks for customers who may be one, in the background; asked for twice it is done once. */
export async function enqueueDetection(tx: Transaction, clock: Clock): Promise<string> {
  return enqueue(tx, clock, { kind: DETECT_JOB, key: 'all', payload: {} });
}

export function detectionHandler(model: Model): JobHandler {
  const handler: JobHandler<unknown> = {
    kind: DETECT_JOB,
    label: { zh: '查找疑似同一客户', en: 'Look for customers who may be one' },
    run: async ({ database, clock }) => ({ found: await detectCases(database, model, clock) }),
  };
  return handler as JobHandler;
}

/**
 * Puts pairs of customers whom a rule finds on the work list, those of the stronger rule first. Pairs that are there already, also those
 * marked as apart, stay as they are. Runs as the owner, over all customers. Returns how many are new.
 */
export async function detectCases(database: Database, model: Model, clock: Clock): Promise<number> {
  const customer = model.entity('customer');
  let total = 0;
  for (const rule of identityRules(model)) {
    const column = (code: string) => {
      const field = fieldOf(customer, code)!;
      return ident(field.encrypted ? indexColumn(field) : columnOf(field)).sql;
    };
    const equal = rule.same.map((code) =>
      code === 'name' ? 'lower(a.name) = lower(b.name)' : `a.${column(code)} = b.${column(code)}`,
    );
    const apart = (rule.but_not ?? []).map(
      (code) =>
        `not (a.${column(code)} is distinct from b.${column(code)} and a.${column(code)} is not null and b.${column(code)} is not null)`,
    );
    const evidence = COMPARED.filter((code) => fieldOf(customer, code)).map((code) => {
      const [left, right] = [`a.${column(code)}`, `b.${column(code)}`];
      return `'${code}', case when ${left} is null or ${right} is null then 'empty' when ${left} = ${right} then 'same' else 'different' end`;
    });
    total += await database.transaction(
      async (tx) => {
        const { rows } = await tx.query<{
          left: string;
          right: string;
          evidence: Record<string, Agreement>;
          a: string;
          b: string;
        }>(
          `select a.id as left, b.id as right, jsonb_build_object(${evidence.join(', ')}) as evidence, a.name as a, b.name as b
             from customer a join customer b on ${[...equal, 'a.id < b.id'].join(' and ')}
            where a.erased_on is null and b.erased_on is null ${apart.map((each) => `and ${each}`).join(' ')}
              and not exists (select from identity_case k where k.customer_id = a.id and k.other_id = b.id)
            limit ${caseLimits.foundMax}`,
        );
        for (const row of rows) {
          if (row.evidence.name === 'different' && comparedName(row.a) === comparedName(row.b))
            row.evidence.name = 'same';
        }
        await tx.query(
          `insert into identity_case (customer_id, id, other_id, rule, evidence, state, found_at)
            select f.a, f.id, f.b, $1, f.evidence::jsonb, 'open', $2
              from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[]) f(a, b, id, evidence) on conflict do nothing`,
          [
            rule.code,
            clock().toISOString(),
            rows.map(({ left }) => left),
            rows.map(({ right }) => right),
            rows.map(() => newId(clock)),
            rows.map((row) => JSON.stringify(row.evidence)),
          ],
        );
        return rows.length;
      },
      { statementTimeoutMs: 0 },
    );
  }
  return total;
}

/** One side of a case: the customer as the reader sees him. */
export interface Side {
  id: string;
  source: Text;
  /** Fields of `COMPARED` that the reader sees. */
  row: Record<string, unknown>;
  accounts: number;
}

export interface IdentityCase {
  id: string;
  rule: { code: string; label: Text; strength: 'certain' | 'likely' };
  state: CaseState;
  foundAt: string;
  /** Per field: equal, different, or empty on one side. Nothing of fields that the reader does not see. */
  evidence: Record<string, Agreement>;
  suggestion: 'merge' | 'apart' | 'look';
  sides: [Side, Side];
  proposal: { survivor: string } | null;
  maker: { id: string; label: string | null } | null;
  proposedAt: string | null;
  checker: { id: string; label: string | null } | null;
  decidedAt: string | null;
  note: string | null;
  error: Text | null;
  /** What the reader may do with it now. */
  may: { resolve: boolean; approve: boolean };
}

/** Cases of which the reader reaches both customers; newest first. */
export async function listCases(
  ctx: Context,
  { states, id }: { states: readonly CaseState[]; id?: string },
): Promise<IdentityCase[]> {
  const { model, actor } = ctx;
  const customer = model.entity('customer');
  const visible = visibleFields(model, actor, customer).filter(({ field }) => COMPARED.includes(field.code));
  const side = (alias: string): Sql => {
    const values = visible.map((each) => `'${each.field.code}', ${outputValue(model, actor, each, alias)}`);
    return raw(
      `json_build_object('id', ${alias}.id::text, 'source', ${alias}.source, 'row', json_build_object(${values.join(', ')}),
        'accounts', (select count(*) from account n where n.customer_id = ${alias}.id))`,
    );
  };
  const person = (column: string) =>
    raw(`(select json_build_object('id', u.id::text, 'label', u.name) from "user" u where u.id = k.${column})`);
  const { rows } = await ctx.database.query<{ row: string }>(
    sql`select json_build_object('id', k.id::text, 'rule', k.rule, 'state', k.state, 'foundAt', k.found_at, 'evidence', k.evidence,
          'sides', json_build_array(${side('a')}, ${side('b')}), 'proposal', k.proposal, 'maker', ${person('maker_id')},
          'proposedAt', k.proposed_at, 'checker', ${person('checker_id')}, 'decidedAt', k.decided_at, 'note', k.note, 'error', k.error)::text as row
        from identity_case k join customer a on a.id = k.customer_id join customer b on b.id = k.other_id
       where k.state = any(${[...states]}::text[]) and ${id === undefined ? sql`true` : sql`k.id = ${id}::bigint`}
         and ${scopeCondition(model, actor, customer, 'a')} and ${scopeCondition(model, actor, customer, 'b')}
       order by k.found_at desc, k.id limit ${caseLimits.listed}`,
  );
  const text = await unseal(ctx.database, `[${rows.map(({ row }) => row).join(',')}]`);
  const seen = new Set(visible.map(({ field }) => field.code));
  const rules = new Map(identityRules(model).map((rule) => [rule.code, rule]));
  return (JSON.parse(text) as Stored[]).map((stored) => {
    const rule = rules.get(stored.rule);
    const telling = TELLING.map((code) => stored.evidence[code]);
    const [left, right] = stored.sides;
    const decides = stored.state === 'proposed' && !standsFor(ctx, stored.maker?.id ?? null);
    return {
      ...stored,
      rule: {
        code: stored.rule,
        label: rule?.label ?? { zh: stored.rule, en: stored.rule },
        strength: rule?.strength ?? 'likely',
      },
      evidence: Object.fromEntries(Object.entries(stored.evidence).filter(([code]) => seen.has(code))),
      suggestion: telling.includes('different')
        ? telling.filter((each) => each === 'different').length > 1
          ? 'apart'
          : 'look'
        : rule?.strength === 'certain'
          ? 'merge'
          : 'look',
      sides: [
        { ...left, source: systemLabel(model, left.source) },
        { ...right, source: systemLabel(model, right.source) },
      ],
      may: {
        resolve: ['open', 'later', 'failed'].includes(stored.state) && actor.permissions.has('identity.resolve'),
        approve: decides && actor.permissions.has('identity.approve'),
      },
    };
  });
}

type Stored = Omit<IdentityCase, 'rule' | 'sides' | 'suggestion' | 'may'> & {
  rule: string;
  sides: [Omit<Side, 'source'> & { source: string | null }, Omit<Side, 'source'> & { source: string | null }];
};

/** Whether the actor is that person, or stands in for him. */
function standsFor({ actor }: Context, userId: string | null): boolean {
  return userId !== null && (actor.userId === userId || actor.posts.some((post) => post.userId === userId));
}

export async function readCase(ctx: Context, id: string): Promise<IdentityCase> {
  const found = await listCases(ctx, { states: CASE_STATES, id });
  if (!found[0]) throw new Failure(kinds.case_not_found);
  return found[0];
}

/** How many cases wait within the reader's reach, and how many of them for a second pair of eyes. */
export async function countCases(ctx: Context): Promise<{ open: number; proposed: number; capped: boolean }> {
  const { model, actor } = ctx;
  const customer = model.entity('customer');
  const { rows } = await ctx.database.query<{ open: number; proposed: number; all: number }>(
    sql`select count(*) filter (where state <> 'proposed')::int as open, count(*) filter (where state = 'proposed')::int as proposed, count(*)::int as all
      from (select k.state from identity_case k join customer a on a.id = k.customer_id join customer b on b.id = k.other_id
        where k.state = any(${['open', 'proposed', 'failed']}::text[])
          and ${scopeCondition(model, actor, customer, 'a')} and ${scopeCondition(model, actor, customer, 'b')} limit 1000) f`,
  );
  const { open, proposed, all } = rows[0]!;
  return { open, proposed, capped: all >= 1_000 };
}

export interface Decision {
  decision: 'merge' | 'apart' | 'later';
  /** Who stays; of a merge. */
  survivor?: string | undefined;
  note?: string | undefined;
}

/** Proposes to merge the two, for another person to approve; or says that they are different people, which is remembered. */
export async function resolveCase(ctx: Context, id: string, input: Decision): Promise<IdentityCase> {
  const found = await readCase(ctx, id);
  if (!found.may.resolve) throw new Failure(kinds.case_moved_on, { state: found.state });
  const survivor = input.decision === 'merge' ? input.survivor : undefined;
  if (input.decision === 'merge') {
    if (!found.sides.some((side) => side.id === survivor)) throw new Failure(kinds.merge_survivor, {}, 'survivor');
  }
  const state: CaseState = { merge: 'proposed', apart: 'apart', later: 'later' }[input.decision] as CaseState;
  await decide(ctx, found, state, {
    proposal: survivor === undefined ? null : { survivor },
    maker_id: ctx.actor.userId,
    proposed_at: ctx.clock().toISOString(),
    checker_id: null,
    decided_at: null,
    note: input.note ?? null,
    error: null,
  });
  return readCase(ctx, id);
}

/** Approves or refuses what somebody else proposed. An approved merge is done in the background. */
export async function checkCase(ctx: Context, id: string, approve: boolean, note?: string): Promise<IdentityCase> {
  const found = await readCase(ctx, id);
  if (found.state !== 'proposed') throw new Failure(kinds.case_moved_on, { state: found.state });
  if (standsFor(ctx, found.maker?.id ?? null)) throw new Failure(kinds.merge_own_proposal);
  const values = {
    checker_id: ctx.actor.userId,
    decided_at: ctx.clock().toISOString(),
    ...(note === undefined ? {} : { note }),
  };
  await decide(ctx, found, approve ? 'approved' : 'open', values, approve ? enqueueMerge : undefined);
  return readCase(ctx, id);
}

export const MERGE_JOB = 'identity.merge';

async function enqueueMerge(tx: Transaction, clock: Clock, id: string): Promise<void> {
  await enqueue(tx, clock, { kind: MERGE_JOB, key: id, payload: { case: id } });
}

async function decide(
  ctx: Context,
  found: IdentityCase,
  state: CaseState,
  values: Record<string, unknown>,
  then?: (tx: Transaction, clock: Clock, id: string) => Promise<void>,
): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const columns: Sql[] = Object.entries(values).map(([column, value]) => {
      const text = value !== null && typeof value === 'object' ? JSON.stringify(value) : value;
      return sql`${raw(ident(column).sql)} = ${text}`;
    });
    const { rowCount } = await tx.query(
      sql`update identity_case set state = ${state}, ${join(columns)} where id = ${found.id}::bigint and state = ${found.state}`,
    );
    if (rowCount === 0) throw new Failure(kinds.case_moved_on, { state: found.state });
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'update',
      entity: 'identity_case',
      recordId: found.id,
      customerId: found.sides[0].id,
      detail: {
        identity: state,
        customers: found.sides.map((side) => side.id),
        rule: found.rule.code,
        ...(values.proposal ? { proposal: values.proposal } : {}),
      },
    });
    await then?.(tx, ctx.clock, found.id);
  });
}

/** Fields that a merge may fill in the customer who stays: his own, written by people or loads. */
export function fillable(model: Model): FieldDefinition[] {
  const kept = new Set(['kind', 'number', 'branch', 'owner', 'walled', 'status', 'since', 'household_role']);
  return model.entity('customer').fields.filter((field) => !field.computed && !field.derive && !kept.has(field.code));
}

export interface KnownNumber {
  system: string | null;
  label: Text;
  /** Masked or null as the reader sees the customer's number. */
  externalId: string | null;
  /** By which rule the number was found to be this customer's; null for his own and for those of merged customers. */
  rule: Text | null;
  since: string;
  /** The system that brought the customer: the day up to which it speaks of him. */
  asOf: string | null;
  own: boolean;
}

/** The numbers under which systems know a customer: of the one that brought him first, then of others. Throws a Failure out of reach. */
export async function readIdentities(ctx: Context, customerId: string): Promise<KnownNumber[]> {
  const { model, actor } = ctx;
  const customer = model.entity('customer');
  const { rows } = await ctx.database.query<Omit<KnownNumber, 'label' | 'rule'> & { rule: string | null }>(
    sql`select * from (
        select c.source as system, c.source_key as "externalId", null as rule, c.created_at::text as since, c.as_of::text as "asOf", true as own
          from customer c where c.id = ${customerId}::bigint
        union all
        select i.system, i.external_id, i.rule, i.since::text, null, false from customer_identity i
          join customer c on c.id = i.customer_id where c.id = ${customerId}::bigint) known
      order by own desc, since, system, "externalId" limit ${raw(String(caseLimits.numbers))}`,
  );
  if (rows.length === 0) throw new Failure(kinds.not_found);
  const view = fieldView(model, actor, customer, fieldOf(customer, 'number')!);
  const shown = (number: string | null) =>
    number === null || view === 'hidden' ? null : view === 'masked' ? maskText('tail4', number) : number;
  const rules = identityRules(model);
  return rows.map((row) => ({
    ...row,
    label: systemLabel(model, row.system),
    externalId: shown(row.externalId),
    rule: rules.find(({ code }) => code === row.rule)?.label ?? null,
  }));
}
