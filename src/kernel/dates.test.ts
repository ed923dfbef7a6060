import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateIn } from '#kernel';

test('the date in a zone is that of the calendar there, whatever was asked before', () => {
  const zones = ['Asia/Shanghai', 'Asia/Kathmandu', 'Pacific/Chatham', 'America/St_Johns', 'Africa/Monrovia', 'UTC'];
  const moments = ['1971-06-01T00:00Z', '1972-12-31T00:44Z', '2024-03-31T00:59Z', '2026-11-23T15:59Z'];
  for (const zone of zones) {
    const format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    for (const moment of moments) {
      const start = Date.parse(moment);
      for (let minute = 0; minute < 1_500; minute += 1) {
        const instant = new Date(start + minute * 60_000 + (minute % 60) * 1_000);
        assert.equal(dateIn(zone, instant), format.format(instant), `${zone} ${instant.toISOString()}`);
      }
    }
  }
  assert.throws(() => dateIn('UTC', new Date(Number.NaN)));
});
