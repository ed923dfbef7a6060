import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'vite';

export const projectFolder = path.resolve(import.meta.dirname, '..');

/** One source file as the checks see it. Paths are relative to the project, with forward slashes. */
export interface Module {
  file: string;
  text: string;
  imports: Import[];
  /** Names of values this file declares and exports; types are left out. */
  values: string[];
  reexports: Reexport[];
}

export interface Import {
  specifier: string;
  line: number;
  /** The file of this project it leads to; undefined for a package. */
  target: string | undefined;
  /** Imported names, with their local ones; `*` for the whole. */
  names: { name: string; local: string }[];
  dynamic: boolean;
}

export interface Reexport {
  /** What the other file calls it; `*` for everything. */
  name: string;
  as: string;
  target: string | undefined;
  isType: boolean;
}

const sources = '{src,web,tools,bench,e2e,scripts}/**/*.{ts,tsx,mjs}';

/** Reads every source file of the project, the tests and tools too. */
export function readModules(): Module[] {
  const files = [...globSync(sources, { cwd: projectFolder }), 'vite.config.ts'];
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.includes('node_modules/') && !file.endsWith('.d.ts'))
    .sort()
    .map(readModule);
}

function readModule(file: string): Module {
  const text = readFileSync(path.join(projectFolder, file), 'utf8');
  const { module: record, errors } = parseSync(file, text);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const imports: Import[] = record.staticImports.map(({ moduleRequest, entries, start }) => ({
    ...importOf(file, moduleRequest.value, lineAt(text, start)),
    names: entries.map(({ importName, localName }) => ({
      name: importName.kind === 'Name' ? importName.name! : importName.kind === 'Default' ? 'default' : '*',
      local: localName.value,
    })),
    dynamic: false,
  }));
  for (const { moduleRequest, start } of record.dynamicImports) {
    const literal = /^['"`]([^'"`$]+)['"`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[1];
    if (!literal) continue; // computed: the tools that load by name
    imports.push({ ...importOf(file, literal, lineAt(text, start)), names: [{ name: '*', local: '' }], dynamic: true });
  }
  // Types taken as `import('…').Name` are no entry of the record.
  for (const { 1: literal, index } of text.matchAll(/\btypeof import\(['"]([^'"]+)['"]\)/g)) {
    imports.push({
      ...importOf(file, literal!, lineAt(text, index)),
      names: [{ name: '*', local: '' }],
      dynamic: true,
    });
  }
  const values: string[] = [];
  const reexports: Reexport[] = [];
  for (const entry of record.staticExports.flatMap(({ entries }) => entries)) {
    const exported = entry.exportName.kind === 'Default' ? 'default' : (entry.exportName.name ?? '*');
    if (entry.moduleRequest) {
      const { target } = importOf(file, entry.moduleRequest.value, 0);
      const name = entry.importName.kind === 'Name' ? entry.importName.name! : '*';
      reexports.push({ name, as: exported, target, isType: entry.isType });
    } else if (!entry.isType) {
      values.push(exported);
    }
  }
  return { file, text, imports, values, reexports };
}

function importOf(file: string, specifier: string, line: number): Pick<Import, 'specifier' | 'line' | 'target'> {
  const room = /^#(\w[\w-]*)$/.exec(specifier)?.[1];
  if (room) return { specifier, line, target: `src/${room}/public.ts` };
  if (!specifier.startsWith('.')) return { specifier, line, target: undefined };
  const [bare] = specifier.split('?');
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), bare!));
  const endings = ['', '.ts', '.tsx', '/index.ts', '/index.tsx'];
  const found = endings.map((ending) => target + ending).find((each) => isFile(each));
  return { specifier, line, target: found ?? target };
}

function isFile(file: string): boolean {
  return /\.\w+$/.test(file) && existsSync(path.join(projectFolder, file));
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
