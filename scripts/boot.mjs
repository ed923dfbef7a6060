// For whatever Node the machine has: installs the packages when the lockfile or the platform changed, then runs the program on
// the pinned Node. Plain JavaScript without packages, because it runs before there are any.
//
//   node scripts/boot.mjs FILE [ARGUMENT…]    runs FILE with all packages, those for development too
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const bootNodeMajor = 18; // lowest Node that can run this file and a fitting npm
const programNodeMajor = 24; // lowest Node that runs TypeScript directly as the program is written

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const packages = path.join(root, 'node_modules');
const stampFile = path.join(packages, '.boot-stamp');
const lockFile = path.join(packages, '.boot-lock');

/**
 * Installs what is missing, runs `file` (from the project folder) on the pinned Node and ends with its exit code.
 * `development` asks for the packages that only tests and checks need.
 */
export async function boot(file, args, { development }) {
  if (major(process.versions.node) < bootNodeMajor) {
    fail(
      `需要 Node.js ${bootNodeMajor} 或更高版本，当前为 ${process.versions.node}。`,
      `Node.js ${bootNodeMajor} or newer is needed, this is ${process.versions.node}.`,
    );
  }
  if (!isInstalled(development)) await install(development);
  // V8 lets garbage grow to several times what lives, which is no use to a program that reads files of millions of rows: it collects
  // sooner; reading files costs a little more CPU for it (decision 0046).
  const flags = JSON.parse(readFileSync(path.join(root, 'scripts', 'node-flags.json'), 'utf8'));
  run(pinnedNode(), [...flags, path.join(root, file), ...args]);
}

/** What the installed packages depend on: the lockfile and the platform, since packages hold programs for one platform. */
function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json')));
  return hash.update(`${process.platform} ${process.arch}`).digest('hex');
}

function isInstalled(development) {
  const [stamp, extent] = installed();
  return stamp === fingerprint() && (extent === 'all' || !development);
}

function installed() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8').split(' ') : [];
}

function hasDevelopmentPackages() {
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return Object.keys(devDependencies).some((name) => existsSync(path.join(packages, name)));
}

