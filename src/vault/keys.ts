import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Database, prepared, type Queryable, type Transaction } from '#database';
import { type Clock, Failure } from '#kernel';
import { blindIndex, type IndexForm } from './blind-index.ts';
import { type CipherCode, type CipherKey, deriveKey, openValue, readSealed, sealValue } from './cipher.ts';
import { kinds } from './failures.ts';
import type { MasterKeys } from './master.ts';

export interface Vault {
  master: MasterKeys;
  clock: Clock;
  /** The cipher of data keys made from now on; existing ones keep theirs. */
  cipher: CipherCode;
}

export const limits = {
  /** Unwrapped keys are forgotten after this, so that a master key taken away is felt. */
  cacheMs: 5 * 60_000,
  rotateDays: 90,
  /** A quarter of the 2^32 that SP 800-38D allows with random nonces. */
  usesMax: 2 ** 30,
  /** Uses handed to a process at once. */
  usesBlock: 2 ** 17,
  dayMs: 86_400_000,
};

let opened: Vault | undefined;
const unwrapped = new Map<string, { row: KeyRow; secret: KeyObject; until: number }>();
/** Uses left of the block that this process holds. */
let usesLeft = 0;

/** Says where this process finds its master key; once at start, before the first sealed value. */
export function openVault(vault: Vault): void {
  opened = vault;
  unwrapped.clear();
}

/** The vault that was opened. Throws a Failure when none was. */
export function vault(): Vault {
  if (!opened) throw new Failure(kinds.closed);
  return opened;
}

export interface KeyRow {
  id: string;
  kind: 'seal' | 'index';
  purpose: string;
  cipher: CipherCode;
  master: string;
  wrapped: string;
  retired_at: string | null;
}

const KEY_COLUMNS = 'id, kind, purpose, cipher, master, wrapped, retired_at';

/** What a wrapped key is bound to: it cannot pass for the key of something else. */
const placeOf = (row: Pick<KeyRow, 'id' | 'kind' | 'purpose'>) => `data_key/${row.kind}/${row.purpose}/${row.id}`;

/** The secret of a data key, from memory or by the master key. Throws a Failure when that cannot be reached. */
export async function secretOf(row: KeyRow): Promise<KeyObject> {
  const { master, clock } = vault();
  const known = unwrapped.get(row.id);
  if (known && clock().getTime() < known.until) return known.secret;
  unwrapped.delete(row.id);
  let bytes: Buffer;
  try {
    bytes = await master.unwrap(row.master, placeOf(row), row.wrapped);
  } catch (error) {
    if (error instanceof Failure && error.kind === kinds.tampered) throw new Failure(kinds.key_broken, { id: row.id });
    throw error;
  }
  const secret = createSecretKey(bytes);
  unwrapped.set(row.id, { row, secret, until: clock().getTime() + limits.cacheMs });
  return secret;
}

/** The data keys of these ids, from memory where they are there. */
export async function keysById(db: Queryable, ids: readonly string[]): Promise<Map<string, DataKey>> {
  const now = vault().clock().getTime();
  const keys = new Map<string, DataKey>();
  const wanted: string[] = [];
  for (const id of ids) {
    const known = unwrapped.get(id);
    if (known && now < known.until) keys.set(id, { ...known.row, secret: known.secret });
    else wanted.push(id);
  }
  if (wanted.length === 0) return keys;
  const { rows } = await db.query<KeyRow>(
    prepared('vault_keys_by_id', `select ${KEY_COLUMNS} from data_key where id = any($1)`, [wanted]),
  );
  for (const row of rows) keys.set(row.id, { ...row, secret: await secretOf(row) });
  const missing = wanted.find((id) => !keys.has(id));
  if (missing !== undefined) throw new Failure(kinds.key_missing, { id: missing });
  return keys;
}

export interface DataKey extends KeyRow {
  secret: KeyObject;
}

/** What it takes to write and find the sealed values of one entity. */
export interface FieldKeys {
  /** Seals a column's value of a row; `salt` is the person's, null for rows that are nobody's. */
  sealer(rowId: string, salt: Buffer | null): (column: string, value: string) => string;
  /** The blind index of a value, as new values have it. */
  index(column: string, form: IndexForm, value: string): string;
  /** The blind indexes under which the value may stand: more than one while an index key is being replaced. */
  indexes(column: string, form: IndexForm, value: string): string[];
  /** Id of the key that new values are sealed with. */
  current: string;
  /** The same of a column's blind index. */
  currentIndex(column: string): string;
}

