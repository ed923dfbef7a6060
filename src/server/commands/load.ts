import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  counts,
  countWords,
  currentMapping,
  findMapping,
  isMappingFile,
  type LoadFigures,
  type LoadReport,
  runLoad,
} from '#integration';
import { formatCount, formatDecimal, formatDuration, type Language, systemActor, type Text } from '#kernel';
import type { Model } from '#metadata';
import type { Command, CommandContext } from '../command.ts';
import { packModel } from '../model.ts';

export const command: Command = {
  name: 'load',
  summary: { zh: '按映射装载一个文件夹', en: 'load a folder of files by a mapping' },
  arguments: [
    {
      name: 'MAPPING',
      summary: { zh: '映射的代码，或映射文件的路径', en: 'code of a mapping, or path of a mapping file' },
    },
    { name: 'FOLDER', summary: { zh: '数据文件所在文件夹', en: 'folder with the data files' } },
  ],
  options: [
    {
      name: 'date',
      type: 'date',
      summary: {
        zh: '数据所属业务日期（默认最近完成的业务日期，否则今天）',
        en: 'business date the files speak for (default: the last finished one, else today)',
      },
    },
    {
      name: 'force',
      type: 'flag',
      summary: { zh: '同样的文件装载过也再装一次', en: 'load the same files again although they were loaded before' },
    },
  ],
  examples: [
    'npx tongguan load berka examples/lookalike',
    'npx tongguan load my-bank.yaml /data/2026-01-31 --date 2026-01-31',
  ],
  async run(ctx) {
    const { language, config, clock } = ctx;
    // A wrong mapping is told before a database is started.
    const name = ctx.arguments.MAPPING!;
    const inFile = isMappingFile(config.home, name) ? findMapping(config.home, name, 'code_or_path') : undefined;
    const database = await ctx.openDatabase();
    // A version that was saved on the page comes before the file of the same code.
    const saved = existsSync(name) ? undefined : (await currentMapping(database, config.home, name)).document;
    const document = saved ?? inFile ?? findMapping(config.home, name, 'code_or_path');
    const model = packModel();
    const stages = stagesOf(ctx);
    const report = await runLoad(
      { database, model, clock, actor: { ...systemActor, language } },
      {
        document,
        folder: path.resolve(ctx.arguments.FOLDER!),
        date: ctx.options.date('date'),
        force: ctx.options.flag('force'),
        home: config.home,
        language,
        onProgress: stages.update,
      },
    );
    stages.end(report);
    return { data: report, lines: linesOf(report, model, language) };
  },
};

/** One bar over all readings of all files. */
function stagesOf({ progress }: CommandContext) {
  const stage = progress.stage({ zh: '装载', en: 'loading' });
  return {
    update: ({ bytesRead, bytesTotal }: { bytesRead: number; bytesTotal: number }) =>
      stage.update(bytesRead, bytesTotal),
    end({ figures, milliseconds }: LoadReport) {
      const rows = figures.reduce((sum, { read }) => sum + read, 0);
      const perSecond = formatCount(Math.round((rows * 1000) / Math.max(1, milliseconds)));
      stage.end({ zh: `每秒 ${perSecond} 行`, en: `${perSecond} rows/s` });
    },
  };
}

const words = {
  file: { zh: '文件', en: 'file' },
  entity: { zh: '内容', en: 'entity' },
  ...countWords,
  sums: { zh: '合计', en: 'sums' },
} satisfies Record<string, Text>;

function linesOf(report: LoadReport, model: Model, language: Language): string[] {
  const entityOf = (code: string) => model.entity(code).label[language];
  const sumsOf = ({ entity, sums }: LoadFigures) =>
    Object.entries(sums)
      .map(([code, sum]) => {
        const field = model.entity(entity).fields.find((each) => each.code === code);
        return `${field?.label[language] ?? code} ${formatDecimal(sum)}`;
      })
      .join(language === 'zh' ? '，' : ', ');
  const table = [
    [words.file, words.entity, ...counts.map((count) => words[count]), words.sums].map((word) => word[language]),
    ...report.figures.map((figures) => [
      figures.file,
      entityOf(figures.entity),
      ...counts.map((count) => formatCount(figures[count])),
      sumsOf(figures),
    ]),
  ];
  return [...aligned(table), '', ...report.notes.map((note) => note[language]), ...closing(report, language)];
}

function closing(report: LoadReport, language: Language): string[] {
  const { rejected, rejectsFile, changed, run, milliseconds } = report;
  const lines: Text[] = [];
  if (rejectsFile !== undefined) {
    lines.push({
      zh: `拒绝 ${formatCount(rejected)} 行，原因见 ${rejectsFile}`,
      en: `${formatCount(rejected)} rejected rows, with reasons, are in ${rejectsFile}`,
    });
  }
  const took = formatDuration(milliseconds, language);
  if (report.sameAs) {
    const { run: before } = report.sameAs;
    lines.push({
      zh: `这批文件已在编号 ${before} 的装载中装入，没有做任何更改；确需重装请加 --force`,
      en: `these files were loaded by run ${before} already; nothing was changed. Use --force to load them again`,
    });
    return lines.map((line) => line[language]);
  }
  for (const { zh, en } of report.drift) lines.push({ zh, en });
  lines.push(
    changed
      ? { zh: `装载完成（编号 ${run}，用时 ${took}）`, en: `loaded (run ${run}, ${took})` }
      : {
          zh: `数据没有变化：没有新增，也没有更新（编号 ${run}，用时 ${took}）`,
          en: `nothing has changed: no row is new, none was updated (run ${run}, ${took})`,
        },
  );
  return lines.map((line) => line[language]);
}

/** Columns side by side: texts to the left, figures to the right. Chinese characters are two cells wide. */
function aligned(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => cells(row[column]!))));
  return rows.map((row) =>
    row
      .map((text, column) => {
        const space = ' '.repeat(widths[column]! - cells(text));
        return column >= 2 && column < 2 + counts.length ? space + text : text + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

function cells(text: string): number {
  let width = 0;
  for (const sign of text)
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(sign)
      ? 2
      : 1;
  return width;
}
