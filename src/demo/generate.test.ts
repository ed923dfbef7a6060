import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { workCalendar } from '#facts';
import { daysBetween, Failure, isWorkday, minorUnits } from '#kernel';
import { fieldOf, fieldTypes, isCreditCode, isResidentId, loadModel } from '#metadata';
import { type DemoEntity, type DemoOptions, generateDemo, tables } from './public.ts';

const model = loadModel([new URL('../../packs/core', import.meta.url).pathname]);
const calendar = workCalendar(model, 'cn');
const UNTIL = '2026-06-30';

type Fields = Record<string, string | null>;
type Bank = Record<DemoEntity, Fields[]>;

function bankOf(options: Partial<DemoOptions>): Bank {
  const bank = Object.fromEntries(Object.keys(tables).map((entity) => [entity, []])) as unknown as Bank;
  for (const { entity, row } of rowsOf(options)) {
    const { columns } = tables[entity];
    const fields: Fields = { id: row[0]!, source_key: row[1]! };
    for (const [position, column] of columns.entries()) fields[column] = row[position + 2]!;
    bank[entity].push(fields);
  }
  return bank;
}

function* rowsOf(options: Partial<DemoOptions>) {
  const data = generateDemo({ seed: 7, customers: 48, until: UNTIL, facts: 'full', ...options }, calendar);
  for (const parts of [data.reference, ...Array.from(data.slabs(), (slab) => slab.parts)]) {
    for (const { entity, chunks } of parts) for (const rows of chunks) for (const row of rows) yield { entity, row };
  }
}

function fingerprint(options: Partial<DemoOptions>): string {
  const digest = createHash('sha256');
  for (const { entity, row } of rowsOf(options)) digest.update(`${entity}\t${row.join('\t')}\n`);
  return digest.digest('hex').slice(0, 16);
}

const small = bankOf({});
const branch = bankOf({ customers: 960 });
const byId = (rows: Fields[]) => new Map(rows.map((row) => [row.id, row]));
const groups = (rows: Fields[], field: string) => Map.groupBy(rows, (row) => row[field]);
const yuan = (text: string | null) => Number(text);

test('the same options give the same rows, byte for byte', () => {
  assert.equal(fingerprint({}), fingerprint({}));
  assert.notEqual(fingerprint({}), fingerprint({ seed: 8 }));
  assert.notEqual(fingerprint({}), fingerprint({ until: '2026-07-01' }));
  assert.deepEqual(
    { full: fingerprint({}), light: fingerprint({ facts: 'light' }), none: fingerprint({ facts: 'none' }) },
    GOLDEN,
    'the demo bank has changed; when that was meant, write the new fingerprints here',
  );
});

const GOLDEN = { full: '79ceccb153423b98', light: '74707f3a0aa0d835', none: '78ec9df515bf984b' };

test('every movement lies in one of the months that are told beforehand', () => {
  const { months } = generateDemo({ seed: 7, customers: 48, until: UNTIL, facts: 'full' }, calendar);
  const found = new Set(small.transaction!.map(({ business_date }) => business_date!.slice(0, 7)));
  assert.deepEqual(
    [...found].filter((month) => !months.includes(month)),
    [],
  );
  assert.ok(found.size > 20 && months.length - found.size <= 1);
});

test('a customer is the same whatever comes after him', () => {
  const longer = new Set([...rowsOf({ customers: 64 })].map(({ entity, row }) => `${entity} ${row.join('|')}`));
  for (const { entity, row } of rowsOf({ customers: 48 })) assert.ok(longer.has(`${entity} ${row.join('|')}`));
});

test('every value passes its field and is canonical, every reference leads somewhere', () => {
  const idsOf = new Map<string, Set<string | null>>();
  for (const [entity, rows] of Object.entries(branch)) idsOf.set(entity, new Set(rows.map((row) => row.id!)));
  for (const [code, rows] of Object.entries(branch)) {
    const entity = model.entity(code);
    assert.ok(rows.length > 0, `there are rows of ${code}`);
    assert.equal(idsOf.get(code)!.size, rows.length, `ids of ${code} are unique`);
    for (const column of tables[code as DemoEntity].columns) {
      const field = fieldOf(entity, column)!;
      for (const row of rows) {
        const value = row[column]!;
        if (value === null) {
          assert.ok(!field.required, `${code}.${column} is required`);
          continue;
        }
        const written = field.type === 'choices' ? value.slice(1, -1) : value;
        assert.equal(fieldTypes[field.type].parse(written, field), value, `${code}.${column}`);
        if (field.type === 'ref') assert.ok(idsOf.get(field.ref!)!.has(value), `${code}.${column} ${value}`);
      }
    }
  }
});

