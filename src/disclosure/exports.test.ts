import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { jobHandlers } from '#disclosure';
import { runDueJobs } from '#jobs';
import { type Answer, ids, PASSWORD, seedRows, testServer } from '../server/testing.ts';

const START = '2026-11-20T02:00:00Z';
const home = mkdtempSync(path.join(tmpdir(), 'tongguan-exports-'));
after(() => rmSync(home, { recursive: true, force: true }));
const server = await testServer({ at: START, home });
const { database, model, clock } = server;
after(() => server.close());

const work = () => runDueJobs({ database, clock, handlers: jobHandlers(model, home), concurrency: 1 });

async function moveTo(instant: string): Promise<void> {
  clock.set(instant);
  await database.query("update session set seen_at = '2027-01-01', expires_at = '2027-01-01'");
}

async function call(as: string, method: string, url: string, body?: unknown): Promise<Answer> {
  const options = body === undefined ? { as } : { as, body };
  const answer = await server.call(method, url, options);
  if (answer.json?.code !== 'identity.step_up_needed') return answer;
  const proof = await server.call('POST', '/api/session/step-up', { as, body: { password: PASSWORD } });
  assert.equal(proof.status, 204, proof.text);
  return server.call(method, url, options);
}

const COLUMNS = ['number', 'kind', 'tier', 'aum', 'branch', 'phone', 'since'];
const question = { entity: 'customer', columns: COLUMNS, purpose: 'work_list' };
const request = (as: string, more: object = {}) =>
  call(as, 'POST', '/api/exports', { ...question, reason: '下周拜访清单', format: 'csv', ...more });
const state = async (as: string, id: string) => (await call(as, 'GET', `/api/exports/${id}`)).json;
const file = (as: string, id: string) => server.call('GET', `/api/exports/${id}/file`, { as });
const plain = (text: string) => text.replaceAll(/[\u200b-\u200d\u2060]/g, '');
const lines = (text: string) => plain(text).replace('\uFEFF', '').trimEnd().split('\r\n');

/** A finished export. */
async function exported(as: string, more: object = {}): Promise<{ id: string; text: string }> {
  const asked = await request(as, more);
  assert.equal(asked.status, 202, asked.text);
  assert.equal(asked.json.state, 'queued', asked.text);
  await work();
  const done = await state(as, asked.json.id);
  assert.equal(done.state, 'done', JSON.stringify(done));
  const answer = await file(as, asked.json.id);
  assert.equal(answer.status, 200, answer.text);
  return { id: asked.json.id, text: answer.text };
}

