import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Explanation, explanationQuery, type Reason, vocabularyQuery } from '../../api/governance.ts';
import { useEntityByCode } from '../../api/hooks.ts';
import { recordQuery } from '../../api/queries.ts';
import type { Reference } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  Empty,
  Field,
  Icon,
  type IconName,
  Notice,
  PageHead,
  Select,
  Skeleton,
  TextInput,
  useErrorText,
} from '../../kit/kit.ts';
import { inSentence, useTexts } from '../../texts/texts.ts';
import { PersonPicker } from './person-picker.tsx';
import './access.css';

/** Why somebody can or cannot see a record: the question in the address, the answer below. */
export function Explain() {
  const { t } = useTexts();
  const search = useSearch({ from: '/inside/access/explain' });
  const { user, entity, record, field } = search;
  const mayAsk = useMay('access.explain');
  const asked = user !== undefined && entity !== undefined && record !== undefined;
  const answer = useQuery({
    ...explanationQuery({ user: user ?? '', entity: entity ?? '', record: record ?? '', field }),
    enabled: mayAsk && asked,
  });
  const errorText = useErrorText();
  if (!mayAsk) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  return (
    <>
      <PageHead title={t('governance.explain.title')} hint={t('governance.explain.hint')} />
      <Question key={`${user} ${entity} ${record} ${field}`} />
      {!asked ? (
        <Empty icon="help" title={t('governance.explain.start')} hint={t('governance.explain.startHint')} />
      ) : answer.error ? (
        <div className="access-part">
          <Notice kind="danger">{errorText(answer.error)}</Notice>
        </div>
      ) : !answer.data ? (
        <Skeleton lines={6} />
      ) : (
        <Answer answer={answer.data} />
      )}
    </>
  );
}

function Question() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/access/explain' });
  const vocabulary = useQuery(vocabularyQuery);
  const known = useQuery({ ...recordQuery('users', search.user ?? ''), enabled: search.user !== undefined });
  const [chosen, setChosen] = useState<Reference | null>();
  const [entity, setEntity] = useState(search.entity ?? 'customer');
  const [record, setRecord] = useState(search.record ?? '');
  const [field, setField] = useState(search.field ?? '');
  const person =
    chosen === undefined && known.data ? { id: known.data.id, label: String(known.data.name) } : (chosen ?? null);
  const entities = vocabulary.data?.entities ?? [];
  const fields = entities.find(({ code }) => code === entity)?.fields ?? [];
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (!person || record.trim() === '') return;
    void navigate({
      to: '/access/explain',
      search: { user: person.id, entity, record: record.trim(), field: field === '' ? undefined : field },
    });
  };
  const options = (all: readonly { code: string; label: { zh: string; en: string } }[]) =>
    all.map(({ code, label }) => ({ value: code, label: text(label) }));
  return (
    <form className="access-question" onSubmit={ask}>
      <Field label={t('governance.explain.user')}>
        {(control) => <PersonPicker {...control} value={person} onChange={setChosen} />}
      </Field>
      <Field label={t('governance.explain.entity')}>
        {(control) => (
          <Select
            {...control}
            value={entity}
            choices={options(entities)}
            onChange={(code) => {
              setEntity(code);
              setField('');
            }}
          />
        )}
      </Field>
      <Field label={t('governance.explain.record')} help={t('governance.explain.recordHelp')}>
        {(control) => (
          <TextInput {...control} className="mono" value={record} onChange={(event) => setRecord(event.target.value)} />
        )}
      </Field>
      <Field label={t('governance.explain.field')}>
        {(control) => (
          <Select {...control} value={field} choices={options(fields)} empty={t('common.none')} onChange={setField} />
        )}
      </Field>
      <Button look="primary" type="submit" disabled={!person || record.trim() === ''}>
        {t('governance.explain.ask')}
      </Button>
    </form>
  );
}

function Answer({ answer }: { answer: Explanation }) {
  const { t, text } = useTexts();
  const vocabulary = useQuery(vocabularyQuery).data;
  const customer = useEntityByCode('customer');
  const entity = inSentence(text(answer.entity.label));
  return (
    <div className="access-part" aria-live="polite">
      <p className={`access-verdict ${answer.sees ? 'access-yes' : 'access-no'}`}>
        <Icon name={answer.sees ? 'eye' : 'eyeOff'} />
        {t(answer.sees ? 'governance.explain.sees' : 'governance.explain.seesNot', { name: answer.user.name, entity })}
        <span className="access-acts">
          {vocabulary?.actions
            .filter(({ code }) => code !== 'read' && code !== 'create')
            .map(({ code, label }) => (
              <Badge key={code} colour={answer.actions[code] ? 'green' : 'grey'}>
                {`${t(answer.actions[code] ? 'governance.explain.may' : 'governance.explain.mayNot')} ${text(label)}`}
              </Badge>
            ))}
        </span>
      </p>
      <Reasons title={t('governance.explain.reasons')} reasons={answer.reasons} />
      {answer.field && (
        <>
          <p className="access-verdict">
            {t('governance.explain.ofField', { field: text(answer.field.label) })}
            <Badge colour={answer.field.see === 'clear' ? 'green' : answer.field.see === 'masked' ? 'amber' : 'grey'}>
              {text(vocabulary?.views.find(({ code }) => code === answer.field!.see)?.label)}
            </Badge>
            {(['edit', 'export', 'filter'] as const).map((act) => (
              <Badge key={act} colour={answer.field![act] ? 'green' : 'grey'}>
                {`${t(answer.field![act] ? 'governance.explain.may' : 'governance.explain.mayNot')} ${t(`governance.roles.${act}`).toLowerCase()}`}
              </Badge>
            ))}
          </p>
          <Reasons title={t('governance.explain.fieldReasons')} reasons={answer.field.reasons} />
        </>
      )}
      <p className="access-more">
        <Link to="/access/view-as" search={{ user: answer.user.id }} className="button button-plain">
          {t('governance.explain.viewAs')}
        </Link>
        {answer.entity.code === 'customer' && customer?.access.read && (
          <Link to="/customers/$id" params={{ id: answer.record }} className="button button-quiet">
            {text(answer.entity.label)}
          </Link>
        )}
      </p>
    </div>
  );
}

const marks: Record<Reason['verdict'], IconName> = { gives: 'check', refuses: 'close', notes: 'info' };

function Reasons({ title, reasons }: { title: string; reasons: Reason[] }) {
  const { text } = useTexts();
  return (
    <ul className="access-reasons" aria-label={title}>
      {reasons.map((reason) => (
        <li key={reason.text.en} data-verdict={reason.verdict}>
          <Icon name={marks[reason.verdict]} size={14} />
          {text(reason.text)}
        </li>
      ))}
    </ul>
  );
}
