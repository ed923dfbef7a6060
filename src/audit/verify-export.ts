import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Failure, type Text } from '#kernel';
import { beginning, detailHash, digestOf, follow, nameOf, type Position } from './chain.ts';
import { kinds } from './failures.ts';
import { type Findings, findings } from './finding.ts';
import { isLineSigned, type Root, readRoot } from './root.ts';
import type { Verdict } from './verify.ts';
import { readWitness } from './witness.ts';

export interface VerifyExportOptions {
  /** Public keys that count; without them the key named in the file is taken, which proves less and is said. */
  trusted?: ReadonlySet<string> | undefined;
  /** Roots kept outside: a file or folder of a witness. */
  roots?: string | undefined;
  onProgress?(events: number): void;
}

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const seq = z.string().regex(/^\d{1,19}$/);
const edge = z.object({ seq, hash: hex, root: z.string().nullable() });
const header = z.object({ kind: z.literal('audit-export'), version: z.literal(1), key: z.string() });
const lines = z.union([
  z.object({ chain: z.tuple([z.string(), z.int()]) }),
  z.object({ after: edge }),
  z.object({ until: edge }),
  z.object({ seq, digest: hex }),
  z.object({ shown: z.unknown() }),
  z.object({ kind: z.literal('audit-export-end'), events: z.int(), leftOut: z.int(), sha256: hex, key: z.string() }),
]);

const EVENT = /^\{"seq":"(\d{1,19})","hash":"([0-9a-f]{64})","event":(\{.*\})\}$/s;
const DETAIL = /^\{"salt":"([0-9a-f-]{36})","detail":(.*)\}$/s;

/**
 * Verifies a signed export without a database: the file is whole and signed, each event follows the one before, each stretch begins
 * and ends where a signed root says, and the roots are the ones kept outside.
 */
