import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testDatabase } from '#database';
import { agree, type Query } from './testing/agree.ts';
import { expressions } from './testing/grammar.ts';
import { contexts, createSubjects } from './testing/subjects.ts';

/** Raise for a campaign: `EXPRESSION_RUNS=20000 EXPRESSION_SEED=7 node --test src/expressions/property.test.ts`. */
const runs = Number(process.env.EXPRESSION_RUNS ?? 150);
const seed = Number(process.env.EXPRESSION_SEED ?? 20_260_131);
const COMPARED_MIN_PER_RUN = 60;

test('memory, SQL value and SQL condition agree on random expressions', async () => {
  const db = await testDatabase();
  await createSubjects((text, parameters) => db.query(text, parameters));
  // A foreign zone and date style show anything that leaks in from the session.
  const query: Query = (statement) =>
    db.transaction(async (tx) => {
      await tx.query("set local timezone = 'America/New_York'");
      await tx.query("set local datestyle = 'SQL, DMY'");
      return await tx.query(statement as never);
    });
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(expressions, fc.constantFrom(...contexts), async (text, context) => {
      const agreement = await agree(text, context, query);
      compared += agreement.compared;
      assert.deepEqual(agreement.differences.slice(0, 3), []);
    }),
    { numRuns: runs, seed },
  );
  assert.ok(compared >= runs * COMPARED_MIN_PER_RUN, `only ${compared} values were compared`);
});