/** `customer.phone` of row 7 is sealed for this place and opens nowhere else. */
const valuePlace = (entity: string, column: string, rowId: string) => `${entity}/${column}/${rowId}`;
const EMPTY = Buffer.alloc(0);

/** The person's key, or for rows that are nobody's that of the row. */
function rowKey(key: DataKey, rowId: string, salt: Buffer | null): CipherKey {
  return deriveKey(
    key.cipher,
    key.secret,
    salt ?? EMPTY,
    salt ? `person/${key.purpose}` : `row/${key.purpose}/${rowId}`,
  );
}

/** The keys of an entity. Reads them anew each time: what another process rotated counts at once. */
export async function fieldKeys(db: Queryable, entity: string): Promise<FieldKeys> {
  const { rows } = await db.query<KeyRow>(
    prepared(
      'vault_field_keys',
      `select ${KEY_COLUMNS} from data_key where (kind = 'seal' and purpose = $1 and retired_at is null)
          or (kind = 'index' and purpose like $1 || '.%')
        order by retired_at desc nulls first`,
      [entity],
    ),
  );
  const keys: DataKey[] = [];
  for (const row of rows) keys.push({ ...row, secret: await secretOf(row) });
  const seal = keys.find(({ kind }) => kind === 'seal');
  if (!seal) throw new Failure(kinds.key_missing, { id: entity });
  const ofColumn = (column: string) => {
    const found = keys.filter(({ kind, purpose }) => kind === 'index' && purpose === `${entity}.${column}`);
    if (!found[0]) throw new Failure(kinds.key_missing, { id: `${entity}.${column}` });
    return found;
  };
  const byColumn = new Map<string, DataKey[]>();
  const indexKeys = (column: string) => {
    let found = byColumn.get(column);
    if (!found) {
      found = ofColumn(column);
      byColumn.set(column, found);
    }
    return found;
  };
  return {
    current: seal.id,
    currentIndex: (column) => indexKeys(column)[0]!.id,
    sealer(rowId, salt) {
      const key = rowKey(seal, rowId, salt);
      return (column, value) => sealValue(key, seal.id, valuePlace(entity, column, rowId), value);
    },
    index(column, form, value) {
      const key = indexKeys(column)[0]!;
      return blindIndex(key.secret, key.id, form, value);
    },
    indexes: (column, form, value) => indexKeys(column).map((key) => blindIndex(key.secret, key.id, form, value)),
  };
}

/** A stored value with the place where it stands. */
export interface StoredValue {
  entity: string;
  column: string;
  rowId: string;
  salt: Buffer | null;
  text: string;
}

/** Opens stored values, in their order. Throws a Failure when one was altered or moved, or a key cannot be reached. */
export async function openValues(db: Queryable, values: readonly StoredValue[]): Promise<string[]> {
  const read = values.map((value) => {
    const sealed = readSealed(value.text);
    if (!sealed) throw new Failure(kinds.tampered, { place: valuePlace(value.entity, value.column, value.rowId) });
    return { value, sealed };
  });
  const keys = await keysById(db, [...new Set(read.map(({ sealed }) => sealed.keyId))]);
  // The fields of a row stand together and share their key.
  let last: { key: DataKey; rowId: string; salt: Buffer | null; derived: CipherKey } | undefined;
  return read.map(({ value: { entity, column, rowId, salt }, sealed }) => {
    const key = keys.get(sealed.keyId)!;
    const place = valuePlace(entity, column, rowId);
    if (key.kind !== 'seal' || key.purpose !== entity) throw new Failure(kinds.tampered, { place });
    const same = last && last.key === key && last.rowId === rowId && sameBytes(last.salt, salt);
    if (!same) last = { key, rowId, salt, derived: rowKey(key, rowId, salt) };
    return openValue(last!.derived, sealed, place);
  });
}

function sameBytes(a: Buffer | null, b: Buffer | null): boolean {
  return a === b || (a !== null && b !== null && a.equals(b));
}

/**
 * Takes so many uses out of the count before they happen. Throws a Failure when the data key of the entity is used up, which
 * takes 2^30 values without a rotation.
 */
