import assert from 'node:assert/strict';
import { columnOf, type EntityDefinition, type FieldDefinition, fieldOf, type Model } from '#metadata';
import { type Evaluator, maskOf, type Person } from './matrix-evaluator.ts';
import type { Change } from './matrix-guard.ts';
import {
  type ByState,
  creates,
  entities,
  type RouteLine,
  requests,
  routes,
  systemColumns,
  type Variant,
} from './matrix-policy.ts';
import {
  OPEN_REVEAL,
  otherValue,
  type Request,
  type Row,
  requestRows,
  rowByKey,
  TODAY,
  type World,
} from './matrix-world.ts';

export interface Answer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
  json: any;
}

/** One question with its answer by the policy. */
export interface Cell {
  /** `subject METHOD /path variant object`; with the seed enough to ask it again. */
  id: string;
  route: string;
  subject: string;
  method: string;
  url: string;
  /** An object is sent as JSON, a text as it is. */
  body?: Record<string, unknown> | string;
  /** Statuses by the policy. */
  status: number[];
  check?(answer: Answer): void;
  /** What an allowed call changed; without it, it may change nothing. */
  changed?(changes: Change[], answer: Answer): void;
  /** An allowed call changes rows. */
  writes?: true;
  /** Refusals that leave their traces all the same: wrong guesses are counted. */
  leaves?: number[];
  /** The answer may tell of every row, as far as the person's role sees the field. */
  ofEveryRow?: true;
  /** Follows the pages of a list to its end before it is checked. */
  paged?: true;
}

export interface Bank {
  model: Model;
  world: World;
  evaluator: Evaluator;
}

const UNKNOWN_ID = '4611686018427387904';
const ROWS_MAX = 200;

/** All cells of a subject, in the order of the policy. */
export function* cellsOf(bank: Bank, person: Person): Generator<Cell> {
  for (const entity of Object.keys(entities)) yield* entityCells(bank, person, entity);
  for (const [name, line] of Object.entries(routes)) yield* routeCells(bank, person, name, line);
}

/** Routes that the policy speaks of, as `METHOD /path`. */
export function policyRoutes(): string[] {
  return [
    ...Object.values(entities).flatMap(({ path, creates: isCreated, updates: isUpdated }) => [
      `GET /api/${path}`,
      `GET /api/${path}/count`,
      `GET /api/${path}/:id`,
      ...(isCreated ? [`POST /api/${path}`] : []),
      ...(isUpdated ? [`PATCH /api/${path}/:id`] : []),
    ]),
    ...Object.keys(routes),
  ];
}

// ---- entities

interface Ask {
  bank: Bank;
  person: Person;
  entity: string;
  definition: EntityDefinition;
  path: string;
}

function* entityCells(bank: Bank, person: Person, entity: string): Generator<Cell> {
  const line = entities[entity]!;
  const ask: Ask = { bank, person, entity, definition: bank.model.entity(entity), path: `/api/${line.path}` };
  yield* listCells(ask);
  yield* countCells(ask);
  yield* getCells(ask);
  if (line.creates) yield* createCells(ask);
  if (line.updates) yield* updateCells(ask);
}

type Draft = Omit<Cell, 'id' | 'route' | 'subject' | 'method' | 'url'> & {
  query?: Record<string, string>;
  at?: string;
};

function cell({ person, path }: Pick<Ask, 'person' | 'path'>, route: string, name: string, draft: Draft): Cell {
  const { query, at, ...rest } = draft;
  const [method] = route.split(' ') as [string];
  const search = query ? `?${new URLSearchParams(query)}` : '';
  return {
    id: `${person.name} ${route} ${name}`,
    route,
    subject: person.name,
    method,
    url: `${at ?? path}${search}`,
    ...rest,
  };
}

/** The fields that lists and rows show to a person. */
function shownFields({ bank, person, entity }: Ask): string[] {
  return Object.keys(entities[entity]!.fields).filter(
    (code) => bank.evaluator.sightOf(person, entity, code).see !== 'hidden',
  );
}

/** Types whose values have no order that people know. Sealed and derived fields have none either. */
const ORDERLESS = ['choices', 'text_list', 'json', 'long_text', 'ref'];

function hasOrder({ definition }: Ask, code: string): boolean {
  const field = definition.fields.find((each) => each.code === code);
  return field !== undefined && !field.encrypted && !field.derive && !ORDERLESS.includes(field.type);
}

/** Why a field may not be filtered or sorted by; undefined where it may. */
function filterRefusal({ bank, person, entity }: Ask, code: string): number | undefined {
  const { see, may } = bank.evaluator.sightOf(person, entity, code);
  if (may.includes('f')) return undefined;
  return see === 'hidden' ? 400 : 403;
}

