import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readInstitution } from '#access';
import { startEmbedded } from '#database';
import { findMapping, type LoadReport, runLoad } from '#integration';
import { addDays, addMonths, systemActor } from '#kernel';
import { runBusinessDays } from '#rules';
import { projectFolder } from '../../src/server/config.ts';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import type { CampaignContext, Prove, Trials } from '../harness.ts';
import { exitOf, freePort, patiently, run, start } from '../program.ts';

type Figures = Record<string, string | number> & { transactions: number };

const FIRST_DAY = '1993-01-01';
const MONTHS = 15;
/** A list of work that nobody can get through is no list of work. */
const NEW_TASKS_PER_RM_AND_DAY_MAX = 25;

/** A bank's files go in; whole customers and the next action come out; nothing twice, nothing lost to a killed process. */
export const prove: Prove = async (ctx, trials) => {
  const reference = [process.env.TONGGUAN_REFERENCE_DATA, path.join(projectFolder, '../shared/data')]
    .map((folder) => folder && path.join(folder, 'berka-pkdd99'))
    .find((folder) => folder !== undefined && existsSync(folder));
  if (!reference)
    trials.skip(
      'the real bank',
      'the data set has no licence and is not part of the repository: set TONGGUAN_REFERENCE_DATA',
    );
  const examples = path.join(projectFolder, 'examples');
  const lookalike = path.join(examples, 'lookalike');
  // The published figures of the real bank, or those that the look-alike was made with.
  const figures = reference ? path.join(examples, 'berka-expected.json') : path.join(lookalike, 'expected.json');
  const expected: Figures = JSON.parse(readFileSync(figures, 'utf8'));
  const loaded = await proveLoad(ctx, trials, reference ?? lookalike, expected);
  const replayed = await proveReplay(ctx, trials);
  const restarts = await proveRestarts(ctx, trials);
  return { data: reference ? 'berka' : 'lookalike', ...loaded, ...replayed, ...restarts };
};

async function proveLoad(ctx: CampaignContext, trials: Trials, folder: string, expected: Figures) {
  const model = packModel();
  await migrate(ctx.database, model);
  const load = (): Promise<LoadReport> =>
    runLoad(
      { database: ctx.database, model, clock: ctx.clock, actor: systemActor },
      {
        document: findMapping(ctx.folder, 'berka', 'code'),
        folder,
        home: ctx.folder,
        language: ctx.language,
        date: FIRST_DAY,
      },
    );
  let first: LoadReport | undefined;
  await trials.trial('load', async () => {
    first = await load();
  });
  const { rows } = await ctx.database.query<Record<string, string>>(FIGURES);
  for (const [name, value] of Object.entries(rows[0]!)) {
    await trials.trial(`figure ${name}`, () => assert.equal(value, String(expected[name])));
  }
  await trials.trial('the cut row is rejected, with its line', async () => {
    assert.equal(first?.rejected, 1);
    const { rows: rejects } = await ctx.database.query<{ line: string }>('select line from load_reject');
    assert.deepEqual(
      rejects.map(({ line }) => Number(line)),
      [expected.transactions + 2],
    );
  });
  await trials.trial('a second load changes nothing', async () => {
    const before = await digest(ctx);
    const second = await load();
    assert.equal(second.changed, false);
    assert.equal(await digest(ctx), before);
  });
  return { loadMilliseconds: first?.milliseconds };
}

const FIGURES = `
select (select count(*) from district)::text as districts,
       (select count(*) from customer where kind = 'person')::text as persons,
       (select count(*) from customer where gender = 'female')::text as women,
       (select count(*) from customer where gender = 'male')::text as men,
       (select count(*) from account)::text as accounts,
       (select count(*) from (select account_id from account_role group by account_id having count(*) = 2) t)::text as "accountsOfTwo",
       (select count(*) from standing_order)::text as orders,
       (select count(*) from loan)::text as loans,
       (select count(*) from loan where status = 'overdue')::text as "loansInDebt",
       (select sum(amount) from loan where status = 'overdue')::text as "loansInDebtAmount",
       (select count(*) from card)::text as cards,
       (select count(*) from transaction)::text as transactions,
       (select count(*) from transaction where balance_after < 0)::text as "negativeBalances"`;

