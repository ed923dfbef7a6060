import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command, CommandContext, CommandOption, CommandResult } from '../command.ts';
import { projectFolder } from '../config.ts';

/** What both campaigns, measuring and proving, can be told. */
export const campaignOptions: readonly CommandOption[] = [
  {
    name: 'scale',
    type: 'number',
    min: 0.001,
    max: 1_000,
    summary: { zh: '规模倍数，1 为日常规模', en: 'size of the work; 1 is the everyday size' },
  },
  {
    name: 'seed',
    type: 'integer',
    min: 0,
    max: 2 ** 31 - 1,
    summary: { zh: '随机种子，用于重放', en: 'random seed, to replay a run' },
  },
];

/** The harness and what it runs are no part of the product, so they are found by path at the time they are asked for. */
export async function runCampaign(ctx: CommandContext, kind: 'bench' | 'prove'): Promise<CommandResult> {
  const file = pathToFileURL(path.join(projectFolder, 'bench', 'harness.ts')).href;
  const harness = (await import(file)) as Record<'bench' | 'prove', (ctx: CommandContext) => Promise<CommandResult>>;
  return await harness[kind](ctx);
}

export const command: Command = {
  name: 'bench',
  summary: { zh: '测量速度与内存，并与目标比较', en: 'measure speed and memory against the targets' },
  arguments: [
    {
      name: 'NAME',
      required: false,
      summary: { zh: 'bench/ 下的测量名；省略则列出全部', en: 'a file of bench/; without it, all are listed' },
    },
  ],
  options: campaignOptions,
  examples: ['npm run bench -- load', 'npm run --silent bench -- list --json'],
  run: (ctx) => runCampaign(ctx, 'bench'),
};
