import { type Grade, type Graded, type Priority, priorities } from '../../../api/rules.ts';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Button, Field, IconButton, Select } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { Condition } from './condition.tsx';
import { Wrong } from './issues.tsx';

interface GradesProps {
  path: string;
  value: Graded;
  names: readonly VocabularyName[];
  disabled: boolean;
  onChange: (graded: Graded) => void;
}

/** One priority, or several by conditions in order: the first that holds counts, the last is for all others. */
export function Grades({ path, value, names, disabled, onChange }: GradesProps) {
  const { t } = useTexts();
  const choices = priorities.map((code) => ({ value: code, label: t(`rules.priorities.${code}`) }));
  if (typeof value === 'string') {
    return (
      <Field label={t('rules.task.priority')}>
        {(control) => (
          <div className="rule-line">
            <Select
              {...control}
              value={value}
              choices={choices}
              disabled={disabled}
              onChange={(level) => onChange(level as Priority)}
            />
            {!disabled && (
              <Button look="quiet" onClick={() => onChange([{ if: '', level: 'highest' }, { level: value }])}>
                {t('rules.task.grade')}
              </Button>
            )}
          </div>
        )}
      </Field>
    );
  }
  const put = (index: number, grade: Grade) => onChange(value.with(index, grade));
  const without = (index: number) => {
    const left = value.toSpliced(index, 1);
    onChange(left.length === 1 ? left[0]!.level : left);
  };
  return (
    <div className="field field-wide rule-grades">
      <span className="field-label">{t('rules.task.priority')}</span>
      <ol>
        {value.map((grade, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a grade is its place in the order
          <li key={index} className="rule-grade">
            <div className="rule-line">
              <span className="quiet">
                {grade.if === undefined
                  ? t('rules.task.otherwise')
                  : t(index === 0 ? 'rules.task.gradeIf' : 'rules.task.gradeElseIf')}
              </span>
              {grade.if === undefined && (
                <LevelSelect
                  grade={grade}
                  choices={choices}
                  disabled={disabled}
                  onChange={(next) => put(index, next)}
                />
              )}
              {grade.if !== undefined && !disabled && (
                <IconButton icon="close" label={t('rules.task.dropGrade')} onClick={() => without(index)} />
              )}
            </div>
            {grade.if !== undefined && (
              <>
                <Condition
                  path={`${path}/${index}/if`}
                  value={grade.if}
                  names={names}
                  label={t('rules.task.gradeCondition', { number: index + 1 })}
                  disabled={disabled}
                  onChange={(text) => put(index, { ...grade, if: text })}
                />
                <div className="rule-line">
                  <span className="quiet">{t('rules.task.gradeThen')}</span>
                  <LevelSelect
                    grade={grade}
                    choices={choices}
                    disabled={disabled}
                    onChange={(next) => put(index, next)}
                  />
                </div>
              </>
            )}
          </li>
        ))}
      </ol>
      {!disabled && value.length < GRADES_MAX && (
        <Button look="quiet" onClick={() => onChange(value.toSpliced(value.length - 1, 0, { if: '', level: 'high' }))}>
          {t('rules.task.addGrade')}
        </Button>
      )}
      <Wrong path={path} />
    </div>
  );
}

const GRADES_MAX = 10;

function LevelSelect({
  grade,
  choices,
  disabled,
  onChange,
}: {
  grade: Grade;
  choices: { value: string; label: string }[];
  disabled: boolean;
  onChange: (grade: Grade) => void;
}) {
  const { t } = useTexts();
  return (
    <Select
      aria-label={t('rules.task.level')}
      value={grade.level}
      choices={choices}
      disabled={disabled}
      onChange={(level) => onChange({ ...grade, level: level as Priority })}
    />
  );
}
