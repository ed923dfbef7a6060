import type { Database, Queryable } from '#database';
import type { Clock, Text } from '#kernel';
import {
  beginning,
  type ChainRow,
  chainOf,
  digestOf,
  follow,
  type Head,
  nameOf,
  type Position,
  readBases,
  readChain,
  readHeads,
} from './chain.ts';
import { type Finding, type Findings, findings } from './finding.ts';
import type { RetentionClass } from './retention.ts';
import { advance, type Heads, isLineSigned, lineHash, merkleRoot, type Root, readRoot } from './root.ts';
import { filesOf, readWitness, type Witness } from './witness.ts';

export interface VerifyOptions {
  clock: Clock;
  /** Public keys whose roots count. */
  trusted: ReadonlySet<string>;
  witnesses: readonly Witness[];
  classes: readonly RetentionClass[];
  /** Events looked at so far and in all. */
  onProgress?(done: number, total: number): void;
}

export interface Verdict {
  /** Nothing was tampered with. */
  sound: boolean;
  events: number;
  chains: number;
  roots: number;
  /** The first of them; `findingCount` counts all. */
  findings: Finding[];
  findingCount: number;
  /** Worth knowing, no tampering. */
  notes: Text[];
}

/** Roots whose positions are compared in one walk over the chains: bounds the memory. */
const ROOTS_AT_ONCE = 1_000;
const OUTSIDE_MAX = 10_000;

/** What a signed root says about one chain. */
interface Expectation extends Position {
  root: number;
}

/** Where a walk over a chain has arrived. */
interface Walked extends Position {
  /** A break is told once: after it every later root would disagree too. */
  broken: boolean;
}

interface Verification {
  tx: Queryable;
  options: VerifyOptions;
  found: Findings;
  heads: Map<string, Head>;
  bases: Map<string, Position>;
  /** Instant of the root that vouches for a base. */
  provenBases: Map<string, { at: string; root: number }>;
  walked: Map<string, Walked>;
  events: number;
  total: number;
}

/**
 * Compares every event with its chain, every chain with the signed roots, the roots with each other and with the witnesses.
 * Reads one moment of the database; memory does not grow with the audit.
 */
export async function verifyAudit(db: Database, options: VerifyOptions): Promise<Verdict> {
  return await db.transaction((tx) => verifyIn(tx, options), {
    isolation: 'repeatable read',
    readOnly: true,
    statementTimeoutMs: 0,
  });
}

/** The same on a transaction of the caller's. */
export async function verifyIn(tx: Queryable, options: VerifyOptions): Promise<Verdict> {
  const found = findings();
  const heads = await readHeads(tx);
  const { rows: counts } = await tx.query<{ total: string; outside: string; newest: string }>(
    `select count(*) as total, count(*) filter (where retention is null or shard is null or seq is null) as outside,
       (select coalesce(max(number), 0) from audit_root) as newest from audit_event`,
  );
  const { total, outside, newest } = counts[0]!;
  const work: Verification = {
    tx,
    options,
    found,
    heads: new Map(heads.map((head) => [nameOf(head), head])),
    bases: await readBases(tx),
    provenBases: new Map(),
    walked: new Map(),
    events: 0,
    total: Number(total),
  };
  const notes: Text[] = [];
  const witnessed = new Map<number, string>();
  for (const witness of options.witnesses) {
    if (Number(newest) > 0 && filesOf(witness).length === 0) {
      notes.push({
        zh: `见证处没有可对照的内容：${witness}`,
        en: `the witness holds nothing to compare with: ${witness}`,
      });
    } else await compareWitness(work, witness, Number(newest), witnessed);
  }
  const roots = await checkRoots(work, witnessed);
  // What came after the last root, and chains that no root knows yet.
  for (const head of heads) await walk(work, nameOf(head), []);
  checkBases(work);
  const notWalked = Number(total) - work.events;
  const stray = Math.max(Number(outside), notWalked);
  if (stray > 0) found.add('events_outside', { count: stray });
  return {
    sound: found.count === 0,
    events: work.events,
    chains: heads.length,
    roots,
    findings: found.found,
    findingCount: found.count,
    notes,
  };
}

async function* rootLines(tx: Queryable): AsyncGenerator<{ number: number; line: string }> {
  for (let last = 0; ; ) {
    const { rows } = await tx.query<{ number: string; line: string }>(
      'select number, line from audit_root where number > $1 order by number limit $2',
      [last, ROOTS_AT_ONCE],
    );
    for (const { number, line } of rows) yield { number: Number(number), line };
    if (rows.length < ROOTS_AT_ONCE) return;
    last = Number(rows.at(-1)!.number);
  }
}

/** Reads a witness beside the database's roots; what it has otherwise is kept, for it is the witness that is believed. */
async function compareWitness(
  { tx, found, options }: Verification,
  witness: Witness,
  newest: number,
  witnessed: Map<number, string>,
): Promise<void> {
  const stored = rootLines(tx);
  let current = await stored.next();
  let last: number | undefined;
  for await (const { file, line, text } of readWitness(witness)) {
    const place = `${file}:${line}`;
    const root = readRoot(text);
    if (!root || !options.trusted.has(root.key) || !isLineSigned(text, root.key)) {
      found.add('witness_unreadable', { place });
      continue;
    }
    const { number } = root;
    if (last !== undefined && number > last + 1)
      found.add('witness_gap', { from: last + 1, to: number - 1, place: file });
    last = number;
    while (!current.done && current.value.number < number) current = await stored.next();
    if (!current.done && current.value.number === number && current.value.line === text) continue;
    if (witnessed.size < OUTSIDE_MAX) witnessed.set(number, text);
    if (number > newest) found.add('witness_ahead', { root: number, place });
    else found.add('witness_differs', { root: number, place });
  }
}

