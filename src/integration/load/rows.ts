import type { Identifier } from '#customers';
import type { Database } from '#database';
import { Failure } from '#kernel';
import { recordId } from '#metadata';
import type { BulkRow } from '#records';
import { rejectKinds } from '../failures.ts';
import type { SourceRow } from '../files/split.ts';
import { createKeyTable, type KeyTable } from './key-table.ts';
import { joinRow } from './lookups.ts';
import type { PlannedLoad } from './plan.ts';
import { type Reference, settleReferences } from './references.ts';
import type { Joined } from './scope.ts';
import { createSums, type Sums } from './sums.ts';

/** What became of the rows of one load so far. */
export interface RowFigures {
  read: number;
  /** Left out by `where` or `distinct`. */
  skipped: number;
  /** Of these, rows of customers who are known already under the number of another system. */
  identified: number;
  rejected: number;
  /** Exact sums of the accepted rows by money field. */
  sums: Sums;
}

export type Reject = (row: SourceRow, reason: Failure) => void;

export interface RowsInput {
  load: PlannedLoad;
  source: string;
  database: Database;
  /** Ids loaded by this run, by entity; asked and, for referenced entities, added to. */
  loaded: Map<string, KeyTable>;
  /** Of a load of customers: who is known already by another system's number. His row is left out; `lead` is told of it. */
  identity?: { identifier: Identifier; lead(key: string, id: string): void } | undefined;
  /** Faults of the file itself (cut rows, wrong dates) are told by the first reading only. */
  reject: Reject;
}

/** Rows of a file as rows of the entity, batch by batch; figures grow while they are taken. */
export function mapRows(input: RowsInput): {
  figures: RowFigures;
  map(batches: AsyncIterable<SourceRow[]> | Iterable<SourceRow[]>): AsyncGenerator<BulkRow[]>;
} {
  const { load, source, database, loaded, reject } = input;
  const { entity, fields } = load;
  const figures: RowFigures = { read: 0, skipped: 0, identified: 0, rejected: 0, sums: createSums(load.fields) };
  const keys = createKeyTable();
  const distinct = new Set<string>();
  const collected = loaded.get(entity.code);
  const none: Joined = [];

  /** A row of the entity, or undefined when it is left out. References still in question are put on the list. */
  function mapOne(row: SourceRow, questions: Question[]): BulkRow | undefined {
    const joined = joinRow(load.uses, row.values, none);
    if (joined instanceof Failure) throw joined;
    if ((load.where && !load.where(row.values, joined)) || !isFirst(row, joined)) {
      figures.skipped += 1;
      return undefined;
    }
    const key = load.key(row.values, joined);
    if (key === null) throw new Failure(rejectKinds.key_empty);
    const mapped: BulkRow = new Array(fields.length + 2);
    mapped[0] = recordId(entity.code, source, key);
    mapped[1] = key;
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index]!;
      const at = index + 2;
      if (field.kind === 'value') {
        mapped[at] = field.read(row.values, joined);
        continue;
      }
      const reference = field.read(row.values, joined);
      // A customer's number may lead to another customer, whether he has to be there or not.
      const isAsked = reference !== null && reference.state !== 'there';
      if (isAsked && (field.absent !== 'allow' || reference.entity.code === 'customer')) {
        questions.push({ row, mapped, at, reference, field });
      }
      mapped[at] = reference === null ? null : reference.id;
    }
    const first = keys.add(key, row.line);
    if (first > 0) throw new Failure(rejectKinds.duplicate, { key, first });
    return mapped;
  }

  function isFirst(row: SourceRow, joined: Joined): boolean {
    if (load.distinct.length === 0) return true;
    let combination = '';
    for (const read of load.distinct) combination += `${read(row.values, joined) ?? '\u0001'}\u0000`;
    if (distinct.has(combination)) return false;
    distinct.add(combination);
    return true;
  }

  function refuse(row: SourceRow, reason: Failure): void {
    figures.rejected += 1;
    reject(row, reason);
  }

  async function answer(questions: Question[]): Promise<Set<BulkRow>> {
    const dropped = new Set<BulkRow>();
    await settleReferences(
      database,
      questions.map(({ reference }) => reference),
      loaded,
    );
    for (const { row, mapped, at, reference, field } of questions) {
      mapped[at] = reference.id;
      if (reference.state === 'there' || field.absent === 'allow' || dropped.has(mapped)) continue;
      if (field.absent === 'empty' && !field.field.required) {
        mapped[at] = null;
        continue;
      }
      dropped.add(mapped);
      const params = { field: field.field.label, entity: reference.entity.label, key: reference.key };
      refuse(row, new Failure(rejectKinds.reference, params, field.field.code));
    }
    return dropped;
  }

  /** The first system that brings a customer keeps him; the rows of others only say which number is his there. */
  async function leaveKnown(rows: readonly BulkRow[], dropped: Set<BulkRow>): Promise<void> {
    const { identity } = input;
    if (!identity || rows.length === 0) return;
    const places = new Map(fields.map(({ field }, index) => [field.code, index + 2]));
    const given = rows.filter((mapped) => !dropped.has(mapped));
    const asked = given.map((mapped) => ({
      mapped,
      id: mapped[0]!,
      key: mapped[1]!,
      value: (code: string) => mapped[places.get(code) ?? -1] ?? null,
    }));
    for (const [{ key, mapped }, id] of await identity.identifier.known(asked)) {
      dropped.add(mapped);
      figures.skipped += 1;
      figures.identified += 1;
      identity.lead(key, id);
    }
  }

  return {
    figures,
    async *map(batches) {
      for await (const batch of batches) {
        const rows: BulkRow[] = [];
        const lines: number[] = [];
        const questions: Question[] = [];
        for (const row of batch) {
          figures.read += 1;
          try {
            if (row.fault) throw row.fault;
            const mapped = mapOne(row, questions);
            if (mapped) {
              rows.push(mapped);
              lines.push(row.line);
            }
          } catch (error) {
            if (!(error instanceof Failure)) throw error;
            refuse(row, error);
          }
        }
        const dropped = questions.length > 0 ? await answer(questions) : new Set<BulkRow>();
        await leaveKnown(rows, dropped);
        const accepted = dropped.size > 0 ? rows.filter((mapped) => !dropped.has(mapped)) : rows;
        if (collected)
          for (const [index, mapped] of rows.entries())
            if (!dropped.has(mapped)) collected.add(mapped[0]!, lines[index]!);
        for (const mapped of accepted) figures.sums.add(mapped);
        if (accepted.length > 0) yield accepted;
      }
    },
  };
}

interface Question {
  row: SourceRow;
  mapped: BulkRow;
  at: number;
  reference: Reference;
  field: Extract<PlannedLoad['fields'][number], { kind: 'reference' }>;
}
