import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type Context, readInstitution } from '#access';
import { record } from '#audit';
import type { Transaction } from '#database';
import { openStoredDay, shareState, workCalendar } from '#facts';
import { type Route, route } from '#http';
import { asOwner, type OwnerContext } from '#identity';
import { enqueue, type JobHandler } from '#jobs';
import { type BusinessDate, Failure, isDate } from '#kernel';
import type { Model } from '#metadata';
import { act, readAhead } from './actions/act.ts';
import type { Done } from './actions/action.ts';
import { applyRules, SEEN_BY_RULES, takenByGroup } from './apply-rules.ts';
import { byNewestDefinitions } from './definitions.ts';
import { kinds } from './failures.ts';
import { booksOf } from './noted.ts';
import { isLate, type Occurrence, type RuleDay } from './occurrence.ts';
import { type Rule, rules } from './rule-definition.ts';
import { discardWaiting, mayRelease, recount, takeWaiting, waitingOf } from './waiting.ts';

// A person decides about what waits above a rule's limit: it is done after all, or given up.

const RELEASE_JOB = 'rules.release';

const limits = {
  /** Alerts acted on in one transaction. */
  batch: 1_000,
  waitMs: 500,
  timeoutMs: 3_600_000,
};

interface Release {
  rule: string;
  date?: BusinessDate;
}

const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
const date = z.string().refine(isDate, 'must be a date, YYYY-MM-DD');

