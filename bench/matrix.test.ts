import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packRoles, permissionsByCode, setRoles } from '#access';
import { type Database, testDatabase } from '#database';
import { fixedClock } from '#kernel';
import type { Model } from '#metadata';
import { openTestVault } from '#vault';
import { allRoutes } from '../src/server/app.ts';
import { packModel } from '../src/server/model.ts';
import type { Trials } from './harness.ts';
import { type MatrixOptions, runMatrix, subjects } from './prove/matrix.ts';
import { policyRoutes } from './prove/matrix-cells.ts';
import { evaluator } from './prove/matrix-evaluator.ts';
import { actsWithoutRoute, entities, requests, roles, routes, sights } from './prove/matrix-policy.ts';
import { makeWorld, NOW } from './prove/matrix-world.ts';

// What is added later without a line in the policy of the matrix ends the build here: routes, roles, entities, fields, permissions.

const model = packModel();
const sorted = (items: Iterable<string>) => [...items].sort();

test('every served route has a line in the policy of the matrix, and every line a route', () => {
  const served = allRoutes(model, '/nonexistent').map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(sorted(policyRoutes()), sorted(served));
  const asked = Object.entries(routes).flatMap(([name, { request }]) => (request ? [name] : []));
  assert.deepEqual(sorted(Object.keys(requests)), sorted(asked));
});

test('every role has a line and somebody who holds it, and every line a role', () => {
  assert.deepEqual(sorted(Object.keys(roles)), sorted(packRoles(model).keys()));
  const policy = evaluator(makeWorld(model));
  const held = subjects
    .filter(policy.isAlive)
    .flatMap((subject) => policy.personOf(subject).posts.map(({ role }) => role));
  assert.deepEqual(sorted(new Set(held)), sorted(Object.keys(roles)));
});

test('every entity and every field has a line, and every line an entity or field', () => {
  assert.deepEqual(sorted(Object.keys(entities)), sorted(model.entities.map(({ code }) => code)));
  for (const { code, fields } of model.entities) {
    const line = entities[code]!;
    const named = [...Object.keys(line.fields), ...Object.keys(line.derived ?? {})];
    assert.deepEqual(sorted(named), sorted(fields.map((field) => field.code)), code);
    for (const of of [...(line.computed ?? []), ...line.columns, ...line.sorts, line.title]) {
      assert.ok(named.includes(of) || of === 'created_at', `${code} has no field ${of}`);
    }
    for (const sense of Object.values(line.fields)) assert.ok(sense in sights.outsider, sense);
  }
  for (const [role, { grants }] of Object.entries(roles)) {
    for (const entity of Object.keys(grants)) assert.ok(entities[entity], `${role} names ${entity}`);
  }
});

test('every permission opens a route or is said to open none of its own, and nothing else is held', () => {
  const asked = Object.values(routes).map(({ act }) => act);
  const known = sorted(permissionsByCode(model).keys());
  const spoken = new Set([...asked, ...actsWithoutRoute].filter((act) => known.includes(act)));
  assert.deepEqual(sorted(spoken), known);
  for (const [role, { acts }] of Object.entries(roles)) {
    for (const act of acts) assert.ok(known.includes(act), `${role} holds ${act}`);
  }
});

async function matrix(options: Partial<MatrixOptions>) {
  openTestVault(fixedClock(NOW));
  const database = await testDatabase();
  const failures: { trial: string; reason: string }[] = [];
  let tried = 0;
  const trials: Trials = {
    async trial(trial, body) {
      tried += 1;
      try {
        await body();
        return true;
      } catch (error) {
        failures.push({ trial, reason: (error as Error).message });
        return false;
      }
    },
    skip: () => {},
  };
  const figures = await runMatrix(database, trials, { scale: 0.01, seed: 7, ...options });
  return { tried, failures, figures };
}

test('small: each subject asks each route at least once, and every answer is that of the policy', async () => {
  const { tried, failures, figures } = await matrix({ scale: 0.01 });
  assert.deepEqual(failures.slice(0, 10), []);
  assert.ok(tried >= subjects.length * figures.routes, `${tried} cells`);
});

/** Gives a role other rights than its pack says, in this process alone. */
const changing =
  (code: string, change: (role: NonNullable<ReturnType<ReturnType<typeof packRoles>['get']>>) => object) =>
  (_: Database, live: Model) => {
    const role = packRoles(live).get(code)!;
    setRoles(live, [{ ...role, ...change(role) }]);
  };

const readsAll = changing('rm', ({ entities: given }) => ({
  entities: { ...given, customer: { ...given.customer, read: 'all' } },
}));

async function withoutRowSecurity(database: Database): Promise<void> {
  const { rows } = await database.query<{ name: string }>('select relname as name from pg_class where relrowsecurity');
  for (const { name } of rows) await database.query(`alter table "${name}" disable row level security`);
}

// A proof that cannot fail proves nothing: each of these breaks one thing and must be found out.
for (const { name, options, reason } of [
  {
    name: 'a role that reads more than it should',
    options: { among: ['rm_own'], only: 'GET /api/customers', sabotage: readsAll },
    reason: /the rows|answered 200, expected 404/,
  },
  {
    name: 'a mask taken off',
    options: {
      among: ['designer'],
      only: 'GET /api/customers',
      sabotage: changing('designer', () => ({ fields: [{ mask: 'person_name', see: 'clear' }] })),
    },
    reason: /masked|may not see|'张|欧阳/,
  },
  {
    name: 'a column that may be written though it should not',
    options: {
      among: ['system'],
      only: 'PATCH /api/users/:id',
      sabotage: changing('system_admin', () => ({ fields: [] })),
    },
    reason: /answered 200, expected 403/,
  },
  {
    name: 'a refusal that writes first',
    options: {
      among: ['rm_own'],
      only: 'GET /api/customers/:id',
      sabotage: async (database: Database) => {
        await database.query(`create function spoil() returns trigger language plpgsql security definer as
          $$ begin update product set version = version + 1; return new; end $$`);
        await database.query(
          `create trigger spoil after insert on audit_event for each row when (new.action = 'denied') execute function spoil()`,
        );
      },
    },
    reason: /and yet these changed/,
  },
  {
    name: 'the predicate and row security gone together',
    options: {
      among: ['rm_own'],
      only: 'GET /api/notes',
      sabotage: async (database: Database, live: Model) => {
        changing('rm', () => ({ entities: { '*': { read: 'all' }, '@customer': { read: 'all' } } }))(database, live);
        await withoutRowSecurity(database);
      },
    },
    reason: /the rows|answered 200, expected 404/,
  },
] satisfies { name: string; options: Partial<MatrixOptions>; reason: RegExp }[]) {
  test(`the matrix finds ${name}`, async () => {
    const { failures } = await matrix(options);
    assert.ok(failures.length > 0, 'nothing was found');
    assert.match(failures.map((failure) => failure.reason).join('\n'), reason);
    assert.match(failures[0]!.reason, /again: npm run prove -- matrix --seed 7 --only "/);
  });
}

test('without row security the predicate alone still gives everybody his own', async () => {
  const { tried, failures } = await matrix({ among: ['rm_own'], only: 'GET /api/notes', sabotage: withoutRowSecurity });
  assert.deepEqual(failures, []);
  assert.ok(tried > 10, String(tried));
});