async function proveReplay(ctx: CampaignContext, trials: Trials) {
  const until = addDays(addMonths(FIRST_DAY, Math.max(1, Math.round(MONTHS * ctx.scale))), -1);
  const day = { database: ctx.database, model: packModel(), clock: ctx.clock, actor: systemActor };
  const replay = async () =>
    runBusinessDays({ ...day, institution: await readInstitution(ctx.database) }, FIRST_DAY, until);
  const stage = ctx.progress.stage({ zh: `重放至 ${until}`, en: `replaying until ${until}` });
  const started = performance.now();
  let days = 0;
  await trials.trial('replay', async () => {
    days = (await replay()).length;
  });
  stage.end();
  const milliseconds = Math.round(performance.now() - started);
  await trials.trial(
    'each task has an owner, a reason in both languages, a script, a due time and its evidence',
    async () => {
      const { rows } = await ctx.database.query<{ bare: string; tasks: string }>(
        `select count(*) filter (where assignee_id is null or due_at is null or evidence->'text'->'zh'->>'reason' is null
                                  or evidence->'text'->'en'->>'reason' is null or evidence->'text'->'zh'->>'script' is null
                                  or evidence->'inputs' is null) as bare, count(*) as tasks from task`,
      );
      assert.equal(rows[0]!.bare, '0');
      assert.ok(Number(rows[0]!.tasks) > 0, 'no task at all');
    },
  );
  const { rows: load } = await ctx.database.query<{ tasks: string; rms: string; most: string; mean: string }>(
    `select sum(n)::text as tasks, count(distinct assignee_id)::text as rms, max(n)::text as most, round(avg(n), 2)::text as mean
       from (select assignee_id, business_date, count(*) as n from task group by assignee_id, business_date) t`,
  );
  await trials.trial('no RM gets more new tasks in a day than can be done', () =>
    assert.ok(Number(load[0]!.most) <= NEW_TASKS_PER_RM_AND_DAY_MAX, `${load[0]!.most} in one day`),
  );
  await trials.trial('assets are the closing balances of the last day', async () => {
    const { rows } = await ctx.database.query<{ off: string }>(CLOSING_DIFFERENCES, [until]);
    assert.equal(rows[0]!.off, '0');
  });
  await trials.trial('a second replay adds nothing', async () => {
    const before = await digest(ctx);
    await replay();
    assert.equal(await digest(ctx), before);
  });
  return { days, replayMilliseconds: milliseconds, work: load[0] };
}

/** Customers whose assets are not the sum of their accounts' last balances: an independent reckoning. */
const CLOSING_DIFFERENCES = `
select count(*) as off from customer c
  left join (select a.customer_id, sum(last.balance_after) as total
               from account a cross join lateral (
                 select t.balance_after from transaction t where t.account_id = a.id and t.customer_id = a.customer_id and t.business_date <= $1
                  order by t.business_date desc, t.sequence desc nulls last, t.id desc limit 1) last
              where a.opened_on <= $1 group by a.customer_id) w on w.customer_id = c.id
 where coalesce(c.aum, 0) <> coalesce(w.total, 0)`;

/** One hash over what people see; times of runs are left out. */
async function digest(ctx: CampaignContext): Promise<string> {
  const hash = createHash('sha256');
  const tables = [
    'customer',
    'account',
    'account_role',
    'loan',
    'card',
    'standing_order',
    'district',
    'org_unit',
    '"user"',
    'transaction',
    'task',
    'customer_tag',
    'tier_change',
    'aum_daily',
    'customer_metric',
  ];
  for (const table of tables) {
    const { rows } = await ctx.database.query<{ digest: string | null }>(
      `select md5(string_agg(line, '|' order by line)) as digest from (
         select md5((to_jsonb(t) - 'updated_at' - 'created_at' - 'as_of')::text) as line from ${table} t) lines`,
    );
    hash.update(`${table} ${rows[0]!.digest}\n`);
  }
  return hash.digest('hex');
}

/** Starts the product in a home of its own, kills one process after the other, and looks whether everything is there again. */
async function proveRestarts(ctx: CampaignContext, trials: Trials) {
  const home = path.join(ctx.folder, 'home');
  const port = await freePort();
  const environment = { ...process.env, TONGGUAN_HOME: home, PORT: String(port), DATABASE_URL: '' };
  await run(['demo', '--customers', '60'], environment);
  const starts: number[] = [];
  let program = await start(environment, port, starts);
  const before = await census(port);
  const kills: Record<string, () => Promise<void>> = {
    server: async () => {
      await kill(program);
      program = await start(environment, port, starts);
    },
    PostgreSQL: async () => {
      const database = await startEmbedded(home);
      process.kill(database.pid, 'SIGKILL');
      await kill(program);
      program = await start(environment, port, starts);
      await database.stop();
    },
    'PostgreSQL under the running server': async () => {
      const database = await startEmbedded(home);
      process.kill(database.pid, 'SIGKILL');
      await database.stop();
    },
    both: async () => {
      const database = await startEmbedded(home);
      await kill(program);
      process.kill(database.pid, 'SIGKILL');
      program = await start(environment, port, starts);
      await database.stop();
    },
  };
  for (const [name, happen] of Object.entries(kills)) {
    await trials.trial(`all is there after kill -9 of ${name}`, async () => {
      await happen();
      assert.deepEqual(await patiently(() => census(port)), before);
    });
  }
  await trials.trial('stops when asked to', async () => {
    program.kill('SIGTERM');
    assert.equal(await exitOf(program), 0);
  });
  // The first start builds the pages where they are stale; what is warm comes after it. A figure, no trial: machines are noisy.
  const warm = starts.slice(1);
  return { warmStartsMs: warm.map(Math.round) };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await exitOf(child);
}

/** What a branch head sees: numbers of his customers, and the work of his people. */
async function census(port: number): Promise<unknown> {
  const base = `http://127.0.0.1:${port}`;
  const signIn = await fetch(`${base}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'head01', password: 'tongguan-demo' }),
  });
  if (!signIn.ok) throw new Error(`sign-in: ${signIn.status}`);
  const headers = { cookie: signIn.headers.get('set-cookie')!.split(';')[0]! };
  const get = async (url: string) => {
    const answer = await fetch(`${base}${url}`, { headers });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return answer.json();
  };
  return {
    customers: await get('/api/customers?limit=200&columns=name,aum'),
    tasks: await get('/api/tasks/count?exact=true'),
    team: await get('/api/team'),
  };
}
