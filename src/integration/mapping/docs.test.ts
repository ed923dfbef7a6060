import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseMapping } from './read.ts';

const project = path.resolve(import.meta.dirname, '../../..');

for (const file of ['docs/mapping.md', 'docs/mapping.en.md', 'README.md']) {
  test(`every mapping shown in ${file} is a right one`, () => {
    const blocks = [...readFileSync(path.join(project, file), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, text]) => text!,
    );
    let shown = 0;
    for (const text of blocks) {
      if (/^code: /m.test(text) && /^loads:/m.test(text)) {
        parseMapping(text, file);
        shown += 1;
      } else if (/^(codes|lookups):/m.test(text)) {
        // A part of a mapping stands in a whole one.
        const rest = {
          code: 'part',
          source: 'part',
          label: { zh: '部分', en: 'part' },
          loads: [{ entity: 'customer', rows: [{ n: 1 }], key: '{n}', fields: {} }],
        };
        parseMapping(JSON.stringify({ ...rest, ...parse(text) }), file);
      }
    }
    assert.ok(shown > 0);
  });
}