function* listCells(ask: Ask): Generator<Cell> {
  const { bank, person, entity, path } = ask;
  const line = entities[entity]!;
  const route = `GET ${path}`;
  const gate = bank.evaluator.refusal(person, { act: `${entity}.r` });
  const rows = gate ? [] : bank.evaluator.visible(person, entity);
  const shown = gate ? [] : shownFields(ask);
  const all = { limit: String(ROWS_MAX) };
  const list = (
    name: string,
    query: Record<string, string>,
    refused: number | undefined,
    wanted: Row[],
    columns: string[],
  ) =>
    cell(ask, route, name, {
      query,
      status: [gate ?? refused ?? 200],
      ...(gate || refused ? {} : { check: (answer: Answer) => checkList(ask, answer.json.rows, wanted, columns) }),
    });
  const columnsShown = (codes: string[]) => {
    const found = codes.filter((code) => shown.includes(code));
    return line.kind === 'belonging' && !found.includes('customer') ? ['customer', ...found] : found;
  };
  const usual = columnsShown(line.columns);
  yield list('default', all, undefined, rows, usual);
  if (!bank.evaluator.isAlive(person)) return;
  const everything = [...Object.keys(line.fields), ...Object.keys(line.derived ?? {})];
  yield list(
    'columns:all',
    { ...all, columns: [...everything, 'created_at'].join(',') },
    undefined,
    rows,
    columnsShown(everything),
  );
  yield list('columns:unknown', { ...all, columns: 'no_such' }, 400, rows, []);
  yield { ...list('pages', { limit: '2' }, undefined, rows, usual), ...(gate ? {} : { paged: true }) };
  for (const code of everything) {
    yield list(`column:${code}`, { ...all, columns: code }, undefined, rows, columnsShown([code]));
    const refused = filterRefusal(ask, code);
    for (const [operator, value, fits] of filtersOf(ask, code)) {
      const filter = [code, operator, ...(value === undefined ? [] : [value])].join(':');
      yield list(`filter:${filter}`, { ...all, filter }, refused, rows.filter(fits), usual);
    }
    const sortable = line.sorts.includes(code) || (!line.fact && hasOrder(ask, code));
    for (const sort of [code, `-${code}`]) {
      yield list(`sort:${sort}`, { ...all, sort }, refused ?? (sortable ? undefined : 400), rows, usual);
    }
  }
  if (!line.fact) yield list('sort:-created_at', { ...all, sort: '-created_at' }, undefined, rows, usual);
  yield list('filter:unknown', { ...all, filter: 'no_such:eq:1' }, 400, [], []);
  yield list('filter:id', { ...all, filter: `id:eq:${UNKNOWN_ID}` }, 400, [], []);
  for (const [name, text, fits] of searchesOf(ask))
    yield list(`q:${name}`, { ...all, q: text }, undefined, rows.filter(fits), usual);
}

type Filtering = [operator: string, value: string | undefined, fits: (row: Row) => boolean];

/** Filters that the type of the field knows: being there, and a value of the first row that has one. */
function filtersOf({ bank, entity, definition }: Ask, code: string): Filtering[] {
  const field = fieldOf(definition, code)!;
  if (field.type === 'text_list') return [];
  if (field.derive) return [['not_null', undefined, (row) => row.values[field.derive!.from] !== null]];
  const there: Filtering = ['not_null', undefined, (row) => row.values[code] !== null];
  const sample = bank.world[entity]!.find((row) => row.values[code])?.values[code];
  if (!sample || field.type === 'long_text' || field.type === 'json') return [there];
  if (field.type === 'choices') {
    const one = sample.slice(1, -1).split(',')[0]!;
    return [there, ['contains', one, (row) => (row.values[code] ?? '{}').slice(1, -1).split(',').includes(one)]];
  }
  return [there, ['eq', sample, (row) => row.values[code] === sample]];
}

/** Texts for the search box with the rows that they find. */
function searchesOf({ bank, person, entity }: Ask): [name: string, text: string, fits: (row: Row) => boolean][] {
  const may = (code: string) => bank.evaluator.sightOf(person, entity, code).may.includes('f');
  const see = (code: string) => bank.evaluator.sightOf(person, entity, code).see !== 'hidden';
  if (entity === 'customer') {
    const named = (row: Row, text: string) => may('name') && row.values.name!.includes(text);
    return bank.world.customer!.slice(0, 6).flatMap(({ key, values }): ReturnType<typeof searchesOf> => {
      const [tail, part] = [values.phone!.slice(-4), values.name!.slice(-6)];
      return [
        [`tail:${key}`, tail, (row) => (see('phone') && row.values.phone!.endsWith(tail)) || named(row, tail)],
        [`name:${key}`, `密${part}`, (row) => named(row, `密${part}`)],
        [`number:${key}`, values.number!, (row) => row.values.number!.startsWith(values.number!)],
      ];
    });
  }
  if (entity === 'account') {
    return bank.world.account!.slice(0, 3).map(({ key, values }) => {
      const tail = values.number!.slice(-4);
      return [`tail:${key}`, tail, (row) => row.values.number!.endsWith(tail)];
    });
  }
  return [];
}

function* countCells(ask: Ask): Generator<Cell> {
  const { bank, person, entity, path } = ask;
  const route = `GET ${path}/count`;
  const gate = bank.evaluator.refusal(person, { act: `${entity}.r` });
  const rows = gate ? [] : bank.evaluator.visible(person, entity);
  const count = (name: string, query: Record<string, string>, refused: number | undefined, wanted: number) =>
    cell(ask, route, name, {
      at: `${path}/count`,
      query,
      status: [gate ?? refused ?? 200],
      ...(gate || refused ? {} : { check: ({ json }: Answer) => assert.equal(json.count, wanted, 'the count') }),
    });
  yield count('all', {}, undefined, rows.length);
  if (!bank.evaluator.isAlive(person)) return;
  yield count('exact', { exact: 'true' }, undefined, rows.length);
  for (const code of Object.keys(entities[entity]!.fields)) {
    const refused = filterRefusal(ask, code);
    for (const [operator, value, fits] of filtersOf(ask, code)) {
      const filter = [code, operator, ...(value === undefined ? [] : [value])].join(':');
      yield count(`filter:${filter}`, { filter, exact: 'true' }, refused, rows.filter(fits).length);
    }
  }
  for (const [name, q, fits] of searchesOf(ask)) yield count(`q:${name}`, { q }, undefined, rows.filter(fits).length);
}

function* getCells(ask: Ask): Generator<Cell> {
  const { bank, person, entity, path } = ask;
  const line = entities[entity]!;
  const route = `GET ${path}/:id`;
  const gate = bank.evaluator.refusal(person, { act: `${entity}.r` });
  const extra = line.fact ? ['source'] : ['version', 'created_at', 'updated_at', 'source', 'as_of'];
  const rows = bank.evaluator.isAlive(person) ? bank.world[entity]! : bank.world[entity]!.slice(0, 1);
  for (const row of rows) {
    const reached = !gate && bank.evaluator.reaches(person, entity, 'r', row);
    yield cell(ask, route, row.key, {
      at: `${path}/${row.id}`,
      status: [gate ?? (reached ? 200 : 404)],
      ...(reached ? { check: ({ json }: Answer) => checkRow(ask, json, row, shownFields(ask), extra) } : {}),
    });
  }
  if (!bank.evaluator.isAlive(person)) return;
  yield cell(ask, route, 'unknown', { at: `${path}/${UNKNOWN_ID}`, status: [gate ?? 404] });
}

