import assert from 'node:assert/strict';
import path from 'node:path';
import {
  type AuditAction,
  catchUp,
  findingText,
  makeRoot,
  readRetention,
  record,
  signingKey,
  trustedKeys,
  type Verdict,
  verifyIn,
} from '#audit';
import type { Database, Transaction } from '#database';
import { fixedClock, systemActor } from '#kernel';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import type { CampaignContext, Prove } from '../harness.ts';
import type { Random } from '../random.ts';

const ATTACKS = 1_000;
const EVENTS = 600;
const ROOTS = 12;
/** Healthy audits looked at besides: a verifier that always cries wolf finds every attack too. */
const CONTROLS = 20;

/**
 * Random changes that somebody with all rights over the database can make, each on the same audit and taken back afterwards: every
 * one must be found. He may do everything to the database and nothing to the witness, and he has not the signing key.
 */
export const prove: Prove = async (ctx, trials) => {
  const { database, random, clock } = ctx;
  const model = packModel();
  await migrate(database, model);
  const keys = path.join(ctx.folder, 'keys');
  const witness = path.join(ctx.folder, 'witness');
  const now = fixedClock(clock());
  await fill(ctx, async () => {
    await makeRoot(database, now, signingKey(keys));
    await catchUp(database, witness);
  });
  const options = {
    clock: now,
    trusted: trustedKeys(keys),
    witnesses: [witness],
    classes: readRetention(model.data('retention')),
  };
  const verdictAfter = (change: (tx: Transaction) => Promise<void>) =>
    undone(database, async (tx) => {
      await change(tx);
      return await verifyIn(tx, options);
    });
  const attacks = Math.max(attackNames.length, Math.round(ATTACKS * ctx.scale));
  const found: Record<string, number> = {};
  const milliseconds: number[] = [];
  const stage = ctx.progress.stage({ zh: '攻击审计', en: 'attacking the audit' }, attacks);
  const control = () =>
    trials.trial('control: an untouched audit is sound', async () => {
      const { sound, findings } = await verdictAfter(async () => {});
      assert.ok(sound, findings.map((finding) => findingText(finding, 'en')).join('; '));
    });
  await control();
  for (let number = 0; number < attacks; number += 1) {
    const name = attackNames[number % attackNames.length]!;
    await trials.trial(`${name} (${number})`, async () => {
      let done = '';
      const started = performance.now();
      const verdict = await verdictAfter(async (tx) => {
        await disarm(tx);
        done = await attackTable[name]!(tx, random);
      });
      milliseconds.push(performance.now() - started);
      assert.ok(!verdict.sound, `not found: ${done}`);
      note(found, verdict);
    });
    if (number % Math.ceil(attacks / CONTROLS) === 0) await control();
    stage.update(number + 1, attacks);
  }
  stage.end();
  milliseconds.sort((a, b) => a - b);
  return { attacks, kinds: attackNames.length, found, medianMs: Math.round(milliseconds[milliseconds.length >> 1]!) };
};

function note(found: Record<string, number>, { findings }: Verdict): void {
  for (const kind of new Set(findings.map((finding) => finding.kind))) found[kind] = (found[kind] ?? 0) + 1;
}

/** Runs the body in a transaction that never happened. */
async function undone<T>(db: Database, body: (tx: Transaction) => Promise<T>): Promise<T> {
  let value: T | undefined;
  const enough = new Error('taken back');
  await db
    .transaction(async (tx) => {
      value = await body(tx);
      throw enough;
    })
    .catch((error: unknown) => {
      if (error !== enough) throw error;
    });
  return value as T;
}

/** Events of several people and kinds in several chains at once, with a root now and then. */
async function fill({ database, random, clock }: CampaignContext, root: () => Promise<void>): Promise<void> {
  const actions: AuditAction[] = ['view', 'update', 'sign_in', 'create', 'reveal', 'configure'];
  for (let round = 0; round < ROOTS; round += 1) {
    await Promise.all(
      [1, 2, 3, 4].map((writer) =>
        database.transaction(async (tx) => {
          for (let each = 0; each < EVENTS / ROOTS / 4; each += 1) {
            const id = String(1 + random.below(50));
            await record(tx, {
              at: clock(),
              actor: { ...systemActor, userId: String(writer), username: `user${writer}` },
              action: actions[random.below(actions.length)]!,
              entity: 'customer',
              recordId: id,
              customerId: id,
              detail: each % 3 === 0 ? undefined : { before: { phone: id }, after: { phone: `${id}${each}` } },
            });
          }
        }),
      ),
    );
    await root();
  }
}

