import { withdrawRun } from '#integration';
import { formatCount, systemActor, type Text } from '#kernel';
import type { Command } from '../command.ts';
import { packModel } from '../model.ts';

export const command: Command = {
  name: 'withdraw',
  summary: { zh: '撤回一个装载批次，恢复此前的数据', en: 'take a load run back and restore what stood before' },
  arguments: [{ name: 'RUN', summary: { zh: '装载批次的编号', en: 'number of the load run' } }],
  options: [
    { name: 'reason', type: 'text', summary: { zh: '撤回原因（写入审计）', en: 'why; kept in the audit' } },
    {
      name: 'skip-changed',
      type: 'flag',
      summary: {
        zh: '之后被修改过的行保持现状，撤回其余',
        en: 'leave rows that were changed since as they are, withdraw the rest',
      },
    },
  ],
  examples: ['npx tongguan withdraw 3765208640530832486 --reason "文件有误"'],
  async run({ arguments: { RUN: run }, options, language, clock, openDatabase, progress }) {
    const database = await openDatabase();
    const stage = progress.stage({ zh: '撤回', en: 'withdrawing' });
    const actor = { ...systemActor, language };
    const asked = {
      at: clock().toISOString(),
      by: systemActor.username,
      reason: options.text('reason') ?? 'tongguan withdraw',
      skip: options.flag('skip-changed'),
    };
    const outcome = await withdrawRun({ database, model: packModel(), clock, actor }, run!, asked, {
      onProgress: ({ rowsRead, rowsTotal }) => stage.update(rowsRead, rowsTotal ?? rowsRead),
    });
    stage.end();
    const { result, refused } = outcome;
    const lines: Text[] = refused
      ? [
          {
            zh: `没有撤回：${formatCount(refused.kept)} 行在装入之后被修改或被引用。加上 --skip-changed 可让这些行保持现状`,
            en: `not withdrawn: ${formatCount(refused.kept)} rows were changed or pointed at since; --skip-changed leaves these as they are`,
          },
          ...refused.sample
            .slice(0, 10)
            .map(({ entity, id }) => ({ zh: `  ${entity} ${id}`, en: `  ${entity} ${id}` })),
        ]
      : [
          {
            zh: `已撤回：删除事实 ${formatCount(result!.facts)}，恢复 ${formatCount(result!.restored)}，移除 ${formatCount(result!.removed)}，保持现状 ${formatCount(result!.kept)}`,
            en: `withdrawn: ${formatCount(result!.facts)} facts deleted, ${formatCount(result!.restored)} rows restored, ${formatCount(result!.removed)} removed, ${formatCount(result!.kept)} left as they are`,
          },
        ];
    return { ok: !refused, data: outcome, lines: lines.map((line) => line[language]) };
  },
};