// ---- what rows look like

function checkList(
  ask: Ask,
  rows: Record<string, unknown>[],
  wanted: readonly Row[],
  columns: readonly string[],
): void {
  const byId = new Map(wanted.map((row) => [row.id, row]));
  assert.deepEqual(
    rows.map(({ id }) => keyOf(ask, String(id))).sort(),
    wanted.map(({ key }) => key).sort(),
    'the rows',
  );
  for (const row of rows) checkRow(ask, row, byId.get(String(row.id))!, columns, []);
}

const keyOf = ({ bank, entity }: Ask, id: string) => bank.world[entity]!.find((row) => row.id === id)?.key ?? id;

function checkRow(
  ask: Ask,
  json: Record<string, unknown>,
  row: Row,
  columns: readonly string[],
  extra: readonly string[],
): void {
  assert.deepEqual(Object.keys(json).sort(), ['id', ...columns, ...extra].sort(), `the keys of ${row.key}`);
  for (const code of columns) checkValue(ask, json[code], row, code);
}

function checkValue(ask: Ask, actual: unknown, row: Row, code: string): void {
  const text = row.values[code] ?? null;
  const field = fieldOf(ask.definition, code)!;
  // One instant is written in more ways than one.
  const shown = field.type === 'datetime' && actual !== null ? new Date(String(actual)).toISOString() : actual;
  const expected = text === null ? null : shownValue(ask, field, text);
  const isText = typeof expected === 'string' && shown !== null && typeof shown !== 'object';
  assert.deepEqual(isText ? String(shown) : shown, expected, `${row.key}.${code}`);
}

/** How the person sees a value that is there. */
function shownValue({ bank, person, entity }: Ask, field: FieldDefinition, text: string): unknown {
  const { see } = bank.evaluator.sightOf(person, entity, field.code);
  if (see === 'masked') return maskOf(entities[entity]!.fields[field.code]!, text);
  if (field.type === 'ref') return referenceOf(bank, person, field.ref!, text);
  if (field.type === 'choices') return text.slice(1, -1).split(',');
  return field.type === 'json' ? JSON.parse(text) : text;
}

/** A reference says its row's name as the person sees it; one to a row out of reach is empty. */
function referenceOf({ evaluator, world }: Bank, person: Person, entity: string, id: string): unknown {
  const row = world[entity]!.find((each) => each.id === id);
  if (!row || !evaluator.reaches(person, entity, 'r', row)) return null;
  const { title, fields } = entities[entity]!;
  const { see } = evaluator.sightOf(person, entity, title);
  const text = row.values[title]!;
  return { id, label: see === 'clear' ? text : see === 'masked' ? maskOf(fields[title]!, text) : null };
}

// ---- writing

type Body = Record<string, unknown>;

function filled(bank: Bank, body: Body, customer: Row | undefined): Body {
  const one = (value: unknown): unknown => {
    if (typeof value !== 'string' || !value.startsWith('@')) return value;
    return value === '@customer' ? customer!.id : rowByKey(bank.world, value.slice(1), ['user', 'org_unit']).id;
  };
  return Object.fromEntries(Object.entries(body).map(([code, value]) => [code, one(value)]));
}

/** Why a person may not send these fields, whatever row they are for. */
function fieldRefusals({ bank, person, entity, definition }: Ask, body: Body): number[] {
  return Object.entries(body).flatMap(([code, value]): number[] => {
    const line = entities[entity]!;
    if (!Object.hasOwn(line.fields, code) || line.computed?.includes(code)) return [400];
    const { see, may } = bank.evaluator.sightOf(person, entity, code);
    if (see === 'hidden') return [400];
    if (!may.includes('e')) return [403];
    const { ref } = fieldOf(definition, code)!;
    if (!ref || value === null) return [];
    const target = bank.world[ref]!.find((row) => row.id === value);
    return target && bank.evaluator.reaches(person, ref, 'r', target) ? [] : [422];
  });
}

/** What the rows about rights ask besides scope and fields, of the row as it would be. */
function guardRefusals({ bank, person, entity }: Ask, letter: 'c' | 'u', row: Row, body: Body, before?: Row): number[] {
  const { evaluator } = bank;
  const value = (code: string) => row.values[code] ?? null;
  const refusals: number[] = [];
  const ordered = () => value('ends_on') === null || value('ends_on')! >= value('starts_on')!;
  const ownly = (of: Row) => evaluator.reachesCustomer(person, entity, 'u', of, false);
  if (entity === 'customer' && ['owner', 'branch', 'walled'].some((code) => code in body)) {
    // Whose a customer is, and who sees him, is not for those who are only named in his service.
    if (![row, before ?? row].every(ownly)) refusals.push(403);
  }
  if (entity === 'task' && (letter === 'c' || 'assignee' in body)) {
    // Giving somebody a task brings him in: for who has the customer by his post alone, unless the person is in already.
    const customer = evaluator.byId('customer', value('customer'))!;
    const assignee = value('assignee');
    const serves = bank.world.customer_member!.some(
      ({ values }) => values.customer === customer.id && values.user === assignee,
    );
    const isIn = assignee === null || person.selves.includes(assignee) || customer.values.owner === assignee || serves;
    if (!isIn && !ownly(customer)) refusals.push(403);
  }
  // A person never becomes a program, whose tokens others make.
  if (entity === 'user' && before && before.values.kind !== row.values.kind) refusals.push(409);
  if (entity === 'customer_member') {
    // The service team is not brought in by its own members.
    const customer = evaluator.byId('customer', value('customer'))!;
    if (!evaluator.reachesCustomer(person, entity, 'u', customer, false)) refusals.push(403);
    if (!ordered()) refusals.push(400);
  }
  if (entity === 'delegation') {
    if (value('from_user') === value('to_user')) refusals.push(400);
    if (!ordered()) refusals.push(400);
    // Others' absence is arranged by who is in charge of them.
    const isAll = evaluator.grants(person, entity, letter).some(({ scope }) => scope === 'all');
    const arranges = isAll || evaluator.holdsAct(person, 'delegations.manage');
    const isOwn = value('from_user') === person.id;
    // Who stands in does not prolong his own time.
    if (!isOwn && person.selves.includes(value('from_user') ?? '')) refusals.push(403);
    if (!isOwn && !(arranges && evaluator.inCharge(person, entity, 'u', value('from_user')))) refusals.push(403);
  }
  if (entity === 'post') {
    if (!ordered()) refusals.push(400);
    if (value('ends_on') === null && value('kind') !== 'additional') refusals.push(400);
    if (value('user') === person.id) refusals.push(400, 403);
  }
  if (entity === 'user' && row.id === person.id) {
    const held = person.posts.map(({ role }) => role);
    if (
      value('roles')!
        .slice(1, -1)
        .split(',')
        .some((role) => !held.includes(role))
    )
      refusals.push(403);
  }
  return refusals;
}