/** What keeps an owner from changing anything: nothing. */
async function disarm(tx: Transaction): Promise<void> {
  await tx.query('alter table audit_event disable trigger user; alter table audit_root disable trigger user');
}

interface Row {
  id: string;
  retention: string;
  shard: number;
  seq: string;
}

async function anyEvent(tx: Transaction, random: Random, where = 'true'): Promise<Row> {
  const { rows } = await tx.query<Row>(`select id, retention, shard, seq from audit_event where ${where} order by id`);
  return rows[random.below(rows.length)]!;
}

const inChain = ({ retention, shard }: Row) => `retention = '${retention}' and shard = ${shard}`;

/** Links the events of a chain from a position on anew, with right hashes; the way of somebody who has read the program. */
async function rehash(tx: Transaction, row: Row): Promise<void> {
  await tx.query(`do $$
    declare
      r audit_event;
      e audit_event;
      before bytea;
    begin
      perform set_config('timezone', 'UTC', true);
      select hash into before from audit_event where ${inChain(row)} and seq < ${row.seq} order by seq desc limit 1;
      before := coalesce(before, decode(repeat('00', 32), 'hex'));
      for r in select * from audit_event where ${inChain(row)} and seq >= ${row.seq} order by seq loop
        e := r;
        if e.detail is not null then
          e.detail_hash := sha256(uuid_send(e.salt) || convert_to(e.detail::text, 'UTF8'));
        end if;
        r.detail_hash := e.detail_hash;
        e.detail := null;
        e.salt := null;
        e.hash := null;
        before := sha256(before || sha256(convert_to(to_json(e)::text, 'UTF8')));
        update audit_event set hash = before, detail_hash = r.detail_hash where id = r.id;
      end loop;
    end $$`);
}

/** Changes one column of one event so that it really differs. */
const edits: readonly string[] = [
  "at = at - interval '1 microsecond'",
  'actor_id = coalesce(actor_id, 0) + 1',
  "actor = actor || 'x'",
  "action = case action when 'view' then 'update' else 'view' end",
  "entity = 'household'",
  'record_id = record_id + 1',
  'customer_id = null',
  `detail = coalesce(detail, '{}') || '{"x": 1}'`,
  "decision = case decision when 'allowed' then 'denied' else 'allowed' end",
  "purpose = 'because'",
  "rule = 'none'",
  `origin = '{"address": "1.2.3.4"}'`,
  'shard = 40',
  'salt = gen_random_uuid()',
  'seq = seq + 100000',
  'hash = sha256(hash)',
  "detail_hash = sha256('x')",
  'id = default',
];

async function edit(tx: Transaction, random: Random, row: Row): Promise<string> {
  const change = edits[random.below(edits.length)]!;
  const values = change.startsWith('id =') ? 'id = (select max(id) + 1 from audit_event)' : change;
  await tx.query(`alter table audit_event alter column id drop identity`);
  await tx.query(`update audit_event set ${values} where id = ${row.id}`);
  return `${values} of ${row.retention}/${row.shard} ${row.seq}`;
}

const told = (row: Row) => `${row.retention}/${row.shard} ${row.seq}`;

