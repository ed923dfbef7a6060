import { csvLine, formatPercent, type Language, type Text } from '#kernel';
import type { Model } from '#metadata';
import type { Reconciliation } from './reconciliation.ts';
import type { LoadFigures } from './runs.ts';

/** What the report says of a run. */
export interface ReportedRun {
  id: string;
  mapping: string;
  date: string;
  status: string;
  files: Omit<LoadFigures, 'dates'>[];
  reconciliation: Reconciliation | null;
  drift: { severity: string; text: string }[];
}

/** How each of `counts` is called. */
export const countWords = {
  read: { zh: '读取', en: 'read' },
  inserted: { zh: '新增', en: 'inserted' },
  updated: { zh: '更新', en: 'updated' },
  corrected: { zh: '更正', en: 'corrected' },
  unchanged: { zh: '未变', en: 'unchanged' },
  skipped: { zh: '略过', en: 'skipped' },
  rejected: { zh: '拒绝', en: 'rejected' },
} satisfies Record<string, Text>;

const words = {
  run: { zh: '装载批次', en: 'run' },
  date: { zh: '业务日期', en: 'business date' },
  file: { zh: '文件', en: 'file' },
  what: { zh: '内容', en: 'what' },
  figure: { zh: '项目', en: 'figure' },
  value: { zh: '本次', en: 'this run' },
  stated: { zh: '对账文件', en: 'stated by the source' },
  difference: { zh: '差额', en: 'difference' },
  before: { zh: '上一次', en: 'run before' },
  change: { zh: '变化', en: 'change' },
  note: { zh: '提示', en: 'remark' },
  rows: { zh: '行数', en: 'rows' },
  sum: { zh: '合计', en: 'sum' },
  ...countWords,
  aum: { zh: '全行管理资产', en: 'assets of the bank' },
  bank: { zh: '全行', en: 'bank' },
  unusual: { zh: '变化超过提醒限度', en: 'changed more than the limit' },
  drift: { zh: '文件变化', en: 'change of the file' },
} satisfies Record<string, Text>;

/** What is counted of a file, in the order in which it is told. */
export const counts = ['read', 'inserted', 'updated', 'corrected', 'unchanged', 'skipped', 'rejected'] as const;

/** The reconciliation of a run as a table that spreadsheets open: one figure a line, beside what it is held against. */
export function reportLines(run: ReportedRun, model: Model, language: Language): string {
  const say = (word: keyof typeof words) => words[word][language];
  const percent = (share: string | null) => (share === null ? '' : formatPercent(share));
  const lines: string[][] = [
    [say('run'), run.id],
    [say('date'), run.date],
    [],
    (['file', 'what', 'figure', 'value', 'stated', 'difference', 'before', 'change', 'note'] as const).map(say),
  ];
  for (const { file, control, rows, sums } of run.reconciliation?.controls ?? []) {
    const stated = rows.stated === null ? '' : String(rows.stated);
    lines.push([file, control, say('rows'), String(rows.counted), stated, stated === '' ? '' : '0']);
    for (const sum of sums) {
      lines.push([file, control, `${say('sum')} ${sum.column}`, sum.counted, sum.stated, sum.difference]);
    }
  }
  for (const [index, figures] of run.files.entries()) {
    const entity = model.entity(figures.entity);
    const beside = run.reconciliation?.loads[index];
    for (const count of counts) {
      const compared = count === 'read' ? beside?.rows : undefined;
      const more = compared ? [compared.before, percent(compared.change), compared.warning ? say('unusual') : ''] : [];
      lines.push([figures.file, entity.label[language], say(count), String(figures[count]), '', '', ...more]);
    }
    for (const [code, sum] of Object.entries(figures.sums)) {
      const label = entity.fields.find((field) => field.code === code)?.label[language] ?? code;
      const compared = beside?.sums[code];
      const more = compared ? [compared.before, percent(compared.change), compared.warning ? say('unusual') : ''] : [];
      lines.push([figures.file, entity.label[language], `${say('sum')} ${label}`, sum, '', '', ...more]);
    }
  }
  const aum = run.reconciliation?.aum;
  if (aum) lines.push([say('bank'), aum.currency, say('aum'), aum.after, '', '', aum.before]);
  for (const { text } of run.drift) lines.push(['', '', say('drift'), '', '', '', '', '', text]);
  return `\ufeff${lines.map((cells) => csvLine(cells)).join('')}`;
}