/** The row as the values sent would make it. */
function changedRow(row: Row, body: Body): Row {
  const values = { ...row.values };
  for (const [code, value] of Object.entries(body)) {
    values[code] = Array.isArray(value) ? `{${value.join(',')}}` : value === null ? null : String(value);
  }
  return { ...row, values };
}

function* createCells(ask: Ask): Generator<Cell> {
  const { bank, person, entity, definition, path } = ask;
  const { evaluator, world } = bank;
  const route = `POST ${path}`;
  const gate = evaluator.refusal(person, { act: `${entity}.c` });
  const attempt = (name: string, body: Body, always: number[] = []): Cell => {
    const row = newRow(ask, body);
    const refusals = gate
      ? [gate]
      : [
          ...always,
          ...fieldRefusals(ask, body),
          ...(evaluator.reaches(person, entity, 'c', row) || isOwnHousehold(ask) ? [] : [403]),
          ...guardRefusals(ask, 'c', row, body),
        ];
    return cell(ask, route, name, {
      body,
      status: refusals.length > 0 ? refusals : [201],
      writes: true,
      changed: (changes) => checkCreated(ask, body, changes),
    });
  };
  const template = creates[entity]!;
  const customers = entities[entity]!.kind === 'belonging' ? world.customer! : [undefined];
  const alive = evaluator.isAlive(person);
  for (const customer of alive ? customers : customers.slice(0, 1)) {
    yield attempt(customer?.key ?? 'new', filled(bank, template, customer));
  }
  if (!alive) return;
  const body = filled(bank, template, world.customer![0]);
  for (const code of [
    ...systemColumns,
    ...(entities[entity]!.computed ?? []),
    ...Object.keys(entities[entity]!.derived ?? {}),
  ]) {
    yield attempt(`extra:${code}`, { ...body, [code]: '1' }, [400]);
  }
  yield cell(ask, route, 'extra:__proto__', {
    body: `{"__proto__":{"roles":["security_admin"]},${JSON.stringify(body).slice(1)}`,
    status: gate ? [gate, 400] : [400],
  });
  yield cell(ask, route, 'every column', { body: everyColumn(bank, definition), status: gate ? [gate] : [400] });
  if (entity === 'user') yield attempt('with roles', { ...body, roles: ['rm'] });
  if (entity === 'post') yield attempt('for oneself', { ...body, user: person.id! });
  if (entity === 'customer') {
    for (const owner of ['rm_own', 'rm_same', 'rm_other']) {
      yield attempt(`owner:${owner}`, { ...body, owner: rowByKey(world, owner, ['user']).id });
    }
  }
  if (entity === 'delegation') {
    for (const from of ['rm_own', 'rm_same', 'rm_other', 'head_east', 'auditor']) {
      yield attempt(`from:${from}`, { ...body, from_user: rowByKey(world, from, ['user']).id });
    }
  }
}

/** A household without members is its maker's. */
const isOwnHousehold = ({ entity }: Ask) => entity === 'household';

function newRow({ bank, person, entity, definition }: Ask, body: Body): Row {
  const values: Row['values'] = {};
  for (const field of definition.fields) {
    values[field.code] =
      field.default === 'me' ? person.id : field.default && field.default !== 'now' ? field.default : null;
  }
  if (entity === 'customer') {
    // Who makes a customer owns it, in his own branch.
    values.owner = person.id;
    const unit = person.id && bank.evaluator.byId('user', person.id)?.values.org_unit;
    values.branch = unit ? branchOf(bank, unit) : null;
  }
  return changedRow({ id: '', key: 'new', values }, body);
}

/** The nearest unit at or above that is no team. */
function branchOf({ evaluator }: Bank, unit: string): string {
  const row = evaluator.byId('org_unit', unit)!;
  return row.values.kind === 'team' ? branchOf({ evaluator } as Bank, row.values.parent!) : unit;
}

/** Every column that the table of an entity has or might have, with some value. */
function everyColumn({ world }: Bank, definition: EntityDefinition): Body {
  const row = world[definition.code]![0]!;
  return Object.fromEntries([
    ...definition.fields.map((field) => [field.code, otherValue(world, definition, field, row)]),
    ...systemColumns.map((code) => [code, '1']),
    ['version', 1],
  ]);
}

