import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

/** The folder that holds package.json. */
export const projectFolder = path.resolve(fileURLToPath(import.meta.url), '../../..');

/** The version in package.json. */
export const programVersion = (
  JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8')) as { version: string }
).version;

/** What the environment decides; read once, at the start of the program. */
export interface Config {
  host: string;
  port: number;
  /** A PostgreSQL of the user's; undefined for the built-in one. */
  databaseUrl: string | undefined;
  /** Holds everything the program keeps outside the database: the built-in database, and notes about the running server. */
  home: string;
  /** True behind TLS: cookies then travel over https only. */
  secureCookies: boolean;
}

const defaults = { host: '127.0.0.1', port: 7300 };

/** Reads PORT, HOST, DATABASE_URL, TONGGUAN_HOME and TONGGUAN_SECURE_COOKIES; throws a Failure that names the wrong one. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const set = (name: string) => environment[name]?.trim() || undefined;
  return {
    host: set('HOST') ?? defaults.host,
    port: readPort(set('PORT')),
    databaseUrl: set('DATABASE_URL'),
    home: path.resolve(set('TONGGUAN_HOME') ?? path.join(projectFolder, '.tongguan')),
    secureCookies: readYesNo('TONGGUAN_SECURE_COOKIES', set('TONGGUAN_SECURE_COOKIES')),
  };
}

function readPort(value: string | undefined): number {
  if (value === undefined) return defaults.port;
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new Failure(kinds.invalid_setting, {
    name: 'PORT',
    value,
    expected_zh: '应为 1 到 65535 之间的整数',
    expected_en: 'it must be a whole number from 1 to 65535',
  });
}

function readYesNo(name: string, value: string | undefined): boolean {
  if (value === undefined || value === '0') return false;
  if (value === '1') return true;
  throw new Failure(kinds.invalid_setting, {
    name,
    value,
    expected_zh: '应为 0 或 1',
    expected_en: 'it must be 0 or 1',
  });
}
