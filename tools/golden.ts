/**
 * Golden files: what the program derives (schema, API, permissions), written down so that a change of it is seen and reviewed
 * in the commit that causes it. `npm run golden` writes them anew; `npm test` compares.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type GoldenFile, generators } from './golden-generators.ts';
import { projectFolder } from './modules.ts';

const folder = path.join(projectFolder, 'golden');

const limits = { linesShown: 12, lineLength: 300 };

/** What differs between the committed files and what the program derives now, one sentence each. */
export async function checkGolden(): Promise<string[]> {
  const files = await generate();
  const faults: string[] = [];
  for (const { name, content } of files) {
    const file = path.join(folder, name);
    const committed = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (committed !== content)
      faults.push(`golden/${name} is out of date; run npm run golden\n${difference(committed, content)}`);
  }
  for (const name of superfluous(files))
    faults.push(`golden/${name}: nothing generates it any more; run npm run golden`);
  return faults;
}

async function writeGolden(): Promise<void> {
  const files = await generate();
  for (const { name, content } of files) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
    console.log(`golden/${name}`);
  }
  for (const name of superfluous(files)) rmSync(path.join(folder, name));
}

async function generate(): Promise<GoldenFile[]> {
  const files: GoldenFile[] = [];
  for (const generator of generators) files.push(...(await generator()));
  return files;
}

function superfluous(files: readonly GoldenFile[]): string[] {
  const names = new Set(files.map(({ name }) => name));
  return globSync('**/*.*', { cwd: folder }).filter((name) => !names.has(name));
}

/** The first lines that only one of the two has. */
function difference(committed: string, derived: string): string {
  const [before, now] = [committed, derived].map((text) => text.split('\n'));
  const gone = before!.filter((line) => !now!.includes(line)).map((line) => `  - ${line}`);
  const come = now!.filter((line) => !before!.includes(line)).map((line) => `  + ${line}`);
  const shown = [...gone.slice(0, limits.linesShown), ...come.slice(0, limits.linesShown)];
  return shown
    .map((line) => (line.length > limits.lineLength ? `${line.slice(0, limits.lineLength)} …` : line))
    .join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeGolden();
