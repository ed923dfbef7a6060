/** The editor of a rule: when, if, then as blocks, or the whole as text. Loaded on demand, with the language. */
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Text } from '#kernel';
import type { Body, CheckAnswer } from '../../../api/definitions.ts';
import { bodyOf, type RuleBody, ruleChoicesQuery, ruleOf } from '../../../api/rules.ts';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Button, Notice, Segmented } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { isSame } from '../kinds.ts';
import { Actions } from './actions.tsx';
import { Advanced } from './advanced.tsx';
import { autoReason } from './auto-reason.ts';
import { Block } from './blocks.tsx';
import { Condition } from './condition.tsx';
import { isDrawable } from './drawable.ts';
import { IssuesContext } from './issues.tsx';
import { LanguageContext } from './language.tsx';
import { ReadyContext } from './ready.tsx';
import { kindOfAction, mayElse, newAction } from './rule.ts';
import { RuleText } from './rule-text.tsx';
import { TriggerForm } from './trigger.tsx';
import './rule.css';

interface RuleFormProps {
  body: Body;
  /** The names that this rule may speak of. */
  names: readonly VocabularyName[];
  disabled: boolean;
  issues: CheckAnswer['issues'];
  onChange: (body: Body) => void;
  onReady: (path: string, isReady: boolean) => void;
}

export function RuleForm({ body, names, disabled, issues, onChange, onReady }: RuleFormProps) {
  const { t, language } = useTexts();
  const drawable = isDrawable(body);
  const [mode, setMode] = useState<'blocks' | 'text'>(drawable ? 'blocks' : 'text');
  const [written, setWritten] = useState(language);
  const asText = mode === 'text' || !drawable;
  return (
    <LanguageContext.Provider value={written}>
      <ReadyContext.Provider value={onReady}>
        <IssuesContext.Provider value={issues}>
          <section className="rule">
            <header className="rule-head">
              <Segmented
                label={t('rules.mode')}
                value={asText ? 'text' : 'blocks'}
                choices={[
                  { value: 'blocks', label: t('rules.blocks') },
                  { value: 'text', label: t('rules.asText') },
                ]}
                onChange={(next) => {
                  if (next === 'blocks' && !drawable) return;
                  onReady(TEXT, true);
                  setMode(next);
                }}
              />
              {!asText && (
                <Segmented
                  label={t('rules.languageOfTexts')}
                  value={written}
                  choices={[
                    { value: 'zh', label: t('rules.languages.zh') },
                    { value: 'en', label: t('rules.languages.en') },
                  ]}
                  onChange={setWritten}
                />
              )}
            </header>
            {!drawable && <Notice kind="info">{t('rules.text.notDrawable')}</Notice>}
            {asText ? (
              <RuleText
                body={body}
                issues={issues}
                disabled={disabled}
                onChange={(next) => onChange(next)}
                onReady={(isReady) => onReady(TEXT, isReady)}
              />
            ) : (
              <Blocks
                rule={ruleOf(body)}
                names={names}
                disabled={disabled}
                onChange={(rule) => onChange(bodyOf(rule))}
              />
            )}
          </section>
        </IssuesContext.Provider>
      </ReadyContext.Provider>
    </LanguageContext.Provider>
  );
}

const TEXT = 'text';

interface BlocksProps {
  rule: RuleBody;
  names: readonly VocabularyName[];
  disabled: boolean;
  onChange: (rule: RuleBody) => void;
}

function Blocks({ rule, names, disabled, onChange }: BlocksProps) {
  const { t } = useTexts();
  const { data: choices } = useQuery(ruleChoicesQuery);
  /** The reason that the condition gave by itself when it was last whole. */
  const auto = useRef(autoReason(rule.if, names));
  const part = { rule, names, choices, disabled, onChange };
  const own = Object.entries(rule.values ?? {}).map(([code, { label, unit }]) =>
    valueName(code, label, unit, t('rules.figures.title')),
  );
  const inTexts = [...names.filter(({ type }) => type !== 'list' && type !== 'texts'), ...own];
  const put = (branch: 'then' | 'else') => (actions: RuleBody['then']) => {
    const { else: _, ...rest } = rule;
    onChange(branch === 'else' && actions.length === 0 ? rest : { ...rule, [branch]: actions });
  };
  const otherwise = mayElse(rule.when);
  return (
    <>
      <Block word={t('rules.whenWord')} title={t('rules.whenTitle')}>
        <TriggerForm {...part} />
      </Block>
      <Block word={t('rules.ifWord')} title={t('rules.ifTitle')}>
        <Condition
          path="if"
          // `true` stands for no condition.
          value={rule.if === 'true' ? '' : rule.if}
          names={names}
          label={t('rules.ifLabel')}
          disabled={disabled}
          onChange={(text) => {
            const now = autoReason(text, names);
            onChange(withCondition(rule, text, now, auto.current));
            auto.current = now ?? auto.current;
          }}
        />
      </Block>
      <Block word={t('rules.thenWord')} title={t('rules.thenTitle')}>
        <Actions {...part} names={inTexts} branch="then" onChange={put('then')} />
      </Block>
      {otherwise && rule.else && (
        <Block word={t('rules.elseWord')} title={t('rules.elseTitle')}>
          <Actions {...part} names={inTexts} branch="else" onChange={put('else')} />
        </Block>
      )}
      {otherwise && !rule.else && !disabled && (
        <Button
          className="rule-add-else"
          look="quiet"
          icon="add"
          onClick={() => onChange({ ...rule, else: [newAction('notify', rule.label)] })}
        >
          {t('rules.addElse')}
        </Button>
      )}
      <Advanced {...part} />
    </>
  );
}

const valueName = (code: string, label: Text, unit: string, group: string): VocabularyName => ({
  code,
  label,
  type: 'text',
  unit: unit as VocabularyName['unit'],
  group: { code: 'figures', label: { zh: group, en: group } },
});

/** Reasons that nobody wrote follow the condition. */
function withCondition(rule: RuleBody, text: string, now: Text | undefined, before: Text | undefined): RuleBody {
  const follow = (reason: Text): Text =>
    now && ((reason.zh === '' && reason.en === '') || (before && isSame(reason, before))) ? now : reason;
  return {
    ...rule,
    if: text,
    // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
    then: rule.then.map((action) => {
      const kind = kindOfAction(action);
      if (kind === 'task' && action.task)
        return { ...action, task: { ...action.task, reason: follow(action.task.reason) } };
      if (kind === 'opportunity' && action.opportunity)
        return { ...action, opportunity: { ...action.opportunity, reason: follow(action.opportunity.reason) } };
      if (kind === 'notify' && action.notify)
        return { ...action, notify: { ...action.notify, text: follow(action.notify.text) } };
      return action;
    }),
  };
}
