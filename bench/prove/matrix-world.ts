import type { Database } from '#database';
import { hashPassword, setPassword } from '#identity';
import type { Clock } from '#kernel';
import { type EntityDefinition, type FieldDefinition, type Model, recordId } from '#metadata';
import { seedRows } from '../../src/server/testing.ts';
import { entities as lines, type Sense } from './matrix-policy.ts';

/** The small bank of the matrix: every relation in which a person can stand to a customer occurs in it at least once. */

export const NOW = '2026-11-20T02:00:00Z';
/** When what waits was asked for. */
const EARLIER = '2026-11-20T01:45:00Z';
export const TODAY = '2026-11-20';
const YESTERDAY = '2026-11-19';
export const PASSWORD = 'tongguan-demo';
const SOURCE = 'test';
const id = (entity: string, key: string) => recordId(entity, SOURCE, key);

export interface Row {
  id: string;
  key: string;
  /** Text of each field by its code; null where empty. References are ids. */
  values: Record<string, string | null>;
}
export type World = Record<string, Row[]>;

/** Unit, its kind and the unit above. */
const UNITS: Record<string, [string, string | null]> = {
  head: ['head_office', null],
  city: ['branch', 'head'],
  east: ['sub_branch', 'city'],
  west: ['sub_branch', 'city'],
  east_a: ['team', 'east'],
  east_b: ['team', 'east'],
};

/** Username, role and unit. */
const USERS: Record<string, [string, string]> = {
  rm_own: ['rm', 'east_a'],
  rm_same: ['rm', 'east_b'],
  rm_other: ['rm', 'west'],
  supervisor: ['supervisor', 'east_a'],
  head_east: ['branch_head', 'east'],
  head_west: ['branch_head', 'west'],
  head_city: ['branch_head', 'city'],
  designer: ['designer', 'head'],
  service: ['service_agent', 'head'],
  compliance: ['compliance', 'head'],
  risk: ['risk', 'head'],
  aml: ['aml_officer', 'head'],
  auditor: ['auditor', 'head'],
  security: ['security_admin', 'head'],
  system: ['system_admin', 'head'],
  connector: ['api', 'head'],
  deputy: ['rm', 'west'],
  deputy_past: ['rm', 'west'],
  deputy_revoked: ['rm', 'west'],
  member: ['rm', 'west'],
  member_past: ['rm', 'west'],
  tasked: ['rm', 'west'],
  seconded_past: ['rm', 'west'],
  acting: ['rm', 'west'],
  helper: ['rm', 'east_b'],
  stale_system: ['system_admin', 'head'],
  stale_security: ['security_admin', 'head'],
  stale_compliance: ['compliance', 'head'],
  disabled: ['rm', 'east_a'],
  expired: ['branch_head', 'east'],
  idle: ['compliance', 'head'],
  signed_out: ['system_admin', 'head'],
  revoked: ['api', 'head'],
};

/** Customer: owner, branch, walled, and whether he has business (accounts and all that hangs on them). */
const CUSTOMERS: Record<string, [string | null, string, boolean, boolean]> = {
  own: ['rm_own', 'east', false, true],
  own_walled: ['rm_own', 'east', true, true],
  own_bare: ['rm_own', 'east', false, false],
  own_elsewhere: ['rm_own', 'west', false, true],
  same: ['rm_same', 'east', false, true],
  same_walled: ['rm_same', 'east', true, true],
  other: ['rm_other', 'west', false, true],
  other_walled: ['rm_other', 'west', true, false],
  served: ['rm_same', 'east', false, true],
  unowned: [null, 'city', false, false],
};

const HOUSEHOLDS: Record<string, string[]> = {
  mixed: ['own', 'other'],
  hidden: ['same_walled'],
  empty: [],
};

let marks = 0;
/** Stands for one value and no other: seven digits by which an answer is searched for it. */
const nextMark = () => String(7_000_001 + marks++);

const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
function residentId(mark: string): string {
  // The mark's last digits stand for place and turn; the birth date must exist.
  const digits = `11${mark.slice(3)}19870317${mark.slice(4)}`;
  const sum = RESIDENT_WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return `${digits}${'10X98765432'[sum % 11]}`;
}

