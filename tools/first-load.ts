/**
 * How much script and style a browser must fetch, gzipped, before a page shows: the entry, the chunk of the page, the frame
 * around it, and all that these import. Read from the manifest of the web build.
 */
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** The budget of every page that can be the first one. */
export const SCRIPT_GZIP_BYTES_MAX = 250_000;

export interface FirstLoad {
  /** Source of the page, below `web/`. */
  page: string;
  scriptGzipBytes: number;
  styleGzipBytes: number;
  files: number;
}

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
}

const SHELL = 'app/shell.tsx';
const SIGN_IN = 'pages/sign-in/sign-in.tsx';
const PAGES = 'pages/';

/** What each page of a built web folder costs as the first one, dearest first. */
export function firstLoads(webFolder: string): FirstLoad[] {
  const manifest: Record<string, Chunk> = JSON.parse(
    readFileSync(path.join(webFolder, '.vite', 'manifest.json'), 'utf8'),
  );
  const entry = Object.keys(manifest).find((key) => manifest[key]!.isEntry);
  if (entry === undefined) throw new Error(`no entry in the manifest of ${webFolder}`);
  const gzipBytes = sizeReader(webFolder);
  const pages = (manifest[entry]!.dynamicImports ?? []).filter((key) => key.startsWith(PAGES));
  return pages
    .map((page): FirstLoad => {
      const needed = closure(manifest, page === SIGN_IN ? [entry, page] : [entry, SHELL, page]);
      const scripts = new Set(needed.map((chunk) => chunk.file));
      const styles = new Set(needed.flatMap((chunk) => chunk.css ?? []));
      return {
        page,
        scriptGzipBytes: sum([...scripts].map(gzipBytes)),
        styleGzipBytes: sum([...styles].map(gzipBytes)),
        files: scripts.size + styles.size,
      };
    })
    .sort((a, b) => b.scriptGzipBytes - a.scriptGzipBytes);
}

/** Builds the web aside and measures it. */
export async function measureFirstLoads(projectFolder: string): Promise<FirstLoad[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tongguan-web-'));
  try {
    const vite = await import('vite');
    await vite.build({
      configFile: path.join(projectFolder, 'vite.config.ts'),
      configLoader: 'native',
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true },
    });
    return firstLoads(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function closure(manifest: Record<string, Chunk>, keys: string[]): Chunk[] {
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    const chunk = manifest[key];
    if (!chunk) throw new Error(`the manifest lacks ${key}`);
    seen.add(key);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const key of keys) visit(key);
  return [...seen].map((key) => manifest[key]!);
}

function sizeReader(webFolder: string): (file: string) => number {
  const known = new Map<string, number>();
  return (file) => {
    let size = known.get(file);
    if (size === undefined) {
      size = gzipSync(readFileSync(path.join(webFolder, file)), { level: 9 }).length;
      known.set(file, size);
    }
    return size;
  };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
