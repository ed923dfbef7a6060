/** The file gateway: feeds, files that people send, mappings in the making. */
import { queryOptions } from '@tanstack/react-query';
import type { Text } from '#kernel';
import { ApiError, address, get, isApiError, post, put } from './client.ts';
import type { LoadRun } from './types.ts';

export type FeedHealth = 'inactive' | 'expected' | 'arrived' | 'loading' | 'loaded' | 'late' | 'failed' | 'quiet';

/** Where something stands in a control file: a name, or characters from one place to another. */
export type ControlPlace = string | { from: number; to: number };

export interface Control {
  path: string;
  form: 'marker' | 'key_value' | 'delimited' | 'fixed';
  separator?: string;
  header?: boolean;
  file?: ControlPlace;
  rows?: ControlPlace;
  sums?: Record<string, ControlPlace>;
  date?: ControlPlace;
  date_format?: string;
  tolerance?: number;
}

export interface Feed {
  code: string;
  label: Text;
  mapping: string;
  active: boolean;
  folder?: string;
  dates: 'name' | 'folder' | 'arrival';
  folder_date?: 'YYYY-MM-DD' | 'YYYYMMDD';
  control?: Control;
  expected?: { by: string; days: 'every' | 'workdays'; lag: number };
  limits?: { rows: number; sums: number };
  keep_days: number;
}

export interface FeedState {
  feed: Feed;
  version: number;
  updatedAt: string;
  updatedBy: string;
  health: FeedHealth;
  date: string | null;
  due: string | null;
  problem: string | null;
  arrived: { date: string; files: string[]; missing: string[] }[];
  runs: { id: string; date: string; status: LoadRun['status']; at: string }[];
}

export const feedsQuery = queryOptions({
  queryKey: ['load-feeds'],
  queryFn: ({ signal }) => get<FeedState[]>('/load-feeds', undefined, signal),
  refetchInterval: 10_000,
});

export const saveFeed = (feed: Feed, version: number) => put<FeedState>(`/load-feeds/${feed.code}`, { feed, version });
export const importFeeds = (yaml: string) => post<FeedState[]>('/load-feeds/import', { yaml });

export interface Upload {
  id: string;
  files: { name: string; bytes: number; sha256: string | null }[];
}

/** Bytes sent at a time: small enough for one request on a slow line. */
const PIECE_BYTES = 4 * 1024 * 1024;
const RETRIES = 3;

/**
 * Sends files in pieces. After a break it goes on where the last piece ended, and what has arrived whole is not sent again. `onProgress` gets
 * the bytes that have arrived of all files.
 */
export async function sendFiles(
  files: readonly File[],
  purpose: 'load' | 'design',
  onProgress: (sent: number, total: number) => void,
  known?: Upload,
): Promise<Upload> {
  const upload = known ?? (await post<Upload>('/load-uploads', { purpose }));
  const total = files.reduce((sum, file) => sum + file.size, 0);
  let before = 0;
  for (const file of files) {
    const there = upload.files.find(({ name }) => name === file.name);
    let offset = there && there.bytes <= file.size ? there.bytes : 0;
    if (!(there?.sha256 && there.bytes === file.size)) {
      do {
        offset = await sendPiece(upload.id, file, offset);
        onProgress(before + offset, total);
      } while (offset < file.size);
    }
    before += file.size;
    onProgress(before, total);
  }
  return get<Upload>(`/load-uploads/${upload.id}`);
}

/** Sends the piece at an offset; gives the offset of the next. */
async function sendPiece(upload: string, file: File, offset: number, tries = 0): Promise<number> {
  const piece = file.slice(offset, offset + PIECE_BYTES);
  const path = `/load-uploads/${upload}/files/${encodeURIComponent(file.name)}`;
  const refusal = async (): Promise<ApiError | number> => {
    let response: Response;
    try {
      response = await fetch(address(path, { offset, size: file.size }), {
        method: 'PUT',
        credentials: 'same-origin',
        headers: { 'content-type': 'application/octet-stream', 'accept-language': document.documentElement.lang },
        body: piece,
      });
    } catch {
      return new ApiError({ status: 0, code: 'web.unreachable', message: '', field: undefined, params: {} });
    }
    const answer = (await response.json()) as { bytes: number } & ApiError;
    if (response.ok) return answer.bytes;
    const { code, message, field, params = {} } = answer;
    return new ApiError({ status: response.status, code, message, field, params });
  };
  const result = await refusal();
  if (!isApiError(result)) return result;
  if (result.code === 'upload.offset' && typeof result.params.received === 'number') return result.params.received;
  if (result.status !== 0 || tries >= RETRIES) throw result;
  await new Promise((done) => setTimeout(done, 1_000 * 2 ** tries));
  return sendPiece(upload, file, offset, tries + 1);
}

