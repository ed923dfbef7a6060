import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '#kernel';
import { CIPHERS, type CipherCode } from '#vault';
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
  /** Where the files of the master keys are; default `keys` in the home folder. */
  keys: string;
  /** What seals those files; undefined for none. Asked each time: a file may be taken away. */
  masterPassphrase: (() => string) | undefined;
  /** The cipher of data keys made from now on. */
  dataCipher: CipherCode;
  /** Where the audit's signed roots are kept besides: folders or files, separated as in PATH; undefined for below the home folder. */
  auditWitness: string | undefined;
  /** True behind TLS: cookies then travel over https only. */
  secureCookies: boolean;
  /** What stands in the browser's address bar; security keys are bound to its host. */
  publicOrigin: string;
  /** Proxies whose X-Forwarded-For is believed: addresses or networks. */
  trustedProxies: string[];
  /** Opens /metrics and the details of /readyz to other machines; undefined: to this machine only. */
  metricsToken: string | undefined;
}

const defaults = { host: '127.0.0.1', port: 7300 };

/** Reads the settings from the environment; throws a Failure that names the wrong one. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const set = (name: string) => environment[name]?.trim() || undefined;
  const home = path.resolve(set('TONGGUAN_HOME') ?? path.join(projectFolder, '.tongguan'));
  const port = readPort(set('PORT'));
  return {
    host: set('HOST') ?? defaults.host,
    port,
    databaseUrl: set('DATABASE_URL'),
    home,
    keys: path.resolve(set('TONGGUAN_KEYS') ?? path.join(home, 'keys')),
    masterPassphrase: passphraseOf(set('TONGGUAN_MASTER_PASSPHRASE'), set('TONGGUAN_MASTER_PASSPHRASE_FILE')),
    dataCipher: readCipher(set('DATA_CIPHER')),
    auditWitness: set('AUDIT_WITNESS'),
    secureCookies: readYesNo('TONGGUAN_SECURE_COOKIES', set('TONGGUAN_SECURE_COOKIES')),
    publicOrigin: readOrigin(set('PUBLIC_ORIGIN'), port),
    trustedProxies: readProxies(set('TRUSTED_PROXIES')),
    metricsToken: set('METRICS_TOKEN'),
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

/** Browsers allow security keys at localhost, but not at a bare address such as 127.0.0.1. */
function readOrigin(value: string | undefined, port: number): string {
  if (value === undefined) return `http://localhost:${port}`;
  if (/^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value.replace(/\/$/, ''))
    return new URL(value).origin;
  throw new Failure(kinds.invalid_setting, {
    name: 'PUBLIC_ORIGIN',
    value,
    expected_zh: '应为浏览器地址栏中的地址，不含路径，如 https://crm.example.com',
    expected_en: "it must be the address in the browser's bar without a path, such as https://crm.example.com",
  });
}

function readProxies(value: string | undefined): string[] {
  const list = (value ?? '').split(',').map((each) => each.trim());
  for (const each of list.filter((text) => text !== '')) {
    const [address = '', bits, ...rest] = each.split('/');
    const most = net.isIPv4(address) ? 32 : net.isIPv6(address) ? 128 : -1;
    const isMask = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (most < 0 || !isMask || rest.length > 0) {
      throw new Failure(kinds.invalid_setting, {
        name: 'TRUSTED_PROXIES',
        value: each,
        expected_zh: '应为以逗号分隔的地址或网段，如 10.0.0.5,10.1.0.0/16',
        expected_en: 'it must be addresses or networks separated by commas, such as 10.0.0.5,10.1.0.0/16',
      });
    }
  }
  return list.filter((each) => each !== '');
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

function passphraseOf(text: string | undefined, file: string | undefined): Config['masterPassphrase'] {
  if (text !== undefined) return () => text;
  return file === undefined ? undefined : () => readFileSync(file, 'utf8').split(/\r?\n/)[0]!.trim();
}

function readCipher(value: string | undefined): CipherCode {
  const found = CIPHERS.find((cipher) => cipher === (value ?? CIPHERS[0]));
  if (found) return found;
  throw new Failure(kinds.invalid_setting, {
    name: 'DATA_CIPHER',
    value,
    expected_zh: `应为 ${CIPHERS.join(' 或 ')}`,
    expected_en: `it must be ${CIPHERS.join(' or ')}`,
  });
}
