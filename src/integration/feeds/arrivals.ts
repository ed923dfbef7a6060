import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BusinessDate } from '#kernel';
import { dateFormat } from '../files/date-format.ts';
import { datedName } from '../files/folder.ts';
import { controlNames } from '../load/control.ts';
import type { ControlDefinition, Mapping } from '../mapping/definition.ts';
import type { Feed } from './definition.ts';

const limits = { entriesMax: 10_000, setsMax: 100 };

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
 * What has arrived for a feed, oldest date first. `today`: the business date of files that carry none.
 */
export function arrivedSets(home: string, feed: Feed, mapping: Mapping, today: BusinessDate): ArrivedSet[] {
  const inbox = inboxOf(home, feed);
  if (!existsSync(inbox)) return [];
  const control = feed.control ?? mapping.control;
  if (feed.dates === 'folder') {
    const form = dateFormat(feed.folder_date ?? 'YYYY-MM-DD', 1950)!;
    const folders = readdirSync(inbox, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const sets = folders.slice(0, limits.entriesMax).flatMap(({ name }) => {
      const date = form.date(name);
      return date === undefined ? [] : [setOf(join(inbox, name), date, mapping, control)];
    });
    return inOrder(sets);
  }
  if (feed.dates === 'arrival') return inOrder([setOf(inbox, today, mapping, control)]);
  const dates = new Set<BusinessDate>();
  const patterns = pathsOf(mapping).flatMap(({ paths }) => paths.map(datePattern));
  for (const name of filesIn(inbox)) {
    for (const pattern of patterns) {
      const date = pattern?.(name);
      if (date !== undefined) dates.add(date);
    }
  }
  return inOrder([...dates].map((date) => setOf(inbox, date, mapping, control)));
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

function setOf(path: string, date: BusinessDate, mapping: Mapping, control: ControlDefinition | undefined): ArrivedSet {
  const there = new Set(filesIn(path));
  const data: string[] = [];
  const missing: string[] = [];
  for (const { paths, optional } of pathsOf(mapping)) {
    const names = paths.map((name) => datedName(name, date));
    // `archive/entry` has come when its archive has.
    const found = names.map((name) => name.split('/')[0]!).find((name) => there.has(name));
    if (found !== undefined) data.push(found);
    else if (!optional) missing.push(names.join(' / '));
  }
  // What belongs to every date is no sign that this one has come.
  const own = data.length > 0 ? data : [];
  const controls = control && own.length > 0 ? controlNames(control, own, date) : [];
  missing.push(...controls.filter((name) => !there.has(name)));
  return { date, path, files: [...new Set(own), ...controls.filter((name) => there.has(name))], missing };
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