/** A value that the field type accepts and that no other field has, where the type has room for that. */
function valueFor(entity: string, field: FieldDefinition, sense: Sense | 'derived', mark: string): string | null {
  switch (field.type) {
    case 'text':
    case 'long_text': {
      if (field.code === 'currency') return 'CNY';
      if (sense === 'tail') return `62220000${mark}9`;
      if (sense === 'name') return `${Number(mark) % 2 ? '欧阳' : '张'}密${mark}`;
      if (sense === 'address') return `北京市西城区密${mark}号`;
      return `${sense === 'closed' ? '密' : '明'}${mark}`.slice(0, field.max_length ?? 100);
    }
    case 'phone':
      return `1390${mark}`;
    case 'email':
      return `${mark}@example.com`;
    case 'id_number':
      return residentId(mark);
    case 'money':
      return `${mark}.25`;
    case 'decimal':
      return `${mark}.5000`;
    case 'percent':
      return '2.5000';
    case 'integer':
      return field.code === 'sequence' ? '1' : mark.slice(4).replace(/^0+/, '') || '1';
    case 'date':
      return field.code === 'birth_date' ? '1987-03-17' : field.code === 'maturity_date' ? '2027-05-06' : '2026-11-18';
    case 'datetime':
      return '2026-11-18T03:04:05.000Z';
    case 'boolean':
      return 'false';
    case 'choice':
      return field.options![0]?.code ?? null;
    case 'json':
      return JSON.stringify({ inputs: `密${mark}` });
    default:
      return entity === 'user' && field.type === 'choices' ? null : null;
  }
}

function makeRow(model: Model, entity: string, key: string, given: Record<string, string | null>): Row {
  const definition = model.entity(entity);
  const line = lines[entity]!;
  const values: Row['values'] = {};
  for (const field of definition.fields) {
    if (field.derive) continue;
    values[field.code] =
      field.code in given ? given[field.code]! : valueFor(entity, field, line.fields[field.code] ?? 'open', nextMark());
  }
  return { id: id(entity, key), key, values };
}