function* updateCells(ask: Ask): Generator<Cell> {
  const { bank, person, entity, definition, path } = ask;
  const { evaluator, world } = bank;
  const line = entities[entity]!;
  const route = `PATCH ${path}/:id`;
  const gate = evaluator.refusal(person, { act: `${entity}.u` });
  const attempt = (name: string, row: Row, body: Body, always: number[] = []): Cell => {
    const after = changedRow(row, body);
    const refusals = gate
      ? [gate]
      : [
          ...always,
          ...fieldRefusals(ask, body),
          ...(line.kind === 'belonging' && 'customer' in body ? [403] : []),
          ...(evaluator.reaches(person, entity, 'u', row) ? [] : [404]),
          ...(evaluator.reaches(person, entity, 'u', after) ? [] : [403]),
          ...guardRefusals(ask, 'u', after, body, row),
        ];
    return cell(ask, route, `${row.key} ${name}`, {
      at: `${path}/${row.id}`,
      body: { version: 1, ...body },
      status: refusals.length > 0 ? refusals : [200],
      writes: true,
      changed: (changes) => checkUpdated(ask, row, body, changes),
    });
  };
  const alive = evaluator.isAlive(person);
  const codes = Object.keys(line.fields);
  const derived = Object.keys(line.derived ?? {});
  for (const [index, row] of world[entity]!.entries()) {
    for (const [at, code] of codes.entries()) {
      // Every field meets every third row, so that a field is tried on rows within and out of reach.
      if ((at + index) % 3 !== 0) continue;
      const field = fieldOf(definition, code)!;
      const value = otherValue(world, definition, field, row);
      if (value === null && field.type !== 'ref') continue;
      yield attempt(code, row, { [code]: value });
      if (!alive) return;
    }
    yield attempt('extra', row, { [systemColumns[index % systemColumns.length]!]: '1' }, [400]);
    yield attempt('stale', row, { version: 7 }, [409, 404]);
  }
  const first = world[entity]![0]!;
  for (const code of [...systemColumns, ...derived]) yield attempt(`extra:${code}`, first, { [code]: '1' }, [400]);
  yield cell(ask, route, 'every column', {
    at: `${path}/${first.id}`,
    body: everyColumn(bank, definition),
    status: gate ? [gate] : [400],
  });
  yield cell(ask, route, 'extra:__proto__', {
    at: `${path}/${first.id}`,
    body: '{"__proto__":{"roles":["security_admin"]},"version":1}',
    status: gate ? [gate, 400] : [400],
  });
  yield cell(ask, route, 'unknown', { at: `${path}/${UNKNOWN_ID}`, body: { version: 1 }, status: [gate ?? 404] });
}

/** Tables that the database itself keeps in step with one of these. */
const followers: Record<string, string[]> = {
  customer: ['customer_salt'],
  // A disabled user's sessions end at once.
  user: ['session', 'sign_in'],
};

function ofEntity({ entity }: Ask, changes: Change[]): Change {
  const own = changes.filter(({ table }) => table === entity);
  assert.equal(own.length, 1, `one row of ${entity} changes, not ${own.length}`);
  const others = changes.filter(({ table }) => table !== entity && !followers[entity]?.includes(table));
  assert.deepEqual([...new Set(others.map(({ table }) => table))], [], 'other tables changed');
  return own[0]!;
}

function checkCreated(ask: Ask, body: Body, changes: Change[]): void {
  const { before, after } = ofEntity(ask, changes);
  assert.equal(before, null, 'the row is new');
  assert.equal(after!.version, 1);
  assert.equal(String(after!.created_by), String(Number(ask.person.id)), 'who made it');
  const { definition } = ask;
  const set = definition.fields.filter(({ code, default: given }) => code in body || given !== undefined);
  const expected = new Set([...set.flatMap(columnsOf(definition)), ...BOOKKEEPING]);
  if (ask.entity === 'customer') {
    for (const code of ['owner_id', 'branch_id', 'pinyin', 'initials', 'name_grams']) expected.add(code);
    const wanted = newRow(ask, body).values.branch;
    assert.equal(String(after!.branch_id), String(Number(wanted)), 'the branch of the new customer');
  }
  const filledIn = Object.entries(after!).flatMap(([column, value]) => (value === null ? [] : [column]));
  assert.deepEqual(
    filledIn.filter((column) => !expected.has(column)),
    [],
    'columns that nobody sent',
  );
}

const BOOKKEEPING = ['id', 'version', 'created_at', 'created_by', 'updated_at', 'updated_by'];

/** The columns that a field stands in, with those derived from it. */
const columnsOf =
  (definition: EntityDefinition) =>
  (field: FieldDefinition): string[] => [
    columnOf(field),
    ...(field.encrypted ? [`${field.code}_masked`, `${field.code}_index`] : []),
    ...definition.fields.filter(({ derive }) => derive?.from === field.code).map(columnOf),
  ];

function checkUpdated(ask: Ask, row: Row, body: Body, changes: Change[]): void {
  if (changes.length === 0) return; // what was sent stood there already
  const { before, after } = ofEntity(ask, changes);
  assert.ok(before && after, 'the row stays');
  assert.equal(Number(before.id), Number(row.id), 'it is the row asked for');
  const allowed = new Set([
    ...ask.definition.fields.filter(({ code }) => code in body).flatMap(columnsOf(ask.definition)),
    'version',
    'updated_at',
    'updated_by',
  ]);
  const columns = Object.keys(after).filter(
    (column) => JSON.stringify(after[column]) !== JSON.stringify(before[column]),
  );
  assert.deepEqual(
    columns.filter((column) => !allowed.has(column)),
    [],
    'columns that nobody sent',
  );
  assert.equal(after.version, Number(before.version) + 1);
}

// ---- all other routes

