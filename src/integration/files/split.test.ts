import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '#kernel';
import { createSplitter, type Dialect, placeOf, type SourceRow } from './split.ts';

const plain: Dialect = { delimiter: ',', quote: '"' };

/** Cuts a text that arrives in the given pieces. */
function rowsOf(pieces: string[], dialect: Dialect = plain): SourceRow[] {
  const splitter = createSplitter(dialect, 'test.csv');
  return [...pieces.flatMap((piece) => [...splitter.split(piece)].flat()), ...splitter.end()];
}

const valuesOf = (text: string, dialect?: Dialect) => rowsOf([text], dialect).map(({ values }) => values);

test('values, quotes, line ends', () => {
  assert.deepEqual(valuesOf('a,b\r\n1,"2"\n'), [
    ['a', 'b'],
    ['1', '2'],
  ]);
  assert.deepEqual(valuesOf('a,"b,c"\n'), [['a', 'b,c']]);
  assert.deepEqual(valuesOf('"say ""hi""",x'), [['say "hi"', 'x']]);
  assert.deepEqual(valuesOf('"two\r\nlines",x\r\ny,z'), [
    ['two\r\nlines', 'x'],
    ['y', 'z'],
  ]);
  assert.deepEqual(valuesOf('a,,\n,,\n'), [
    ['a', '', ''],
    ['', '', ''],
  ]);
  assert.deepEqual(valuesOf('""\n""'), [[''], ['']]);
  assert.deepEqual(valuesOf('5" disc,x'), [['5" disc', 'x']]);
});

test('empty lines are passed over, and counted', () => {
  const rows = rowsOf(['a\r\n\r\n\nb\n']);
  assert.deepEqual(
    rows.map(({ values, line }) => [values[0], line]),
    [
      ['a', 1],
      ['b', 4],
    ],
  );
});

test('a file with CR alone', () => {
  assert.deepEqual(valuesOf('a,b\rc,d\r'), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('delimiters of several characters, and files that quote nothing', () => {
  assert.deepEqual(valuesOf('a||b||"c"\n', { delimiter: '||', quote: '"' }), [['a', 'b', 'c']]);
  assert.deepEqual(valuesOf('a|"b|c\n', { delimiter: '|', quote: null }), [['a', '"b', 'c']]);
});

test('lines count through quoted line ends', () => {
  const rows = rowsOf(['a,"1\n2\n3"\nb,c\n']);
  assert.deepEqual(
    rows.map(({ line }) => line),
    [1, 4],
  );
});

test('what is wrong with one row stays with that row', () => {
  const [wrong, right] = rowsOf(['"a"b,c\nd,e\n']);
  assert.equal(wrong!.fault?.kind.code, 'reject.quote');
  assert.equal(wrong!.text.slice(wrong!.start, wrong!.end), '"a"b,c');
  assert.deepEqual(right!.values, ['d', 'e']);
  const [cut] = rowsOf(['1;"half', ' a val'], { delimiter: ';', quote: '"' });
  assert.equal(cut!.fault?.kind.code, 'reject.row_cut');
});

test('a quote that never ends is refused before it fills the memory', () => {
  const splitter = createSplitter(plain, 'test.csv');
  assert.equal([...splitter.split('a,b\n')].flat().length, 1);
  assert.throws(
    () => [...splitter.split(`x,"${'y\n'.repeat(600_000)}`)],
    (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.kind.code, 'load.huge_line');
      assert.equal(error.params.line, 2);
      return true;
    },
  );
});

const content = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', '中', '\ufeff', '\t') }),
  fc.string({ unit: 'binary' }),
);

test('whatever is written by RFC 4180 is read back, in pieces of any size', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(content, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.array(fc.nat(40), { maxLength: 30 }),
      (rows, newline, endsWithNewline, cuts) => {
        const text =
          rows.map((row) => row.map(quoteWhereNeeded).join(',')).join(newline) + (endsWithNewline ? newline : '');
        // Without any LF a CR would be taken for the line end.
        fc.pre(text.includes('\n') || !text.includes('\r'));
        assert.deepEqual(
          rowsOf([text]).map(({ values }) => values),
          rows,
        );
        // The reader of files hands over pieces that end at a line end, and UTF-16 in pieces of any length.
        const pieces: string[] = [text.slice(0, text.indexOf('\n') + 1)];
        let at = pieces[0]!.length;
        for (const cut of cuts) {
          pieces.push(text.slice(at, at + cut));
          at += cut;
        }
        pieces.push(text.slice(at));
        assert.deepEqual(
          rowsOf(pieces).map(({ values }) => values),
          rows,
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('the value in which the beginning of a row ends', () => {
  for (const [text, place] of [
    ['', 0],
    ['a', 0],
    ['a,', 1],
    ['"a,b', 0],
    ['"a,b"', 0],
    ['"a""b,c"",', 0],
    ['"a""b,c",', 1],
    ['1,"x",y"z,', 3],
  ] as const) {
    assert.equal(placeOf(text, plain), place, text);
  }
  assert.equal(placeOf('"a|b"|c', { delimiter: '|', quote: null }), 2);
  fc.assert(
    fc.property(fc.array(content, { minLength: 1, maxLength: 5 }), (row) => {
      const text = row.map(quoteWhereNeeded).join(',');
      assert.equal(placeOf(text, plain), row.length - 1, text);
    }),
  );
});

/** A lone empty value must be quoted: an empty line is no row. */
function quoteWhereNeeded(value: string, _: number, row: string[]): string {
  const needed = /[",\r\n]/.test(value) || (value === '' && row.length === 1);
  return needed ? `"${value.replaceAll('"', '""')}"` : value;
}