export async function verifyExport(file: string, options: VerifyExportOptions): Promise<Verdict> {
  const found = findings();
  const notes: Text[] = [];
  const outside = options.roots === undefined ? undefined : await readRoots(options.roots);
  const state: State = {
    found,
    trusted: options.trusted,
    outside,
    chain: '',
    walked: undefined,
    detail: undefined,
    roots: new Map(),
    events: 0,
    leftOut: 0,
    chains: new Set(),
    uncovered: 0,
    end: undefined,
  };
  const hash = createHash('sha256');
  let number = 0;
  for await (const line of createInterface({ input: open(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (number === 1) begin(state, file, line);
    else if (state.end) found.add('line_unreadable', { line: number });
    else if (line.includes('"audit-export-end"')) finish(state, line, hash.digest('hex'), number);
    else readLine(state, line, number);
    if (!state.end) hash.update(`${line}\n`);
    if (number % 10_000 === 0) options.onProgress?.(state.events);
  }
  if (number === 0) throw new Failure(kinds.not_an_export, { file });
  closeEvent(state);
  if (!state.end) found.add('file_cut');
  if (!options.trusted) {
    notes.push({
      zh: '未给出公钥（--public-key）：只证明文件前后一致，未证明由谁签发',
      en: 'no public key was given (--public-key): the file is shown to be consistent, not by whom it was signed',
    });
  }
  if (!outside) {
    notes.push({
      zh: '未给出外部见证的签名根（--roots）：签名密钥的持有者仍可能重写全部内容',
      en: 'no roots kept outside were given (--roots): whoever holds the signing key could have rewritten everything',
    });
  }
  if (state.uncovered > 0) {
    notes.push({
      zh: `最后 ${state.uncovered} 段尚无签名根`,
      en: `stretches at the end that no root covers yet: ${state.uncovered}`,
    });
  }
  return {
    sound: found.count === 0,
    events: state.events,
    chains: state.chains.size,
    roots: state.roots.size,
    findings: found.found,
    findingCount: found.count,
    notes,
  };
}

interface State {
  found: Findings;
  trusted: ReadonlySet<string> | undefined;
  outside: ReadonlyMap<number, string> | undefined;
  chain: string;
  walked: Position | undefined;
  /** Hash of the detail that the last event expects, until the next line shows it. */
  detail: { seq: string; hash: string } | undefined;
  /** Positions by `number chain seq`. */
  roots: Map<number, ReadonlySet<string>>;
  events: number;
  leftOut: number;
  chains: Set<string>;
  uncovered: number;
  end: true | undefined;
}

function open(file: string) {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new Failure(kinds.file_unreadable, { file, reason: (error as Error).message });
  }
  return createReadStream(file);
}

async function readRoots(place: string): Promise<Map<number, string>> {
  const roots = new Map<number, string>();
  for await (const { text } of readWitness(place)) {
    const root = readRoot(text);
    if (root) roots.set(root.number, text);
  }
  if (roots.size === 0) throw new Failure(kinds.file_unreadable, { file: place, reason: 'no roots' });
  return roots;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function begin(state: State, file: string, line: string): void {
  const read = header.safeParse(parse(line));
  if (!read.success) throw new Failure(kinds.not_an_export, { file });
  state.trusted ??= new Set([read.data.key]);
}

function readLine(state: State, line: string, number: number): void {
  const [, position, stored, canonical] = EVENT.exec(line) ?? [];
  const [, salt, detail] = DETAIL.exec(line) ?? [];
  const root = line.startsWith('{"kind":"audit-root"') ? readRoot(line) : undefined;
  if (canonical !== undefined) readEvent(state, position!, stored!, canonical, number);
  else if (detail !== undefined) readDetail(state, salt!, detail, number);
  else if (root) readRootLine(state, line, root);
  else readMark(state, line, number);
}

/** Where chains and stretches begin and end, and events that are there by their digest. */
function readMark(state: State, line: string, number: number): void {
  const read = lines.safeParse(parse(line));
  if (!read.success) {
    state.found.add('line_unreadable', { line: number });
    return;
  }
  const content = read.data;
  if ('shown' in content) return;
  if ('chain' in content) {
    closeEvent(state);
    state.chain = nameOf({ retention: content.chain[0], shard: content.chain[1] });
    state.chains.add(state.chain);
    state.walked = undefined;
  } else if ('after' in content) {
    checkEdge(state, content.after, true);
    state.walked = { seq: content.after.seq, hash: content.after.hash };
  } else if ('until' in content) {
    closeEvent(state);
    const { seq: last, hash } = content.until;
    if (state.walked?.seq !== last) cut(state, last);
    else if (state.walked.hash !== hash) state.found.add('event_changed', { chain: state.chain, seq: last });
    checkEdge(state, content.until, false);
    state.walked = undefined;
  } else if ('digest' in content) {
    closeEvent(state);
    state.leftOut += 1;
    step(state, content.seq, content.digest, undefined, number);
  }
}

function cut(state: State, last: string): void {
  const from = Number(state.walked?.seq ?? 0) + 1;
  state.found.add('events_missing', { chain: state.chain, from, to: last });
}

function readEvent(state: State, position: string, stored: string, canonical: string, number: number): void {
  closeEvent(state);
  state.events += 1;
  const event = parse(canonical) as Record<string, unknown> | undefined;
  const own = event && `${event.retention}/${event.shard} ${event.seq}`;
  if (own !== `${state.chain} ${position}`) state.found.add('event_changed', { chain: state.chain, seq: position });
  step(state, position, digestOf(canonical), stored, number);
  const hash = typeof event?.detail_hash === 'string' ? event.detail_hash.replace('\\x', '') : undefined;
  state.detail = hash === undefined ? undefined : { seq: position, hash };
}

function readDetail(state: State, salt: string, detail: string, number: number): void {
  if (!state.detail) state.found.add('line_unreadable', { line: number });
  else if (detailHash(salt, detail) !== state.detail.hash) {
    state.found.add('event_changed', { chain: state.chain, seq: state.detail.seq });
  }
  state.detail = undefined;
}

/** A detail that is not in the file is proved by its hash only; nothing to check. */
function closeEvent(state: State): void {
  state.detail = undefined;
}

function step(state: State, position: string, digest: string, stored: string | undefined, line: number): void {
  const { walked, found, chain } = state;
  if (!walked) {
    found.add('line_unreadable', { line });
    return;
  }
  const expected = Number(walked.seq) + 1;
  if (Number(position) > expected) found.add('events_missing', { chain, from: expected, to: Number(position) - 1 });
  else if (Number(position) < expected) found.add('event_inserted', { chain, seq: position });
  const hash = follow(walked.hash, digest);
  if (stored !== undefined && Number(position) === expected && stored !== hash) {
    found.add('event_changed', { chain, seq: position });
  }
  walked.seq = position;
  walked.hash = stored ?? hash;
}

function readRootLine(state: State, line: string, root: Root): void {
  const { number } = root;
  if (!state.trusted!.has(root.key) || !isLineSigned(line, root.key))
    state.found.add('root_unsigned', { root: number });
  else {
    const kept = state.outside?.get(number);
    if (state.outside && kept !== line) {
      state.found.add(kept === undefined ? 'root_missing' : 'witness_differs', {
        root: number,
        from: number,
        to: number,
        place: 'roots',
      });
    }
    state.roots.set(
      number,
      new Set(root.heads.map(([retention, shard, at, hash]) => `${nameOf({ retention, shard })} ${at} ${hash}`)),
    );
  }
}

function checkEdge(
  state: State,
  { seq: at, hash, root }: { seq: string; hash: string; root: string | null },
  start: boolean,
) {
  if (root === null) {
    if (!start) state.uncovered += 1;
    else if (at !== beginning.seq || hash !== beginning.hash) {
      state.found.add('segment_unanchored', { chain: state.chain, seq: at });
    }
    return;
  }
  if (!state.roots.get(Number(root))?.has(`${state.chain} ${at} ${hash}`)) {
    state.found.add('segment_unanchored', { chain: state.chain, seq: at });
  }
}

function finish(state: State, line: string, sha256: string, number: number): void {
  state.end = true;
  const read = lines.safeParse(parse(line));
  if (!read.success || !('sha256' in read.data)) {
    state.found.add('line_unreadable', { line: number });
    return;
  }
  const end = read.data;
  if (end.sha256 !== sha256 || !state.trusted!.has(end.key) || !isLineSigned(line, end.key)) {
    state.found.add('file_unsigned');
  }
  if (end.events !== state.events || end.leftOut !== state.leftOut) state.found.add('counts_differ');
}
