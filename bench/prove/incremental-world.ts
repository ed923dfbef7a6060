import assert from 'node:assert/strict';
import { defaultInstitution } from '#access';
import type { Database } from '#database';
import { rebuildAumHistory } from '#facts';
import { type EventQueue, openEventQueue } from '#integration';
import { addDays, type BusinessDate, systemActor } from '#kernel';
import { type Model, modelInForce, recordId } from '#metadata';
import { type BulkRow, restoreRecords, writeBulk } from '#records';
import { type DayContext, refresh, runBusinessDay } from '#rules';
import { stepUp, type TestServer, testServer, upload, work } from '../../src/server/testing.ts';
import type { Random } from '../random.ts';
import { type Definitions, openDefinitions } from './incremental-definitions.ts';

const SOURCE = 'proof';
export const FIRST_DAY = '2026-03-20';
const KINDS = ['transfer', 'payment', 'salary', 'cash', 'purchase', 'redemption', 'fee', 'interest', 'pension'];
const CLASSES = ['deposit', 'wealth', 'fund', 'insurance', 'bond'];
/** Around month and year ends, and far enough back that things leave the longest window. */
const HISTORY_DAYS = 130;
/** Where the ledger begins: facts before it count from there on, which a rebuild that finds them would tell otherwise. */
const BEGINNING = addDays(FIRST_DAY, -HISTORY_DAYS);
const notBefore = (date: BusinessDate) => (date < BEGINNING ? BEGINNING : date);

/** Facts in files, as another system delivers them. */
const MAPPING = `code: ${SOURCE}
source: ${SOURCE}
label: { zh: 试验, en: Proof }
files:
  transactions: { path: transactions.csv, columns: { amount: decimal, balance_after: decimal } }
  logins: { path: logins.csv }
loads:
  - entity: transaction
    file: transactions
    key: "{key}"
    fields:
      customer: { key: "{customer}" }
      account: { key: "{customer}a" }
      business_date: business_date
      sequence: sequence
      direction: direction
      amount: amount
      balance_after: balance_after
      kind: kind
  - entity: login
    file: logins
    key: "{key}"
    fields: { customer: { key: "{customer}" }, business_date: business_date, channel: channel }
`;
const COLUMNS = {
  transaction: ['key', 'customer', 'business_date', 'sequence', 'direction', 'amount', 'balance_after', 'kind'],
  login: ['key', 'customer', 'business_date', 'channel'],
};

type Values = Record<string, string | null>;

/** A fact as it stands, so that later steps can correct it or take it back. */
interface Fact {
  key: string;
  type: 'transaction' | 'login';
  customer: number;
  date: BusinessDate;
  amount: string;
}

/** A bank in the making, and everything that can happen to it. Depends on the random numbers alone. */
export interface IncrementalWorld {
  ctx: DayContext;
  /** The day that the state speaks of. */
  asOf: BusinessDate;
  /** What has happened, one line each. */
  log: string[];
  /** The metrics that were defined on the way, in SQL written by hand. */
  hand(): Record<string, string>;
  /** Lets something happen; returns its name. */
  step(): Promise<string>;
  /** Waits until everything that was noted has been looked at. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(
  database: Database & { url: string },
  random: Random,
  customers: number,
  home: string,
): Promise<IncrementalWorld> {
  const server = await testServer({ database, home, at: '2027-06-01T04:00:00Z' });
  await database.query('delete from customer');
  const saved = await server.call('PUT', `/api/load-mappings/${SOURCE}`, {
    as: 'designer',
    body: { text: MAPPING, version: 0 },
  });
  assert.equal(saved.status, 200, saved.text);
  const ctx: DayContext = {
    database,
    clock: server.clock,
    actor: systemActor,
    institution: { ...defaultInstitution },
    get model() {
      return modelInForce(server.model);
    },
  };
  const queue = openEventQueue({
    database,
    model: server.model,
    clock: server.clock,
    institution: async () => ctx.institution,
    onDefect: (error) => {
      throw error;
    },
  });
  const bank: Bank = {
    ctx,
    server,
    definitions: openDefinitions(server, random),
    model: server.model,
    queue,
    random,
    customers,
    facts: new Map(),
    batches: [],
    runs: [],
    serial: 0,
    asOf: FIRST_DAY,
    log: [],
  };
  await found(bank);
  return {
    ctx,
    get asOf() {
      return bank.asOf;
    },
    log: bank.log,
    hand: () => bank.definitions.hand(),
    step: () => step(bank),
    settle: async () => {
      await refresh(ctx);
    },
    close: async () => {
      await queue.close();
      await server.close();
    },
  };
}

interface Bank {
  ctx: DayContext;
  server: TestServer;
  definitions: Definitions;
  model: Model;
  queue: EventQueue;
  random: Random;
  customers: number;
  facts: Map<string, Fact>;
  /** Numbers of batches of records that may be taken back. */
  batches: string[];
  /** Loads of files that may be withdrawn, which goes from the last one back. */
  runs: string[];
  serial: number;
  asOf: BusinessDate;
  log: string[];
}

