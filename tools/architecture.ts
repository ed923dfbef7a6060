import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Import, type Module, projectFolder, readModules } from './modules.ts';

/** The rooms from the bottom up. A room imports only from rooms before it. */
const rooms = [
  'kernel',
  'expressions',
  'database',
  'http',
  'jobs',
  'vault',
  'audit',
  'metadata',
  'access',
  'identity',
  'records',
  'facts',
  'notifications',
  'outbox',
  'rules',
  'process',
  'customers',
  'governance',
  'disclosure',
  'integration',
  'demo',
  'server',
];

/** Rooms that the browser runs too: nothing of Node may enter. */
const browserRooms = ['kernel', 'expressions'];

/** Packages that only the rooms named here may import; tests of any room may use what they need. */
const packageRooms: Record<string, readonly string[]> = {
  pg: ['database'],
  'pg-copy-streams': ['database'],
  'sql-template-tag': ['expressions', 'database'],
  fastify: ['http', 'server'],
  '@fastify/static': ['server'],
  vite: ['server'],
};

/** Tests look at their room from outside: they may use every door, the tools, and the program put together for tests. */
function mayTest(target: string): boolean {
  return isDoor(target) || inFolder(target, 'tools') || target === 'src/server/testing.ts';
}

/** Random expressions, which the tests of the condition builder need as those of the language do. */
const webTesting = 'src/expressions/testing';

/** What stands beside the rooms, and which parts of the project it may import from (besides itself and packages). */
const surroundings: Record<string, (target: string) => boolean> = {
  web: (target) => browserRooms.some((room) => target === doorOf(room)),
  tools: (target) => isDoor(target) || inFolder(target, 'src/server'),
  bench: (target) => isDoor(target) || inFolder(target, 'src/server') || inFolder(target, 'tools'),
  e2e: (target) => isDoor(target) || inFolder(target, 'src/server') || inFolder(target, 'tools'),
  scripts: () => false,
};

/** Every breach of the directions, doors and limits above, one sentence each. */
export function checkArchitecture(modules: readonly Module[] = readModules()): string[] {
  return [
    ...modules.flatMap((module) => module.imports.flatMap((each) => judge(module, each))),
    ...checkRooms(),
  ].sort();
}

function judge(module: Module, each: Import): string[] {
  const { file } = module;
  const room = roomOf(file);
  const reason = room ? judgeRoom(room, file, each) : judgeSurrounding(file, each);
  return reason ? [`${file}:${each.line} imports ${each.specifier}: ${reason}`] : [];
}

function judgeRoom(room: string, file: string, { specifier, target }: Import): string | undefined {
  const test = file.endsWith('.test.ts');
  if (!target) {
    if (browserRooms.includes(room) && !test && specifier.startsWith('node:')) return `${room} runs in browsers too`;
    const allowed = packageRooms[packageOf(specifier)];
    return allowed && !allowed.includes(room) && !test ? `only ${allowed.join(', ')} may` : undefined;
  }
  if (test && mayTest(target)) return undefined;
  const other = roomOf(target);
  if (!other) return 'a room imports only from rooms';
  if (other === room) return specifier.startsWith('#') ? 'inside a room, import the file itself' : undefined;
  if (!specifier.startsWith('#')) return `reaches past the door; write #${other}`;
  if (rooms.indexOf(other) > rooms.indexOf(room)) return `${other} is above ${room}`;
  return undefined;
}

function judgeSurrounding(file: string, { target }: Import): string | undefined {
  const folder = file.split('/')[0]!;
  if (!target || inFolder(target, folder) || !surroundings[folder]) return undefined;
  if (folder === 'web' && file.endsWith('.test.ts') && inFolder(target, webTesting)) return undefined;
  return surroundings[folder](target) ? undefined : `${folder} may not import from there`;
}

/** Every folder of src/ stands in the list, has a door (the topmost is imported by nobody) and a README of its own. */
function checkRooms(): string[] {
  const folders = readdirSync(path.join(projectFolder, 'src'));
  const breaches: string[] = [];
  for (const room of folders) {
    if (!rooms.includes(room)) breaches.push(`src/${room}: not in the list of rooms of tools/architecture.ts`);
    for (const file of ['README.md', ...(room === rooms.at(-1) ? [] : ['public.ts'])]) {
      if (!existsSync(path.join(projectFolder, 'src', room, file))) breaches.push(`src/${room}: has no ${file}`);
    }
  }
  return breaches;
}

function roomOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function doorOf(room: string): string {
  return `src/${room}/public.ts`;
}

function isDoor(file: string): boolean {
  return rooms.some((room) => file === doorOf(room));
}

function inFolder(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
