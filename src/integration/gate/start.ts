import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '#access';
import { enqueue } from '#jobs';
import { dateIn, Failure } from '#kernel';
import { loadKinds } from '../failures.ts';
import { dateInNames } from '../feeds/arrivals.ts';
import { LOAD_JOB, type LoadJob, WITHDRAW_JOB, type WithdrawJob } from '../jobs.ts';
import { readMends } from '../load/mends.ts';
import { insertRun, readMendable } from '../load/runs.ts';
import { checkWithdrawable } from '../load/withdraw.ts';
import { parseMapping } from '../mapping/read.ts';
import { currentMapping } from '../mapping/store.ts';
import { draftOf, MENDED_FILE, resolveFolder } from '../places.ts';
import { readUpload, type Upload, uploadFolder } from './uploads.ts';

const personOf = ({ actor, language }: Context): LoadJob['actor'] => ({
  userId: actor.userId,
  username: actor.username,
  language,
});

const defaultDate = ({ institution, clock }: Context) => institution.businessDate ?? dateIn(institution.zone, clock());

const namesOf = ({ files }: Upload) => files.map(({ name }) => name);

export interface StartInput {
  mapping: string;
  /** One of both: a folder of the inbox or the examples, or an upload. */
  folder?: string | undefined;
  upload?: string | undefined;
  date?: string | undefined;
  force?: boolean | undefined;
}

/** Puts a load into the queue; returns the number of its run. */
export async function startRun(ctx: Context, home: string, input: StartInput): Promise<string> {
  const { database, clock, actor } = ctx;
  const { document } = await currentMapping(database, home, input.mapping);
  if ((input.folder === undefined) === (input.upload === undefined)) throw new Failure(loadKinds.one_origin);
  const upload = input.upload === undefined ? undefined : await readUpload(database, actor, input.upload);
  if (upload) uploadFolder(home, upload);
  else resolveFolder(home, input.folder!);
  const folder = upload ? `uploads/${upload.id}` : input.folder!;
  const named = upload && dateInNames(document.mapping, namesOf(upload));
  const date = input.date ?? named ?? defaultDate(ctx);
  const forced = input.force ?? false;
  return database.transaction(async (tx) => {
    const run = await insertRun(tx, clock, { document, folder, date, status: 'queued', actor, forced });
    const payload: LoadJob = {
      run,
      mapping: input.mapping,
      folder,
      date: input.date ?? named ?? null,
      actor: personOf(ctx),
      force: forced,
      ...(upload && { claim: { from: folder, names: upload.files.map(({ name }) => name) } }),
    };
    await enqueue(tx, clock, { kind: LOAD_JOB, payload });
    return run;
  });
}

/** Tries a mapping that is not saved yet over whole files, without writing anything. */
export async function startDryRun(
  ctx: Context,
  home: string,
  input: { upload: string; text: string; date?: string | undefined },
): Promise<string> {
  const { database, clock, actor } = ctx;
  const upload = await readUpload(database, actor, input.upload);
  uploadFolder(home, upload);
  const document = parseMapping(input.text, 'mapping.yaml');
  writeFileSync(draftOf(home, upload.id), input.text, { mode: 0o600 });
  const folder = `uploads/${upload.id}`;
  const date = input.date ?? dateInNames(document.mapping, namesOf(upload)) ?? defaultDate(ctx);
  return database.transaction(async (tx) => {
    const run = await insertRun(tx, clock, { document, folder, date, status: 'queued', actor, dry: true });
    const mapping = document.mapping.code;
    const payload: LoadJob = { run, mapping, folder, date, actor: personOf(ctx), dry: { upload: upload.id } };
    await enqueue(tx, clock, { kind: LOAD_JOB, payload });
    return run;
  });
}

/** Loads the rejects of a run again that somebody has mended: the upload is its rejects file with corrections. */
export async function startMending(ctx: Context, home: string, mended: string, uploadId: string): Promise<string> {
  const { database, clock, actor } = ctx;
  const { mapping, date, folder, surveys } = await readMendable(database, mended);
  const upload = await readUpload(database, actor, uploadId);
  const file = join(uploadFolder(home, upload), upload.files[0]!.name);
  // What cannot be read is told at once.
  readMends(readFileSync(file, 'utf8'), surveys);
  const { document } = await currentMapping(database, home, mapping);
  return database.transaction(async (tx) => {
    const run = await insertRun(tx, clock, { document, folder, date, status: 'queued', actor, mends: mended });
    const own = join(home, 'loads', run);
    mkdirSync(own, { recursive: true });
    renameSync(file, join(own, MENDED_FILE));
    const payload: LoadJob = { run, mapping, folder, date, actor: personOf(ctx), mends: mended };
    await enqueue(tx, clock, { kind: LOAD_JOB, payload });
    return run;
  });
}

/** Wants a run to end: a waiting one does not begin, one under way stops at its next batch and leaves nothing behind. */
export async function cancelRun({ database, clock }: Context, run: string): Promise<void> {
  const { rowCount } = await database.query(
    `update load_run set canceling = true,
            status = case when status = 'queued' then 'canceled' else status end,
            finished_at = case when status = 'queued' then $2::timestamptz end
      where id = $1 and status in ('queued', 'running')`,
    [run, clock().toISOString()],
  );
  if (rowCount === 0) throw new Failure(loadKinds.not_running, { id: run });
}

/** Asks for a run to be taken back. Throws the Failure that says why it cannot. */
export async function startWithdrawal(
  ctx: Context,
  id: string,
  { reason, skip }: { reason: string; skip: boolean },
): Promise<void> {
  const { database, clock, actor } = ctx;
  await checkWithdrawable(database, clock, id);
  await database.transaction(async (tx) => {
    const asked = { at: clock().toISOString(), by: actor.username, reason, skip };
    const { rowCount } = await tx.query(
      `update load_run set status = 'withdrawing', withdrawal = $2 where id = $1 and status in ('done', 'refreshing')`,
      [id, JSON.stringify(asked)],
    );
    if (rowCount === 0) throw new Failure(loadKinds.withdraw_nothing, { id });
    const payload: WithdrawJob = { run: id, asked, actor: personOf(ctx) };
    await enqueue(tx, clock, { kind: WITHDRAW_JOB, payload, key: id });
  });
}
