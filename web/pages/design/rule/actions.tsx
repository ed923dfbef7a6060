import { useState } from 'react';
import { type Action, type ActionKind, actionKinds, type RuleBody, type RuleChoices } from '../../../api/rules.ts';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Button, Icon, IconButton, type IconName, Menu } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { ActionForm } from './action-form.tsx';
import { Condition } from './condition.tsx';
import { Wrong } from './issues.tsx';
import { kindOfAction, newAction } from './rule.ts';

const icons: Record<ActionKind, IconName> = {
  task: 'dayPlan',
  notify: 'info',
  message: 'phone',
  tag: 'tag',
  opportunity: 'sortAscending',
  case: 'note',
  process: 'refresh',
  service_level: 'pin',
  assign: 'customers',
  webhook: 'external',
};

interface ActionsProps {
  branch: 'then' | 'else';
  rule: RuleBody;
  names: readonly VocabularyName[];
  choices: RuleChoices | undefined;
  disabled: boolean;
  onChange: (actions: Action[]) => void;
}

/** What is done, one card each, in order. */
export function Actions({ branch, rule, names, choices, disabled, onChange }: ActionsProps) {
  const { t } = useTexts();
  const actions = rule[branch] ?? [];
  const most = choices?.limits.actions ?? 10;
  const put = (index: number, action: Action) => onChange(actions.with(index, action));
  const move = (index: number, step: -1 | 1) => {
    const others = actions.toSpliced(index, 1);
    onChange(others.toSpliced(index + step, 0, actions[index]!));
  };
  return (
    <>
      {actions.map((action, index) => (
        <ActionCard
          // biome-ignore lint/suspicious/noArrayIndexKey: an action is its place in the order, and its issues are told by it
          key={`${index} ${kindOfAction(action)}`}
          path={`${branch}/${index}`}
          action={action}
          names={names}
          choices={choices}
          disabled={disabled}
          onChange={(next) => put(index, next)}
          onRemove={() => onChange(actions.toSpliced(index, 1))}
          onCopy={actions.length < most ? () => onChange(actions.toSpliced(index, 0, action)) : undefined}
          onUp={index > 0 ? () => move(index, -1) : undefined}
          onDown={index < actions.length - 1 ? () => move(index, 1) : undefined}
        />
      ))}
      <Wrong path={branch} />
      {!disabled && (
        <Menu
          label={t('rules.addAction')}
          items={actionKinds.map((kind) => ({
            code: kind,
            icon: icons[kind],
            label: t(`rules.actions.${kind}`),
            onSelect: () => onChange([...actions, newAction(kind, rule.label)]),
          }))}
          trigger={(open) => (
            <Button
              icon="add"
              reason={actions.length >= most ? t('rules.actionsMost', { count: most }) : undefined}
              {...open}
            >
              {t('rules.addAction')}
            </Button>
          )}
        />
      )}
    </>
  );
}

interface ActionCardProps {
  path: string;
  action: Action;
  names: readonly VocabularyName[];
  choices: RuleChoices | undefined;
  disabled: boolean;
  onChange: (action: Action) => void;
  onRemove: () => void;
  onCopy: (() => void) | undefined;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
}

function ActionCard(props: ActionCardProps) {
  const { path, action, names, choices, disabled, onChange, onRemove, onCopy, onUp, onDown } = props;
  const { t } = useTexts();
  const kind = kindOfAction(action);
  const [narrowed, setNarrowed] = useState(action.if !== undefined);
  const narrow = () => {
    setNarrowed(true);
    onChange({ if: '', ...action });
  };
  const widen = () => {
    setNarrowed(false);
    const { if: _, ...rest } = action;
    onChange(rest);
  };
  const items = [
    ...(narrowed
      ? [{ code: 'widen', label: t('rules.dropOnlyIf'), onSelect: widen }]
      : [{ code: 'narrow', label: t('rules.onlyIf'), onSelect: narrow }]),
    ...(onCopy ? [{ code: 'copy', label: t('rules.copyAction'), onSelect: onCopy }] : []),
    ...(onUp ? [{ code: 'up', label: t('common.moveUp'), onSelect: onUp }] : []),
    ...(onDown ? [{ code: 'down', label: t('common.moveDown'), onSelect: onDown }] : []),
    { code: 'remove', label: t('common.delete'), onSelect: onRemove },
  ];
  return (
    <article className="rule-action" aria-label={t(`rules.actions.${kind}`)}>
      <header className="rule-action-head">
        <Icon name={icons[kind]} />
        <h3>{t(`rules.actions.${kind}`)}</h3>
        {!disabled && (
          <Menu
            label={t('rules.actionMenu', { name: t(`rules.actions.${kind}`) })}
            align="end"
            items={items}
            trigger={(open) => (
              <IconButton icon="more" label={t('rules.actionMenu', { name: t(`rules.actions.${kind}`) })} {...open} />
            )}
          />
        )}
      </header>
      {narrowed && (
        <div className="rule-only-if">
          <span className="field-label">{t('rules.onlyIfLabel')}</span>
          <Condition
            path={`${path}/if`}
            value={action.if ?? ''}
            names={names}
            label={t('rules.onlyIfLabel')}
            disabled={disabled}
            onChange={(text) => onChange({ ...action, if: text })}
          />
        </div>
      )}
      <ActionForm
        path={`${path}/${kind}`}
        kind={kind}
        action={action}
        names={names}
        choices={choices}
        disabled={disabled}
        onChange={onChange}
      />
      <Wrong path={path} />
    </article>
  );
}
