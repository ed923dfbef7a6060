import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

// Makes `examples/lookalike`: a small, wholly invented bank in the formats of the Berka / PKDD'99 files, with all their quirks, so
// that everybody can load by `examples/berka/berka.yaml`. The same seed always gives the same bytes.
//   node tools/lookalike.ts [--seed 7] [--folder examples/lookalike]

export interface Lookalike {
  /** Content by file name. */
  files: Record<string, string>;
  /** What a right load of these files finds, reckoned while they were made. */
  expected: Expected;
}

export interface Expected {
  districts: number;
  persons: number;
  women: number;
  men: number;
  accounts: number;
  accountsOfTwo: number;
  orders: number;
  loans: number;
  loansInDebt: number;
  loansInDebtAmount: string;
  cards: number;
  transactions: number;
  transactionsAmount: string;
  negativeBalances: number;
  rejected: { file: string; line: number }[];
  /** Sum over the accounts of their balance at the end, in booking order. */
  closingBalances: string;
  /** Rows whose day holds more than one movement of the account. */
  sharedDays: number;
}

const CLIENTS = 300;
const ACCOUNTS = 240;
const FIRST_DAY = Date.UTC(1993, 0, 1);
const DAYS = 454; // up to 1994-03-30
const DAY_MS = 86_400_000;

const regions = [
  'Prague',
  'central Bohemia',
  'south Bohemia',
  'west Bohemia',
  'north Bohemia',
  'east Bohemia',
  'south Moravia',
  'north Moravia',
];
const towns = [
  'Hlavni Mesto',
  'Lipovec',
  'Kamenice',
  'Brezina',
  'Dubnik',
  'Olsany',
  'Javorov',
  'Skalice',
  'Vrbno',
  'Jedlova',
  'Topolna',
  'Habrovka',
];

/** A small generator of even numbers (mulberry32): the same everywhere, unlike Math.random. */
export function createRandom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    whole: (from: number, to: number) => from + Math.floor(next() * (to - from + 1)),
    chance: (share: number) => next() < share,
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
  };
}
type Random = ReturnType<typeof createRandom>;

const day = (index: number) => new Date(FIRST_DAY + index * DAY_MS).toISOString().slice(2, 10).replaceAll('-', '');
const money = (tenths: number) => (tenths / 10).toFixed(2);
const fromCents = (cents: number) => (cents / 100).toFixed(2);
const quoted = (text: string) => `"${text}"`;
const lines = (rows: string[]) => rows.map((row) => `${row}\r\n`).join('');

interface Account {
  id: number;
  district: number;
  opened: number;
  frequency: string;
  owner: number;
  second: number | undefined;
}

interface Movement {
  account: number;
  day: number;
  type: string;
  operation: string;
  /** Tenths of a crown, as the file writes it. */
  amount: number;
  /** In hellers: the bank reckons finer than it writes. */
  balance: number;
  symbol: string;
  bank: string;
  counterparty: string;
}

export function makeLookalike(seed: number): Lookalike {
  const random = createRandom(seed);
  const women = Array.from({ length: CLIENTS }, () => random.chance(0.49));
  const accounts = makeAccounts(random);
  const cards = accounts.filter(() => random.chance(0.22)).map((account) => ({ account, kind: random.pick(kinds) }));
  const movements = accounts.flatMap((account) =>
    liveOn(
      random,
      account,
      cards.some((card) => card.account === account),
    ),
  );
  const bookings = inFileOrder(random, movements);
  const loans = accounts
    .filter((account) => account.opened < 300 && random.chance(0.18))
    .map((account) => makeLoan(random, account));
  const orders = accounts.flatMap((account) => makeOrders(random, account));
  const dispositions = accounts.flatMap((account) => [
    { client: account.owner, account: account.id, type: 'OWNER' },
    ...(account.second === undefined ? [] : [{ client: account.second, account: account.id, type: 'DISPONENT' }]),
  ]);

  const files: Record<string, string> = {
    'district.asc': lines([
      'A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16',
      ...towns.map((_, index) => district(random, index)),
    ]),
    'client.asc': lines([
      '"client_id";"birth_number";"district_id"',
      ...women.map(
        (woman, index) => `${index + 1};${quoted(birthNumber(random, woman))};${random.whole(1, towns.length)}`,
      ),
    ]),
    'account.asc': lines([
      '"account_id";"district_id";"frequency";"date"',
      ...accounts
        .toSorted((a, b) => a.opened - b.opened)
        .map((each) => `${each.id};${each.district};${quoted(each.frequency)};${day(each.opened)}`),
    ]),
    'disp.asc': lines([
      '"disp_id";"client_id";"account_id";"type"',
      ...dispositions.map((each, index) => `${index + 1};${each.client};${each.account};${quoted(each.type)}`),
    ]),
    'order.asc': lines([
      '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"',
      ...orders.map((each, index) => `${29_401 + index};${each}`),
    ]),
    'loan.asc': lines([
      '"loan_id";"account_id";"date";"amount";"duration";"payments";"status"',
      ...loans.map((each, index) => `${4_959 + index};${each.row}`),
    ]),
    'card.asc': lines([
      '"card_id";"disp_id";"type";"issued"',
      ...cards.map(({ account, kind }, index) => {
        const disposition = dispositions.findIndex((each) => each.account === account.id && each.type === 'OWNER') + 1;
        return `${index + 1};${disposition};${quoted(kind)};${day(account.opened + 60)} 00:00:00`;
      }),
    ]),
  };
  const rows = bookings.map((each, index) => transaction(each, 3_000_000 + index));
  // The last row is cut in the middle of a quoted value, as where a transfer broke off.
  const whole = [
    '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"',
    ...rows,
  ];
  files['trans.asc'] = `${lines(whole)}${3_000_000 + rows.length};101;${day(DAYS)};"PRIJE`;

  const last = new Map(movements.map((each) => [each.account, each]));
  const shared = new Map<string, number>();
  for (const each of movements)
    shared.set(`${each.account} ${each.day}`, (shared.get(`${each.account} ${each.day}`) ?? 0) + 1);
  return {
    files,
    expected: {
      districts: towns.length,
      persons: CLIENTS,
      women: women.filter(Boolean).length,
      men: women.filter((woman) => !woman).length,
      accounts: accounts.length,
      accountsOfTwo: accounts.filter((each) => each.second !== undefined).length,
      orders: orders.length,
      loans: loans.length,
      loansInDebt: loans.filter((each) => each.status === 'D').length,
      loansInDebtAmount: fromCents(
        loans.filter((each) => each.status === 'D').reduce((sum, each) => sum + each.amount * 100, 0),
      ),
      cards: cards.length,
      transactions: movements.length,
      transactionsAmount: money(movements.reduce((sum, each) => sum + each.amount, 0)),
      negativeBalances: movements.filter((each) => written(each.balance) < 0).length,
      rejected: [{ file: 'trans.asc', line: rows.length + 2 }],
      closingBalances: money([...last.values()].reduce((sum, each) => sum + written(each.balance), 0)),
      sharedDays: [...shared.values()].filter((count) => count > 1).reduce((sum, count) => sum + count, 0),
    },
  };
}

