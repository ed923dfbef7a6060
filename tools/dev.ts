/** `npm run dev`: the API restarted on every change of the server, the pages reloaded on every change of the web. */
import { spawn } from 'node:child_process';
import { projectFolder } from './modules.ts';

const programs = [
  ['--watch', '--watch-preserve-output', 'src/server/cli.ts', 'start', '--api-only'],
  ['node_modules/vite/bin/vite.js'],
];

const children = programs.map((args) => spawn(process.execPath, args, { cwd: projectFolder, stdio: 'inherit' }));
const stop = () => {
  for (const child of children) child.kill('SIGTERM');
};
for (const child of children) child.on('exit', stop); // one without the other is of no use
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
