import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Definition } from '../../api/definitions.ts';
import { Badge, type Column, Empty, Table, TextInput } from '../../kit/kit.ts';
import { Measure } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';
import { States } from './states.tsx';

/** Thresholds by what they are for, each with its value in force and the one that was shipped. */
export function ParameterList({ parameters }: { parameters: Definition[] }) {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const words = typed.trim().toLowerCase();
  const found = parameters.filter(({ label, code, description }) =>
    [label.zh, label.en, code, description?.zh ?? '', description?.en ?? ''].join(' ').toLowerCase().includes(words),
  );
  const groups = Map.groupBy(found, groupOf);
  const columns: Column<Definition>[] = [
    {
      code: 'label',
      label: t('design.name'),
      phone: 'title',
      cell: (row) => (
        <span className="design-name">
          <strong>{text(row.label)}</strong>
          <span className="faint design-about">{text(row.description)}</span>
        </span>
      ),
    },
    {
      code: 'value',
      label: t('design.parameters.value'),
      number: true,
      width: '12%',
      cell: (row) => <Value of={row} which="value" />,
    },
    {
      code: 'pack',
      label: t('design.parameters.packValue'),
      number: true,
      width: '12%',
      cell: (row) => (
        <span className="faint">
          <Value of={row} which="packValue" />
        </span>
      ),
    },
    { code: 'state', label: t('design.state'), width: '12%', cell: (row) => <States definition={row} /> },
    {
      code: 'used',
      label: t('design.usedBy'),
      width: '28%',
      cell: (row) => (
        <span className="design-uses">
          {row.usedBy.slice(0, USES_SHOWN).map((use) => (
            <Badge key={`${use.kind} ${use.code}`}>{text(use.label)}</Badge>
          ))}
          {row.usedBy.length > USES_SHOWN && <span className="faint">+{row.usedBy.length - USES_SHOWN}</span>}
        </span>
      ),
    },
  ];
  return (
    <>
      <div className="design-find">
        <TextInput
          type="search"
          aria-label={t('design.find')}
          placeholder={t('design.find')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      {found.length === 0 && <Empty icon="search" title={t('common.noMatch')} />}
      {groupCodes
        .filter((code) => groups.has(code))
        .map((code) => (
          <section key={code} className="design-group">
            <h2>{t(`design.parameters.groups.${code}`)}</h2>
            <Table
              label={t(`design.parameters.groups.${code}`)}
              columns={columns}
              rows={groups.get(code)!}
              rowKey={(row) => row.code}
              onOpen={(row) =>
                void navigate({ to: '/design/$kind/$code', params: { kind: 'parameters', code: row.code } })
              }
            />
          </section>
        ))}
    </>
  );
}

const USES_SHOWN = 3;
const groupCodes = ['tiers', 'tags', 'rules', 'metrics', 'other'] as const;
type GroupCode = (typeof groupCodes)[number];

/** What a parameter is for is what uses it. */
function groupOf({ usedBy }: Definition): GroupCode {
  const kinds = new Set<string>(usedBy.map(({ kind }) => kind));
  return groupCodes.find((code) => kinds.has(code)) ?? (kinds.has('segments') ? 'tags' : 'other');
}

export function Value({ of, which }: { of: Definition; which: 'value' | 'packValue' }) {
  const { t } = useTexts();
  const value = of.parameter?.[which];
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([currency, rate]) => `${currency} ${String(rate)}`)
      .join(t('filter.join'));
  }
  return <Measure value={value === null || value === undefined ? null : String(value)} unit={of.parameter?.type} />;
}