export async function reserveUses(db: Queryable, count: number): Promise<void> {
  usesLeft -= count;
  while (usesLeft < 0) {
    const { rows } = await db.query<{ block: string; before: string | null }>(
      prepared(
        'vault_uses',
        `select nextval('data_key_uses') as block,
           (select min(uses_before) from data_key where kind = 'seal' and retired_at is null) as before`,
      ),
    );
    const { block, before } = rows[0]!;
    if ((Number(block) - Number(before ?? 0)) * limits.usesBlock > limits.usesMax) {
      usesLeft = 0;
      throw new Failure(kinds.key_exhausted);
    }
    usesLeft += limits.usesBlock;
  }
}

/** One key that ought to exist. */
export interface KeyPurpose {
  kind: KeyRow['kind'];
  /** An entity's code; for an index `entity.column`. */
  purpose: string;
}

/** Makes the keys that are missing; the first call on an empty database makes the master key too. Returns how many it made. */
export async function ensureKeys(tx: Transaction, purposes: readonly KeyPurpose[]): Promise<number> {
  const { rows } = await tx.query<KeyPurpose>('select kind, purpose from data_key where retired_at is null');
  const known = new Set(rows.map(({ kind, purpose }) => `${kind} ${purpose}`));
  const missing = purposes.filter(({ kind, purpose }) => !known.has(`${kind} ${purpose}`));
  if (missing.length === 0) return 0;
  const master = await masterForNew(tx);
  for (const each of missing) await insertKey(tx, each, master);
  return missing.length;
}

/** Master keys are made only where nothing was sealed yet: a lost one must be noticed, not replaced. */
async function masterForNew(tx: Transaction): Promise<string> {
  const { rows } = await tx.query<{ master: string }>('select master from data_key order by created_at desc limit 1');
  if (rows[0]) return rows[0].master;
  const { master } = vault();
  return (await master.list()).at(-1) ?? (await master.make());
}

const ID_BYTES = 6;
const SECRET_BYTES = 32;

async function insertKey(tx: Transaction, { kind, purpose }: KeyPurpose, masterId: string): Promise<void> {
  const { master, clock, cipher } = vault();
  const id = randomBytes(ID_BYTES).toString('base64url');
  const wrapped = await master.wrap(masterId, placeOf({ id, kind, purpose }), randomBytes(SECRET_BYTES), cipher);
  await tx.query(
    `insert into data_key (id, kind, purpose, cipher, master, wrapped, uses_before, created_at)
     select $1, $2, $3, $4, $5, $6, case when is_called then last_value else 0 end, $7 from data_key_uses`,
    [id, kind, purpose, cipher, masterId, wrapped, clock().toISOString()],
  );
}

/**
 * Begins a new epoch: retires the current keys of these kinds and makes new ones, which everything written from now on uses. An
 * epoch whose values still stand under older keys is finished first: then nothing is made, and the answer is false. `also`
 * runs in the same transaction: the record of what was done.
 */
export async function rotateKeys(
  database: Database,
  which: KeyRow['kind'][],
  also: (tx: Transaction) => Promise<void>,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [ROTATION_LOCK]);
    const open = await tx.query('select from data_key where retired_at is not null and unused_at is null limit 1');
    if (open.rowCount > 0) return false;
    const { rows } = await tx.query<KeyPurpose & { filled_at: string | null }>(
      `update data_key set retired_at = $1 where retired_at is null and kind = any($2) returning kind, purpose, filled_at`,
      [vault().clock().toISOString(), which],
    );
    const master = await masterForNew(tx);
    for (const { filled_at, ...purpose } of rows) {
      await insertKey(tx, purpose, master);
      if (filled_at) await markFilled(tx, purpose.purpose);
    }
    await also(tx);
    return true;
  });
}

/** Serialises programs that change keys. */
const ROTATION_LOCK = 7_300_011;

