import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '#kernel';
import { parseMapping } from './read.ts';

const good = `code: sample
source: sample
label: { zh: 样例, en: Sample }
files:
  people:
    path: people.csv
    columns: { born: date }
loads:
  - entity: customer
    file: people
    key: "{number}"
    fields:
      name: name
      kind: { value: person }
`;

/** The English message for the mapping after one change. */
function problem(from: string, to: string): string {
  assert.ok(good.includes(from), from);
  try {
    parseMapping(good.replace(from, to), 'sample.yaml');
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.ok(error.text('zh') !== error.text('en'));
    return error.text('en');
  }
  throw new Error('nothing was wrong');
}

test('a mapping is read, with shorthands spelled out', () => {
  const { mapping, place } = parseMapping(good, 'sample.yaml');
  assert.deepEqual(mapping.files!.people!.path, ['people.csv']);
  assert.deepEqual(mapping.files!.people!.columns!.born, { type: 'date' });
  assert.deepEqual(mapping.loads[0]!.fields.name, { column: 'name' });
  assert.equal(place(['loads', 0, 'fields', 'kind']), 'sample.yaml:14 (loads.0.fields.kind)');
});

test('what is wrong is named with file, line, place and remedy', () => {
  assert.match(
    problem('columns:', 'colums:'),
    /^sample\.yaml:7 \(files\.people\.colums\): there is no setting "colums" \(did you mean "columns"\?\)/,
  );
  assert.match(problem('key:', 'kez:'), /sample\.yaml:11 \(loads\.0\.kez\).*did you mean "key"/);
  assert.match(problem('source: sample\n', ''), /sample\.yaml:1: "source" is missing/);
  assert.match(
    problem('born: date', 'born: daet'),
    /sample\.yaml:7 .*"type" cannot be "daet" \(did you mean "date"\?\)/,
  );
  assert.match(problem('{ value: person }', '{ valu: person }'), /sample\.yaml:14 .*did you mean "value"/);
  assert.match(
    problem('entity: customer', 'entity: Big Customer'),
    /sample\.yaml:9 .*"entity" cannot be "Big Customer"/,
  );
  assert.match(problem('path: people.csv', 'path: 5'), /sample\.yaml:6 .*"path" must be a list/);
  assert.match(
    problem('label: { zh: 样例, en: Sample }', 'label: Sample'),
    /sample\.yaml:3 .*"label" must be a group of settings/,
  );
});

test('malformed YAML is told with its line', () => {
  assert.match(problem('fields:\n', 'fields: [\n'), /^sample\.yaml:\d+: the YAML is malformed/);
  assert.match(
    problem('source: sample', 'source: sample\nsource: twice'),
    /^sample\.yaml:\d+: the YAML is malformed: Map keys must be unique/,
  );
});
