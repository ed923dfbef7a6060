import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Definition, type DefinitionKind, definitionKinds, definitionsQuery } from '../../api/definitions.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  type Column,
  Count,
  DateText,
  Empty,
  ErrorState,
  Icon,
  Notice,
  PageHead,
  Select,
  Skeleton,
  Table,
  TextInput,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Ladder } from './ladder.tsx';
import { ParameterList } from './parameter-list.tsx';
import { RuleList } from './rule/rule-list.tsx';
import { Templates } from './rule/templates.tsx';
import { States } from './states.tsx';
import './design.css';

/** Definitions that a long list shows before somebody asks for more. */
const SHOWN_STEP = 100;

/** Everything of one kind that business people define: what it is, its state, how many customers, who uses it. */
export function Definitions() {
  const { t } = useTexts();
  const mayRead = useMay('definitions.read');
  const mayEdit = useMay('definitions.edit');
  const [choosing, setChoosing] = useState(false);
  const { pathname } = useLocation();
  const kind = definitionKinds.find((each) => pathname.endsWith(`/${each}`)) ?? 'metrics';
  const definitions = useQuery({ ...definitionsQuery(kind), enabled: mayRead });
  if (!mayRead) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const rows = definitions.data;
  return (
    <div className="design">
      <PageHead title={t(`design.kinds.${kind}.title`)} hint={t(`design.kinds.${kind}.hint`)}>
        {mayEdit && kind === 'rules' && rows && (
          <Button icon="copy" onClick={() => setChoosing(true)}>
            {t('rules.fromTemplate')}
          </Button>
        )}
        {mayEdit && kind !== 'parameters' && (
          <Link to="/design/$kind/$code" params={{ kind, code: 'new' }} className="button button-primary">
            <Icon name="add" />
            <span>{t(`design.kinds.${kind}.create`)}</span>
          </Link>
        )}
      </PageHead>
      {choosing && rows && <Templates rules={rows} onClose={() => setChoosing(false)} />}
      {!mayEdit && (
        <div className="design-notice">
          <Notice kind="info">{t('design.readOnly')}</Notice>
        </div>
      )}
      {definitions.error && !rows ? (
        <ErrorState error={definitions.error} onRetry={() => void definitions.refetch()} />
      ) : !rows ? (
        <Skeleton lines={12} />
      ) : rows.length === 0 ? (
        <Empty icon="tag" title={t(`design.kinds.${kind}.none`)} hint={t(`design.kinds.${kind}.teach`)} />
      ) : kind === 'tiers' ? (
        <Ladder tiers={rows} />
      ) : kind === 'parameters' ? (
        <ParameterList parameters={rows} />
      ) : kind === 'rules' ? (
        <RuleList rows={rows} />
      ) : (
        <DefinitionTable kind={kind} rows={rows} />
      )}
    </div>
  );
}

type Wanted = 'all' | 'published' | 'draft' | 'changed' | 'own' | 'retired' | 'fault';
const wants: Record<Wanted, (row: Definition) => boolean> = {
  all: (row) => row.status !== 'retired',
  published: (row) => row.status === 'published',
  draft: (row) => row.draft !== undefined,
  changed: (row) => row.source === 'changed',
  own: (row) => row.source === 'own',
  retired: (row) => row.status === 'retired',
  fault: (row) => row.health.error !== undefined,
};

function DefinitionTable({ kind, rows }: { kind: DefinitionKind; rows: Definition[] }) {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [wanted, setWanted] = useState<Wanted>('all');
  const [most, setMost] = useState(SHOWN_STEP);
  const words = typed.trim().toLowerCase();
  const found = rows.filter(
    (row) =>
      wants[wanted](row) &&
      (words === '' ||
        [row.label.zh, row.label.en, row.code, row.description?.zh ?? '', row.description?.en ?? '']
          .join(' ')
          .toLowerCase()
          .includes(words)),
  );
  const columns: Column<Definition>[] = [
    {
      code: 'label',
      label: t('design.name'),
      phone: 'title',
      cell: (row) => (
        <span className="design-name">
          <span className="design-label">
            {kind === 'metrics' ? (
              <strong>{text(row.label)}</strong>
            ) : (
              <Badge colour={row.body.color}>{text(row.label)}</Badge>
            )}
            <span className="mono faint">{row.code}</span>
          </span>
          <span className="faint design-about">{text(row.sentence) || text(row.description)}</span>
        </span>
      ),
    },
    { code: 'state', label: t('design.state'), cell: (row) => <States definition={row} /> },
    ...(kind === 'metrics'
      ? [
          {
            code: 'unit',
            label: t('design.unit'),
            cell: (row: Definition) => (row.body.unit ? t(`design.units.${row.body.unit}`) : ''),
          },
        ]
      : [
          {
            code: 'size',
            label: t('design.size'),
            number: true,
            cell: (row: Definition) => <Count value={row.health.size} />,
          },
          {
            code: 'change',
            label: t('design.lastChange'),
            phone: 'hide' as const,
            cell: (row: Definition) => <DateText value={row.health.lastChange} />,
          },
        ]),
    {
      code: 'used',
      label: t('design.usedBy'),
      cell: (row) =>
        row.usedBy.length === 0 ? (
          <span className="faint">{t('common.none')}</span>
        ) : (
          <span title={row.usedBy.map((use) => text(use.label)).join(t('filter.join'))}>
            {t('design.uses', { count: row.usedBy.length })}
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
        <Select
          aria-label={t('design.state')}
          value={wanted}
          choices={(Object.keys(wants) as Wanted[]).map((code) => ({
            value: code,
            label: `${t(`design.wants.${code}`)} ${rows.filter(wants[code]).length}`,
          }))}
          onChange={(next) => setWanted(next as Wanted)}
        />
      </div>
      {found.length === 0 ? (
        <Empty icon="search" title={t('common.noMatch')} />
      ) : (
        <Table
          label={t(`design.kinds.${kind}.title`)}
          columns={columns}
          rows={found.slice(0, most)}
          rowKey={(row) => row.code}
          onOpen={(row) => void navigate({ to: '/design/$kind/$code', params: { kind, code: row.code } })}
        />
      )}
      {found.length > most && (
        <button type="button" className="design-more" onClick={() => setMost(most + SHOWN_STEP)}>
          {t('design.showMore', { count: found.length - most })}
        </button>
      )}
    </>
  );
}
