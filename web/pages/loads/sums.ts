import type { LoadFile, LoadFolder, LoadMapping, LoadRun } from '../../api/types.ts';

type Figure = 'read' | 'inserted' | 'updated' | 'corrected' | 'unchanged' | 'skipped' | 'rejected';

/** A figure over all files of a run. */
export function total(files: LoadFile[], figure: Figure): number {
  return files.reduce((sum, file) => sum + file[figure], 0);
}

/** Rows read so far; undefined before any file has begun. */
export function rowsOf(run: LoadRun): number | undefined {
  if (run.progress) return run.progress.rowsRead;
  return run.files.length > 0 ? total(run.files, 'read') : undefined;
}

/** Whether a folder holds every file that a mapping reads; `*` in a name stands for anything. */
export function holds(folder: LoadFolder, mapping: LoadMapping): boolean {
  return mapping.files.every(({ file }) => {
    const name = file.slice(file.lastIndexOf('/') + 1).toLowerCase();
    const [start, ...rest] = name.split('*');
    return folder.files.some((each) => {
      const there = each.toLowerCase();
      return rest.length === 0 ? there === name : there.startsWith(start!) && there.endsWith(rest.at(-1)!);
    });
  });
}