const idOf = (entity: string, key: string | number) => recordId(entity, SOURCE, String(key));
const cents = (random: Random, most: number) => (random.below(most * 100) / 100).toFixed(2);

async function write(bank: Bank, code: string, rows: ({ key: string } & Values)[], batch?: string): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => column !== 'key');
  const lines = rows.map(
    (row): BulkRow => [idOf(code, row.key), row.key, ...columns.map((column) => row[column] ?? null)],
  );
  const target = { entity: bank.model.entity(code), columns, source: SOURCE, asOf: FIRST_DAY, batch };
  await bank.ctx.database.transaction((tx) => writeBulk(tx, target, [lines]));
}

async function found(bank: Bank): Promise<void> {
  const { random, customers } = bank;
  await write(
    bank,
    'product',
    CLASSES.map((value) => ({ key: value, code: value, name: value, class: value })),
  );
  await write(
    bank,
    'household',
    [0, 1, 2].map((n) => ({ key: String(n), name: `h${n}` })),
  );
  const numbers = Array.from({ length: customers }, (_, index) => index);
  await write(
    bank,
    'customer',
    numbers.map((n) => customerRow(bank, n)),
  );
  await write(
    bank,
    'account',
    numbers.flatMap((n) => [accountRow(bank, `${n}a`, n), ...(n % 3 === 0 ? [accountRow(bank, `${n}b`, n)] : [])]),
  );
  await write(
    bank,
    'holding',
    numbers.filter((n) => n % 2 === 0).map((n) => holdingRow(bank, `${n}`, n)),
  );
  const facts = numbers.flatMap(() =>
    Array.from({ length: 12 }, () => newFact(bank, addDays(FIRST_DAY, -random.below(HISTORY_DAYS)))),
  );
  await writeFacts(bank, facts);
  // The first fact stays, and with it the beginning of the ledger.
  await write(bank, 'transaction', [
    {
      key: 'first',
      ...factValues(bank, { key: 'first', type: 'transaction', customer: 0, date: BEGINNING, amount: '1.00' }),
    },
  ]);
  const { zone, currency, calendar } = bank.ctx.institution;
  await rebuildAumHistory(bank.ctx.database, bank.model, { zone, currency, calendar }, FIRST_DAY);
  await runBusinessDay(bank.ctx, FIRST_DAY);
  bank.log.push(`${customers} customers, ${facts.length} facts, day ${FIRST_DAY}`);
}

function customerRow({ random }: Bank, n: number): { key: string } & Values {
  const since = addDays(FIRST_DAY, -random.below(400));
  return {
    key: String(n),
    name: `c${n}`,
    kind: 'person',
    since,
    household: random.below(3) ? idOf('household', random.below(3)) : null,
  };
}

function accountRow({ random, asOf }: Bank, key: string, customer: number): { key: string } & Values {
  return {
    key,
    customer: idOf('customer', customer),
    number: key,
    kind: random.pick(['current', 'current', 'term']),
    currency: 'CNY',
    opened_on: addDays(FIRST_DAY, -300 + random.below(200)),
    closed_on: random.below(8) === 0 ? addDays(asOf, random.below(20) - 10) : null,
  };
}

