import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Body } from '../../../api/definitions.ts';
import { ruleOf } from '../../../api/rules.ts';
import { ruleDifferences } from './differences.ts';
import { isDrawable } from './drawable.ts';
import { blankRule, tidyRule } from './rule.ts';
import { placeInYaml, readYaml, yamlOf } from './yaml-text.ts';

const shipped: Body[] = parse(readFileSync(new URL('../../../../packs/core/rules.yaml', import.meta.url), 'utf8'));
const label = { zh: '资金异动', en: '' };

test('the editor draws every rule of the packs, and its text is the same rule', () => {
  assert.ok(shipped.length >= 7);
  for (const body of shipped) {
    assert.ok(isDrawable(body), body.code);
    assert.deepEqual(readYaml(yamlOf(body)).body, body, body.code);
    assert.deepEqual(tidyRule(body), body, `${body.code} is changed by opening it`);
  }
});

test('what it has no control for is not drawn', () => {
  const [body] = shipped;
  for (const more of [
    { secret: 1 },
    { when: 'sometimes' },
    { when: { fact: 'login', record: 'announcement' } },
    JSON.parse('{"then": [{ "task": {}, "tag": { "code": "x" } }] }'),
    JSON.parse('{"then": [{ "shell": { "run": "x" } }] }'),
    { cooldown_days: '3' },
    { label: '名称' },
  ]) {
    assert.ok(!isDrawable({ ...body, ...more }), JSON.stringify(more));
  }
  assert.ok(!isDrawable(null));
  assert.ok(!isDrawable([]));
});

test('a new rule is whole with a name and a condition: titles bear its name, empty parts go', () => {
  const begun = {
    code: 'x',
    label,
    ...blankRule(),
    if: 'aum > 1',
    group: '',
    effective: { from: '' },
  } as unknown as Body;
  const rule = ruleOf(tidyRule(begun));
  assert.deepEqual(rule.label, { zh: '资金异动', en: '资金异动' });
  assert.deepEqual(rule.then[0]?.task?.title, rule.label);
  assert.ok(!('group' in rule) && !('effective' in rule));
  assert.equal(ruleOf(tidyRule({ ...begun, if: '', when: { fact: 'login' } } as unknown as Body)).if, 'true');
  assert.equal(ruleOf(tidyRule({ ...begun, if: '' })).if, '', 'every customer every day is no rule');
});

test('a text that is no rule says where, and a part is found in the text', () => {
  const broken = readYaml('code: x\nif: [aum\n');
  assert.equal(broken.body, undefined);
  assert.match(broken.mistakes[0]!.zh, /第 \d 行/);
  assert.match(readYaml('just words').mistakes[0]!.zh, /名称/);
  const bomb = readYaml('a: &a [1]\nb: [*a, *a]\n');
  assert.equal(bomb.body, undefined, 'no references, so nothing grows by itself');
  const text = 'code: x\nthen:\n  - task:\n      priority: highest\n';
  const place = placeInYaml(text, 'then/0/task/priority')!;
  assert.equal(text.slice(place.from, place.to), 'highest');
  assert.equal(text.slice(placeInYaml(text, 'code/deeper')!.from, placeInYaml(text, 'code')!.to), 'x');
});

test('two versions of a rule differ part by part', () => {
  const [body] = shipped;
  const after = structuredClone(body!) as unknown as { then: { task: { due: object } }[]; if: string };
  after.then[0]!.task.due = { working_hours: 4 };
  after.if = 'aum > 1';
  const paths = ruleDifferences(body, after as unknown as Body).map(({ path }) => path);
  assert.deepEqual(paths.sort(), ['if', 'then/0/task/due']);
});
