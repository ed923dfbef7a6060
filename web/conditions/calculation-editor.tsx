/** A calculation as text, for metrics that are made of others. Loaded on demand, with the language. */
import type { ExpressionType } from '#expressions';
import { useTexts } from '../texts/texts.ts';
import { ExpressionText, problemOf, type TextProblem } from './text-area.tsx';
import { namesOf, type VocabularyName } from './vocabulary.ts';
import './conditions.css';

interface CalculationEditorProps {
  value: string;
  onChange: (text: string, ready: boolean) => void;
  vocabulary: readonly VocabularyName[];
  /** The type that it must give; nothing for any. */
  expected: ExpressionType | undefined;
  label: string;
  disabled?: boolean;
  refusal?: TextProblem | undefined;
  rows?: number;
}

export function CalculationEditor({
  value,
  onChange,
  vocabulary,
  expected,
  label,
  disabled,
  refusal,
  rows = 3,
}: CalculationEditorProps) {
  const { t, language } = useTexts();
  const names = namesOf(vocabulary);
  const problem = problemOf(value, names, expected, language) ?? refusal;
  return (
    <div className="conditions">
      <ExpressionText
        value={value}
        names={names}
        problem={problem}
        label={label}
        disabled={disabled ?? false}
        rows={rows}
        onChange={(text) => onChange(text, text.trim() !== '' && !problemOf(text, names, expected, language))}
      />
      <p className="field-help">{t('design.conditions.calculationHelp')}</p>
    </div>
  );
}
