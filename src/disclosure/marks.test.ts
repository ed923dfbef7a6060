import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvLine, looksLikeFormula, plainCell } from '#kernel';
import { parseCsv } from './csv.ts';
import { limits as identifyLimits } from './identify.ts';
import { comparable, findMarks, isMarkedRow, limits, markText, orderBlock, orderEvidence } from './marks.ts';

/** Numbers from a seed, so that each leak can be made again. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A table as an export writes it: names and a branch as marked texts, a number and an amount as they are. */
function exported(mark: number, key: number, rows: number, seed: number): string[][] {
  const next = random(seed);
  const signs = markText(mark);
  const table = Array.from({ length: rows }, (_, index) => [
    `C${100000 + index}`,
    `客户${Math.floor(next() * 1e6)}**`,
    `第${Math.floor(next() * 9)}支行`,
    (next() * 1e6).toFixed(2),
  ]);
  const out: string[][] = [];
  for (let at = 0; at < rows; at += limits.blockRows) {
    const block = table.slice(at, at + limits.blockRows);
    for (const place of orderBlock(key, at / limits.blockRows, block, [0, 1])) out.push(block[place]!);
  }
  return out.map((row, index) => (isMarkedRow(index) ? [row[0]!, row[1]! + signs, row[2]! + signs, row[3]!] : row));
}

test('a mark is read back from any text, and no text without a mark gives one', () => {
  fc.assert(
    fc.property(fc.nat(limits.markMax - 1), fc.string(), fc.string(), (mark, before, after) => {
      const clean = (text: string) => text.replaceAll(/[\u200b-\u200d\u2060]/g, '');
      assert.deepEqual(findMarks(clean(before) + markText(mark) + clean(after)), [{ mark, count: 1 }]);
      assert.deepEqual(findMarks(before.slice(0, 8)), []);
    }),
    { seed: 7 },
  );
});

test('at least 99 of 100 leaks lead to their export: shuffled, columns dropped, half of the rows', () => {
  const LEAKS = 400;
  let found = 0;
  for (let leak = 0; leak < LEAKS; leak++) {
    const next = random(leak + 1);
    const mark = Math.floor(next() * limits.markMax);
    let rows = exported(mark, Math.floor(next() * 2 ** 32), 20 + Math.floor(next() * 3_000), leak);
    rows = rows.filter(() => next() < 0.5);
    rows = rows
      .map((row) => ({ row, at: next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ row }) => row);
    // At least one text is left: figures alone carry no signs.
    const kept = [[1], [2], [0, 1], [2, 3], [0, 1, 2, 3]][Math.floor(next() * 5)]!;
    const text = rows.map((row) => csvLine(kept.map((column) => row[column]!))).join('');
    if (findMarks(text)[0]?.mark === mark) found += 1;
  }
  assert.ok(found >= LEAKS * 0.99, `${found} of ${LEAKS}`);
});

test('at least 99 of 100 leaks without signs lead to their export by the order of rows: half of the rows, one column, among 50 exports', () => {
  const LEAKS = 100;
  let found = 0;
  let wrong = 0;
  for (let leak = 0; leak < LEAKS; leak++) {
    const next = random(1_000 + leak);
    const keys = Array.from({ length: 50 }, () => Math.floor(next() * 2 ** 32));
    const exporter = Math.floor(next() * keys.length);
    const rows = exported(1, keys[exporter]!, 3_000, leak).filter(() => next() < 0.5);
    const kept = [[0], [1], [0, 3], [1, 2], [0, 1, 2, 3]][Math.floor(next() * 5)]!;
    const columns = kept.map((column) => rows.map((row) => comparable(row[column]!)));
    const best = keys
      .map((key, index) => ({ index, strength: orderEvidence(key, columns) }))
      .sort((a, b) => b.strength - a.strength)[0]!;
    if (best.strength < identifyLimits.certain) continue;
    if (best.index === exporter) found += 1;
    else wrong += 1;
  }
  assert.equal(wrong, 0, 'nobody is accused by chance');
  assert.ok(found >= LEAKS * 0.99, `${found} of ${LEAKS}`);
});

test('the order of somebody else, or of nobody, proves nothing', () => {
  for (let seed = 0; seed < 50; seed++) {
    const next = random(seed);
    const columns = [Array.from({ length: 3_000 }, () => String(Math.floor(next() * 1e9)))];
    for (let key = 0; key < 20; key++) {
      assert.ok(orderEvidence(Math.floor(next() * 2 ** 32), columns) < identifyLimits.certain);
    }
  }
});

test('what another program made of a number still compares', () => {
  for (const [a, b] of [
    ['1234.50', '1,234.5'],
    ['-5.00', '-5'],
    ["'=1+1", '=1+1'],
    [`东城支行${markText(5)}`, '东城支行'],
  ]) {
    assert.equal(comparable(a!), comparable(b!));
  }
  assert.notEqual(comparable('100'), comparable('1000'));
});

test('CSV: what is written is read back, and no text begins as a formula', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 2 }), { minLength: 1 }),
      (rows) => {
        const text = rows.map((row) => csvLine(row, () => false)).join('');
        const expected = rows.map((row) => row.map(plainCell));
        if (!text.slice(0, 10_000).includes(';') && !text.includes('\t'))
          assert.deepEqual(parseCsv(`\uFEFF${text}`, 1e6), expected);
        for (const cell of expected.flat()) assert.ok(!looksLikeFormula(cell));
      },
    ),
    { seed: 11 },
  );
  for (const sign of ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
    assert.equal(plainCell(`${sign}1`), `'${sign}1`);
});