function holdingRow({ random, asOf }: Bank, key: string, customer: number): { key: string } & Values {
  return {
    key,
    customer: idOf('customer', customer),
    product: idOf('product', random.pick(CLASSES)),
    market_value: cents(random, 400_000),
    principal: cents(random, 400_000),
    currency: random.pick(['CNY', 'CNY', 'USD']),
    bought_on: addDays(asOf, -random.below(60)),
    maturity_date: random.below(2) ? addDays(asOf, random.below(60)) : null,
    status: 'held',
  };
}

function newFact(bank: Bank, date: BusinessDate): Fact {
  const { random, customers } = bank;
  bank.serial += 1;
  const type = random.below(4) === 0 ? 'login' : 'transaction';
  // A few customers have most of the facts.
  const customer = Math.floor(random.next() * random.next() * customers);
  return { key: `${bank.serial}`, type, customer, date, amount: cents(random, random.pick([100, 10_000, 300_000])) };
}

function factValues({ random }: Bank, { type, customer, date, amount }: Fact): Values {
  if (type === 'login')
    return { customer: idOf('customer', customer), business_date: date, channel: random.pick(['mobile', 'web']) };
  return {
    customer: idOf('customer', customer),
    business_date: date,
    account: idOf('account', `${customer}a`),
    sequence: String(random.below(1_000)),
    direction: random.pick(['in', 'out']),
    amount,
    balance_after: cents(random, 900_000),
    kind: random.pick(KINDS),
  };
}

async function writeFacts(bank: Bank, facts: readonly Fact[]): Promise<void> {
  for (const type of ['transaction', 'login'] as const) {
    const own = facts.filter((fact) => fact.type === type);
    if (own.length === 0) continue;
    await write(
      bank,
      type,
      own.map((fact) => ({ key: fact.key, ...factValues(bank, fact) })),
    );
  }
  for (const fact of facts) bank.facts.set(fact.key, fact);
}

/** Loads facts from files, as an operator does; returns the number of the run. */
async function loadFiles(bank: Bank, facts: readonly Fact[]): Promise<string> {
  const { server } = bank;
  const fileOf = (type: Fact['type']) => {
    const rows = facts
      .filter((fact) => fact.type === type)
      .map((fact): Values => ({ ...factValues(bank, fact), key: fact.key, customer: String(fact.customer) }));
    return [
      COLUMNS[type].join(','),
      ...rows.map((row) => COLUMNS[type].map((column) => row[column]).join(',')),
      '',
    ].join('\n');
  };
  const files = { 'transactions.csv': fileOf('transaction'), 'logins.csv': fileOf('login') };
  const body = { mapping: SOURCE, upload: await upload(server, files), date: bank.asOf };
  const started = await server.call('POST', '/api/load-runs', { as: 'admin', body });
  assert.equal(started.status, 202, started.text);
  await work(server);
  const { json } = await server.call('GET', `/api/load-runs/${started.json.id}`, { as: 'admin' });
  assert.deepEqual([json.status, json.rejected], ['done', 0], JSON.stringify([json.error, json.rejects]));
  for (const fact of facts) bank.facts.set(fact.key, fact);
  bank.runs.push(json.id);
  return json.id;
}

/** The steps with how often they come. */
const steps: [number, string, (bank: Bank) => Promise<string>][] = [
  [5, 'batch of facts', loadFacts],
  [5, 'late events', sendEvents],
  [4, 'correction by event', correctByEvent],
  [3, 'correction by batch', correctByBatch],
  [3, 'deletion', deleteByEvent],
  [2, 'withdrawal', withdraw],
  [3, 'accounts', editAccounts],
  [3, 'holdings', editHoldings],
  [2, 'customers', editCustomers],
  [1, 'product', editProduct],
  [4, 'days', rollDays],
  [1, 'day again', runAgain],
  [5, 'definition', ({ definitions }) => definitions.change()],
];
const weights = steps.flatMap(([weight], index) => Array.from({ length: weight }, () => index));

async function step(bank: Bank): Promise<string> {
  const [, name, happen] = steps[bank.random.pick(weights)]!;
  const what = await happen(bank);
  // The first fact of a date to come opens it, by a job that runs beside the step's own.
  const { rows } = await bank.ctx.database.query<{ date: BusinessDate }>('select as_of::text as date from facts_state');
  bank.asOf = rows[0]!.date;
  bank.log.push(`${name}: ${what}`);
  return name;
}

