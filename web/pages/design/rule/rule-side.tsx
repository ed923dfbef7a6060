import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Body, type Definition, definitionsQuery, publishDraft, saveDraft } from '../../../api/definitions.ts';
import { bodyOf, type RuleBody, ruleOf } from '../../../api/rules.ts';
import { useMay } from '../../../app/permissions.ts';
import { grouped, readFigure } from '../../../conditions/measure-text.ts';
import { Button, Field, NumberInput, Panel, toast, useErrorText } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { Offsets } from './date-trigger.tsx';
import { Figure } from './figure.tsx';
import { wordsIn } from './rule.ts';
import './rule.css';

interface RuleSideProps {
  body: Body;
  disabled: boolean;
  onChange: (body: Body) => void;
}

/** The figures of a rule in a form of their own: its thresholds, which others may share, and its days. */
export function RuleParameters({ body, disabled, onChange }: RuleSideProps) {
  const { t } = useTexts();
  const parameters = useQuery(definitionsQuery('parameters')).data ?? [];
  const rule = ruleOf(body);
  const said = wordsIn(body);
  const used = parameters.filter(({ code, label, status, body: own }) => {
    if (status === 'retired' || own.type === 'rates') return false;
    return new RegExp(`\\b${code}\\b`).test(said) || said.includes(label.zh);
  });
  const date = typeof rule.when === 'object' && rule.when !== null && 'date' in rule.when ? rule.when.date : undefined;
  const put = (next: Partial<RuleBody>) => onChange(bodyOf({ ...rule, ...next }));
  if (used.length === 0 && !date && rule.cooldown_days === undefined) return null;
  return (
    <div className="rule-side-part">
      <Panel title={t('rules.parameters.title')}>
        <div className="rule-parameters">
          {date && Array.isArray(date.days) && (
            <div className="field">
              <span className="field-label">{t('rules.parameters.offsets')}</span>
              <Offsets
                date={date}
                most={12}
                disabled={disabled}
                onChange={(days) => put({ when: { date: { ...date, days } } })}
              />
            </div>
          )}
          {rule.cooldown_days !== undefined && (
            <Field label={t('rules.advanced.cooldown_days')}>
              {(control) => (
                <Figure
                  {...control}
                  value={rule.cooldown_days}
                  suffix={t('design.daysUnit')}
                  disabled={disabled}
                  onChange={(days) => put({ cooldown_days: days ?? 1 })}
                />
              )}
            </Field>
          )}
          {used.map((parameter) => (
            <Parameter key={parameter.code} parameter={parameter} rule={body.code} disabled={disabled} />
          ))}
        </div>
      </Panel>
    </div>
  );
}

/** One threshold: changed and published here, for everything that uses it. */
function Parameter({ parameter, rule, disabled }: { parameter: Definition; rule: string; disabled: boolean }) {
  const { t, text } = useTexts();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const mayPublish = useMay('definitions.publish');
  const [typed, setTyped] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const now = String(parameter.parameter?.value ?? '');
  const value = typed === undefined ? now : readFigure(typed);
  const others = parameter.usedBy.filter(({ kind, code }) => kind !== 'rules' || code !== rule);
  const unit = parameter.body.type === 'percent' ? '%' : parameter.body.type === 'days' ? t('design.daysUnit') : '';
  const publish = async () => {
    if (value === undefined) return;
    setBusy(true);
    setRefused(undefined);
    try {
      const saved = await saveDraft('parameters', { ...parameter.body, value });
      const done = await publishDraft(
        'parameters',
        parameter.code,
        saved.draft!.version,
        t('rules.parameters.note', { name: rule }),
      );
      toast(t(done.waiting ? 'design.askedForApproval' : 'rules.parameters.published'));
      setTyped(undefined);
      await queries.invalidateQueries({ queryKey: ['definitions', 'parameters'] });
      void queries.invalidateQueries({ queryKey: ['vocabulary'] });
    } catch (error) {
      setRefused(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  const changed = typed !== undefined && value !== now;
  return (
    <Field
      label={
        <Link to="/design/$kind/$code" params={{ kind: 'parameters', code: parameter.code }}>
          {text(parameter.label)}
        </Link>
      }
      error={value === undefined ? t('record.notNumber') : refused}
      help={
        others.length > 0
          ? t('rules.parameters.others', {
              names: others
                .map(({ label }) => text(label))
                .slice(0, 4)
                .join(t('filter.join')),
            })
          : undefined
      }
    >
      {(control) => (
        <div className="rule-line">
          <NumberInput
            {...control}
            {...(unit ? { suffix: unit } : {})}
            value={typed ?? (/^-?\d+(\.\d+)?$/.test(now) ? grouped(now) : now)}
            disabled={disabled || !mayPublish}
            onChange={(event) => setTyped(event.target.value)}
          />
          {changed && (
            <Button busy={busy} disabled={value === undefined} onClick={() => void publish()}>
              {t('design.publish')}
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}
