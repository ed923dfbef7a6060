import type { LoadFile, LoadRun } from '../../api/types.ts';

type Figure = 'read' | 'inserted' | 'updated' | 'unchanged' | 'rejected';

/** A figure over all files of a run. */
export function total(files: LoadFile[], figure: Figure): number {
  return files.reduce((sum, file) => sum + file[figure], 0);
}

/** Rows read so far; undefined before any file has begun. */
export function rowsOf(run: LoadRun): number | undefined {
  if (run.progress) return run.progress.rowsRead;
  return run.files?.length > 0 ? total(run.files, 'read') : undefined;
}

export function rejectedOf(run: LoadRun): number | undefined {
  return run.files?.length > 0 ? total(run.files, 'rejected') : undefined;
}
