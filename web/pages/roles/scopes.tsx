import { Fragment } from 'react';
import type { Action, Grant, Role, RoleRights, RoleVocabulary, Scope, VocabularyEntity } from '../../api/governance.ts';
import { Badge, IconButton, Select, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { withCondition, withGrant, withScope } from './draft.ts';

const groups = ['@customer', '*'] as const;

export interface PartProps {
  draft: Role;
  rights: RoleRights;
  vocabulary: RoleVocabulary;
  /** Undefined where the reader may only look. */
  onChange: ((draft: Role) => void) | undefined;
  /** What the server says is wrong, by the path of its place. */
  problem: { field: string | undefined; message: string } | undefined;
}

/** Entity × action × scope: two groups, and the entities that have a line of their own. */
export function Scopes({ draft, rights, vocabulary, onChange, problem }: PartProps) {
  const { t, text } = useTexts();
  return (
    <div className="role-matrix">
      <p className="role-hint quiet">{t('governance.roles.scopesHint')}</p>
      <table className="table role-scopes" aria-label={t('governance.roles.tabs.scopes')}>
        <thead>
          <tr>
            <th scope="col">{t('governance.roles.entity')}</th>
            {vocabulary.actions.map(({ code, label }) => (
              <th key={code} scope="col">
                {text(label)}
              </th>
            ))}
            <th scope="col">{t('governance.roles.where')}</th>
            <th scope="col">
              <span className="unseen">{t('governance.roles.exception')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => {
            const own = draft.entities[group] ?? {};
            const change = onChange && ((grant: Grant) => onChange(withGrant(draft, group, grant)));
            return (
              <Fragment key={group}>
                <tr className="role-group">
                  <th scope="row">{t(`governance.roles.group.${group}`)}</th>
                  <Line
                    name={t(`governance.roles.group.${group}`)}
                    place={group}
                    grant={own}
                    vocabulary={vocabulary}
                    written={{ create: true, update: true }}
                    conditional={group === '@customer'}
                    hinted
                    onChange={change}
                    problem={problem}
                  />
                  <td />
                </tr>
                {vocabulary.entities
                  .filter((entity) => entity.group === group)
                  .map((entity) => (
                    <EntityLine
                      key={entity.code}
                      entity={entity}
                      draft={draft}
                      rights={rights}
                      vocabulary={vocabulary}
                      onChange={onChange}
                      problem={problem}
                    />
                  ))}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function EntityLine({ entity, draft, vocabulary, onChange, problem }: PartProps & { entity: VocabularyEntity }) {
  const { t, text } = useTexts();
  const own = draft.entities[entity.code];
  const grant = own ?? draft.entities[entity.group] ?? {};
  const change = onChange && ((next: Grant) => onChange(withGrant(draft, entity.code, next)));
  return (
    <tr className={own ? 'role-own' : 'role-inherited'}>
      <th scope="row">
        {text(entity.label)} {own && <Badge colour="blue">{t('governance.roles.exception')}</Badge>}
      </th>
      <Line
        name={text(entity.label)}
        place={entity.code}
        grant={grant}
        vocabulary={vocabulary}
        written={entity.write}
        conditional={entity.group === '@customer'}
        hinted={own !== undefined}
        onChange={change}
        problem={own ? problem : undefined}
      />
      <td>
        {own && onChange && (
          <IconButton
            icon="undo"
            look="quiet"
            label={`${text(entity.label)}: ${t('governance.roles.backToGroup')}`}
            onClick={() => onChange(withGrant(draft, entity.code, null))}
          />
        )}
      </td>
    </tr>
  );
}

interface LineProps {
  name: string;
  /** Key in the role. */
  place: string;
  grant: Grant;
  vocabulary: RoleVocabulary;
  written: { create: boolean; update: boolean };
  conditional: boolean;
  /** Whether the line stands for itself, and says how a condition looks. */
  hinted: boolean;
  onChange: ((grant: Grant) => void) | undefined;
  problem: PartProps['problem'];
}

function Line({ name, place, grant, vocabulary, written, conditional, hinted, onChange, problem }: LineProps) {
  const { t, text } = useTexts();
  const choices = vocabulary.scopes.map(({ code, label }) => ({ value: code, label: text(label) }));
  const can = (action: Action) =>
    (action !== 'create' && action !== 'update') || written[action === 'create' ? 'create' : 'update'];
  const wrong = problem?.field === `role.entities.${place}.where` ? problem.message : undefined;
  const misplaced = problem?.field === `role.entities.${place}` ? problem.message : undefined;
  return (
    <>
      {vocabulary.actions.map(({ code, label }) => (
        <td key={code} data-label={text(label)}>
          {can(code) ? (
            <Select
              aria-label={t('governance.roles.scopeOf', { name, action: text(label) })}
              aria-invalid={misplaced ? true : undefined}
              title={misplaced}
              className={(grant[code] ?? 'none') === 'none' ? 'role-none' : ''}
              value={grant[code] ?? 'none'}
              choices={choices}
              disabled={!onChange}
              onChange={(scope) => onChange?.(withScope(grant, code, scope as Scope))}
            />
          ) : (
            <span className="faint" title={t('governance.roles.notWritten', { action: text(label).toLowerCase() })}>
              {t('common.none')}
            </span>
          )}
        </td>
      ))}
      <td data-label={t('governance.roles.where')}>
        {conditional ? (
          <>
            <TextInput
              className="mono"
              aria-label={t('governance.roles.whereOf', { name })}
              aria-invalid={wrong ? true : undefined}
              placeholder={onChange && hinted ? t('governance.roles.whereHint') : ''}
              value={grant.where ?? ''}
              disabled={!onChange}
              onChange={(event) => onChange?.(withCondition(grant, event.target.value))}
            />
            {wrong && (
              <p className="field-error" role="alert">
                {wrong}
              </p>
            )}
          </>
        ) : (
          <span className="faint">{t('common.none')}</span>
        )}
      </td>
    </>
  );
}
