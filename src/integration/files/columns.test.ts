import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '#kernel';
import { type ConvertOptions, converter } from './columns.ts';

function convert(text: string, options: Partial<ConvertOptions>): string | null {
  return converter({
    type: 'text',
    missing: [''],
    trim: true,
    decimal: '.',
    thousands: 'none',
    impliedDecimals: 0,
    form: 'YYYY-MM-DD',
    twoDigitYearsFrom: 1950,
    zone: 'Europe/Prague',
    ...options,
  })(text);
}

function refused(text: string, options: Partial<ConvertOptions>, code: string): void {
  assert.throws(
    () => convert(text, options),
    (error) => error instanceof Failure && error.kind.code === code,
  );
}

test('what stands for no value', () => {
  assert.equal(convert(' ', {}), null);
  assert.equal(convert('?', { missing: ['?'] }), null);
  assert.equal(convert('\u3000中\u3000', {}), '中');
  assert.equal(convert(' a ', { trim: false }), ' a ');
});

test('numbers become plain decimals', () => {
  assert.equal(convert('+12.50', { type: 'decimal' }), '12.50');
  assert.equal(convert('-.5', { type: 'decimal' }), '-0.5');
  assert.equal(convert('1.234.567,89', { type: 'decimal', decimal: ',', thousands: '.' }), '1234567.89');
  assert.equal(convert("1'234.5", { type: 'decimal', thousands: "'" }), '1234.5');
  assert.equal(convert('1\u00a0234,5', { type: 'decimal', decimal: ',', thousands: ' ' }), '1234.5');
  assert.equal(convert('-12345', { type: 'decimal', impliedDecimals: 2 }), '-123.45');
  assert.equal(convert('5', { type: 'decimal', impliedDecimals: 2 }), '0.05');
  assert.equal(convert('007', { type: 'integer' }), '007');
  refused('1.234,5', { type: 'decimal', decimal: ',' }, 'reject.decimal');
  refused('1,5', { type: 'decimal' }, 'reject.decimal');
  refused('12,34,5', { type: 'decimal', thousands: ',' }, 'reject.decimal');
  refused('1e5', { type: 'decimal' }, 'reject.decimal');
  refused('1.5', { type: 'integer' }, 'reject.integer');
  refused('12.5', { type: 'decimal', impliedDecimals: 2 }, 'reject.decimal');
});

test('dates by their written form, two-digit years by their window', () => {
  const from1910 = { type: 'date', form: 'YYMMDD', twoDigitYearsFrom: 1910 } as const;
  assert.equal(convert('930101', from1910), '1993-01-01');
  assert.equal(convert('091231', from1910), '2009-12-31');
  assert.equal(convert('100101', from1910), '1910-01-01');
  assert.equal(convert('31.12.2025', { type: 'date', form: 'DD.MM.YYYY' }), '2025-12-31');
  assert.equal(convert('931107 00:00:00', { ...from1910, form: 'YYMMDD 00:00:00' }), '1993-11-07');
  refused('931107 00:00:01', { ...from1910, form: 'YYMMDD 00:00:00' }, 'reject.date');
  refused('930230', from1910, 'reject.date');
  refused('2025-1-1', { type: 'date' }, 'reject.date');
  assert.equal(convert('2024-02-29', { type: 'date' }), '2024-02-29');
  refused('2023-02-29', { type: 'date' }, 'reject.date');
});

test('local times become instants, over the change of the clock too', () => {
  const time = { type: 'datetime', form: 'YYYY-MM-DD hh:mm:ss' } as const;
  assert.equal(convert('2026-01-31 09:30:00', time), '2026-01-31T08:30:00Z');
  assert.equal(convert('2026-07-31 09:30:00', time), '2026-07-31T07:30:00Z');
  assert.equal(convert('2026-07-31 09:30:00.123', { ...time, form: `${time.form}.SSS` }), '2026-07-31T07:30:00.123Z');
  assert.equal(convert('20260131', { ...time, form: 'YYYYMMDD', zone: 'Asia/Shanghai' }), '2026-01-30T16:00:00Z');
  refused('2026-01-31 24:00:00', time, 'reject.date');
});