async function install(development) {
  const release = await lockInstallation();
  try {
    if (isInstalled(development)) return; // another start did it while this one waited
    const all = development || hasDevelopmentPackages(); // what is there for development stays
    tell('正在安装所需组件，首次约需一至两分钟 …', 'installing what is needed, the first time takes a minute or two …');
    // npm believes this list rather than the disk, and `npm install --package-lock-only` writes it without installing.
    rmSync(path.join(packages, '.package-lock.json'), { force: true });
    // `npm install`, since `npm ci` refuses a lockfile that lacks packages of a platform the registry does not carry;
    // `--no-save` leaves the lockfile alone, and its integrity hashes are checked all the same.
    const options = ['install', '--no-save', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const started = Date.now();
    const status = npm([...options, all ? '--include=dev' : '--omit=dev']);
    if (status !== 0) {
      fail(
        `组件安装失败（npm 退出码 ${status}，原因见上）。请检查：网络与 npm 源（npm config get registry）能否访问、磁盘是否已满、文件夹 ${root} 是否可写，然后重试。`,
        `installing failed (npm ended with ${status}, reason above). Check that the network and the npm registry (npm config get registry) can be reached, that the disk is not full and that ${root} is writable, then try again.`,
      );
    }
    writeFileSync(stampFile, `${fingerprint()} ${all ? 'all' : 'program'}`);
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    tell(`安装完成，用时 ${seconds} 秒`, `installed in ${seconds} s`);
  } finally {
    release();
  }
}

/** Two starts at once on a fresh folder must not install into each other. */
async function lockInstallation() {
  for (let waiting = false; ; waiting = true) {
    try {
      mkdirSync(packages, { recursive: true });
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      const release = () => rmSync(lockFile, { force: true });
      process.once('exit', release); // `fail` leaves by this door
      return release;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        fail(`文件夹 ${root} 不可写：${error.message}`, `the folder ${root} cannot be written: ${error.message}`);
      }
    }
    const holder = Number(existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : 0);
    if (holder > 0 && !isRunning(holder)) rmSync(lockFile, { force: true });
    else if (!waiting) tell('另一个进程正在安装，等待中 …', 'another process is installing, waiting …');
    await new Promise((done) => setTimeout(done, 200));
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function npm(args) {
  const env = { ...process.env };
  // Settings of an outer `npm -g` or `npx` would install somewhere else.
  for (const name of Object.keys(env))
    if (/^npm_config_(global|prefix|local_prefix|location)$/i.test(name)) delete env[name];
  const options = { cwd: root, stdio: ['ignore', 2, 2], env }; // standard output belongs to the program's --json
  const file = npmFile();
  if (file) return spawnSync(process.execPath, [file, ...args], options).status ?? 1;
  const windows = process.platform === 'win32';
  const result = spawnSync(windows ? 'npm.cmd' : 'npm', args, { ...options, shell: windows });
  if (result.error) fail(`找不到 npm：${result.error.message}`, `npm was not found: ${result.error.message}`);
  return result.status ?? 1;
}

/** The npm that runs us, else the one that came with this Node. */
function npmFile() {
  const running = process.env.npm_execpath;
  if (running && path.basename(running) === 'npm-cli.js' && existsSync(running)) return running;
  const folder = path.dirname(realpathSync(process.execPath));
  const candidates = [path.join(folder, '..', 'lib', 'node_modules'), path.join(folder, 'node_modules')];
  return candidates.map((each) => path.join(each, 'npm', 'bin', 'npm-cli.js')).find((each) => existsSync(each));
}

/** Node from the packages; where there is none for this platform, the machine's own if new enough. */
function pinnedNode() {
  const windows = process.platform === 'win32';
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const pinned = path.join(packages, name, 'bin', windows ? 'node.exe' : 'node');
  if (existsSync(pinned)) return pinned;
  if (major(process.versions.node) < programNodeMajor) {
    fail(
      `没有适用于 ${process.platform}-${process.arch} 的 Node.js ${programNodeMajor} 组件，当前 Node.js 为 ${process.versions.node}。请自行安装 Node.js ${programNodeMajor} 或更高版本后重试。`,
      `there is no packaged Node.js ${programNodeMajor} for ${process.platform}-${process.arch}, and this is ${process.versions.node}. Install Node.js ${programNodeMajor} or newer and try again.`,
    );
  }
  return process.execPath;
}

function run(node, args) {
  const search = [path.dirname(node), process.env.PATH].filter(Boolean).join(path.delimiter);
  // Compiled sources are kept: a start, and every test file, takes half the time.
  const compiled = process.env.NODE_COMPILE_CACHE ?? path.join(packages, '.cache', 'compiled');
  const env = { ...process.env, PATH: search, NODE_COMPILE_CACHE: compiled };
  // The channel carries nothing; its end tells the program that this process was killed.
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event) {
    // npm does not pass SIGTERM on: it just ends, and the program must end with it. Only under npm, because a service that
    // outlives the shell that started it is as it should be.
    const caller = npmProcess();
    setInterval(() => npmProcess() !== caller && child.kill('SIGTERM'), 500).unref();
  }
  child.on('error', (error) => fail(`无法运行 ${node}：${error.message}`, `cannot run ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + os.constants.signals[signal] : code;
  });
}

/** The process id of npm: our parent, or behind the shell that npm runs scripts in. */
function npmProcess() {
  const stat = processStat(process.ppid);
  return stat && stat.name !== 'node' && !stat.name.startsWith('npm') ? stat.parent : process.ppid;
}

/** Name and parent of a process where the system shows them as Linux does. */
function processStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    return { name: text.slice(text.indexOf('(') + 1, end), parent: Number(text.slice(end + 2).split(' ')[1]) };
  } catch {
    return undefined;
  }
}

function major(version) {
  return Number.parseInt(version, 10);
}

function tell(zh, en) {
  process.stderr.write(`[tongguan] ${zh}\n[tongguan] ${en}\n`);
}

function fail(zh, en) {
  tell(zh, en);
  process.exit(1);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [file, ...args] = process.argv.slice(2);
  if (!file) fail('用法：node scripts/boot.mjs 文件 [参数 …]', 'usage: node scripts/boot.mjs FILE [ARGUMENT …]');
  await boot(file, args, { development: true });
}