/** Wraps every data key with a new master key; values stay as they are. Old master keys remain where they were. */
export async function rewrapMaster(
  database: Database,
  also: (tx: Transaction, master: string) => Promise<void>,
): Promise<{ master: string; keys: number; milliseconds: number }> {
  const { master } = vault();
  const started = performance.now();
  // Made before the transaction and never taken back: the other way round a crash could leave keys wrapped by nothing.
  const id = await master.make();
  const keys = await database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [ROTATION_LOCK]);
    const { rows } = await tx.query<KeyRow>(`select ${KEY_COLUMNS} from data_key for update`);
    for (const row of rows) {
      const secret = await master.unwrap(row.master, placeOf(row), row.wrapped);
      const wrapped = await master.wrap(id, placeOf(row), secret, row.cipher);
      await tx.query('update data_key set master = $2, wrapped = $3 where id = $1', [row.id, id, wrapped]);
    }
    await also(tx, id);
    return rows.length;
  });
  unwrapped.clear();
  return { master: id, keys, milliseconds: Math.round(performance.now() - started) };
}

/** Blind indexes whose column may still hold values in clear. */
export async function unfilledColumns(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ purpose: string }>(
    "select purpose from data_key where kind = 'index' and retired_at is null and filled_at is null order by purpose",
  );
  return rows.map(({ purpose }) => purpose);
}

/** Notes that every value of the column is sealed. */
export async function markFilled(db: Queryable, purpose: string): Promise<void> {
  await db.query("update data_key set filled_at = $2 where kind = 'index' and purpose = $1 and retired_at is null", [
    purpose,
    vault().clock().toISOString(),
  ]);
}

/** What retired keys were for, as long as they are there: a transaction that began before may still write with one. */
export async function retiredKeys(db: Queryable): Promise<KeyPurpose[]> {
  const { rows } = await db.query<KeyPurpose>(
    'select distinct kind, purpose from data_key where retired_at is not null order by kind, purpose',
  );
  return rows;
}

/** How long a retired key stays after the last value was seen to leave it; longer than any transaction lasts. */
const KEPT_UNUSED_MS = 86_400_000;

/**
 * To be called when nothing was found under the retired keys of these owners (an entity's code, before the point of a purpose):
 * notes that, and deletes for good those of which it was noted a day ago. Keys of others stay. Returns how many were deleted.
 */
export async function dropUnused(db: Queryable, owners: readonly string[]): Promise<number> {
  const now = vault().clock();
  const { rowCount } = await db.query(
    "delete from data_key where unused_at < $1 and split_part(purpose, '.', 1) = any($2)",
    [new Date(now.getTime() - KEPT_UNUSED_MS).toISOString(), owners],
  );
  await db.query(
    `update data_key set unused_at = $1 where retired_at is not null and unused_at is null
       and split_part(purpose, '.', 1) = any($2)`,
    [now.toISOString(), owners],
  );
  return rowCount;
}

export interface KeyStatus {
  id: string;
  kind: KeyRow['kind'];
  purpose: string;
  cipher: CipherCode;
  master: string;
  created_at: string;
  retired_at: string | null;
  unused_at: string | null;
  /** An upper bound: it counts every value sealed since, whichever key sealed it. */
  uses: number;
  /** True when it is the current one and older, or more used, than it may be. */
  due: boolean;
}

export async function keyStatus(db: Queryable): Promise<KeyStatus[]> {
  const { rows } = await db.query<Omit<KeyStatus, 'uses' | 'due'> & { blocks: string }>(
    `select k.id, k.kind, k.purpose, k.cipher, k.master, k.created_at, k.retired_at, k.unused_at,
       (case when s.is_called then s.last_value else 0 end) - k.uses_before as blocks
     from data_key k cross join data_key_uses s order by k.purpose, k.kind, k.created_at`,
  );
  const now = vault().clock().getTime();
  return rows.map(({ blocks, ...row }) => {
    const uses = row.kind === 'seal' ? Number(blocks) * limits.usesBlock : 0;
    const old = now - Date.parse(row.created_at) > limits.rotateDays * limits.dayMs;
    // An index key that changes costs a pass over all values, so it changes when asked for, not with time.
    const due = row.kind === 'seal' && row.retired_at === null && (old || uses > limits.usesMax / 2);
    return { ...row, uses, due };
  });
}

/** Tries every key: unwraps it anew. Throws a Failure for the first that cannot be. */
export async function checkKeys(db: Queryable): Promise<number> {
  const { rows } = await db.query<KeyRow>(`select ${KEY_COLUMNS} from data_key`);
  unwrapped.clear();
  for (const row of rows) await secretOf(row);
  return rows.length;
}
