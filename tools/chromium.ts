import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { projectFolder } from './modules.ts';

/** A browser for Playwright's `launchOptions`. */
export interface Chromium {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const cacheFolder = path.join(projectFolder, 'node_modules', '.cache');

const commonArgs = [
  '--no-sandbox', // root, as in containers, may not use the sandbox
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--font-render-hinting=none',
];

/** CHROMIUM_PATH, else an installed Chromium, else the one inside a package, unpacked once. Each with Chinese fonts. */
export async function findChromium(): Promise<Chromium> {
  const given = [process.env.CHROMIUM_PATH, ...installed].find((file) => file && existsSync(file));
  if (given) return { executablePath: given, args: commonArgs, env: fontEnvironment([]) };
  const folder = await unpackChromium();
  const libraries = [path.join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return {
    executablePath: path.join(folder, 'chromium'),
    args: [...commonArgs, '--no-zygote', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    env: { LD_LIBRARY_PATH: libraries, ...fontEnvironment([path.join(folder, 'fonts', 'fonts')]) },
  };
}

/** The package's own unpacking leaves out libraries a bare machine lacks, and shares one folder between versions. */
async function unpackChromium(): Promise<string> {
  const require = createRequire(import.meta.url);
  const packageFolder = path.resolve(require.resolve('@sparticuz/chromium'), '../..');
  const manifest = path.join(packageFolder, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = path.join(cacheFolder, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  const aside = `${folder}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  const { extract } = createRequire(manifest)('tar-fs') as { extract(folder: string): NodeJS.WritableStream };
  const packed = (name: string) => createReadStream(path.join(packageFolder, 'bin', name));
  const unpack = (name: string) =>
    pipeline(packed(`${name}.tar.br`), createBrotliDecompress(), extract(path.join(aside, name)));
  const executable = createWriteStream(path.join(aside, 'chromium'), { mode: 0o755 });
  await Promise.all([
    pipeline(packed('chromium.br'), createBrotliDecompress(), executable),
    ...['al2023', 'fonts', 'swiftshader'].map(unpack),
  ]);
  const renderer = path.join(aside, 'swiftshader');
  for (const name of readdirSync(renderer)) renameSync(path.join(renderer, name), path.join(aside, name));
  renameSync(aside, folder); // whole or not at all
  return folder;
}

/** Without Chinese fonts every character is a box; a package brings them, fontconfig is pointed at it. */
function fontEnvironment(more: readonly string[]): Record<string, string> {
  const require = createRequire(import.meta.url);
  const fonts = path.resolve(require.resolve('@embedpdf/fonts-sc'), '../../fonts');
  const own = '/etc/fonts/fonts.conf';
  const lines = [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    existsSync(own) ? `<include ignore_missing="yes">${own}</include>` : '',
    ...[fonts, ...more].map((folder) => `<dir>${folder}</dir>`),
    `<cachedir>${path.join(cacheFolder, 'fontconfig')}</cachedir>`,
    '</fontconfig>',
  ];
  const file = path.join(cacheFolder, 'fonts.conf');
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(file, lines.join('\n'));
  return { FONTCONFIG_FILE: file };
}
