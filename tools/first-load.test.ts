import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { measureFirstLoads, SCRIPT_GZIP_BYTES_MAX } from './first-load.ts';

test('every page stays within the budget of script for a first load', async () => {
  const loads = await measureFirstLoads(path.resolve(import.meta.dirname, '..'));
  assert.ok(loads.some((load) => load.page === 'pages/sign-in/sign-in.tsx'));
  for (const { page, scriptGzipBytes } of loads) {
    assert.ok(scriptGzipBytes <= SCRIPT_GZIP_BYTES_MAX, `${page}: ${scriptGzipBytes} bytes of script, gzipped`);
  }
});
