import { Failure, type Text } from '#kernel';
import { driftKinds } from '../failures.ts';
import { alike } from '../suggestion.ts';
import { concealNumbers } from './conceal.ts';
import type { ColumnSurvey, FileSurvey } from './survey.ts';

/** One way in which a file differs from the last good one of the same mapping. */
export interface Drift extends Text {
  code: string;
  file: string;
  column: string | null;
  /** `notice`: nothing to do. `warning`: look before the figures are used. */
  severity: 'notice' | 'warning';
}

const limits = {
  /** Longer by this share and by so many characters: a field of the source has become wider. */
  longerShare: 1.5,
  longerMin: 5,
  listedMax: 100,
};

/** What has changed in the files since the last good run. `used`: columns that the mapping reads, by code of the file. */
export function driftOf(
  before: readonly FileSurvey[],
  now: readonly FileSurvey[],
  used: ReadonlyMap<string, ReadonlySet<string>>,
): Drift[] {
  const found = now.flatMap((file) => {
    const earlier = before.find(({ code }) => code === file.code);
    return earlier ? driftOfFile(earlier, file, used.get(file.code) ?? new Set()) : [];
  });
  return found.slice(0, limits.listedMax);
}

function driftOfFile(before: FileSurvey, now: FileSurvey, used: ReadonlySet<string>): Drift[] {
  const drift: Drift[] = [];
  const tell = (kind: keyof typeof driftKinds, column: string | null, params: Record<string, unknown> = {}) => {
    const failure = new Failure(driftKinds[kind], { file: now.file, column, ...params });
    const severity = kind === 'added' || kind === 'moved' ? 'notice' : 'warning';
    drift.push({
      code: failure.kind.code,
      file: now.file,
      column,
      severity,
      zh: failure.text('zh'),
      en: failure.text('en'),
    });
  };
  const names = (survey: FileSurvey) => new Set(survey.columns.map(({ name }) => name));
  const [old, fresh] = [names(before), names(now)];
  const gone = before.columns.filter(({ name }) => !fresh.has(name));
  const come = now.columns.filter(({ name }) => !old.has(name));
  for (const column of gone) {
    const at = before.columns.indexOf(column);
    const next = come.find((each) => alike(column.name, each.name) || now.columns.indexOf(each) === at);
    if (next) {
      come.splice(come.indexOf(next), 1);
      tell('renamed', next.name, { before: column.name });
    } else tell('removed', column.name);
  }
  for (const { name } of come) tell('added', name);
  const kept = (survey: FileSurvey, others: ReadonlySet<string>) =>
    survey.columns.filter(({ name }) => others.has(name)).map(({ name }) => name);
  const order = kept(before, fresh);
  if (gone.length === 0 && kept(now, old).some((name, index) => name !== order[index])) tell('moved', null);
  for (const column of now.columns) {
    const earlier = before.columns.find(({ name }) => name === column.name);
    if (earlier && used.has(column.name)) compareColumn(earlier, column, tell);
  }
  return drift;
}

function compareColumn(
  before: ColumnSurvey,
  now: ColumnSurvey,
  tell: (kind: keyof typeof driftKinds, column: string, params?: Record<string, unknown>) => void,
): void {
  if (before.type !== now.type && before.type !== 'empty' && now.type !== 'empty') {
    tell('type', now.name, { before: typeWords[before.type], now: typeWords[now.type] });
  }
  if (before.type !== 'empty' && now.type === 'empty') tell('emptied', now.name);
  const grown = now.lengthMax - before.lengthMax;
  if (before.lengthMax > 0 && grown >= limits.longerMin && now.lengthMax > before.lengthMax * limits.longerShare) {
    tell('longer', now.name, { before: before.lengthMax, now: now.lengthMax });
  }
  const known = before.codes;
  if (!known || !now.codes) return;
  const fresh = now.codes.filter((code) => !known.includes(code));
  if (fresh.length > 0) {
    tell('codes', now.name, { codes: fresh.slice(0, 10).map(concealNumbers).join(', '), count: fresh.length });
  }
}

const typeWords: Record<ColumnSurvey['type'], Text> = {
  empty: { zh: '空', en: 'empty' },
  text: { zh: '文本', en: 'text' },
  integer: { zh: '整数', en: 'whole numbers' },
  decimal: { zh: '小数', en: 'decimals' },
  date: { zh: '日期', en: 'dates' },
  datetime: { zh: '时间', en: 'times' },
};
