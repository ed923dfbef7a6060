import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadModel } from '#metadata';
import { plansOf } from './firings.ts';
import { rules } from './rule-definition.ts';

const pack = (name: string) => path.resolve(fileURLToPath(import.meta.url), '../../../packs', name);

test('a figure of a rule shows its bound as the condition compares it', () => {
  const model = loadModel(['core', 'bank', 'securities'].map(pack));
  const shown = rules(model).flatMap((rule) => {
    const own = Object.keys(rule.definition.values);
    return plansOf(rule)
      .filter(({ code, against }) => own.includes(code) && against !== undefined)
      .map(({ code, operator }) => `${rule.definition.code} ${code} ${operator}`);
  });
  assert.deepEqual(shown.sort(), [
    'bad_news share >=',
    'balance_jump jump_share >',
    'idle_salary demand_share >',
    'large_outflow outflow_share >',
    'opportunity_silent silent >=',
  ]);
});