const attackTable: Record<string, (tx: Transaction, random: Random) => Promise<string>> = {
  'edit a column': async (tx, random) => edit(tx, random, await anyEvent(tx, random)),
  'delete events': async (tx, random) => {
    const row = await anyEvent(tx, random);
    const more = random.below(4);
    await tx.query(`delete from audit_event where ${inChain(row)} and seq between ${row.seq} and ${row.seq} + ${more}`);
    return told(row);
  },
  'delete events and close the gap': async (tx, random) => {
    const row = await anyEvent(tx, random);
    await tx.query(`delete from audit_event where id = ${row.id}`);
    await tx.query('drop index audit_event_chain');
    await tx.query(`update audit_event set seq = seq - 1 where ${inChain(row)} and seq > ${row.seq}`);
    await tx.query('create unique index audit_event_chain on audit_event (retention, shard, seq)');
    if (random.below(2) === 1) await rehash(tx, row);
    return told(row);
  },
  'insert an event': async (tx, random) => {
    const row = await anyEvent(tx, random);
    await tx.query('drop index audit_event_chain');
    const columns = 'at, actor, action, retention, shard, seq, hash';
    const shifted = random.below(3);
    if (shifted > 0) await tx.query(`update audit_event set seq = seq + 1 where ${inChain(row)} and seq >= ${row.seq}`);
    await tx.query(`insert into audit_event (${columns}) select now(), 'nobody', 'view', retention, shard, seq - ${shifted > 0 ? 1 : 0}, hash
      from audit_event where id = ${row.id}`);
    if (shifted > 1) await rehash(tx, row);
    return `${told(row)} shifted ${shifted}`;
  },
  'insert outside all chains': async (tx) => {
    await tx.query('alter table audit_event alter column seq drop not null, alter column hash drop not null');
    await tx.query(
      "insert into audit_event (at, actor, action, retention, shard) values (now(), 'nobody', 'view', 'securities', 3)",
    );
    return 'without a position';
  },
  'swap two events': async (tx, random) => {
    const row = await anyEvent(tx, random);
    const other = await anyEvent(tx, random, `id <> ${row.id}`);
    const columns = 'actor, actor_id, record_id, customer_id, detail, salt, detail_hash';
    const values = columns.split(', ').map((column) => `o.${column}`);
    await tx.query(`update audit_event a set (${columns}) = (select ${values.join(', ')} from audit_event o
        where o.id = case a.id when ${row.id} then ${other.id} else ${row.id} end), at = at + interval '1 second'
      where id in (${row.id}, ${other.id})`);
    return `${told(row)} with ${told(other)}`;
  },
  'cut the end of a chain': async (tx, random) => {
    const row = await anyEvent(tx, random);
    await tx.query(`delete from audit_event where ${inChain(row)} and seq >= ${row.seq}`);
    return told(row);
  },
  'cut the end and forge anchors and roots': async (tx, random) => {
    const row = await anyEvent(tx, random);
    await tx.query(`delete from audit_event where ${inChain(row)} and seq >= ${row.seq}`);
    await tx.query(`delete from audit_anchor where ${inChain(row)} and seq >= ${row.seq}`);
    const { rows } = await tx.query<{ number: string }>('select number from audit_root order by number');
    const from = rows[random.below(rows.length)]!.number;
    await tx.query(`delete from audit_root where number >= ${from}`);
    return `${told(row)} and roots from ${from}`;
  },
  'rewrite a chain from k': async (tx, random) => {
    const row = await anyEvent(tx, random);
    await tx.query(`update audit_event set actor = 'somebody else' where id = ${row.id}`);
    await rehash(tx, row);
    return told(row);
  },
  'rewrite a chain from k and the roots with another key': async (tx, random) => {
    const row = await anyEvent(tx, random);
    await tx.query(
      `update audit_event set actor = 'somebody else', detail = '{}', salt = gen_random_uuid() where id = ${row.id}`,
    );
    await rehash(tx, row);
    await tx.query(`update audit_anchor a set hash = e.hash from audit_event e
      where (e.retention, e.shard, e.seq) = (a.retention, a.shard, a.seq)`);
    await tx.query(
      `update audit_root set line = regexp_replace(line, '"signature":"[^"]{8}', '"signature":"AAAAAAAA')`,
    );
    return told(row);
  },
  'move the beginning of a chain': async (tx, random) => {
    const row = await anyEvent(tx, random);
    await tx.query(`insert into audit_base select retention, shard, seq, hash from audit_event where id = ${row.id}`);
    await tx.query(`delete from audit_event where ${inChain(row)} and seq <= ${row.seq}`);
    return told(row);
  },
  'edit a root': async (tx, random) => {
    const changes = [
      `line = replace(line, '"events":"', '"events":"1')`,
      `line = regexp_replace(line, '"root":"[0-9a-f]{4}', '"root":"0f0f')`,
      "line = '{}'",
      "line = line || ' '",
      `line = regexp_replace(line, '"at":"20', '"at":"19')`,
    ];
    const { rows } = await tx.query<{ number: string }>('select number from audit_root order by number');
    const { number } = rows[random.below(rows.length)]!;
    const change = changes[random.below(changes.length)]!;
    await tx.query(`update audit_root set ${change} where number = ${number}`);
    return `${change} of root ${number}`;
  },
  'delete a root': async (tx, random) => {
    const { rows } = await tx.query<{ number: string }>('select number from audit_root order by number');
    const { number } = rows[random.below(rows.length)]!;
    await tx.query(`delete from audit_root where number = ${number}`);
    return `root ${number}`;
  },
  'empty everything': async (tx) => {
    await tx.query('truncate audit_event, audit_root, audit_anchor, audit_base');
    return 'all';
  },
};

const attackNames = Object.keys(attackTable);