/** The bank as plain data. */
export function makeWorld(model: Model): World {
  marks = 0;
  const world: World = Object.fromEntries(model.entities.map(({ code }) => [code, []]));
  const add = (entity: string, key: string, given: Record<string, string | null>) =>
    world[entity]!.push(makeRow(model, entity, key, given));
  add('district', 'd1', {});
  add('district', 'd2', {});
  for (const [key, [kind, parent]] of Object.entries(UNITS)) {
    add('org_unit', key, { kind, parent: parent && id('org_unit', parent), code: key, district: id('district', 'd1') });
  }
  for (const [key, [role, unit]] of Object.entries(USERS)) {
    add('user', key, {
      username: key,
      roles: `{${role}}`,
      org_unit: id('org_unit', unit),
      language: 'zh',
      active: key === 'disabled' ? 'false' : 'true',
      kind: role === 'api' ? 'api' : 'person',
    });
  }
  const user = (key: string | null) => key && id('user', key);
  add('product', 'p1', {});
  add('product', 'p2', {});
  add('announcement', 'a1', { product: id('product', 'p1') });
  for (const key of Object.keys(HOUSEHOLDS)) add('household', key, { district: id('district', 'd1') });
  for (const [key, [owner, branch, walled, business]] of Object.entries(CUSTOMERS)) {
    const household = Object.entries(HOUSEHOLDS).find(([, members]) => members.includes(key))?.[0];
    const company = key === 'own_elsewhere';
    const [first, second] = [id('district', 'd1'), id('district', 'd2')];
    add('customer', key, {
      owner: user(owner),
      branch: id('org_unit', branch),
      walled: String(walled),
      household: household ? id('household', household) : null,
      district: company ? first : second,
      kind: company ? 'company' : 'person',
      tier: model.data('tiers')[0]!.value.code as string,
      erased_on: null,
      uscc: null,
    });
    const customer = id('customer', key);
    add('note', key, { customer, author: user(owner) });
    add('interaction', key, { customer, user: user(owner), task: id('task', key) });
    add('task', key, {
      customer,
      assignee: user(owner),
      status: 'open',
      result: null,
      done_at: null,
      done_by: null,
      snoozed_until: null,
      wakes_at: null,
    });
    add('login', key, { customer });
    add('opportunity', key, { customer, assignee: user(owner), product: id('product', 'p1') });
    add('service_case', key, { customer, assignee: user(owner) });
    add('message', key, { customer, recipient: user(owner) });
    if (!business) continue;
    const account = id('account', key);
    const product = id('product', 'p1');
    add('account', key, { customer, product, branch: id('org_unit', branch) });
    add('account_role', key, { customer, account, role: 'owner' });
    add('card', key, { customer, account });
    add('holding', key, { customer, product });
    add('loan', key, { customer, account, product });
    add('standing_order', key, { customer, account });
    add('transaction', key, { customer, account });
  }
  // Uses the account of a customer whom his own manager does not reach.
  add('account_role', 'own_uses_other', {
    customer: id('customer', 'own'),
    account: id('account', 'other'),
    role: 'authorised',
  });
  const done = { status: 'done', result: 'reached', done_by: user('rm_own') };
  add('task', 'own_done', {
    customer: id('customer', 'own'),
    assignee: user('rm_own'),
    ...done,
    snoozed_until: null,
    wakes_at: null,
  });
  const open = { status: 'open', result: null, done_at: null, done_by: null, snoozed_until: null, wakes_at: null };
  add('task', 'for_tasked', { customer: id('customer', 'same_walled'), assignee: user('tasked'), ...open });
  add('task', 'was_tasked', {
    customer: id('customer', 'same'),
    assignee: user('tasked'),
    ...done,
    snoozed_until: null,
    wakes_at: null,
  });
  const serves = (key: string, customer: string, who: string, starts_on: string, ends_on: string | null) =>
    add('customer_member', key, { customer: id('customer', customer), user: user(who), starts_on, ends_on });
  serves('served', 'served', 'member', '2026-01-01', null);
  serves('walled', 'other_walled', 'member', '2026-01-01', '2026-12-31');
  serves('past', 'same', 'member_past', '2026-01-01', YESTERDAY);
  serves('future', 'served', 'member_past', '2026-11-21', null);
  serves('own', 'own', 'helper', '2026-01-01', TODAY);
  const stands = (key: string, from: string, to: string, ends_on: string, revoked = 'false') =>
    add('delegation', key, { from_user: user(from), to_user: user(to), starts_on: '2026-11-01', ends_on, revoked });
  stands('now', 'rm_own', 'deputy', TODAY);
  stands('past', 'rm_own', 'deputy_past', YESTERDAY);
  stands('revoked', 'rm_own', 'deputy_revoked', '2026-12-31', 'true');
  stands('disabled', 'disabled', 'helper', '2026-12-31');
  const post = (key: string, who: string, role: string, unit: string, kind: string, ends_on: string | null) =>
    add('post', key, {
      user: user(who),
      role,
      org_unit: id('org_unit', unit),
      kind,
      starts_on: '2026-01-01',
      ends_on,
    });
  post('past', 'seconded_past', 'branch_head', 'east', 'secondment', YESTERDAY);
  post('now', 'acting', 'supervisor', 'east_a', 'acting', TODAY);
  return world;
}

/** Puts the bank into an empty, migrated database; fills in what the database made by itself. */
export async function seedWorld(db: Database, model: Model, world: World, clock: Clock): Promise<void> {
  for (const [entity, rows] of Object.entries(world)) {
    if (rows.length === 0) continue;
    await seedRows(
      db,
      model,
      entity,
      rows.map(({ key, values }) => ({ key, ...values })),
    );
  }
  await db.query('update household set created_by = $1 where id = $2', [
    id('user', 'rm_own'),
    id('household', 'empty'),
  ]);
  const hash = await hashPassword(PASSWORD);
  for (const { id: userId, values } of world.user!) {
    if (values.kind !== 'api')
      await setPassword(db, { userId, username: values.username!, password: PASSWORD, hash, clock });
  }
  await db.query(
    `insert into business_day (date, status, started_at, finished_at) values ('${YESTERDAY}', 'done', $1, $1)`,
    [NOW],
  );
  await seedRequests(db);
  await db.query(
    `insert into load_run (id, mapping, source, label, folder, business_date, mapping_sha256, status, actor, created_at)
     values (1, 'none', 'none', '{"zh":"无","en":"none"}', 'none', '${YESTERDAY}', '', 'done', 'system', $1)`,
    [NOW],
  );
  await db.query(
    `insert into job (kind, payload, status, run_at, attempts_max, created_at) values ('days', '{}', 'done', $1, 1, $1)`,
    [NOW],
  );
}