/** A date near the state's day: mostly before it, sometimes a day to come. */
const nearDate = ({ random, asOf }: Bank) =>
  notBefore(addDays(asOf, 2 - random.below(random.pick([4, 40, HISTORY_DAYS]))));

const nextBatch = (bank: Bank) => {
  bank.serial += 1;
  // As the numbers of loads are: newer ones are greater.
  return String((BigInt(bank.ctx.clock().getTime()) << 21n) + BigInt(bank.serial));
};

async function loadFacts(bank: Bank): Promise<string> {
  const facts = Array.from({ length: 1 + bank.random.below(30) }, () => newFact(bank, nearDate(bank)));
  return `${facts.length} in run ${await loadFiles(bank, facts)}`;
}

/** Sends facts through the queue of events, as the API does, in shuffled order and some twice. */
async function send(bank: Bank, facts: readonly Fact[], operation: 'upsert' | 'delete' = 'upsert'): Promise<void> {
  const items = facts.map((fact) => {
    const { customer, account, business_date, ...data } = factValues(bank, fact);
    return {
      id: fact.key,
      type: fact.type,
      time: business_date!,
      customer: { id: customer! },
      data: { ...data, ...(account ? { account: { id: account } } : {}) },
      operation,
    };
  });
  const again = items.filter(() => bank.random.below(4) === 0);
  const order = [...items, ...again].map((item) => ({ item, at: bank.random.next() })).sort((a, b) => a.at - b.at);
  const parts = [order.slice(0, order.length / 2), order.slice(order.length / 2)].filter((part) => part.length > 0);
  const answers = await Promise.all(
    parts.map((part) =>
      bank.queue.submit({
        actor: systemActor,
        body: { source: SOURCE, events: part.map(({ item }) => item) },
        hold: false,
        key: null,
        sha256: '',
      }),
    ),
  );
  const refused = answers.flat().find(({ status }) => status === 'rejected');
  if (refused) throw new Error(`an event was refused: ${refused.error?.en}`);
  for (const fact of facts) {
    if (operation === 'delete') bank.facts.delete(fact.key);
    else bank.facts.set(fact.key, fact);
  }
}

async function sendEvents(bank: Bank): Promise<string> {
  const facts = Array.from({ length: 1 + bank.random.below(12) }, () => newFact(bank, nearDate(bank)));
  await send(bank, facts);
  return facts.map(({ key, customer, date }) => `${key} of ${customer} on ${date}`).join(', ');
}

const someFacts = (bank: Bank, most: number): Fact[] => {
  const all = [...bank.facts.values()];
  return [...new Set(Array.from({ length: 1 + bank.random.below(most) }, () => bank.random.pick(all)))];
};

/** Another amount, date within the reach of corrections, or customer. */
function changed(bank: Bank, fact: Fact): Fact {
  const { random, customers } = bank;
  const amount = cents(random, 50_000);
  if (random.below(3) === 0) return { ...fact, amount, date: notBefore(addDays(fact.date, random.below(21) - 10)) };
  if (random.below(4) === 0) return { ...fact, amount, customer: random.below(customers) };
  return { ...fact, amount };
}

async function correctByEvent(bank: Bank): Promise<string> {
  const facts = someFacts(bank, 5).map((fact) => changed(bank, fact));
  await send(bank, facts);
  return facts.map(({ key, customer, date }) => `${key} to ${customer} on ${date}`).join(', ');
}

async function correctByBatch(bank: Bank): Promise<string> {
  const facts = [...someFacts(bank, 8).map((fact) => changed(bank, fact)), newFact(bank, nearDate(bank))];
  const run = await loadFiles(bank, facts);
  return `${facts.map(({ key, customer, date }) => `${key} to ${customer} on ${date}`).join(', ')} in run ${run}`;
}

async function deleteByEvent(bank: Bank): Promise<string> {
  const facts = someFacts(bank, 3);
  await send(bank, facts, 'delete');
  return facts.map(({ key }) => key).join(', ');
}