describe('a file holds', () => {
  test('the rows of the own book, the columns asked for, masked as they are seen, and whose it is', async () => {
    const preview = await call('rm001', 'POST', '/api/exports/preview', question);
    assert.deepEqual([preview.json.rows, preview.json.approval], [15, false], preview.text);
    const { id, text } = await exported('rm001', { sort: '-aum' });
    const [notice, head, ...rows] = lines(text);
    assert.equal(text[0], '\uFEFF');
    assert.match(notice!, /内部资料.*王小明（rm001）.*2026-11-20 10:00:00.*文件编号/);
    assert.ok(notice!.includes(id));
    assert.equal(head, '客户号,客户类型,客户分层,管理资产,所属机构,手机号码,开户日期');
    assert.equal(rows.length, 15);
    const first = rows.find((row) => row.startsWith('C1001,'));
    assert.equal(first, 'C1001,个人,,1000.00,东城支行,138****0001,2020-01-01');
    assert.ok(
      rows.every((row) => row.includes('138****')),
      'the phone stays masked',
    );
    assert.ok(
      rows.every((row) => row.includes('东城支行')),
      'nobody of another book',
    );
  });

  test('what the role may take along and nothing else, refused by name', async () => {
    const name = await request('rm001', { columns: ['number', 'name'] });
    assert.deepEqual(
      [name.status, name.json.code, name.json.field],
      [403, 'disclosure.columns_not_exportable', 'columns'],
    );
    assert.match(name.json.message, /姓名/);
    for (const columns of [['pinyin'], ['nothing'], ['created_at']]) {
      assert.equal((await request('rm001', { columns })).status, 403, columns[0]);
    }
    assert.equal((await request('service')).status, 403, 'no right to export at all');
    assert.equal((await request('admin')).status, 403);
    assert.equal(
      (await request('rm001', { entity: 'household', columns: ['name'] })).json.code,
      'disclosure.export_not_allowed',
    );
    assert.equal((await request('rm001', { filter: ['phone:eq:13800010001'] })).status, 403, 'masked: no filter');
    assert.equal((await request('rm001', { filter: ['number:eq:C1002'] })).json.code, 'disclosure.nothing_to_export');
    assert.equal((await request('rm001', { purpose: 'contact' })).json.code, 'disclosure.purpose_unknown');
    const masked = await exported('compliance', {
      columns: ['number', 'name'],
      purpose: 'conduct_check',
      filter: ['number:in:C1001,C1002'],
    });
    assert.deepEqual(lines(masked.text).slice(2).sort(), ['C1001,欧阳**', 'C1002,单**']);
  });

  test("the name of a customer in another list only as far as the customer's own name may leave", async () => {
    await seedRows(database, model, 'interaction', [
      {
        key: 'i1',
        customer: ids.customer(1),
        at: '2026-11-19T02:00:00Z',
        channel: 'phone',
        summary: '=HYPERLINK("http://x","y")',
      },
    ]);
    const { text } = await exported('rm001', {
      entity: 'interaction',
      columns: ['customer', 'channel', 'summary', 'at'],
    });
    assert.equal(lines(text)[2], '欧阳**,电话,"\'=HYPERLINK(""http://x"",""y"")",2026-11-19 10:00:00');
  });

  test('no cell that a spreadsheet calculates, in ASCII or full width, and numbers as numbers', async () => {
    const texts = ['=1+1', '+1', '-1+2', '@SUM(A1)', '\t=1', '\r=1', '＝1+1', '＋1', '－1', '＠A1', ' =1', '正常'];
    await seedRows(
      database,
      model,
      'customer',
      texts.map((occupation, index) => ({
        key: `f${index}`,
        name: `公式${index}`,
        kind: 'person',
        number: `F${index}`,
        occupation,
        owner: ids.user('rm002'),
        branch: ids.unit('west'),
        status: 'active',
      })),
    );
    await database.query("update customer set aum = -5 where number = 'F0'");
    const { text } = await exported('rm002', {
      columns: ['number', 'occupation', 'aum'],
      filter: ['number:prefix:F'],
      sort: 'id',
    });
    const cells = plain(text).match(/F\d+,("[^"]*"|[^,]*)/g)!;
    assert.equal(cells.length, texts.length);
    for (const cell of cells) {
      const value = cell.slice(cell.indexOf(',') + 1).replaceAll('"', '');
      assert.doesNotMatch(value, /^[\s]*[=+\-@＝＋－＠]/u, cell);
    }
    assert.match(plain(text), /F0,'=1\+1,-5\.00/);
  });

  test('typed dates and numbers and inline texts in a workbook', async () => {
    const asked = await request('rm002', {
      format: 'xlsx',
      columns: ['number', 'occupation', 'aum', 'since'],
      sort: 'id',
    });
    await work();
    const answer = readFileSync(path.join(home, 'exports', `${asked.json.id}.xlsx`));
    const parts = unzip(answer);
    assert.deepEqual([...parts.keys()].sort(), [
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/styles.xml',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
      'xl/worksheets/sheet2.xml',
    ]);
    const rows = parts.get('xl/worksheets/sheet2.xml')!;
    assert.doesNotMatch(rows, /<f[ >]/, 'no formula');
    assert.match(plain(rows), /t="inlineStr"><is><t xml:space="preserve">=1\+1<\/t>/);
    assert.match(rows, /<c s="2"><v>2000(\.00)?<\/v>/);
    assert.match(rows, /<c s="3"><v>43831<\/v>/, '2020-01-01');
    assert.match(parts.get('xl/worksheets/sheet1.xml')!, /李小红（rm002）/);
    assert.equal(
      (await file('rm002', asked.json.id)).headers['content-type'],
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    );
  });
});

/** The entries of a ZIP file by its central directory. */
function unzip(bytes: Buffer): Map<string, string> {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const parts = new Map<string, string>();
  for (let at = bytes.readUInt32LE(end + 16), left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [packed, nameLength] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28)];
    const offset = bytes.readUInt32LE(at + 42);
    const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
    const name = bytes.subarray(at + 46, at + 46 + nameLength).toString();
    const content = inflateRawSync(bytes.subarray(start, start + packed));
    assert.equal(content.length, bytes.readUInt32LE(at + 24));
    parts.set(name, content.toString());
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return parts;
}

describe('a file is given', () => {
  test('to its maker alone, a few times, each recorded with its hash, and no longer than a day', async () => {
    const { id, text } = await exported('rm001');
    const info = await state('rm001', id);
    assert.equal(info.sha256, createHash('sha256').update(text).digest('hex'));
    assert.deepEqual([info.rows, info.downloads, info.expiresAt], [15, 1, '2026-11-21T02:00:00+00:00']);
    for (const other of ['head01', 'compliance', 'rm002']) assert.equal((await file(other, id)).status, 404, other);
    for (let time = 2; time <= 5; time++) assert.equal((await file('rm001', id)).status, 200);
    assert.equal((await file('rm001', id)).json.code, 'disclosure.downloads_used');
    const { rows } = await database.query<{ detail: { sha256: string; download?: number } }>(
      "select detail from audit_event where action = 'export' and record_id = $1 order by id",
      [id],
    );
    assert.deepEqual(
      rows.map(({ detail }) => detail.download ?? 'written'),
      ['written', 1, 2, 3, 4, 5],
    );
    assert.ok(rows.every(({ detail }) => detail.sha256 === info.sha256));

    const kept = await exported('rm001');
    const where = path.join(home, 'exports', `${kept.id}.csv`);
    await moveTo('2026-11-21T02:00:00Z');
    assert.equal((await file('rm001', kept.id)).status, 410, 'over, though the file is not deleted yet');
    await work();
    assert.ok(!existsSync(where));
    assert.equal((await state('rm001', kept.id)).state, 'expired');
    await moveTo(START);
  });

  test('only as long as the rights hold that it was made with', async () => {
    const { id } = await exported('rm001');
    const role = async (code: string) => {
      await database.query('update "user" set roles = $2 where id = $1', [ids.user('rm001'), `{${code}}`]);
      const heard = async () => (await call('rm001', 'GET', '/api/session')).json.user.roles.join() === code;
      while (!(await heard())) await new Promise((done) => setTimeout(done, 10));
    };
    await role('designer');
    assert.equal((await file('rm001', id)).status, 403, 'no right to export any more');
    await role('rm');
    const open = await exported('rm001', { columns: ['number', 'aum'] });
    await role('auditor');
    assert.equal((await file('rm001', open.id)).status, 403);
    await role('rm');
    assert.equal((await file('rm001', open.id)).status, 200);
    const gone = await request('rm001');
    await role('designer');
    await work();
    await role('rm');
    const refused = await state('rm001', gone.json.id);
    assert.deepEqual([refused.state, existsSync(path.join(home, 'exports', `${gone.json.id}.csv`))], ['failed', false]);
    assert.match(refused.error, /权限已变更/);
  });

  test('not after it was given up', async () => {
    const asked = await request('rm001');
    assert.equal((await call('rm002', 'POST', `/api/exports/${asked.json.id}/cancel`, {})).status, 404);
    assert.equal((await call('rm001', 'POST', `/api/exports/${asked.json.id}/cancel`, {})).json.state, 'cancelled');
    await work();
    assert.equal((await state('rm001', asked.json.id)).state, 'cancelled');
    assert.equal((await file('rm001', asked.json.id)).status, 409);
    const { id } = await exported('rm001');
    await call('rm001', 'POST', `/api/exports/${id}/cancel`, {});
    assert.ok(!existsSync(path.join(home, 'exports', `${id}.csv`)));
  });
});

describe('approval', () => {
  test('is needed from a hundred sensitive rows on, by another person who is not dependent', async () => {
    await seedRows(
      database,
      model,
      'customer',
      Array.from({ length: 120 }, (_, index) => ({
        key: `m${index}`,
        name: `客户${index}`,
        kind: 'person',
        number: `M${String(index).padStart(4, '0')}`,
        owner: ids.user('rm001'),
        branch: ids.unit('east'),
        status: 'active',
        risk_level: 'C3',
      })),
    );
    const columns = ['number', 'risk_level'];
    const few = { filter: ['number:prefix:M00'], columns };
    const [under, over, open] = await Promise.all(
      [few, { columns }, { columns: ['number', 'kind'] }].map((more) =>
        call('rm001', 'POST', '/api/exports/preview', { ...question, ...more }),
      ),
    );
    assert.deepEqual([under!.json.rows, under!.json.approval], [100, true], 'at a hundred');
    assert.deepEqual([over!.json.rows, over!.json.approval], [135, true]);
    assert.equal(open!.json.approval, false, 'many rows, but nothing sensitive');

    const asked = await request('rm001', { columns });
    assert.equal(asked.json.state, 'requested', asked.text);
    const { id } = asked.json;
    assert.equal(await work(), 0, 'nothing is written before');
    const approve = (as: string) => call(as, 'POST', `/api/exports/${id}/approve`, {});
    assert.equal((await approve('rm001')).status, 403);
    assert.equal((await approve('rm002')).status, 403);
    await seedRows(database, model, 'delegation', [
      {
        key: 'd',
        from_user: ids.user('head01'),
        to_user: ids.user('rm001'),
        starts_on: '2026-11-20',
        ends_on: '2026-11-20',
        reason: '外出',
      },
    ]);
    const standsIn = async () =>
      (await call('rm001', 'GET', '/api/session')).json.permissions.includes('exports.approve');
    while (!(await standsIn())) await new Promise((done) => setTimeout(done, 10));
    assert.equal(
      (await approve('rm001')).json.code,
      'disclosure.own_request',
      'with the rights of whom he stands in for',
    );
    assert.equal((await approve('head01')).json.code, 'disclosure.deputy');
    const waiting = (await call('head02', 'GET', '/api/approvals')).json.waiting;
    assert.deepEqual(
      waiting.map((item: { id: string; rowsExpected: number }) => [item.id, item.rowsExpected]),
      [[id, 135]],
    );
    assert.equal((await approve('head02')).status, 204);
    await database.query('delete from delegation');
    await work();
    assert.equal((await state('rm001', id)).state, 'done');
    assert.equal(lines((await file('rm001', id)).text).length, 137);
  });

  test('a refused request is never written, and what grew beyond what was allowed is not either', async () => {
    const asked = await request('rm001', { columns: ['number', 'risk_level'] });
    const refuse = (note?: string) => call('head01', 'POST', `/api/exports/${asked.json.id}/refuse`, { note });
    assert.equal((await refuse()).json.code, 'disclosure.note_needed');
    assert.equal((await refuse('范围过大')).status, 204);
    assert.equal((await state('rm001', asked.json.id)).state, 'refused');
    const small = await request('rm001', { columns: ['number', 'risk_level'], filter: ['number:prefix:G'] });
    assert.equal(small.json.code, 'disclosure.nothing_to_export');
    const few = await request('rm001', { columns: ['number', 'risk_level'], filter: ['number:prefix:M001'] });
    assert.equal(few.json.state, 'queued');
    await database.query("update customer set number = 'M001' || number where number like 'M0%'");
    await work();
    const grown = await state('rm001', few.json.id);
    assert.equal(grown.state, 'failed');
    assert.match(grown.error, /重新申请/);
    await database.query("update customer set number = substr(number, 5) where number like 'M001M%'");
  });
});

describe('a leaked table', () => {
  const identify = (text: string, as = 'auditor') => call(as, 'POST', '/api/exports/identify', { text });

  test('leads to its exporter, by one cell or by the very file; auditors alone may ask', async () => {
    const mine = await exported('rm001', { columns: ['number', 'branch', 'kind'] });
    const other = await exported('rm002', { columns: ['number', 'branch', 'kind'] });
    const whole = (await identify(mine.text)).json.found;
    assert.deepEqual([whole.by, whole.export.id, whole.export.maker.username], ['file', mine.id, 'rm001']);
    const cell = other.text.split('\r\n')[3]!.split(',')[1]!;
    const one = (await identify(`机构\n${cell}\n`)).json.found;
    assert.deepEqual([one.by, one.export.id], ['signs', other.id]);
    assert.equal((await identify('机构\n东城支行\n')).json.found, null);
    assert.equal((await identify(mine.text, 'compliance')).status, 403);
    assert.equal((await identify(mine.text, 'security')).status, 403);
  });
});
