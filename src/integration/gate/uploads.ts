import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queryable } from '#database';
import { type Actor, type Clock, Failure, formatBytes } from '#kernel';
import { newId } from '#metadata';
import { uploadKinds } from '../failures.ts';
import { kept } from '../places.ts';
import { requireSpace } from './disk.ts';

export const uploadLimits = {
  fileBytesMax: 16 * 1024 ** 3,
  /** One request; the browser cuts a file into such pieces, and goes on after a break where the last one ended. */
  pieceBytesMax: 32 * 1024 ** 2,
  filesMax: 100,
  nameLengthMax: 200,
};

export interface UploadedFile {
  name: string;
  /** Bytes that have arrived. */
  bytes: number;
  /** Once it is whole. */
  sha256: string | null;
}

export interface Upload {
  id: string;
  purpose: 'load' | 'design';
  createdAt: string;
  createdBy: string;
  files: UploadedFile[];
}

/** Somewhere to send files to. */
export async function createUpload(
  db: Queryable,
  { clock, actor, home }: { clock: Clock; actor: Actor; home: string },
  purpose: Upload['purpose'],
): Promise<string> {
  const id = newId(clock);
  mkdirSync(kept.upload(home, id), { recursive: true, mode: 0o700 });
  await db.query('insert into load_upload (id, purpose, created_at, created_by) values ($1, $2, $3, $4)', [
    id,
    purpose,
    clock().toISOString(),
    actor.username,
  ]);
  return id;
}

/** Throws a Failure when there is no such upload, or when it is somebody else's. */
export async function readUpload(db: Queryable, actor: Actor, id: string): Promise<Upload> {
  const { rows } = await db.query<Upload>(
    `select id, purpose, created_at as "createdAt", created_by as "createdBy",
            coalesce((select jsonb_agg(jsonb_build_object('name', f.name, 'bytes', f.bytes, 'sha256', f.sha256) order by f.name)
              from load_upload_file f where f.upload_id = u.id), '[]') as files
       from load_upload u where id = $1 and created_by = $2`,
    [id, actor.username],
  );
  if (!rows[0]) throw new Failure(uploadKinds.missing, { id });
  return rows[0];
}

/** The folder of an upload whose files are all whole. */
export function uploadFolder(home: string, upload: Upload): string {
  const open = upload.files.find(({ sha256 }) => sha256 === null);
  if (open) throw new Failure(uploadKinds.incomplete, { name: open.name });
  const folder = kept.upload(home, upload.id);
  if (upload.files.length === 0 || !existsSync(folder)) throw new Failure(uploadKinds.missing, { id: upload.id });
  return folder;
}

export interface Piece {
  name: string;
  /** Where in the file it begins. */
  offset: number;
  /** Bytes of the whole file; with the last piece the file is whole. */
  size: number;
  /** What the sender says the SHA-256 of the whole file is; compared when it is whole. */
  sha256?: string | undefined;
}

/** Takes one piece of a file. Throws the Failure that says from where to go on when it does not follow what is there. */
export async function takePiece(
  ctx: { database: Queryable; clock: Clock; home: string },
  upload: Upload,
  { name, offset, size, sha256 }: Piece,
  content: Readable,
): Promise<UploadedFile> {
  checkName(name);
  const max = formatBytes(uploadLimits.fileBytesMax);
  if (size > uploadLimits.fileBytesMax) throw new Failure(uploadKinds.too_large, { name, max });
  const known = upload.files.find((file) => file.name === name);
  if (!known && upload.files.length >= uploadLimits.filesMax) {
    throw new Failure(uploadKinds.files_many, { max: uploadLimits.filesMax });
  }
  await requireSpace(ctx.home, size - offset);
  const path = join(kept.upload(ctx.home, upload.id), name);
  const there = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (offset > there || (known?.sha256 && offset > 0)) {
    throw new Failure(uploadKinds.offset, { name, received: there }, 'offset');
  }
  // A piece that broke off half way is sent again from its beginning.
  if (offset < there) await truncate(path, offset);
  await pipeline(
    content,
    async function* (source: AsyncIterable<Buffer>) {
      let total = 0;
      for await (const piece of source) {
        total += piece.length;
        if (total > uploadLimits.pieceBytesMax) {
          throw new Failure(uploadKinds.piece_too_large, { max: formatBytes(uploadLimits.pieceBytesMax) });
        }
        if (offset + total > size) throw new Failure(uploadKinds.too_large, { name, max: formatBytes(size) });
        yield piece;
      }
    },
    createWriteStream(path, { flags: 'a', mode: 0o600 }),
  );
  const bytes = statSync(path).size;
  const hash = bytes === size ? await hashOf(path) : null;
  if (hash !== null && sha256 !== undefined && sha256 !== hash) {
    await truncate(path, 0);
    throw new Failure(uploadKinds.hash, { name });
  }
  await ctx.database.query(
    `insert into load_upload_file (upload_id, name, bytes, sha256, completed_at) values ($1, $2, $3, $4, $5)
     on conflict (upload_id, name) do update set bytes = excluded.bytes, sha256 = excluded.sha256, completed_at = excluded.completed_at`,
    [upload.id, name, bytes, hash, hash === null ? null : ctx.clock().toISOString()],
  );
  return { name, bytes, sha256: hash };
}

function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (name.length > uploadLimits.nameLengthMax || /^\.|[/\\\u0000-\u001f\u007f]/.test(name) || name.trim() === '') {
    throw new Failure(uploadKinds.name, { name: name.slice(0, 60) }, 'name');
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