function* routeCells(bank: Bank, person: Person, name: string, line: RouteLine): Generator<Cell> {
  const { evaluator, world } = bank;
  const gate = evaluator.refusal(person, line);
  const alive = evaluator.isAlive(person);
  const path = name.slice(name.indexOf(' ') + 1);
  const objects: (Row | Request | undefined)[] = line.object
    ? [...world[line.object]!, undefined]
    : line.request
      ? [...requestRows.filter(({ kind }) => kind === line.request), undefined]
      : [undefined];
  for (const variant of line.variants) {
    for (const object of alive ? objects : objects.slice(0, 1)) {
      const row = line.object ? (object as Row | undefined) : undefined;
      const at = path.replace(/:([a-zA-Z]+)/g, (_, part: string) =>
        part === 'id' && (line.object || line.request) ? (object?.id ?? UNKNOWN_ID) : named(bank, line.params![part]!),
      );
      const label = object && ('key' in object ? object.key : `${object.kind} ${object.id} ${object.state}`);
      const wanted = line.request
        ? requestStatus(bank, person, name, variant, object as Request | undefined)
        : routeStatus(bank, person, line, variant, row);
      yield cell(
        { person, path },
        name,
        [variant.name, (line.object || line.request) && (label ?? 'unknown')].filter(Boolean).join(' '),
        {
          at,
          ...(variant.query ? { query: namedAll(bank, variant.query) as Record<string, string> } : {}),
          ...(variant.body ? { body: variant.body } : {}),
          status: gate ? [gate] : wanted,
          ...answerChecks(bank, person, line, variant, row),
        },
      );
    }
    if (gate) continue;
    const make: Make = (label, draft) =>
      cell({ person, path }, name, label, {
        ...answerChecks(bank, person, line, { ...variant, ok: 200 }, undefined),
        ...draft,
      });
    if (variant.check === 'duplicates') yield* duplicateCells(bank, person, make);
    if (variant.check === 'plan') yield* planCells(bank, person, make);
    if (variant.check === 'export') yield* exportCells(bank, person, name, make);
    if (variant.check === 'reveal') yield* revealCells(bank, person, name, make);
    if (variant.check === 'handover') yield* handoverCells(bank, person, name, make);
  }
}

type Make = (label: string, draft: Draft) => Cell;

/** `@key` stands for the id of a user or customer. */
function named({ world }: Bank, text: string): string {
  return text.startsWith('@') ? rowByKey(world, text.slice(1), ['user', 'customer']).id : text;
}

const namedAll = (bank: Bank, values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, named(bank, value)]));

/** What a call about a request comes to, by how the person stands to it. */
function requestStatus(
  bank: Bank,
  person: Person,
  name: string,
  variant: Variant,
  asked: Request | undefined,
): number[] {
  const { evaluator, world } = bank;
  const line = requests[name]!;
  if (!asked) return line.stranger;
  const by = (states: ByState) => states[asked.state] ?? states.else!;
  if (asked.maker === person.id) return by(line.maker);
  const customer = asked.customer && evaluator.byId('customer', asked.customer);
  const unit = evaluator.byId('user', asked.maker)!.values.org_unit!;
  const reached = customer
    ? evaluator.reaches(person, 'customer', 'r', customer)
    : person.posts.some((post) => evaluator.unitsBelow(post.unit).has(unit));
  const holds = !line.needs || line.needs.some((act) => evaluator.holdsAct(person, act));
  if (!reached || !holds) return line.stranger;
  const pair = [asked.maker, person.id];
  const dependent = world.delegation!.some(
    ({ values }) => pair.includes(values.from_user!) && pair.includes(values.to_user!) && values.ends_on! >= TODAY,
  );
  return dependent ? by(line.dependent) : by(line.inCharge).length > 0 ? by(line.inCharge) : [variant.ok].flat();
}

function* exportCells(bank: Bank, person: Person, name: string, make: Make): Generator<Cell> {
  const { evaluator } = bank;
  const isPreview = name.endsWith('preview');
  const [ok, purpose] = [isPreview ? 200 : 202, 'work_list'];
  const given = isPreview ? {} : { reason: '工作清单', format: 'csv' };
  for (const [entity, line] of Object.entries(entities)) {
    const rows = evaluator.visible(person, entity, 'e');
    const holds = evaluator.grants(person, entity, 'e').length > 0;
    for (const code of [...Object.keys(line.fields), ...Object.keys(line.derived ?? {})]) {
      if (!isPreview && code !== line.columns[0] && code !== 'name') continue;
      const taken = holds && evaluator.sightOf(person, entity, code).may.includes('x');
      yield make(`${entity}.${code}`, {
        body: { entity, columns: [code], purpose, ...given },
        status: [taken ? (isPreview || rows.length > 0 ? ok : 400) : 403],
        check: ({ status, json }) => {
          if (status < 300) assert.equal(isPreview ? json.rows : json.rowsExpected, rows.length, 'rows of the file');
        },
      });
    }
  }
  for (const [code, filter] of [
    ['name', 'name:not_null'],
    ['phone', 'phone:not_null'],
    ['aum', 'aum:gt:1'],
  ] as const) {
    const { see, may } = evaluator.sightOf(person, 'customer', code);
    const holds = evaluator.grants(person, 'customer', 'e').length > 0;
    const refused = !holds || (!may.includes('f') && see !== 'hidden') ? 403 : see === 'hidden' ? 400 : undefined;
    const none = !isPreview && evaluator.visible(person, 'customer', 'e').length === 0 ? 400 : undefined;
    yield make(`filter:${code}`, {
      body: { entity: 'customer', columns: ['number'], filter: [filter], purpose, ...given },
      status: [refused ?? none ?? ok],
    });
  }
}

function* revealCells(bank: Bank, person: Person, name: string, make: Make): Generator<Cell> {
  const { evaluator, world } = bank;
  const isQuestion = name.startsWith('GET');
  for (const customer of world.customer!) {
    for (const field of ['phone', 'id_number', 'name', 'number', 'risk_level']) {
      const masked = evaluator.sightOf(person, 'customer', field).see === 'masked';
      const reached = evaluator.reaches(person, 'customer', 'r', customer);
      const open = requestRows.find(
        (asked) =>
          asked.kind === 'reveal' &&
          asked.maker === person.id &&
          asked.customer === customer.id &&
          field === (asked.id === OPEN_REVEAL.id ? OPEN_REVEAL.field : 'id_number'),
      );
      const place = { entity: 'customer', record: customer.id, field };
      const refused = !masked ? 400 : !reached ? 404 : open && !isQuestion ? 409 : undefined;
      yield make(`${customer.key}.${field}`, {
        ...(isQuestion ? { query: place } : { body: { ...place, purpose: 'service', reason: '办理业务', minutes: 5 } }),
        status: refused ? [refused, ...(masked ? [] : [404])] : [isQuestion ? 200 : 201],
      });
    }
  }
}

