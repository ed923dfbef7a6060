import type { Command } from '../command.ts';
import { campaignOptions, runCampaign } from './bench.ts';

export const command: Command = {
  name: 'prove',
  summary: { zh: '运行正确性验证', en: 'run a correctness campaign' },
  arguments: [
    {
      name: 'NAME',
      required: false,
      summary: {
        zh: 'bench/prove/ 下的验证名；省略则列出全部',
        en: 'a file of bench/prove/; without it, all are listed',
      },
    },
  ],
  options: [
    ...campaignOptions,
    {
      name: 'only',
      type: 'text',
      summary: { zh: '只重做名称含此文字的试验（matrix）', en: 'only the trials whose name holds this text (matrix)' },
    },
  ],
  examples: ['npm run prove -- first-light', 'npm run prove -- first-light --seed 7 --scale 0.1'],
  run: (ctx) => runCampaign(ctx, 'prove'),
};
