import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createProgress } from './progress.ts';

function stream(isTTY: boolean) {
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 80 });
  return { stream: output as unknown as NodeJS.WriteStream, read: () => String(output.read() ?? '') };
}

test('a log gets a line at the beginning of a long stage and at the end, not one for every row', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { stream: output, read } = stream(false);
  const stage = createProgress(output, 'zh').stage({ zh: '装载', en: 'loading' }, 1_000);
  t.mock.timers.tick(1_000);
  for (let row = 0; row < 1_000; row += 1) stage.update(row);
  stage.end({ zh: '完成 1,000 行', en: '1,000 rows' });
  const lines = read().trimEnd().split('\n');
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /^装载 …$/);
  assert.match(lines[1]!, /^装载 ✓ [\d.]+ s · 完成 1,000 行$/);
});

test('a terminal gets a bar that is redrawn in place', () => {
  const { stream: output, read } = stream(true);
  const stage = createProgress(output, 'en').stage({ zh: '装载', en: 'loading' });
  stage.update(500, 1_000);
  assert.equal(read(), `\r\x1b[2Kloading ${'█'.repeat(12)}${'░'.repeat(12)} 50 % 500 / 1,000`);
  stage.end();
  assert.match(read().replace('\r\x1b[2K', 'redrawn '), /^redrawn loading ✓ [\d.]+ s\n$/);
});
