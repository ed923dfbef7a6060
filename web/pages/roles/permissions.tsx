import type { Duty } from '../../api/governance.ts';
import { useTexts } from '../../texts/texts.ts';
import type { PartProps } from './scopes.tsx';

/** The acts beside reading and writing rows, each with a word about it. */
export function Permissions({ draft, vocabulary, onChange, problem }: PartProps) {
  const { t, text, language } = useTexts();
  const dutyNames = (duties: readonly Duty[]) =>
    vocabulary.duties
      .filter(({ code }) => duties.includes(code))
      .map(({ label }) => text(label))
      .join(language === 'zh' ? '、' : ', ');
  return (
    <div className="role-matrix">
      {problem?.field === 'role.permissions' && (
        <p className="field-error" role="alert">
          {problem.message}
        </p>
      )}
      <ul className="role-permissions">
        {vocabulary.permissions.map(({ code, label, description, duties }) => {
          const held = draft.permissions.includes(code);
          const reserved = duties !== undefined && !duties.includes(draft.duty);
          return (
            <li key={code}>
              <label className={held ? '' : 'role-inherited'}>
                <input
                  type="checkbox"
                  checked={held}
                  disabled={!onChange || (reserved && !held)}
                  onChange={(event) =>
                    onChange?.({
                      ...draft,
                      permissions: event.target.checked
                        ? [...draft.permissions, code]
                        : draft.permissions.filter((each) => each !== code),
                    })
                  }
                />
                <span>
                  <strong>{text(label)}</strong> <span className="mono faint">{code}</span>
                  <span className="quiet">{text(description)}</span>
                  {reserved && (
                    <span className="faint">{t('governance.roles.reserved', { duties: dutyNames(duties) })}</span>
                  )}
                </span>
              </label>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