function* handoverCells(bank: Bank, person: Person, name: string, make: Make): Generator<Cell> {
  const { evaluator, world } = bank;
  const isPreview = name.endsWith('preview');
  for (const [from, to] of [
    ['rm_own', 'rm_same'],
    ['rm_other', 'tasked'],
    ['rm_same', 'rm_other'],
  ] as const) {
    const [giver, taker] = [rowByKey(world, from, ['user']), rowByKey(world, to, ['user'])];
    const inCharge = [giver, taker].every(({ id }) => evaluator.inCharge(person, 'customer', 'u', id));
    const customers = evaluator.visible(person, 'customer', 'u').filter(({ values }) => values.owner === giver.id);
    const tasks = evaluator
      .visible(person, 'task', 'u')
      .filter(({ values }) => values.assignee === giver.id && values.status === 'open');
    const book = {
      from: giver.id,
      split: 'equally',
      to: [{ user: taker.id }],
      include: ['customers', 'tasks', 'members'],
    };
    const expected = { customers: customers.length, tasks: tasks.length };
    yield make(`${from} to ${to}`, {
      body: isPreview ? book : { ...book, reason: '调岗', expected },
      status: inCharge ? [isPreview ? 200 : 201] : [403],
      check: ({ status, json }) => {
        if (status < 300)
          assert.deepEqual({ customers: json.customers, tasks: json.tasks }, expected, 'what is handed over');
      },
    });
  }
}

function routeStatus(
  { evaluator }: Bank,
  person: Person,
  line: RouteLine,
  variant: Variant,
  row: Row | undefined,
): number[] {
  const ok = [variant.ok].flat();
  // A body of the wrong shape is refused before the object is looked for.
  if (!line.object || ok.every((status) => status === 400)) return ok;
  const reads = evaluator.grants(person, line.object, 'r').length > 0;
  if (!row || (reads && !evaluator.reaches(person, line.object, 'r', row)) || !reads) return [404];
  for (const [field, values] of Object.entries(line.only ?? {})) {
    if (!values.includes(row.values[field] ?? null)) return [409];
  }
  return ok;
}

/** What a wrong guess is answered with; it is counted. */
const GUESSED = [401, 422, 429];

function answerChecks(
  bank: Bank,
  person: Person,
  line: RouteLine,
  variant: Variant,
  row: Row | undefined,
): Partial<Cell> {
  const tables = new Set(variant.writes);
  return {
    ...(line.ofEveryRow ? { ofEveryRow: true } : {}),
    ...(variant.writes
      ? { writes: true, leaves: [variant.ok].flat().filter((status) => GUESSED.includes(status)) }
      : {}),
    changed: (changes) =>
      assert.deepEqual(
        [...new Set(changes.map(({ table }) => table))].filter((table) => !tables.has(table)),
        [],
        'other tables changed',
      ),
    check: (answer) => {
      if (answer.status !== 200) return;
      if (variant.check === 'metadata') checkMetadata(bank, person, answer.json);
      if (variant.check === 'session') checkSession(bank, person, answer.json);
      if (variant.check === 'team') checkTeam(bank, person, answer.json);
      if (variant.check === 'profile') checkProfile(bank, person, row!, answer.json);
      if (variant.check === 'plan') checkPlan(bank, person, person.selves, answer.json);
    },
  };
}

function* duplicateCells(bank: Bank, person: Person, make: Make): Generator<Cell> {
  for (const customer of bank.world.customer!) {
    const reached = bank.evaluator.reaches(person, 'customer', 'r', customer);
    yield make(`phone ${customer.key}`, {
      body: { phone: customer.values.phone! },
      status: [200],
      // Of a customer out of reach it is told that there is one, and nothing of him.
      check: ({ json }) =>
        assert.deepEqual(json.duplicates, [
          { field: 'phone', customer: reached ? referenceOf(bank, person, 'customer', customer.id) : null },
        ]),
    });
  }
}

