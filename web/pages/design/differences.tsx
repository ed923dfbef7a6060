/** What differs between two versions, part by part, in words. Loaded on demand: conditions are read as sentences. */
import type { Body, DefinitionKind, Vocabulary } from '../../api/definitions.ts';
import { ConditionText } from '../../conditions/condition-text.tsx';
import { type Column, Table } from '../../kit/kit.ts';
import { Measure } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';
import { type Difference, differences } from './kinds.ts';
import { ruleDifferences } from './rule/differences.ts';
import { RulePartName, RulePartValue } from './rule/part-words.tsx';

interface DifferencesProps {
  kind: DefinitionKind;
  before: Body | undefined;
  after: Body;
  vocabulary: Vocabulary;
}

export function Differences({ kind, before, after, vocabulary }: DifferencesProps) {
  const { t } = useTexts();
  const isRule = kind === 'rules';
  const rows = isRule ? ruleDifferences(before, after) : differences(before, after);
  if (rows.length === 0) return <p className="quiet">{t('design.versions.same')}</p>;
  const columns: Column<Difference>[] = [
    {
      code: 'part',
      label: t('design.versions.part'),
      phone: 'title',
      cell: ({ path }) => (isRule ? <RulePartName path={path} /> : <PartName path={path} />),
    },
    {
      code: 'before',
      label: t('design.versions.before'),
      cell: ({ path, before: was }) => (
        <span className="quiet difference">
          <PartValue kind={kind} path={path} value={was} body={before} vocabulary={vocabulary} />
        </span>
      ),
    },
    {
      code: 'after',
      label: t('design.versions.after'),
      cell: ({ path, after: is }) => (
        <span className="difference">
          <PartValue kind={kind} path={path} value={is} body={after} vocabulary={vocabulary} />
        </span>
      ),
    },
  ];
  return <Table label={t('design.versions.differences')} columns={columns} rows={rows} rowKey={({ path }) => path} />;
}

const named = [
  'if',
  'keep_if',
  'color',
  'group',
  'manual',
  'hold_days',
  'effective',
  'above',
  'unit',
  'expression',
  'ledger',
  'value',
  'type',
  'label/zh',
  'label/en',
  'description/zh',
  'description/en',
  'measure/function',
  'measure/entity',
  'measure/field',
  'measure/where',
  'measure/days',
  'measure/calendar',
  'measure/window',
  'measure/date',
  'ratio/of',
  'ratio/to',
  'household/function',
  'household/of',
] as const;
type Named = (typeof named)[number];

function PartName({ path }: { path: string }) {
  const { t } = useTexts();
  const known = named.find((each) => each === path);
  return known ? (
    t(`design.paths.${known.replace('/', '_') as Underscored<Named>}`)
  ) : (
    <span className="mono">{path}</span>
  );
}

type Underscored<S extends string> = S extends `${infer A}/${infer B}` ? `${A}_${B}` : S;

function PartValue({
  kind,
  path,
  value,
  body,
  vocabulary,
}: {
  kind: DefinitionKind;
  path: string;
  value: unknown;
  body: Body | undefined;
  vocabulary: Vocabulary;
}) {
  const { t, text } = useTexts();
  if (kind === 'rules') return <RulePartValue path={path} value={value} names={vocabulary.names} />;
  if (value === null || value === undefined || value === '') return <span className="faint">{t('common.none')}</span>;
  if (path === 'if' || path === 'keep_if' || path === 'expression') {
    return <ConditionText text={String(value)} vocabulary={vocabulary.names} />;
  }
  const entity = vocabulary.entities.find(({ code }) => code === body?.measure?.entity);
  if (path === 'measure/where') return <ConditionText text={String(value)} vocabulary={entity?.names ?? []} />;
  if (path === 'color') return t(`design.colours.${value as 'grey'}`);
  if (path === 'unit') return t(`design.units.${value as 'money'}`);
  if (path === 'manual') return t('common.yes');
  if (path === 'effective') return t(`design.tiers.${value as 'daily'}`);
  if (path === 'measure/entity') return text(entity?.label) || String(value);
  if (path === 'measure/field' || path === 'measure/date') {
    return text(entity?.fields.find(({ code }) => code === value)?.label) || String(value);
  }
  if (path === 'measure/function') {
    return text(vocabulary.aggregates.find(({ code }) => code === value)?.label) || String(value);
  }
  if (path.startsWith('ratio/') || path === 'household/of') {
    return text(vocabulary.names.find(({ code }) => code === value)?.label) || String(value);
  }
  if (kind === 'parameters' && path === 'value' && typeof value === 'string') {
    return <Measure value={value} unit={body?.type} />;
  }
  return typeof value === 'object' ? <span className="mono">{JSON.stringify(value)}</span> : String(value);
}
