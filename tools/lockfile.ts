import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from './modules.ts';

/** Put together at run time: this file is searched like every other. */
const publicRegistry = ['registry', 'npmjs', 'org'].join('.');

const searched = '**/*.{ts,tsx,mjs,js,json,md,yaml,yml,css,html,svg,sql,txt}';
const skipped = ['node_modules', 'dist', '.git', '.tongguan', 'test-results'];

/** What would keep the packages from installing elsewhere as they did here, one sentence each. */
export function checkLockfile(): string[] {
  return [...registryTraces(), ...incompleteness()];
}

/** Addresses of a registry belong to the machine that installs, not to the project. */
function registryTraces(): string[] {
  const lockfile = readFileSync(path.join(projectFolder, 'package-lock.json'), 'utf8');
  const faults = /"resolved": "https?:/.test(lockfile)
    ? ['package-lock.json: names where packages were fetched from']
    : [];
  const hosts = new Set([publicRegistry, ownRegistry()].filter((host) => host !== undefined));
  const files = [
    ...globSync(searched, { cwd: projectFolder, exclude: (name) => skipped.includes(path.basename(name)) }),
    ...globSync('{.npmrc,.ci/*,.gitignore}', { cwd: projectFolder }),
  ];
  for (const file of files) {
    const text = readFileSync(path.join(projectFolder, file), 'utf8');
    for (const host of hosts) if (text.includes(host)) faults.push(`${file}: names the package registry ${host}`);
  }
  return faults;
}

function ownRegistry(): string | undefined {
  const { stdout } = npm(['config', 'get', 'registry']);
  const host = URL.canParse(stdout.trim()) ? new URL(stdout.trim()).hostname : undefined;
  return host?.includes('.') && !/^[\d.]+$/.test(host) ? host : undefined;
}

/** `npm ci` refuses a lockfile that lacks a package, for example one of another platform. */
function incompleteness(): string[] {
  const { status, stderr } = npm([
    'ci',
    '--dry-run',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  return status === 0 ? [] : [`npm ci would refuse package-lock.json: ${stderr.trim()}`];
}

function npm(args: string[]) {
  const windows = process.platform === 'win32';
  return spawnSync(windows ? 'npm.cmd' : 'npm', args, { cwd: projectFolder, encoding: 'utf8', shell: windows });
}