const kinds = ['junior', 'classic', 'classic', 'classic', 'gold'];
const banks = ['AB', 'CD', 'EF', 'GH', 'IJ', 'KL', 'MN', 'OP', 'QR', 'ST', 'UV', 'WX', 'YZ'];

function district(random: Random, index: number): string {
  const region = regions[index === 0 ? 0 : 1 + ((index - 1) % (regions.length - 1))]!;
  const people = random.whole(40, 190) * 1_000 + random.whole(0, 999);
  const rate = () => (random.whole(30, 590) / 100).toFixed(2);
  const crimes = () => String(Math.round(people / random.whole(28, 45)));
  // One district lacks two of its figures.
  const unknown = index === 8;
  const cells = [
    index + 1,
    quoted(towns[index]!),
    quoted(region),
    people,
    random.whole(0, 120),
    random.whole(5, 60),
    random.whole(1, 20),
    random.whole(0, 4),
    random.whole(1, 11),
    (random.whole(330, 1000) / 10).toFixed(1),
    random.whole(8_100, 12_600),
    unknown ? '?' : rate(),
    rate(),
    random.whole(80, 170),
    unknown ? '?' : crimes(),
    crimes(),
  ];
  return cells.join(';');
}

/** YYMMDD; women carry 50 more in the month. */
function birthNumber(random: Random, woman: boolean): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(random.whole(12, 80))}${two(random.whole(1, 12) + (woman ? 50 : 0))}${two(random.whole(1, 28))}`;
}

/** The first clients own accounts; the rest may use one. */
function makeAccounts(random: Random): Account[] {
  const seconds = Array.from({ length: CLIENTS - ACCOUNTS }, (_, index) => ACCOUNTS + index + 1);
  return Array.from({ length: ACCOUNTS }, (_, index) => ({
    id: 101 + index * 3,
    district: random.whole(1, towns.length),
    opened: Math.floor(random.next() ** 0.7 * (DAYS - 60)),
    frequency: random.pick([
      'POPLATEK MESICNE',
      'POPLATEK MESICNE',
      'POPLATEK MESICNE',
      'POPLATEK TYDNE',
      'POPLATEK PO OBRATU',
    ]),
    owner: index + 1,
    second: index % 4 === 1 ? seconds.pop() : undefined,
  }));
}

/** Everything that happens on one account, in booking order, with the balance after each movement. */
function liveOn(random: Random, account: Account, hasCard: boolean): Movement[] {
  const movements: Movement[] = [];
  let balance = 0;
  const spends = (cents: number) => cents <= balance || random.chance(0.04);
  const book = (
    at: number,
    type: string,
    operation: string,
    cents: number,
    symbol: string,
    bank = '',
    counterparty = '',
  ) => {
    balance += type === 'PRIJEM' ? cents : -cents;
    const amount = Math.round(cents / 10);
    movements.push({ account: account.id, day: at, type, operation, amount, balance, symbol, bank, counterparty });
  };
  const pension = random.chance(0.18);
  const income = random.whole(3_000, 16_000) * 100;
  const household = random.chance(0.6) ? Math.round(income * (0.2 + random.next() * 0.3)) : 0;
  const insurance = random.chance(0.12) ? random.whole(100, 900) * 100 : 0;
  const partner = { bank: random.pick(banks), account: String(random.whole(10_000_000, 99_999_999)) };
  // Some accounts fall asleep: nothing but interest happens on them any more.
  const silentFrom = random.chance(0.15) ? account.opened + random.whole(60, 200) : DAYS + 1;
  book(account.opened, 'PRIJEM', 'VKLAD', random.whole(3, 20) * 10_000, '');
  for (let at = account.opened + 1; at < DAYS; at++) {
    const date = new Date(FIRST_DAY + at * DAY_MS);
    const lastOfMonth = new Date(date.getTime() + DAY_MS).getUTCDate() === 1;
    if (at < silentFrom) {
      if (date.getUTCDate() === 12) {
        if (pension) book(at, 'PRIJEM', 'PREVOD Z UCTU', income, 'DUCHOD', partner.bank, partner.account);
        else
          book(
            at,
            'PRIJEM',
            random.chance(0.6) ? 'VKLAD' : 'PREVOD Z UCTU',
            income,
            '',
            '',
            random.chance(0.05) ? '0' : '',
          );
      }
      if (date.getUTCDate() === 14 && household > 0 && spends(household))
        book(at, 'VYDAJ', 'PREVOD NA UCET', household, 'SIPO', partner.bank, partner.account);
      if (date.getUTCDate() === 14 && insurance > 0 && spends(insurance))
        book(at, 'VYDAJ', 'PREVOD NA UCET', insurance, 'POJISTNE', partner.bank, partner.account);
      const cash = Math.ceil((income * random.whole(5, 40)) / 1_000_000) * 10_000;
      if (random.chance(0.03) && spends(cash)) book(at, 'VYDAJ', 'VYBER', cash, random.chance(0.1) ? ' ' : '');
      if (random.chance(0.004) && spends(cash)) book(at, 'VYBER', 'VYBER', cash, '');
      if (hasCard && random.chance(0.02) && spends(cash)) book(at, 'VYDAJ', 'VYBER KARTOU', cash, '');
      // Now and then most of the money leaves at once.
      if (balance > 2_000_000 && random.chance(0.0015))
        book(at, 'VYDAJ', 'VYBER', Math.floor(balance / 20_000) * 10_000, '');
    }
    if (lastOfMonth && balance > 0) book(at, 'PRIJEM', '', Math.round(balance * 0.004), 'UROK');
    if (lastOfMonth && balance < 0)
      book(at, 'VYDAJ', 'VYBER', Math.max(10, Math.round(-balance * 0.01)), 'SANKC. UROK');
    if (lastOfMonth && at < silentFrom)
      book(at, 'VYDAJ', 'VYBER', account.frequency === 'POPLATEK MESICNE' ? 1_460 : 3_000, 'SLUZBY');
  }
  return movements;
}

/** By date, but within one date in no order at all. */
function inFileOrder(random: Random, movements: Movement[]): Movement[] {
  return movements
    .map((movement) => ({ movement, rank: random.next() }))
    .sort((a, b) => a.movement.day - b.movement.day || a.rank - b.rank)
    .map(({ movement }) => movement);
}

/** A balance as the file writes it, in tenths. */
const written = (cents: number) => Math.round(cents / 10);

function transaction(each: Movement, id: number): string {
  const counterparty = each.operation.startsWith('PREVOD') ? `${quoted(each.bank)};${quoted(each.counterparty)}` : ';';
  return [
    id,
    each.account,
    day(each.day),
    quoted(each.type),
    quoted(each.operation),
    money(each.amount),
    money(written(each.balance)),
    quoted(each.symbol),
    counterparty,
  ].join(';');
}

function makeLoan(random: Random, account: Account): { row: string; status: string; amount: number } {
  const duration = random.pick([12, 24, 36, 48, 60]);
  const payment = random.whole(600, 6_500);
  const granted = account.opened + random.whole(5, 60);
  const status = duration === 12 ? random.pick(['A', 'A', 'A', 'B']) : random.pick(['C', 'C', 'C', 'C', 'D']);
  const amount = payment * duration;
  return {
    row: `${account.id};${day(granted)};${amount};${duration};${payment.toFixed(2)};${quoted(status)}`,
    status,
    amount,
  };
}

function makeOrders(random: Random, account: Account): string[] {
  return Array.from({ length: random.pick([0, 1, 1, 2, 3]) }, () => {
    const symbol = random.pick(['SIPO', 'SIPO', 'SIPO', 'UVER', 'POJISTNE', 'LEASING', ' ']);
    const payee = `${quoted(random.pick(banks))};${quoted(String(random.whole(10_000_000, 99_999_999)))}`;
    return `${account.id};${payee};${money(random.whole(1_000, 95_000))};${quoted(symbol)}`;
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, folder: { type: 'string' } } });
  const folder = resolve(values.folder ?? join(import.meta.dirname, '../examples/lookalike'));
  const { files, expected } = makeLookalike(Number(values.seed ?? 7));
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
  console.log(folder, expected);
}
