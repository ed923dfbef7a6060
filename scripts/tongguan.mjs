#!/usr/bin/env node
// The `tongguan` command: sees to the packages and the pinned Node, then hands over to src/server/cli.ts.
import { boot } from './boot.mjs';

/** Commands for people who change the program; they may use packages that running it does not need. */
const developmentCommands = ['bench', 'prove'];

const args = process.argv.slice(2);
await boot('src/server/cli.ts', args, { development: developmentCommands.includes(args[0] ?? '') });
