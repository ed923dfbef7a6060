import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { allRoutes, buildServer } from './app.ts';
import { PASSWORD, testServer } from './testing.ts';

const server = await testServer();

/** What every answer carries, whatever it is. */
const EVERYWHERE: Record<string, RegExp> = {
  'content-security-policy':
    /^default-src 'self';.*object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'$/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^same-origin$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'permissions-policy': /camera=\(\)/,
};

function checkHeaders(headers: Record<string, unknown>, url: string, what: string): void {
  for (const [name, wanted] of Object.entries(EVERYWHERE)) {
    assert.match(String(headers[name]), wanted, `${what}: ${name}`);
  }
  // The files of the API page say nothing of anybody.
  if (url.startsWith('/api/') && !url.startsWith('/api/docs/static/'))
    assert.equal(headers['cache-control'], 'no-store', what);
  assert.equal(headers['access-control-allow-origin'], undefined, what);
  assert.equal(headers['x-powered-by'], undefined, what);
  assert.equal(headers.server, undefined, what);
}

test('every route answers with the headers that browsers obey, when it refuses too', async () => {
  const routes = allRoutes(server.model, '/nonexistent');
  assert.ok(routes.length > 100, String(routes.length));
  for (const { method, path: address } of routes) {
    const url = address.replace(/:\w+/g, '1');
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    for (const as of [undefined, 'rm001']) {
      // Ending one's own session would end the test.
      if (as && method === 'DELETE') continue;
      const answer = await server.call(method, url, { ...(as ? { as } : {}), ...(body ? { body } : {}) });
      assert.ok(answer.status < 500, `${method} ${url}: ${answer.text}`);
      checkHeaders(answer.headers, url, `${method} ${url} ${as ?? 'nobody'} ${answer.status}`);
    }
  }
});

test('addresses beside the routes carry them as well: pages, errors, what cannot be read', async () => {
  const addresses = [
    '/healthz',
    '/readyz',
    '/metrics',
    '/api/openapi.json',
    '/api/docs',
    '/api/docs/static/index.html',
    '/api/docs/static/logo.svg',
    '/unknown',
    '/api/unknown',
    '/api/%',
    '/api/customers/%ff%fe',
    `/api/customers/${'9'.repeat(300)}`,
    `/api/customers?q=${'x'.repeat(17_000)}`,
  ];
  for (const url of addresses) {
    const { status, headers, text } = await server.call('GET', url);
    assert.ok(status < 500, `${url}: ${text}`);
    checkHeaders(headers, url, `GET ${url} ${status}`);
    if (status >= 400) assert.match(JSON.parse(text).code, /^http\./, url);
  }
});

test('ids, numbers and texts that PostgreSQL cannot hold are refused as what they are', async () => {
  const tooLarge = await server.call('GET', '/api/customers/9223372036854775808', { as: 'rm001' });
  assert.equal(tooLarge.status, 400);
  assert.equal(tooLarge.json.code, 'http.value_unfit');
  const nul = await server.call('GET', '/api/customers?q=%00%00', { as: 'rm001' });
  assert.equal(nul.status, 400, nul.text);
});

test('bytes that are no UTF-8 are refused, not written as something else', async () => {
  const { rows } = (await server.call('GET', '/api/customers?limit=1', { as: 'rm001' })).json;
  const { json: customer } = await server.call('GET', `/api/customers/${rows[0].id}`, { as: 'rm001' });
  const body = Buffer.concat([
    Buffer.from('{"name":"'),
    Buffer.from([0xc0, 0xaf]),
    Buffer.from(`","version":${customer.version}}`),
  ]);
  const answer = await server.call('PATCH', `/api/customers/${customer.id}`, {
    as: 'rm001',
    body,
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.json.code, 'http.malformed');
  const { json: after } = await server.call('GET', `/api/customers/${customer.id}`, { as: 'rm001' });
  assert.equal(after.name, customer.name);
});

test('behind TLS cookies are bound to this very host, and browsers come by https only', async () => {
  const secure = await testServer({ settings: { secureCookies: true, publicOrigin: 'https://crm.example' } });
  const signIn = await secure.call('POST', '/api/session', { body: { username: 'rm001', password: PASSWORD } });
  assert.equal(signIn.status, 200, signIn.text);
  assert.equal(signIn.headers['strict-transport-security'], 'max-age=31536000');
  const cookies = [signIn.headers['set-cookie']].flat().map(String);
  assert.ok(cookies.length > 0);
  for (const cookie of cookies) {
    assert.match(cookie, /^__Host-/);
    for (const part of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict']) assert.ok(cookie.includes(part), cookie);
    assert.doesNotMatch(cookie, /Domain=/i);
  }
  for (const url of ['/api/unknown', '/api/%', '/healthz']) {
    const { headers } = await secure.call('GET', url);
    assert.equal(headers['strict-transport-security'], 'max-age=31536000', url);
  }
  await secure.close();
});

test('without TLS cookies are kept from scripts and other sites all the same', async () => {
  const signIn = await server.call('POST', '/api/session', { body: { username: 'rm001', password: PASSWORD } });
  for (const cookie of [signIn.headers['set-cookie']].flat().map(String)) {
    assert.ok(cookie.includes('HttpOnly') && cookie.includes('SameSite=Strict'), cookie);
  }
  assert.equal(signIn.headers['strict-transport-security'], undefined);
});

test('the files of the pages carry them too', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tongguan-pages-'));
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>x</title>');
  await writeFile(path.join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const { database, requests, model, clock } = server;
  const app = await buildServer({
    database,
    requests,
    model,
    clock,
    home: '/nonexistent',
    webFolder: folder,
    secureCookies: false,
    version: 'test',
    report: (line) => console.error(line),
  });
  for (const url of ['/', '/customers', '/icon.svg', '/assets/missing.js', '/..%2f..%2fpackage.json']) {
    const answer = await app.inject({ method: 'GET', url });
    assert.ok(answer.statusCode < 500, url);
    checkHeaders(answer.headers, url, `GET ${url} ${answer.statusCode}`);
    assert.doesNotMatch(answer.body, /"dependencies"/);
  }
  await app.close();
  await rm(folder, { recursive: true });
});