export const waitingRoutes: Route<OwnerContext>[] = [
  route({
    method: 'GET',
    path: '/api/rules/:code/waiting',
    permission: 'definitions.read',
    summary: {
      zh: '规则超出单日上限、等待放行的提醒数',
      en: 'How many alerts of a rule wait above its limit, by date',
    },
    tag: 'rules',
    params: z.object({ code }),
    output: z.object({ rows: z.array(z.object({ date: z.string(), waiting: z.int() })) }),
    // Counts alone, of everybody: who writes rules sees no customers.
    handler: async (ctx: OwnerContext, { params }) => ({
      rows: await asOwner(ctx, (tx) => waitingOf(tx, params.code, undefined)),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/rules/:code/waiting',
    permission: 'rules.run',
    summary: { zh: '放行或放弃规则等待中的提醒', en: 'Release or give up the waiting alerts of a rule' },
    tag: 'rules',
    params: z.object({ code }),
    body: z.strictObject({ step: z.enum(['release', 'discard']), date: date.optional() }),
    output: z.object({ alerts: z.int(), job: z.string().nullable() }),
    status: 202,
    handler: async (ctx: OwnerContext, { params, body }) =>
      asOwner(ctx, async (tx) => {
        const found = await waitingOf(tx, params.code, body.date);
        if (found.length === 0) throw new Failure(kinds.rule_waiting_none, { code: params.code });
        const discarded = body.step === 'discard' ? await discard(ctx, tx, params.code, body.date) : undefined;
        const job = body.step === 'release' ? await release(ctx, tx, params.code, body.date) : null;
        const alerts = discarded ?? found.reduce((sum, { waiting }) => sum + waiting, 0);
        const detail = {
          step: body.step,
          kind: 'rules',
          code: params.code,
          alerts,
          ...(body.date ? { date: body.date } : {}),
        };
        await record(tx, { at: ctx.clock(), actor: ctx.actor, action: 'configure', entity: 'definition', detail });
        return { alerts, job };
      }),
  }),
];

const discard = (ctx: Context, tx: Transaction, rule: string, date: BusinessDate | undefined): Promise<number> =>
  discardWaiting(tx, rule, date, { at: ctx.clock(), userId: ctx.actor.userId });

async function release(ctx: Context, tx: Transaction, code: string, date: BusinessDate | undefined): Promise<string> {
  const rule = ruleOf(ctx.model, code);
  if (!(await mayRelease(tx, rule, date))) throw new Failure(kinds.rule_waiting_changed, { code });
  const payload: Release = { rule: code, ...(date ? { date } : {}) };
  return await enqueue(tx, ctx.clock, {
    kind: RELEASE_JOB,
    payload,
    ownerId: ctx.actor.userId,
    key: `${code}/${date ?? ''}`,
  });
}

function ruleOf(model: Model, code: string): Rule {
  const rule = rules(model).find(({ definition }) => definition.code === code);
  if (!rule) throw new Failure(kinds.rule_unknown, { code });
  return rule;
}

export const releaseHandler = (model: Model): JobHandler<Release> => ({
  kind: RELEASE_JOB,
  label: { zh: '放行规则提醒', en: 'Release alerts of a rule' },
  timeoutMs: limits.timeoutMs,
  async run({ database, clock, signal }, { rule: code, date }) {
    const books = booksOf({ institution: await readInstitution(database) });
    let alerts = 0;
    for (;;) {
      signal.throwIfAborted();
      const done = await byNewestDefinitions(database, model, (current) =>
        database.transaction(
          async (tx) => {
            if (!(await shareState(tx))) return undefined;
            const facts = await openStoredDay(tx, current, books);
            if (!facts) return 0;
            if (facts.outdated) throw new Failure(kinds.definitions_renewed);
            const calendar = workCalendar(current, books.calendar);
            const day = { ...facts, calendar, now: clock(), live: true, onTime: false };
            const rule = ruleOf(current, code);
            const taken = await takeWaiting(tx, rule, date, limits.batch);
            if (taken.length > 0) await actOn(tx, current, rule, day, taken);
            return taken.length;
          },
          { attemptsMax: 3, statementTimeoutMs: 0 },
        ),
      );
      if (done === undefined)
        await pause(limits.waitMs, undefined, { signal }); // a day is being run
      else alerts += done;
      if (done === 0) return { alerts };
    }
  },
});

/** Does what waited. On whom another rule of the group has acted meanwhile, is left to that one. */
async function actOn(tx: Transaction, model: Model, rule: Rule, day: RuleDay, taken: readonly Occurrence[]) {
  const elsewhere = await takenByGroup(tx, model, rule, taken);
  const due = taken
    .filter((each) => !elsewhere.has(`${each.customerId} ${each.businessDate}`))
    .map((each) => ({ ...each, late: isLate(day, each.businessDate) }));
  const ahead = await readAhead(tx, rule, day, [...new Set(due.map(({ customerId }) => customerId))]);
  const { made, written } = await act(tx, model, rule, day, due, ahead);
  await written;
  await noteActed(tx, day, taken, due, made);
  await recount(tx, rule.definition.code);
  const changed = due.filter(({ alertId }) => made.get(alertId)?.some(({ kind }) => SEEN_BY_RULES.has(kind)));
  if (changed.length === 0) return;
  await applyRules(tx, model, day, { among: [...new Set(changed.map(({ customerId }) => customerId))], quiet: true });
}

async function noteActed(
  tx: Transaction,
  day: RuleDay,
  taken: readonly Occurrence[],
  due: readonly Occurrence[],
  made: ReadonlyMap<string, Done[]>,
): Promise<void> {
  const late = new Map(due.map((each) => [each.alertId, each.late]));
  const rows = taken.map(({ alertId, customerId, late: before }) => ({
    id: alertId,
    customer_id: customerId,
    outcome: late.has(alertId) ? 'acted' : 'grouped',
    late: late.get(alertId) ?? before,
    actions: made.get(alertId) ?? [],
  }));
  await tx.query(
    `update alert a set outcome = d.outcome, late = d.late, actions = d.actions, version = version + 1, updated_at = $2
       from jsonb_to_recordset($1::jsonb) as d (id bigint, customer_id bigint, outcome text, late boolean, actions jsonb)
      where a.id = d.id and a.customer_id = d.customer_id`,
    [JSON.stringify(rows), day.now.toISOString()],
  );
}