function* planCells(bank: Bank, person: Person, make: Make): Generator<Cell> {
  const team = bank.evaluator.holdsAct(person, 'team.read') ? bank.evaluator.team(person) : [];
  for (const key of ['rm_own', 'rm_same', 'rm_other', 'tasked', 'head_east']) {
    const user = rowByKey(bank.world, key, ['user']);
    const mayLook = user.id === person.id || team.includes(user);
    yield make(`of ${key}`, {
      query: { assignee: user.id },
      status: [mayLook ? 200 : 404],
      check: ({ status, json }) => {
        if (status === 200) checkPlan(bank, person, user.id === person.id ? person.selves : [user.id], json);
      },
    });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
type Json = any;

const openTasks = ({ evaluator }: Bank, person: Person, assignees: readonly string[]) =>
  evaluator
    .visible(person, 'task')
    .filter(
      ({ values }) =>
        assignees.includes(values.assignee ?? '') &&
        values.status === 'open' &&
        (values.snoozed_until ?? TODAY) <= TODAY,
    );

function checkPlan(bank: Bank, person: Person, assignees: readonly string[], plan: Json): void {
  const tasks = openTasks(bank, person, assignees);
  const shown = plan.cards.flatMap(({ tasks: of }: Json) => of.map(({ id }: Json) => id));
  const reached = tasks.filter(({ values }) => {
    const customer = bank.evaluator.byId('customer', values.customer!)!;
    return bank.evaluator.reaches(person, 'customer', 'r', customer);
  });
  assert.deepEqual(shown.sort(), reached.map(({ id }) => id).sort(), 'the tasks of the plan');
  assert.equal(plan.counts.open, tasks.length, 'the number of open tasks');
  for (const { customer } of plan.cards) {
    const row = bank.evaluator.byId('customer', customer.id)!;
    for (const [key, code] of Object.entries({
      aum: 'aum',
      birthDate: 'birth_date',
      riskLevel: 'risk_level',
      phone: 'phone',
      name: 'name',
    })) {
      const { see } = bank.evaluator.sightOf(person, 'customer', code);
      if (see === 'hidden') assert.equal(customer[key], null, `${row.key}.${code} is hidden`);
      if (see === 'masked')
        assert.ok(
          [null, maskOf(entities.customer!.fields[code]!, row.values[code]!)].includes(customer[key]),
          `${row.key}.${code} is masked`,
        );
    }
  }
}

function checkTeam(bank: Bank, person: Person, { members }: Json): void {
  const { evaluator } = bank;
  const people = evaluator
    .team(person)
    .filter(({ values }) => values.active === 'true' && values.roles!.includes('rm'));
  assert.deepEqual(members.map(({ user }: Json) => user.id).sort(), people.map(({ id }) => id).sort(), 'the people');
  const customers = evaluator.visible(person, 'customer');
  for (const { user, ...figures } of members) {
    assert.equal(
      figures.customers,
      customers.filter(({ values }) => values.owner === user.id).length,
      `customers of ${user.username}`,
    );
    const open = evaluator
      .visible(person, 'task')
      .filter(({ values }) => values.assignee === user.id && values.status === 'open');
    assert.equal(figures.open, open.length, `open tasks of ${user.username}`);
  }
}

function checkMetadata({ evaluator, model }: Bank, person: Person, json: Json): void {
  for (const shown of json.entities) {
    const line = entities[shown.code]!;
    const holds = (letter: 'r' | 'c' | 'u' | 'e') => evaluator.grants(person, shown.code, letter).length > 0;
    assert.deepEqual(
      shown.access,
      {
        read: holds('r'),
        create: holds('c') && line.creates === true,
        update: holds('u') && line.updates === true,
        export: holds('e'),
      },
      `access to ${shown.code}`,
    );
    const fields = Object.keys(line.fields).filter(
      (code) => evaluator.sightOf(person, shown.code, code).see !== 'hidden',
    );
    assert.deepEqual(shown.fields.map(({ code }: Json) => code).sort(), fields.sort(), `fields of ${shown.code}`);
    for (const { code, access } of shown.fields) {
      const { see, may } = evaluator.sightOf(person, shown.code, code);
      const edit = may.includes('e') && !line.computed?.includes(code);
      assert.deepEqual(
        access,
        { see, edit, export: may.includes('x'), filter: may.includes('f') },
        `${shown.code}.${code}`,
      );
    }
  }
  assert.equal(json.entities.length, model.entities.length);
}

function checkSession({ evaluator }: Bank, person: Person, json: Json): void {
  const acts = new Set<string>(json.permissions);
  const words = { r: 'read', c: 'create', u: 'update', e: 'export' } as const;
  for (const [entity, line] of Object.entries(entities)) {
    for (const [letter, word] of Object.entries(words) as ['r' | 'c' | 'u' | 'e', string][]) {
      const offered = (letter !== 'c' || line.creates) && (letter !== 'u' || line.updates);
      const holds = offered && evaluator.grants(person, entity, letter).length > 0;
      assert.equal(acts.delete(`${entity}.${word}`), holds === true, `${entity}.${word}`);
    }
  }
  assert.deepEqual(
    [...acts].filter((act) => !evaluator.holdsAct(person, act)),
    [],
    'acts that the policy does not give',
  );
}

const BLOCKS: Record<string, string> = {
  cards: 'card',
  loans: 'loan',
  standingOrders: 'standing_order',
  holdings: 'holding',
  transactions: 'transaction',
  interactions: 'interaction',
  notes: 'note',
  tasks: 'task',
};

function checkProfile(bank: Bank, person: Person, customer: Row, json: Json): void {
  const { evaluator, model } = bank;
  const ask = (entity: string): Ask => ({ bank, person, entity, definition: model.entity(entity), path: '' });
  checkRow(ask('customer'), json.customer, customer, shownFields(ask('customer')), ['version', 'source', 'asOf']);
  for (const [block, entity] of Object.entries(BLOCKS)) {
    const rows = evaluator.visible(person, entity).filter(({ values }) => values.customer === customer.id);
    assert.deepEqual(
      json[block].map(({ id }: Json) => id).sort(),
      rows.map(({ id }) => id).sort(),
      `the block ${block}`,
    );
    if (block === 'tasks') continue;
    const fields = shownFields(ask(entity)).filter((code) => code !== 'customer');
    const extra = entities[entity]!.fact ? ['source'] : ['source', 'asOf', 'version', 'createdAt'];
    for (const shown of json[block]) {
      checkRow(ask(entity), shown, rows.find(({ id }) => id === shown.id)!, fields, extra);
    }
  }
  const used = evaluator
    .visible(person, 'account_role')
    .filter(({ values }) => values.customer === customer.id)
    .map(({ values }) => values.account);
  const accounts = evaluator.visible(person, 'account');
  const own = accounts.filter(({ values }) => values.customer === customer.id).map(({ id }) => id);
  const others = accounts.filter(({ id }) => used.includes(id) && !own.includes(id)).map(({ id }) => id);
  const shown = json.accounts.map(({ id }: Json) => id);
  assert.deepEqual(shown.filter((id: string) => !others.includes(id)).sort(), own.sort(), 'the accounts');
  const { see } = evaluator.sightOf(person, 'customer', 'aum');
  if (see !== 'clear')
    assert.deepEqual([json.aum.total, json.aum.curve, json.metrics], [null, [], {}], 'amounts of a masked viewer');
  const household = evaluator.byId('household', customer.values.household ?? null);
  if (household && evaluator.reaches(person, 'household', 'r', household)) {
    const members = evaluator
      .visible(person, 'customer')
      .filter(({ id, values }) => id !== customer.id && values.household === household.id);
    assert.deepEqual(
      json.household.members.map(({ id }: Json) => id).sort(),
      members.map(({ id }) => id).sort(),
      'the family',
    );
  } else assert.equal(json.household, null, 'the household');
}
