import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Definition, definitionsQuery } from '../../../api/definitions.ts';
import { ruleChoicesQuery, ruleOf, triggerKind, triggerKinds } from '../../../api/rules.ts';
import { Badge, type Column, Count, Empty, Select, Table, TextInput } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { States } from '../states.tsx';
import { wordsIn } from './rule.ts';

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

const PARAMETERS_SHOWN = 3;

/** All rules: what starts each, what it says, how often it alerted of late, which thresholds it hangs on. */
export function RuleList({ rows }: { rows: Definition[] }) {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [wanted, setWanted] = useState<Wanted>('all');
  const [trigger, setTrigger] = useState('');
  const choices = useQuery(ruleChoicesQuery).data;
  const parameters = useQuery(definitionsQuery('parameters')).data ?? [];
  const words = typed.trim().toLowerCase();
  const found = rows.filter((row) => {
    if (!wants[wanted](row) || (trigger !== '' && kindOf(row) !== trigger)) return false;
    const said = [
      row.label.zh,
      row.label.en,
      row.code,
      row.sentence?.zh ?? '',
      row.sentence?.en ?? '',
      ...(ruleOf(row.body).cases ?? []),
    ];
    return words === '' || said.join(' ').toLowerCase().includes(words);
  });
  const parametersOf = (row: Definition) => {
    const said = wordsIn(row.body);
    return parameters.filter(({ code }) => new RegExp(`\\b${code}\\b`).test(said));
  };
  const columns: Column<Definition>[] = [
    {
      code: 'label',
      label: t('design.name'),
      phone: 'title',
      cell: (row) => (
        <span className="design-name">
          <span className="design-label">
            <strong>{text(row.label)}</strong>
            <span className="mono faint">{row.code}</span>
            {(ruleOf(row.body).cases ?? []).map((each) => (
              <Badge key={each}>{each}</Badge>
            ))}
          </span>
          <span className="faint design-about">{text(row.sentence) || text(row.description)}</span>
        </span>
      ),
    },
    {
      code: 'trigger',
      label: t('rules.trigger.kind'),
      cell: (row) => <TriggerWords row={row} facts={choices?.facts} />,
    },
    { code: 'state', label: t('design.state'), cell: (row) => <States definition={row} /> },
    { code: 'alerts', label: t('rules.alerts30'), number: true, cell: (row) => <Count value={row.health.size ?? 0} /> },
    {
      code: 'parameters',
      label: t('rules.parameters.title'),
      phone: 'hide',
      cell: (row) => {
        const used = parametersOf(row);
        return (
          <span className="design-uses">
            {used.slice(0, PARAMETERS_SHOWN).map(({ code, label }) => (
              <Badge key={code}>{text(label)}</Badge>
            ))}
            {used.length > PARAMETERS_SHOWN && <span className="faint">+{used.length - PARAMETERS_SHOWN}</span>}
          </span>
        );
      },
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
        <Select
          aria-label={t('rules.trigger.kind')}
          value={trigger}
          empty={t('rules.trigger.all')}
          choices={triggerKinds
            .filter((kind) => rows.some((row) => kindOf(row) === kind))
            .map((kind) => ({ value: kind, label: t(`rules.trigger.short.${kind}`) }))}
          onChange={setTrigger}
        />
      </div>
      {found.length === 0 ? (
        <Empty icon="search" title={t('common.noMatch')} />
      ) : (
        <Table
          label={t('design.kinds.rules.title')}
          columns={columns}
          rows={found}
          rowKey={(row) => row.code}
          onOpen={(row) => void navigate({ to: '/design/$kind/$code', params: { kind: 'rules', code: row.code } })}
        />
      )}
    </>
  );
}

/** A draft may hold anything. */
function kindOf({ body }: Definition) {
  const { when } = body as { when?: unknown };
  return typeof when === 'string' || (typeof when === 'object' && when !== null)
    ? triggerKind(ruleOf(body).when)
    : undefined;
}

function TriggerWords({
  row,
  facts,
}: {
  row: Definition;
  facts: readonly { code: string; label: { zh: string; en: string } }[] | undefined;
}) {
  const { t, text } = useTexts();
  const kind = kindOf(row);
  if (!kind) return null;
  const { when } = ruleOf(row.body);
  const fact = typeof when === 'object' && 'fact' in when ? facts?.find(({ code }) => code === when.fact) : undefined;
  return (
    <span className="quiet rule-trigger">
      {t(`rules.trigger.short.${kind}`)}
      {fact && ` · ${text(fact.label)}`}
    </span>
  );
}
