import { setTimeout as pause } from 'node:timers/promises';
import { readInstitution } from '#access';
import { ident, raw, sql } from '#database';
import { openStoredDay, shareState, workCalendar } from '#facts';
import { enqueue, type JobContext, type JobHandler } from '#jobs';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import { applyRules } from './apply-rules.ts';
import type { DayContext } from './day-context.ts';
import { byNewestDefinitions } from './definitions.ts';
import { kinds } from './failures.ts';
import { firingStatement } from './firings.ts';
import { booksOf } from './noted.ts';
import { unseenSql } from './occasions.ts';
import type { RuleDay } from './occurrence.ts';
import { type Rule, rules } from './rule-definition.ts';
import { EVENT } from './rule-words.ts';

// A record of the institution may concern very many customers: the rules that wait for such records are asked as soon as one is written, by a
// job in rounds. What a rule has seen stands in `rule_record`, what it did in the ledger: the run of the day finds nothing left.

const RECORD_JOB = 'rules.records';

const limits = {
  /** Occasions of one transaction. */
  roundRows: 2_000,
  /** Concerned customers that are counted for the progress. */
  countedMax: 1_000_000,
  /** Between two looks whether the run of a day has ended. */
  waitMs: 500,
  timeoutMs: 6 * 3_600_000,
};

interface RecordJob {
  rule: string;
}

/** Asks for the rules that have not looked at some record yet; returns how many. A rule without a baseline begins with the next day. */
export async function askRecordRules({ database, model, clock }: DayContext): Promise<number> {
  const waiting: string[] = [];
  for (const rule of rules(model)) if (await hasUnseen(database, rule)) waiting.push(rule.definition.code);
  if (waiting.length === 0) return 0;
  await database.transaction(async (tx) => {
    for (const rule of waiting) {
      await enqueue(tx, clock, { kind: RECORD_JOB, payload: { rule } satisfies RecordJob, key: rule });
    }
  });
  return waiting.length;
}

async function hasUnseen(db: DayContext['database'], rule: Rule): Promise<boolean> {
  if (rule.trigger.kind !== 'record') return false;
  const { event } = rule.trigger;
  const { rows } = await db.query<{ some: boolean }>(
    sql`select exists (select from rule_baseline b where b.rule = ${rule.definition.code} and b.watched = ${event.code})
      and exists (select from ${ident(event.code)} ${raw(EVENT)} where ${unseenSql(rule, event)}) as some`,
  );
  return rows[0]!.some;
}

export const recordRulesHandler = (model: Model): JobHandler<RecordJob> => ({
  kind: RECORD_JOB,
  label: { zh: '公告等记录触发规则', en: 'Rules that records start' },
  timeoutMs: limits.timeoutMs,
  async run(ctx: JobContext, { rule: code }) {
    const result = { alerts: 0 };
    let total: number | undefined;
    for (;;) {
      ctx.signal.throwIfAborted();
      const round = await byNewestDefinitions(ctx.database, model, (current) => runRound(ctx, current, code, total));
      if (round === 'busy') {
        await pause(limits.waitMs, undefined, { signal: ctx.signal });
        continue;
      }
      total = round.total;
      result.alerts += round.alerts;
      ctx.progress({ done: result.alerts, total: Math.max(total, result.alerts) });
      if (!round.more) return result;
    }
  },
});

/** One transaction with one view of the data: a record that is written meanwhile must not count as seen. */
async function runRound({ database, clock }: JobContext, model: Model, code: string, counted: number | undefined) {
  const rule = rules(model).find(({ definition }) => definition.code === code);
  if (!rule) return { alerts: 0, total: 0, more: false }; // retired meanwhile
  const books = booksOf({ institution: await readInstitution(database) });
  return await database.transaction(
    async (tx) => {
      if (!(await shareState(tx))) return 'busy' as const;
      const facts = await openStoredDay(tx, model, books);
      if (facts?.outdated) throw new Failure(kinds.definitions_renewed);
      // Of other definitions than the state was computed by: the day that is run anew for them asks this rule as well.
      if (!facts || facts.carriedFrom === null) return { alerts: 0, total: 0, more: false };
      const day: RuleDay = {
        ...facts,
        calendar: workCalendar(model, books.calendar),
        now: clock(),
        live: true,
        onTime: false,
      };
      const statement = firingStatement(model, rule, day, { rowsMax: limits.countedMax });
      let total = counted ?? 0;
      if (counted === undefined && statement) {
        const { rows } = await tx.query<{ total: number }>(
          sql`select count(*)::integer as total from (${statement}) f`,
        );
        total = rows[0]!.total;
      }
      const results = await applyRules(tx, model, day, { only: [rule], quiet: true, roundRows: limits.roundRows });
      return {
        alerts: results.reduce((sum, { rule: of, alerts }) => sum + (of === rule.definition.code ? alerts : 0), 0),
        total,
        more: results[0]?.more === true,
      };
    },
    { isolation: 'repeatable read', attemptsMax: 5, statementTimeoutMs: 0 },
  );
}