test('numbers carry their check digits, are unique and belong to nobody', () => {
  const persons = branch.customer.filter((row) => row.kind === 'person');
  const companies = branch.customer.filter((row) => row.kind === 'company');
  for (const row of persons) {
    assert.ok(isResidentId(row.id_number!));
    assert.ok(row.id_number!.startsWith('99'), 'no province has code 99');
    assert.equal(row.id_number!.slice(6, 14), row.birth_date!.replaceAll('-', ''));
    assert.equal(Number(row.id_number![16]) % 2 === 1, row.gender === 'male');
  }
  for (const row of companies) {
    assert.ok(isCreditCode(row.uscc!));
    assert.equal(row.uscc!.slice(2, 4), '99');
  }
  for (const column of ['id_number', 'uscc', 'phone', 'email', 'number']) {
    const values = branch.customer.map((row) => row[column]).filter((value) => value !== null);
    assert.equal(new Set(values).size, values.length, column);
  }
  for (const row of branch.customer) {
    assert.ok(row.phone === null || /^161\d{8}$/.test(row.phone!));
    assert.ok(row.email === null || /@example\.(com|net|org)$/.test(row.email!));
  }
  for (const row of branch.card) assert.equal(luhnSum(row.number!) % 10, 0);
});

function luhnSum(digits: string): number {
  return [...digits].reverse().reduce((sum, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
}

for (const facts of ['none', 'light', 'full'] as const) {
  test(`balances follow from the transactions, row by row (${facts})`, () => {
    const bank = facts === 'full' ? branch : bankOf({ customers: 320, facts });
    const accounts = byId(bank.account);
    for (const [accountId, rows] of groups(bank.transaction, 'account')) {
      rows.sort(
        (one, other) =>
          one.business_date!.localeCompare(other.business_date!) || Number(one.sequence) - Number(other.sequence),
      );
      const account = accounts.get(accountId!)!;
      let balance = 0n;
      let before: Fields | undefined;
      for (const row of rows) {
        const amount = minorUnits(row.amount!);
        balance += row.direction === 'in' ? amount : -amount;
        assert.equal(minorUnits(row.balance_after!), balance, `${row.source_key}`);
        assert.ok(amount > 0n && balance >= 0n);
        assert.equal(row.customer, account.customer);
        assert.ok(row.business_date! <= UNTIL && row.business_date! >= account.opened_on!);
        if (before?.business_date === row.business_date) {
          assert.equal(Number(row.sequence), Number(before!.sequence) + 1);
          assert.ok(row.at! >= before!.at!);
        }
        before = row;
      }
      assert.equal(minorUnits(account.balance!), balance);
    }
    const moved = new Set(bank.transaction.map((row) => row.account));
    for (const account of bank.account) {
      assert.ok(moved.has(account.id!) || account.balance === '0.00' || account.status === 'closed');
    }
  });
}

test('products that were bought or ended within the history are in the transactions', () => {
  const start = branch.transaction.map((row) => row.business_date!).sort()[0]!;
  const booked = new Set(
    branch.transaction.map((row) => `${row.customer} ${row.business_date} ${row.kind} ${row.amount}`),
  );
  for (const holding of branch.holding) {
    assert.ok(holding.bought_on! <= (holding.redeemed_on ?? UNTIL));
    assert.equal(holding.redeemed_on === null, holding.status === 'held');
    if (holding.status === 'held' && holding.maturity_date) assert.ok(holding.maturity_date > UNTIL);
    const isInsurance = byId(branch.product).get(holding.product!)!.class === 'insurance';
    if (!isInsurance && holding.bought_on! > start) {
      assert.ok(booked.has(`${holding.customer} ${holding.bought_on} purchase ${holding.principal}`));
    }
    if (holding.redeemed_on && holding.redeemed_on > start) {
      assert.ok(booked.has(`${holding.customer} ${holding.redeemed_on} redemption ${holding.market_value}`));
    }
  }
});

test('nobody holds what is riskier than he is', () => {
  const customers = byId(branch.customer);
  const products = byId(branch.product);
  for (const holding of branch.holding) {
    const customer = customers.get(holding.customer!)!;
    const allowed = customer.kind === 'company' ? 3 : Number(customer.risk_level?.[1] ?? 1);
    assert.ok(Number(products.get(holding.product!)!.risk_level?.[1] ?? 1) <= allowed);
  }
});

test('families share name and address, and ages fit', () => {
  const families = groups(
    branch.customer.filter((row) => row.household !== null),
    'household',
  );
  assert.ok(families.size > 150);
  for (const [id, members] of families) {
    const role = (code: string) => members.filter((member) => member.household_role === code);
    const head = role('head')[0]!;
    assert.equal(role('head').length, 1);
    assert.equal(branch.household.find((row) => row.id === id)!.name, `${head.name}家庭`);
    for (const spouse of role('spouse')) {
      assert.notEqual(spouse.gender, head.gender);
      assert.equal(spouse.address, head.address);
    }
    const born = (member: Fields) => Number(member.birth_date!.slice(0, 4));
    for (const child of role('child')) assert.ok(born(child) >= born(head) + 10, `${child.name} and ${head.name}`);
    for (const parent of role('parent')) assert.ok(born(parent) <= born(head) - 18);
  }
});

test('offices, employees and portfolios have a believable size', () => {
  const usernames = branch.user.map((row) => row.username);
  for (const username of ['admin', 'head01', 'rm001']) assert.ok(usernames.includes(username));
  const units = byId(branch.org_unit);
  const first = branch.user.find((row) => row.username === 'rm001')!;
  assert.equal(first.org_unit, branch.user.find((row) => row.username === 'head01')!.org_unit);
  assert.equal(units.get(first.org_unit!)!.kind, 'sub_branch');
  const portfolios = groups(branch.customer, 'owner');
  for (const [owner, rows] of portfolios) if (owner !== null) assert.ok(rows.length >= 15 && rows.length <= 400);
  const members = byId(branch.user);
  for (const row of branch.customer) {
    if (row.owner) assert.equal(members.get(row.owner)!.org_unit, row.branch);
  }
});

test('a fifth of the customers hold four fifths, and there is every kind of customer', () => {
  const bank = bankOf({ customers: 3_000, facts: 'none' });
  const assets = new Map(bank.customer.map((row) => [row.id, 0]));
  const add = (id: string, sum: number) => assets.set(id, assets.get(id)! + sum);
  for (const row of bank.account) add(row.customer!, yuan(row.balance!));
  for (const row of bank.holding) if (row.status === 'held') add(row.customer!, yuan(row.market_value!));
  const sums = [...assets.values()].sort((one, other) => other - one);
  const total = sums.reduce((sum, value) => sum + value, 0);
  const share = sums.slice(0, 600).reduce((sum, value) => sum + value, 0) / total;
  assert.ok(share > 0.75 && share < 0.93, `the top fifth hold ${share}`);
  const above = (bound: number) => sums.filter((sum) => sum > bound).length;
  assert.ok(above(1_000_000) > 150 && above(1_000_000) < 600, `${above(1_000_000)}`);
  assert.ok(above(5_000_000) > 20 && above(5_000_000) < 120, `${above(5_000_000)}`);
  assert.ok(above(100_000_000) >= 1);
  const persons = bank.customer.filter((row) => row.kind === 'person');
  assert.ok(persons.length > 2_400 && persons.length < 2_700);
  assert.ok(
    persons.some((row) => row.name!.length >= 10),
    'very long names',
  );
  assert.ok(persons.some((row) => /^(欧阳|司马|上官|诸葛|慕容|令狐|皇甫|宇文|司徒|夏侯|尉迟)/.test(row.name!)));
  const maturing = bank.holding.filter(
    (row) => row.status === 'held' && row.maturity_date && daysBetween(UNTIL, row.maturity_date) <= 30,
  );
  assert.ok(maturing.length > 150, `${maturing.length} holdings mature within 30 days`);
  const loans = bank.loan.filter((row) => row.status === 'running' && daysBetween(UNTIL, row.maturity_date!) <= 15);
  assert.ok(loans.length > 0);
});

test('the last days hold what rules look for: large outflows, silence, sign-ins that stopped', () => {
  const assets = new Map<string, number>();
  const add = (id: string, sum: number) => assets.set(id, (assets.get(id) ?? 0) + sum);
  for (const row of branch.account) add(row.customer!, yuan(row.balance!));
  for (const row of branch.holding) if (row.status === 'held') add(row.customer!, yuan(row.market_value!));
  const outflows = branch.transaction.filter(
    (row) =>
      row.direction === 'out' &&
      row.kind === 'transfer' &&
      daysBetween(row.business_date!, UNTIL) <= 14 &&
      yuan(row.amount!) > 10_000 &&
      yuan(row.amount!) > 0.3 * (assets.get(row.customer!)! + yuan(row.amount!)),
  );
  assert.ok(outflows.length >= 5 && outflows.length < 60, `${outflows.length} outflows`);

  const own = branch.transaction.filter((row) => row.kind !== 'interest' && row.kind !== 'fee');
  const silence = lastDays(own);
  const silent = [...silence.values()].filter((days) => days >= 30 && days <= 200).length;
  assert.ok(silent > 40 && silent < 200, `${silent} silent customers`);
  const stopped = [...lastDays(branch.login).values()].filter((days) => days >= 30).length;
  assert.ok(stopped > 40 && stopped < 200, `${stopped} stopped signing in`);
});

function lastDays(rows: Fields[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const [customer, list] of groups(rows, 'customer')) {
    last.set(customer!, Math.min(...list.map((row) => daysBetween(row.business_date!, UNTIL))));
  }
  return last;
}

test('wages come on working days, and managers work then', () => {
  const wages = small.transaction.filter((row) => row.kind === 'salary');
  assert.ok(wages.length > 0);
  for (const row of wages) assert.ok(isWorkday(calendar, row.business_date!));
  for (const row of branch.interaction) {
    const local = new Date(Date.parse(row.at!) + 8 * 3_600_000).toISOString().slice(0, 10);
    assert.ok(isWorkday(calendar, local) && local <= UNTIL);
  }
});

test('options that make no bank are refused by name', () => {
  const refused = (options: Partial<DemoOptions>, field: string) =>
    assert.throws(
      () => bankOf(options),
      (error) => error instanceof Failure && error.field === field,
    );
  refused({ customers: 0 }, 'customers');
  refused({ customers: 2.5 }, 'customers');
  refused({ seed: -1 }, 'seed');
  refused({ facts: 'some' as 'full' }, 'facts');
  refused({ until: '1990-01-01' }, 'until');
});