/** Checks the roots one after the other, and in groups what they say about the chains. Returns how many there are. */
async function checkRoots(work: Verification, witnessed: ReadonlyMap<number, string>): Promise<number> {
  const heads: Heads = new Map();
  let expected = new Map<string, Expectation[]>();
  let previous: string | null = null;
  let last = 0;
  let waiting = 0;
  const flush = async () => {
    for (const [chain, positions] of expected) await walk(work, chain, positions);
    expected = new Map();
    waiting = 0;
  };
  const check = async (number: number, stored: string) => {
    const line = witnessed.get(number) ?? stored;
    if (number > last + 1) work.found.add('root_missing', { from: last + 1, to: number - 1 });
    const root = checkRoot(work, number, line, number === last + 1 ? previous : undefined, heads);
    previous = lineHash(line);
    last = number;
    if (!root) return;
    for (const [retention, shard, seq, hash] of root.heads) {
      const chain = nameOf({ retention, shard });
      const positions = expected.get(chain) ?? [];
      positions.push({ seq, hash, root: number });
      expected.set(chain, positions);
      noteBase(work, chain, { seq, hash }, root);
    }
    waiting += 1;
    if (waiting >= ROOTS_AT_ONCE) await flush();
  };
  for await (const { number, line } of rootLines(work.tx)) await check(number, line);
  const further = [...witnessed].filter(([number]) => number > last).sort(([a], [b]) => a - b);
  for (const [number, line] of further) await check(number, line);
  await flush();
  return last;
}

/** One line by itself, its link to the one before, and its Merkle root over the chains so far. */
function checkRoot(
  { found, options }: Verification,
  number: number,
  line: string,
  previous: string | null | undefined,
  heads: Heads,
): Root | undefined {
  const root = readRoot(line);
  if (root?.number !== number) {
    found.add('root_unreadable', { root: number });
    return undefined;
  }
  if (!options.trusted.has(root.key) || !isLineSigned(line, root.key)) {
    found.add('root_unsigned', { root: number });
    return undefined;
  }
  if (previous !== undefined && root.previous !== previous) found.add('root_unlinked', { root: number });
  advance(heads, root);
  if (merkleRoot(heads) !== root.root) found.add('root_contradicts', { root: number });
  return root;
}

/** Walks a chain on: to the last of the positions, or to its end when none are given. */
async function walk(work: Verification, chain: string, positions: readonly Expectation[]): Promise<void> {
  const base = work.bases.get(chain) ?? beginning;
  const walked = work.walked.get(chain) ?? { ...base, broken: false };
  work.walked.set(chain, walked);
  const from = BigInt(base.seq);
  const ahead = positions.filter(({ seq }) => BigInt(seq) > from);
  const target = ahead.at(-1)?.seq ?? (positions.length > 0 ? undefined : work.heads.get(chain)?.seq);
  if (target === undefined) return;
  let next = 0;
  for await (const rows of readChain(work.tx, chainOf(chain), walked.seq, target)) {
    for (const row of rows) {
      // Roots about positions already passed, which only a break before can bring about.
      while (ahead[next] && BigInt(ahead[next]!.seq) < BigInt(row.seq)) breakAt(work, chain, walked, ahead[next++]!);
      take(work.found, chain, walked, row);
      const expectation = ahead[next];
      if (expectation?.seq === row.seq) {
        next += 1;
        if (expectation.hash !== row.hash) breakAt(work, chain, walked, expectation);
      }
    }
    work.events += rows.length;
    work.options.onProgress?.(work.events, work.total);
  }
  const missing = ahead[next];
  if (missing && !walked.broken) {
    walked.broken = true;
    work.found.add('chain_cut', { chain, last: walked.seq, seq: missing.seq, root: missing.root });
  }
}

function breakAt(work: Verification, chain: string, walked: Walked, { seq, root }: Expectation): void {
  if (walked.broken) return;
  walked.broken = true;
  work.found.add('chain_rewritten', { chain, seq, root });
}

/** Links one event to the one before. */
export function take(found: Findings, chain: string, walked: Position, row: Omit<ChainRow, 'salt' | 'detail'>): void {
  const expected = Number(walked.seq) + 1;
  const seq = Number(row.seq);
  if (seq < expected) found.add('event_inserted', { chain, seq: row.seq });
  else if (seq > expected) found.add('events_missing', { chain, from: expected, to: seq - 1 });
  // Across a gap the content cannot be judged, and what is told of the gap suffices; the stored hash carries on.
  else if (!row.fits || follow(walked.hash, digestOf(row.canonical)) !== row.hash) {
    found.add('event_changed', { chain, seq: row.seq });
  }
  walked.seq = row.seq;
  walked.hash = row.hash;
}

/** A root that names exactly the position from which a shortened chain begins vouches for the part that is gone. */
function noteBase(work: Verification, chain: string, position: Position, root: Root): void {
  const base = work.bases.get(chain);
  if (base && base.seq === position.seq && base.hash === position.hash) {
    work.provenBases.set(chain, { at: root.at, root: root.number });
  }
}

function checkBases({ bases, provenBases, found, options }: Verification): void {
  const longest = Math.max(...options.classes.map(({ months }) => months));
  for (const [chain, { seq }] of bases) {
    const proven = provenBases.get(chain);
    if (!proven) {
      found.add('base_unproven', { chain, seq });
      continue;
    }
    const months = options.classes.find(({ code }) => code === chainOf(chain).retention)?.months ?? longest;
    if (Date.parse(proven.at) > expiry(options.clock(), months).getTime()) {
      found.add('base_early', { chain, seq, root: proven.root });
    }
  }
}

/** What was signed up to this instant has been kept for so many months. */
export function expiry(now: Date, months: number): Date {
  const date = new Date(now);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date;
}
