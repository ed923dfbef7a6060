import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { readInstitution } from '#access';
import { record } from '#audit';
import { openStoredDay, shareState, workCalendar } from '#facts';
import { type Route, route } from '#http';
import { asOwner, type OwnerContext } from '#identity';
import { enqueue, type JobHandler } from '#jobs';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import { applyRules } from './apply-rules.ts';
import { byNewestDefinitions } from './definitions.ts';
import { kinds } from './failures.ts';
import { booksOf } from './noted.ts';
import { type Rule, rules } from './rule-definition.ts';

// A rule that somebody starts for a segment or for customers, within his reach. An occasion that has its alert gets no second one.

const HAND_RUN_JOB = 'rules.run';

const limits = {
  customersMax: 100_000,
  /** Customers of one job: their ids travel in it. */
  jobCustomersMax: 2_500,
  listedMax: 1_000,
  waitMs: 500,
  timeoutMs: 3_600_000,
};

interface HandRun {
  rule: string;
  customers: string[];
}

const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');

export const handRunRoutes: Route<OwnerContext>[] = [
  route({
    method: 'POST',
    path: '/api/rules/:code/run',
    permission: 'rules.run',
    summary: { zh: '对客群或客户手工运行规则', en: 'Run a rule for a segment or for customers' },
    tag: 'rules',
    params: z.object({ code }),
    body: z.union([
      z.strictObject({ segment: code }),
      z.strictObject({ customers: z.array(id).min(1).max(limits.listedMax) }),
    ]),
    output: z.object({ customers: z.int(), jobs: z.array(z.string()) }),
    status: 202,
    handler: async (ctx: OwnerContext, { params, body }) => {
      const rule = ruleByHand(ctx.model, params.code);
      // Read with the caller's own sight: who is out of his reach takes no part.
      const { rows } = await ctx.database.query<{ id: string }>(
        'segment' in body
          ? `select c.id from customer c join customer_metric m on m.customer_id = c.id where $1 = any(m.segments) order by c.id limit $2`
          : 'select c.id from customer c where c.id = any($1::bigint[]) order by c.id limit $2',
        ['segment' in body ? body.segment : body.customers, limits.customersMax + 1],
      );
      if (rows.length === 0) throw new Failure(kinds.rule_run_nobody);
      if (rows.length > limits.customersMax) throw new Failure(kinds.rule_run_too_many, { max: limits.customersMax });
      const jobs = await asOwner(ctx, async (tx) => {
        const made: string[] = [];
        for (let at = 0; at < rows.length; at += limits.jobCustomersMax) {
          const customers = rows.slice(at, at + limits.jobCustomersMax).map((row) => row.id);
          const payload: HandRun = { rule: rule.definition.code, customers };
          made.push(await enqueue(tx, ctx.clock, { kind: HAND_RUN_JOB, payload, ownerId: ctx.actor.userId }));
        }
        const asked = 'segment' in body ? { segment: body.segment } : {};
        const detail = { step: 'run', kind: 'rules', code: params.code, customers: rows.length, ...asked };
        await record(tx, { at: ctx.clock(), actor: ctx.actor, action: 'configure', entity: 'definition', detail });
        return made;
      });
      return { customers: rows.length, jobs };
    },
  }),
];

function ruleByHand(model: Model, code: string): Rule {
  const rule = rules(model).find(({ definition }) => definition.code === code);
  if (!rule) throw new Failure(kinds.rule_unknown, { code });
  if (rule.trigger.kind !== 'day' && rule.trigger.kind !== 'hand') throw new Failure(kinds.rule_not_by_hand, { code });
  return rule;
}

export const handRunHandler = (model: Model): JobHandler<HandRun> => ({
  kind: HAND_RUN_JOB,
  label: { zh: '手工运行规则', en: 'Run a rule by hand' },
  timeoutMs: limits.timeoutMs,
  async run({ database, clock, signal }, { rule: code, customers }) {
    const books = booksOf({ institution: await readInstitution(database) });
    for (;;) {
      signal.throwIfAborted();
      const alerts = await byNewestDefinitions(database, model, (current) =>
        database.transaction(
          async (tx) => {
            if (!(await shareState(tx))) return undefined;
            const day = await openStoredDay(tx, current, books);
            if (!day) return 0;
            if (day.outdated) throw new Failure(kinds.definitions_renewed);
            const calendar = workCalendar(current, books.calendar);
            const ruleDay = { ...day, calendar, now: clock(), live: true, onTime: false };
            const only = [ruleByHand(current, code)];
            const results = await applyRules(tx, current, ruleDay, { among: customers, only });
            return results.reduce((sum, each) => sum + each.alerts, 0);
          },
          { attemptsMax: 3, statementTimeoutMs: 0 },
        ),
      );
      if (alerts !== undefined) return { customers: customers.length, alerts };
      await pause(limits.waitMs, undefined, { signal }); // a day is being run
    }
  },
});
