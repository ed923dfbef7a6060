import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedDate, missedDates } from './automatic-days.ts';
import { runBusinessDay } from './business-day.ts';
import { testBank } from './testing.ts';

test('the date expected is that of the last time that has come', () => {
  const at = (instant: string, date: 'yesterday' | 'today' = 'yesterday', enabled = true) =>
    expectedDate({ enabled, at: '01:30', date }, 'Asia/Shanghai', new Date(instant));
  assert.equal(at('2026-03-05T01:29:00+08:00'), '2026-03-03');
  assert.equal(at('2026-03-05T01:30:00+08:00'), '2026-03-04');
  assert.equal(at('2026-03-05T23:00:00+08:00', 'today'), '2026-03-05');
  assert.equal(at('2026-03-05T23:00:00+08:00', 'today', false), null);
});

test('a day whose facts came late is run again, others are not', async () => {
  const bank = await testBank();
  await bank.customer('a');
  for (const date of ['2026-03-02', '2026-03-03', '2026-03-05']) await runBusinessDay(bank.ctx, date);
  assert.deepEqual(await missedDates(bank.ctx.database, '2026-03-05'), ['2026-03-04']);
  await bank.ctx.database.query("update business_day set stale = true where date = '2026-03-03'");
  assert.deepEqual(await missedDates(bank.ctx.database, '2026-03-06'), ['2026-03-03', '2026-03-04', '2026-03-06']);
});
