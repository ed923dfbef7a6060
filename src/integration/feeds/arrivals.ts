import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BusinessDate } from '#kernel';
import { compressionOfFile, listArchive } from '../files/archive.ts';
import { dateFormat } from '../files/date-format.ts';
import { datedName } from '../files/folder.ts';
import { controlNames } from '../load/control.ts';
import type { ControlDefinition, Mapping } from '../mapping/definition.ts';
import type { Feed } from './definition.ts';

const limits = { entriesMax: 10_000, setsMax: 100, archivesRemembered: 1_000 };

/** Files of one business date that lie in the folder of a feed. */
export interface ArrivedSet {
  date: BusinessDate;
  /** Folder with the files. */
  path: string;
  /** Names of all its files, those of control among them. */
  files: string[];
  /** Names, or patterns, of what still has to come. */
  missing: string[];
}

/** Below the home folder. */
export const inboxOf = (home: string, feed: Feed) => join(home, 'inbox', feed.folder ?? feed.code);

/**
 * What has arrived for a feed, oldest date first; the names of the mapping fit files, and entries of archives. `today`: the business
 * date of files that carry none.
 */
export async function arrivedSets(
  home: string,
  feed: Feed,
  mapping: Mapping,
  today: BusinessDate,
): Promise<ArrivedSet[]> {
  const inbox = inboxOf(home, feed);
  if (!existsSync(inbox)) return [];
  const control = feed.control ?? mapping.control;
  if (feed.dates === 'folder') {
    const form = dateFormat(feed.folder_date ?? 'YYYY-MM-DD', 1950)!;
    const folders = readdirSync(inbox, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const sets: ArrivedSet[] = [];
    for (const { name } of folders.slice(0, limits.entriesMax)) {
      const date = form.date(name);
      if (date === undefined) continue;
      const path = join(inbox, name);
      sets.push(setOf(path, date, mapping, control, await holdersIn(path)));
    }
    return inOrder(sets);
  }
  const holders = await holdersIn(inbox);
  if (feed.dates === 'arrival') return inOrder([setOf(inbox, today, mapping, control, holders)]);
  const patterns = pathsOf(mapping).flatMap(({ paths }) => paths.map(datePattern));
  const said = new Map<string, Set<BusinessDate>>();
  for (const [name, holder] of holders) {
    const found = patterns.flatMap((pattern) => pattern?.(name) ?? []);
    said.set(holder, new Set([...(said.get(holder) ?? []), ...found]));
  }
  // A load takes its files along: an archive of several dates would be gone with the first.
  const dates = new Set([...said.values()].flatMap((each) => (each.size === 1 ? [...each] : [])));
  return inOrder([...dates].map((date) => setOf(inbox, date, mapping, control, holders)));
}

const inOrder = (sets: ArrivedSet[]) =>
  sets
    .filter(({ files }) => files.length > 0)
    .sort((a, b) => (a.date < b.date ? -1 : 1))
    .slice(0, limits.setsMax);

const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .slice(0, limits.entriesMax)
    .map(({ name }) => name);

/** The files of a folder by their names, and by those of the entries of the archives among them. */
async function holdersIn(folder: string): Promise<Map<string, string>> {
  const files = filesIn(folder);
  const holders = new Map(files.map((name) => [name, name]));
  for (const file of files) {
    for (const entry of await entriesOf(folder, file)) if (!holders.has(entry)) holders.set(entry, file);
  }
  return holders;
}

/** An inbox is looked into every few seconds; an archive only once as long as it stays the same. */
const remembered = new Map<string, { stamp: string; entries: string[] }>();

async function entriesOf(folder: string, file: string): Promise<string[]> {
  const path = join(folder, file);
  const stat = statSync(path, { throwIfNoEntry: false });
  const stamp = `${stat?.size} ${stat?.mtimeMs}`;
  const known = remembered.get(path);
  if (known?.stamp === stamp) return known.entries;
  let entries: string[] = [];
  try {
    if (compressionOfFile(path) === 'zip') {
      entries = (await listArchive(path, file)).map(({ name }) => basename(name));
    }
  } catch {
    // Still being written, gone again, or broken: nothing has come in it so far.
  }
  if (remembered.size >= limits.archivesRemembered) remembered.clear();
  remembered.set(path, { stamp, entries });
  return entries;
}

/** The files that loads and look-ups read. */
function pathsOf(mapping: Mapping): { paths: string[]; optional: boolean }[] {
  const read = new Set([
    ...mapping.loads.map(({ file }) => file),
    ...Object.values(mapping.lookups ?? {}).map(({ file }) => file),
  ]);
  return Object.entries(mapping.files ?? {})
    .filter(([code]) => read.has(code))
    .map(([, { path, optional }]) => ({ paths: path, optional: optional ?? false }));
}

function setOf(
  path: string,
  date: BusinessDate,
  mapping: Mapping,
  control: ControlDefinition | undefined,
  holders: ReadonlyMap<string, string>,
): ArrivedSet {
  const data: string[] = [];
  /** As they are called themselves, be it in an archive. */
  const own: string[] = [];
  const missing: string[] = [];
  for (const { paths, optional } of pathsOf(mapping)) {
    const names = paths.map((name) => datedName(name, date));
    // `archive/entry` has come when its archive has.
    const found = names.map((name) => name.split('/')[0]!).find((name) => holders.has(name));
    if (found !== undefined) {
      own.push(found);
      data.push(holders.get(found)!);
    } else if (!optional) missing.push(names.join(' / '));
  }
  // A control file of its own for a date that nothing else has come of is no sign of it.
  const controls = control && own.length > 0 ? controlNames(control, own, date) : [];
  const there = controls.filter((name) => holders.get(name) === name);
  missing.push(...controls.filter((name) => !there.includes(name)));
  return { date, path, files: [...new Set([...data, ...there])], missing };
}

/** The day that the names of files say by the patterns of the mapping; undefined where they say none, or several. */
export function dateInNames(mapping: Mapping, names: readonly string[]): BusinessDate | undefined {
  const patterns = pathsOf(mapping).flatMap(({ paths }) => paths.map(datePattern));
  const dates = names.flatMap((name) => patterns.flatMap((pattern) => pattern?.(name) ?? []));
  return new Set(dates).size === 1 ? dates[0] : undefined;
}

/** The date in the name of a file, by the pattern of the mapping; undefined for patterns without one. */
function datePattern(pattern: string): ((name: string) => BusinessDate | undefined) | undefined {
  const form = /\{date(?::(\w+))?\}/.exec(pattern);
  if (!form) return undefined;
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = pattern.split(/\{date(?::\w+)?\}/);
  const expression = new RegExp(`^${parts.map(escaped).join('(.+?)')}$`);
  const format = dateFormat(form[1] ?? 'YYYY-MM-DD', 1950);
  return (name) => {
    const found = expression.exec(name)?.[1];
    const date = found === undefined ? undefined : format?.date(found);
    // Every place of the name must say the same day.
    return date !== undefined && datedName(pattern, date) === name ? date : undefined;
  };
}

/** Size and time of each file: while they change, somebody is still writing. */
export function stampOf({ path, files }: ArrivedSet): string {
  return files
    .map((name) => {
      const stat = statSync(join(path, name), { throwIfNoEntry: false });
      return `${name} ${stat?.size} ${stat?.mtimeMs}`;
    })
    .join('\n');
}
