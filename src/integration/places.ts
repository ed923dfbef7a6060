import { existsSync, globSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Failure } from '#kernel';
import { loadKinds, mappingKinds } from './failures.ts';
import { type MappingDocument, readMapping } from './mapping/read.ts';
import { listed } from './suggestion.ts';

/** Mappings and sample folders that come with the program. */
const examples = resolve(import.meta.dirname, '../../examples');

const limits = { mappingsMax: 1_000, foldersMax: 1_000 };

/** Paths of the mappings that are known by their code: those of the program, then those in `<home>/mappings`. */
export function mappingFiles(home: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const pattern of [join(examples, '*/*.yaml'), join(home, 'mappings/*.yaml')]) {
    for (const path of globSync(pattern).sort().slice(0, limits.mappingsMax)) found.set(basename(path, '.yaml'), path);
  }
  return found;
}

/** A mapping by its code (the name of its file), or by its path where `paths` are allowed. */
export function findMapping(home: string, name: string, allowed: 'code' | 'code_or_path'): MappingDocument {
  const known = mappingFiles(home);
  const path = known.get(name);
  if (path) {
    const document = readMapping(path);
    const { code } = document.mapping;
    if (code !== name)
      throw new Failure(mappingKinds.code_differs, { place: document.place(['code']), code, name }, 'code');
    return document;
  }
  if (allowed === 'code_or_path' && existsSync(name)) return readMapping(name);
  throw new Failure(mappingKinds.not_found, { mapping: name, known: listed(known.keys()) }, 'mapping');
}

/** Whether a name is that of a mapping in a file, by its code or its path. */
export const isMappingFile = (home: string, name: string): boolean => mappingFiles(home).has(name) || existsSync(name);

/** The text of a mapping that stands in a file. Throws a Failure when there is none. */
export function findMappingText(home: string, code: string): string {
  findMapping(home, code, 'code');
  return readFileSync(mappingFiles(home).get(code)!, 'utf8');
}

/** A folder of files that may be loaded from the web: `inbox/…` below the home folder, `examples/…` of the program. */
export interface LoadFolder {
  /** `inbox/2026-01-31` */
  folder: string;
  files: string[];
}

export function listFolders(home: string): LoadFolder[] {
  return Object.entries(roots(home)).flatMap(([name, root]) => {
    if (!existsSync(root)) return [];
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.slice(0, limits.foldersMax).flatMap((entry) => {
      const files = readdirSync(join(root, entry.name)).filter((file) => !file.endsWith('.yaml'));
      return files.length === 0 ? [] : [{ folder: `${name}/${entry.name}`, files: files.slice(0, limits.foldersMax) }];
    });
  });
}

/** Folders whose files may be loaded, by the first part of the names that people use for them. */
const roots = (home: string): Record<string, string> => ({ inbox: join(home, 'inbox'), examples });

/** Where the gateway keeps files: sent ones, those of a run under way, those loaded, those that failed. */
export const kept = {
  upload: (home: string, upload: string) => join(home, 'uploads', upload),
  work: (home: string, run: string) => join(home, 'work', run),
  /** Paths below the home folder. */
  loaded: (name: string, date: string, run: string) => join('archive', name, date, `run-${run}`),
  failed: (name: string, date: string, run: string) => join('failed', name, date, `run-${run}`),
};

/** The real path of a folder named from the web; nothing outside the inbox and the examples is ever opened. */
export function resolveFolder(home: string, folder: string): string {
  for (const [name, root] of Object.entries(roots(home))) {
    const inside = folder.startsWith(`${name}/`) ? folder.slice(name.length + 1) : folder;
    const path = resolve(root, inside);
    if (!isBelow(root, path) || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    // A link inside must not lead outside.
    if (isBelow(realpathSync(root), realpathSync(path))) return path;
  }
  const known = listFolders(home).map((each) => each.folder);
  throw new Failure(loadKinds.folder_outside, { known: listed(known) }, 'folder');
}

/** The folder of a run by the name that stands in it: below the home, of the examples, or anywhere on this machine. */
export function folderOf(home: string, folder: string): string {
  return /^(uploads|archive|failed|work|inbox)\//.test(folder) && !folder.includes('..')
    ? join(home, folder)
    : isAbsolute(folder)
      ? folder
      : resolveFolder(home, folder);
}

/** A mapping in the making, beside the upload that it is tried with. */
export const draftOf = (home: string, upload: string) => join(home, 'uploads', `${upload}.yaml`);

/** The mended rejects, in the folder of the run that loads them. */
export const MENDED_FILE = 'mended.csv';

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}