async function withdraw(bank: Bank): Promise<string> {
  const { server, runs, batches, random } = bank;
  if (runs.length === 0 || (batches.length > 0 && random.below(3) === 0)) return await takeBackRecords(bank);
  const run = runs.pop()!;
  await stepUp(server);
  const answer = await server.call('POST', `/api/load-runs/${run}/withdraw`, {
    as: 'admin',
    body: { reason: 'proof', skip: true },
  });
  assert.equal(answer.status, 202, answer.text);
  await work(server);
  const { json } = await server.call('GET', `/api/load-runs/${run}`, { as: 'admin' });
  assert.equal(json.status, 'withdrawn', JSON.stringify(json.error));
  await recall(bank);
  return `run ${run}`;
}

async function takeBackRecords(bank: Bank): Promise<string> {
  const { batches } = bank;
  const batch = batches.at(-1 - bank.random.below(Math.max(1, Math.min(3, batches.length))));
  if (batch === undefined) return 'nothing to withdraw';
  await bank.ctx.database.transaction((tx) => restoreRecords(tx, bank.model, batch));
  bank.batches = batches.filter((each) => each !== batch);
  return `records of batch ${batch}`;
}

/** What stands after a withdrawal, which depends on what came after the batch, is read. */
async function recall(bank: Bank): Promise<void> {
  bank.facts.clear();
  for (const type of ['transaction', 'login'] as const) {
    const { rows } = await bank.ctx.database.query<{
      key: string;
      customer: string;
      date: string;
      amount: string | null;
    }>(
      `select t.source_key as key, c.source_key as customer, t.business_date::text as date, ${type === 'login' ? 'null' : 't.amount::text'} as amount
         from ${type} t join customer c on c.id = t.customer_id where t.source_key <> 'first' order by t.id`,
    );
    for (const { key, customer, date, amount } of rows) {
      bank.facts.set(key, { key, type, customer: Number(customer), date, amount: amount ?? '1.00' });
    }
  }
}

const maybeBatch = (bank: Bank): string | undefined => {
  if (bank.random.below(2)) return undefined;
  const batch = nextBatch(bank);
  bank.batches.push(batch);
  return batch;
};

async function editAccounts(bank: Bank): Promise<string> {
  const numbers = [...new Set([bank.random.below(bank.customers), bank.random.below(bank.customers)])];
  await write(
    bank,
    'account',
    numbers.map((n) => accountRow(bank, `${n}a`, n)),
    maybeBatch(bank),
  );
  return numbers.join(', ');
}

async function editHoldings(bank: Bank): Promise<string> {
  const { random, customers } = bank;
  const keys = [...new Set([random.below(customers), random.below(customers)])];
  const holders = keys.map((key) => (random.below(4) === 0 ? random.below(customers) : key));
  await write(
    bank,
    'holding',
    keys.map((key, index) => ({
      ...holdingRow(bank, `${key}`, holders[index]!),
      ...(random.below(5) === 0
        ? { redeemed_on: addDays(bank.asOf, -random.below(5)), status: 'redeemed' }
        : { redeemed_on: null }),
    })),
    maybeBatch(bank),
  );
  return keys.map((key, index) => `${key} of ${holders[index]}`).join(', ');
}

async function editCustomers(bank: Bank): Promise<string> {
  const n = bank.random.below(bank.customers);
  await write(bank, 'customer', [customerRow(bank, n)], maybeBatch(bank));
  return String(n);
}

async function editProduct(bank: Bank): Promise<string> {
  const [key, value] = [bank.random.pick(CLASSES), bank.random.pick(CLASSES)];
  await write(bank, 'product', [{ key, class: value }]);
  return `${key} is of the class ${value}`;
}

async function rollDays(bank: Bank): Promise<string> {
  const days = 1 + bank.random.below(bank.random.pick([1, 3, 12]));
  // Days may also be left out.
  const skipped = bank.random.below(4) === 0;
  for (let day = 1; day <= days; day++) {
    bank.asOf = addDays(bank.asOf, 1);
    if (!skipped || day === days) await runBusinessDay(bank.ctx, bank.asOf);
  }
  return `until ${bank.asOf}${skipped ? ' at once' : ''}`;
}

async function runAgain(bank: Bank): Promise<string> {
  const date = bank.random.below(2) ? bank.asOf : addDays(bank.asOf, -1 - bank.random.below(5));
  await runBusinessDay(bank.ctx, date, { full: bank.random.below(3) === 0 });
  return date;
}