export interface FieldValue {
  column?: string;
  value?: string | number | boolean | string[];
  text?: string;
  expression?: string;
  key?: string;
  codes?: { table?: string; values?: Record<string, string | number | boolean>; unknown?: 'reject' | 'empty' | 'pass' };
  default?: string | number | boolean;
  source?: string;
  absent?: 'reject' | 'empty' | 'allow';
  first_of?: FieldValue[];
  initial?: boolean;
}

/** By which columns of the row in hand a look-up finds its row. */
export interface LookupUse {
  by: string[];
  /** Default: the look-up of the same name. */
  lookup?: string;
  absent?: 'reject' | 'empty';
}

/** How a row of another file is found. */
export interface Lookup {
  file: string;
  by: string[];
  where?: string;
  pick?: 'first' | 'last' | 'lowest' | 'highest';
  of?: string;
  with?: Record<string, LookupUse>;
}

export interface LoadStep {
  entity: string;
  file?: string;
  rows?: unknown[];
  key: string;
  where?: string;
  distinct?: string[];
  with?: Record<string, LookupUse>;
  fields: Record<string, FieldValue>;
}

export interface MappedFile {
  path: string[];
  kind?: string;
  encoding?: string;
  delimiter?: string;
  header?: boolean;
  date?: string;
  columns?: Record<string, { type: string; format?: string; start?: number; length?: number }>;
  [more: string]: unknown;
}

/** A mapping as structure; what the page does not show stays as it is. */
export interface Mapping {
  code: string;
  source: string;
  label: Text;
  description?: Text;
  files?: Record<string, MappedFile>;
  lookups?: Record<string, Lookup>;
  loads: LoadStep[];
  [more: string]: unknown;
}

export interface StoredMapping {
  code: string;
  version: number;
  text: string;
  mapping: Mapping;
  versions: { version: number; note: string | null; createdAt: string; createdBy: string }[];
}

export interface InspectedColumn {
  name: string;
  start?: number;
  length?: number;
  type: 'text' | 'integer' | 'decimal' | 'date' | 'datetime';
  format?: string;
  pattern: string | null;
  samples: string[];
  empty: number;
  distinct: number;
}

export interface Inspection {
  name: string;
  bytes: number;
  entries: { name: string; bytes: number }[];
  format: (Record<string, unknown> & { kind?: string; header?: boolean; delimiter?: string; encoding?: string }) | null;
  encoding: string | null;
  sheets: string[];
  columns: InspectedColumn[];
  rows: { sampled: number; faulty: number; estimated: number | null };
  problem: string | null;
  entity: string;
  suggestions: Record<string, Record<string, string>>;
  values: Record<string, string[]>;
  codes: Record<string, Record<string, string>>;
}

export interface PreviewCell {
  value: string | null;
  error?: string;
}

export interface PreviewLoad {
  entity: string;
  file: string | null;
  fields: string[];
  rows: { line: number; key: PreviewCell; cells: PreviewCell[]; error?: string }[];
  read: number;
  skipped: number;
  faulty: number;
}

export interface TargetField {
  code: string;
  label: Text;
  type: string;
  required: boolean;
  help?: Text;
  options?: { code: string; label: Text }[];
  ref?: string;
}

/** What rows of a file can become. */
export interface Target {
  code: string;
  label: Text;
  storage: 'record' | 'fact';
  fields: TargetField[];
}

export const targetsQuery = queryOptions({
  queryKey: ['load-targets'],
  queryFn: ({ signal }) => get<Target[]>('/load-targets', undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const mappingQuery = (code: string) =>
  queryOptions({
    queryKey: ['load-mapping', code],
    queryFn: ({ signal }) => get<StoredMapping>(`/load-mappings/${code}`, undefined, signal),
  });

export const mappingVersion = (code: string, version: number) =>
  get<StoredMapping>(`/load-mappings/${code}`, { version });
export const saveMapping = (code: string, text: string, version: number, note: string) =>
  put<StoredMapping>(`/load-mappings/${code}`, { text, version, ...(note === '' ? {} : { note }) });
export const convertMapping = (mapping: Mapping) =>
  post<{ text: string; mapping: Mapping }>('/load-designs/convert', { mapping });
export const convertText = (text: string) =>
  post<{ text: string; mapping: Mapping }>('/load-designs/convert', { text });
export const inspectUpload = (upload: string, file: string, more: { entry?: string; format?: object } = {}) =>
  post<Inspection>('/load-designs/inspect', { upload, file, ...more });
export const previewUpload = (upload: string, text: string) =>
  post<PreviewLoad[]>('/load-designs/preview', { upload, text });
export const dryRun = (upload: string, text: string) =>
  post<{ run: string }>('/load-designs/dry-run', { upload, text });