/** A request for a masked value or a file. */
export interface Request {
  id: string;
  kind: 'reveal' | 'export';
  maker: string;
  customer: string | null;
  state: 'requested' | 'active' | 'done';
}
const request = (
  number: number,
  kind: Request['kind'],
  maker: string,
  customer: string | null,
  state: Request['state'],
) => ({
  id: String(number),
  kind,
  maker: id('user', maker),
  customer: customer && id('customer', customer),
  state,
});
export const requestRows: Request[] = [
  request(1, 'reveal', 'rm_own', 'own', 'requested'),
  request(2, 'reveal', 'rm_own', 'own', 'active'),
  request(3, 'reveal', 'rm_other', 'other', 'requested'),
  request(4, 'reveal', 'compliance', 'same_walled', 'requested'),
  request(1, 'export', 'rm_own', null, 'requested'),
  request(2, 'export', 'rm_own', null, 'done'),
  request(3, 'export', 'rm_other', null, 'requested'),
];
/** The field of a request that is open already. */
export const OPEN_REVEAL = { id: '2', field: 'phone' };

async function seedRequests(db: Database): Promise<void> {
  for (const { id: key, kind, maker, customer, state } of requestRows) {
    if (kind === 'reveal') {
      await db.query(
        `insert into reveal (id, maker_id, entity, record_id, of_customer, field, purpose, reason, minutes, rule, line, review, path, state, requested_at,
           started_at, seen_at, expires_at, db_started_at, db_expires_at)
         select $1, $2, 'customer', $3, $3, $4, 'service', 'x', 30, 'others', 'any', 'each', 'approval', $5, $6::timestamptz,
           case when $5 = 'active' then $6::timestamptz end, case when $5 = 'active' then $6::timestamptz end, case when $5 = 'active' then $6::timestamptz + interval '30 minutes' end,
           case when $5 = 'active' then now() end, case when $5 = 'active' then now() + interval '3 hours' end`,
        [key, maker, customer, key === OPEN_REVEAL.id ? OPEN_REVEAL.field : 'id_number', state, EARLIER],
      );
    } else {
      await db.query(
        `insert into export_run (id, mark_key, maker_id, entity, columns, question, format, language, purpose, reason, address, rule, line, level, rows_expected, rows_max, state, requested_at, expires_at)
         values ($1, 1, $2, 'customer', '[{"code":"kind","view":"clear"}]', '{}', 'csv', 'zh', 'work_list', 'x', '127.0.0.1', 'few_rows', 'any', 2, 1, 10, $3, $4, $4)`,
        [key, maker, state, EARLIER],
      );
    }
  }
}

/** The maker of a household without members. */
export const householdMakers: Record<string, string> = { [id('household', 'empty')]: id('user', 'rm_own') };

/** The row of that key, of whatever entity has it first in the order given. */
export function rowByKey(world: World, key: string, among: readonly string[]): Row {
  for (const entity of among) {
    const row = world[entity]!.find((each) => each.key === key);
    if (row) return row;
  }
  throw new Error(`the world has no ${key}`);
}

/** Another value that the field accepts, for a change; null when the field has none to offer. */
export function otherValue(world: World, entity: EntityDefinition, field: FieldDefinition, row: Row): unknown {
  if (field.type === 'ref') {
    const found = world[field.ref!]!.find(({ id: other }) => other !== row.values[field.code] && other !== row.id);
    return found?.id ?? null;
  }
  switch (field.type) {
    case 'boolean':
      return row.values[field.code] !== 'true';
    case 'choice':
      return field.options!.find(({ code }) => code !== row.values[field.code])?.code ?? null;
    case 'choices':
      return ['rm'];
    case 'date':
      return '2026-11-19';
    case 'datetime':
      return '2026-11-19T01:00:00.000Z';
    case 'integer':
      return 41;
    case 'uscc':
      return '91110000100000130J';
    case 'json':
    case 'text_list':
      return [];
    default:
      return valueFor(entity.code, field, lines[entity.code]!.fields[field.code] ?? 'open', '6999999');
  }
}
