import { useEffect, useState } from 'react';
import { DateInput, IconButton, Menu, type MenuItem, MultiSelect, NumberInput, Select, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { useBuilder } from './building.ts';
import { factorText, grouped, readFactor, readFigure, unitWord } from './measure-text.ts';
import { NamePicker } from './name-picker.tsx';
import { operators } from './operators.ts';
import { sayOperand, unitOf } from './sentence.ts';
import type { Comparison, LiteralOperand, NameOperand, Operand } from './tree.ts';
import { nameOf, type VocabularyName } from './vocabulary.ts';
import { typeOf, valuesOf } from './write.ts';

interface ValueProps {
  row: Comparison;
  index: number;
  onChange: (value: Operand) => void;
  invalid: boolean;
}

type Way = 'fixed' | 'parameter' | 'name' | 'share';

/** What a row is compared with: a value, a parameter, another name, or a share of one; the menu beside it changes which. */
export function ValueControl(props: ValueProps) {
  const { row, index, onChange } = props;
  const { t } = useTexts();
  const { names, disabled } = useBuilder();
  const value = valuesOf(row.operator, row.values)[index]!;
  const type = operators[row.operator].takes === 'days' ? 'number' : typeOf(row.subject, names);
  const others = names.all.filter((name) => name.type === type && !isSubject(row, name));
  const isParameter = (name: VocabularyName) => name.given === 'context' && name.code !== names.today;
  const parameters = others.filter(isParameter);
  const peers = others.filter((name) => !isParameter(name));
  const way = wayOf(value, parameters);
  const ways: MenuItem[] = (
    [
      ['fixed', true],
      ['parameter', parameters.length > 0],
      ['name', peers.length > 0],
      ['share', type === 'number' && operators[row.operator].takes !== 'days' && peers.length > 0],
    ] as const
  )
    .filter(([, possible]) => possible)
    .map(([code]) => ({
      code,
      label: t(`design.conditions.ways.${code}`),
      chosen: code === way,
      onSelect: () => onChange(firstOf(code)),
    }));
  return (
    <span className="value">
      <ValueBody {...props} value={value} way={way} parameters={parameters} peers={peers} />
      {!disabled && ways.length > 1 && (
        <Menu
          label={t('design.conditions.compareWith')}
          items={ways}
          align="end"
          trigger={(open) => (
            <IconButton icon="chevronDown" label={t('design.conditions.compareWith')} className="value-way" {...open} />
          )}
        />
      )}
    </span>
  );
}

const isSubject = (row: Comparison, name: VocabularyName): boolean =>
  row.subject.kind === 'name' && row.subject.name === name.code;

function wayOf(value: Operand, parameters: readonly VocabularyName[]): Way {
  if (value.kind === 'scaled') return 'share';
  if (value.kind === 'empty') return value.way ?? 'fixed';
  if (value.kind !== 'name') return 'fixed';
  return parameters.some(({ code }) => code === value.name) ? 'parameter' : 'name';
}

function firstOf(way: Way): Operand {
  if (way === 'share') {
    const base: NameOperand = { kind: 'name', name: '', item: false };
    return { kind: 'scaled', base, factor: { kind: 'literal', type: 'number', value: '' }, percent: false };
  }
  return way === 'fixed' ? { kind: 'empty' } : { kind: 'empty', way };
}

function ValueBody({
  row,
  value,
  way,
  onChange,
  invalid,
  parameters,
  peers,
}: ValueProps & { value: Operand; way: Way; parameters: VocabularyName[]; peers: VocabularyName[] }) {
  const { t } = useTexts();
  const { names, wording, disabled, editText } = useBuilder();
  const label = t('design.conditions.valueOf', { name: sayOperand(row.subject, wording) });
  if (way === 'parameter' || way === 'name') {
    const found = value.kind === 'name' ? nameOf(names, value) : undefined;
    return (
      <NamePicker
        names={way === 'parameter' ? parameters : peers}
        chosen={found && sayOperand(value, wording)}
        label={label}
        placeholder={t(way === 'parameter' ? 'design.conditions.pickParameter' : 'design.conditions.pickName')}
        invalid={invalid}
        disabled={disabled}
        onPick={(name) => onChange({ kind: 'name', name: name.code, item: false })}
      />
    );
  }
  switch (value.kind) {
    case 'scaled':
      return (
        <>
          <NamePicker
            names={peers}
            chosen={nameOf(names, value.base) && sayOperand(value.base, wording)}
            label={label}
            placeholder={t('design.conditions.pickName')}
            invalid={invalid && value.base.name === ''}
            disabled={disabled}
            onPick={(name) => onChange({ ...value, base: { kind: 'name', name: name.code, item: false } })}
          />
          <span className="times">×</span>
          <Factor
            value={value}
            parameters={names.all.filter(isFactor)}
            onChange={onChange}
            invalid={invalid}
            label={label}
          />
        </>
      );
    case 'aggregate':
    case 'text':
      return (
        <button
          type="button"
          className="word-button text-chip"
          disabled={disabled}
          onClick={() => editText({ operand: value, type: typeOf(value, names), onDone: onChange })}
        >
          <span className="ellipsis">{sayOperand(value, wording)}</span>
        </button>
      );
    default:
      return <Literal row={row} value={value} onChange={onChange} invalid={invalid} label={label} />;
  }
}

/** A parameter that may stand as a factor: a share or a plain number, never an amount. */
const isFactor = (name: VocabularyName): boolean =>
  name.given === 'context' && name.type === 'number' && name.unit !== 'money' && name.unit !== 'days';

function Factor({
  value,
  parameters,
  onChange,
  invalid,
  label,
}: {
  value: Extract<Operand, { kind: 'scaled' }>;
  parameters: VocabularyName[];
  onChange: (value: Operand) => void;
  invalid: boolean;
  label: string;
}) {
  const { t } = useTexts();
  const { names, wording, disabled } = useBuilder();
  const { factor } = value;
  if (factor.kind === 'name') {
    return (
      <NamePicker
        names={parameters}
        chosen={nameOf(names, factor) && sayOperand(factor, wording)}
        label={label}
        placeholder={t('design.conditions.pickParameter')}
        disabled={disabled}
        onPick={(name) =>
          onChange({
            ...value,
            factor: { kind: 'name', name: name.code, item: false },
            percent: name.unit === 'percent',
          })
        }
      />
    );
  }
  const said = factor.value === '' ? '' : value.percent ? `${factor.value} %` : factorText(factor.value);
  return (
    <Typed
      said={said}
      label={t('design.conditions.factor')}
      placeholder="30 %"
      invalid={invalid && factor.value === ''}
      disabled={disabled}
      read={readFactor}
      onRead={(read) =>
        onChange({ ...value, factor: { kind: 'literal', type: 'number', value: read }, percent: false })
      }
      behind={
        parameters.length > 0 && (
          <IconButton
            icon="list"
            label={t('design.conditions.ways.parameter')}
            disabled={disabled}
            onClick={() => onChange({ ...value, factor: { kind: 'name', name: '', item: false } })}
          />
        )
      }
    />
  );
}

const literal = (type: LiteralOperand['type'], value: string): Operand =>
  value === '' && type !== 'text' ? { kind: 'empty' } : { kind: 'literal', type, value };

function Literal({
  row,
  value,
  onChange,
  invalid,
  label,
}: {
  row: Comparison;
  value: Operand;
  onChange: (value: Operand) => void;
  invalid: boolean;
  label: string;
}) {
  const { t, text, language } = useTexts();
  const { names, wording, disabled } = useBuilder();
  const subject = row.subject.kind === 'name' ? nameOf(names, row.subject) : undefined;
  const days = operators[row.operator].takes === 'days';
  const type = days ? 'number' : typeOf(row.subject, names);
  const now = value.kind === 'literal' ? value.value : '';
  if (subject?.options && subject.options.length > 0 && !days) {
    return (
      <Select
        aria-label={label}
        aria-invalid={invalid || undefined}
        className="value-select"
        value={now}
        empty={t('common.select')}
        disabled={disabled}
        choices={subject.options.map(({ code, label: name }) => ({ value: code, label: text(name) }))}
        onChange={(code) => onChange(code === '' ? { kind: 'empty' } : literal('text', code))}
      />
    );
  }
  if (type === 'date' || type === 'datetime') {
    return (
      <DateInput
        aria-label={label}
        aria-invalid={invalid || undefined}
        value={now}
        disabled={disabled}
        onChange={(date) => onChange(literal('date', date))}
      />
    );
  }
  if (type === 'number') {
    const unit = days ? 'days' : unitOf(row.subject, names);
    return (
      <Typed
        said={now === '' ? '' : grouped(now)}
        label={label}
        suffix={days ? undefined : unitWord(unit, language, wording.currency)}
        placeholder={unit === 'money' ? t('design.conditions.amountExample') : ''}
        invalid={invalid}
        disabled={disabled}
        read={readFigure}
        onRead={(read) => onChange(literal('number', read))}
      />
    );
  }
  return (
    <TextInput
      className="value-text"
      aria-label={label}
      aria-invalid={invalid || undefined}
      value={now}
      disabled={disabled}
      onChange={(event) => onChange(literal('text', event.target.value))}
    />
  );
}

/** A figure that may be typed as people say it; it takes effect with every key that makes a number, and is written out on leaving. */
function Typed({
  said,
  label,
  suffix,
  placeholder,
  invalid,
  disabled,
  read,
  onRead,
  behind,
}: {
  said: string;
  label: string;
  suffix?: string | undefined;
  placeholder?: string;
  invalid: boolean;
  disabled: boolean;
  read: (typed: string) => string | undefined;
  onRead: (value: string) => void;
  behind?: React.ReactNode;
}) {
  const { t } = useTexts();
  const [typed, setTyped] = useState<string>();
  const wrong = typed !== undefined && typed.trim() !== '' && read(typed) === undefined;
  return (
    <>
      <NumberInput
        className="value-number"
        aria-label={label}
        aria-invalid={invalid || wrong || undefined}
        title={wrong ? t('record.notNumber') : undefined}
        placeholder={placeholder}
        disabled={disabled}
        value={typed ?? said}
        {...(suffix ? { suffix } : {})}
        onChange={(event) => {
          setTyped(event.target.value);
          const value = event.target.value.trim() === '' ? '' : read(event.target.value);
          if (value !== undefined) onRead(value);
        }}
        onBlur={() => {
          if (!wrong) setTyped(undefined);
        }}
      />
      {behind}
    </>
  );
}

/** The values of a list: options to tick, or texts and figures with commas between. */
export function ManyControl({
  row,
  onChange,
  invalid,
}: {
  row: Comparison;
  onChange: (values: Operand[]) => void;
  invalid: boolean;
}) {
  const { t, text } = useTexts();
  const { names, wording, disabled } = useBuilder();
  const subject = row.subject.kind === 'name' ? nameOf(names, row.subject) : undefined;
  const label = t('design.conditions.valueOf', { name: sayOperand(row.subject, wording) });
  const isNumber = typeOf(row.subject, names) === 'number';
  const given = row.values
    .map((value) => (value.kind === 'literal' ? value.value : ''))
    .filter((value) => value !== '');
  const [typed, setTyped] = useState<string>();
  const joined = given.map((value) => (isNumber ? grouped(value) : value)).join(isNumber ? ' ; ' : ', ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row's subject starts with its own values
  useEffect(() => setTyped(undefined), [row.subject]);
  if (subject?.options && subject.options.length > 0) {
    return (
      <span className="value value-many" data-invalid={invalid || undefined}>
        <MultiSelect
          values={given}
          label={label}
          disabled={disabled}
          choices={subject.options.map(({ code, label: name }) => ({ value: code, label: text(name) }))}
          onChange={(codes) => onChange(codes.map((code) => literal('text', code)))}
        />
      </span>
    );
  }
  if (row.values.some((value) => value.kind !== 'literal' && value.kind !== 'empty')) {
    return (
      <span className="quiet">{row.values.map((value) => sayOperand(value, wording)).join(wording.words.list)}</span>
    );
  }
  const readAll = (all: string): Operand[] =>
    all
      .split(isNumber ? /[;；、\n]/ : /[,，、;；\n]/)
      .map((each) => each.trim())
      .filter((each) => each !== '')
      .map((each) => (isNumber ? literal('number', readFigure(each) ?? '') : literal('text', each)));
  return (
    <TextInput
      className="value-text value-many"
      aria-label={label}
      aria-invalid={invalid || undefined}
      placeholder={t(isNumber ? 'design.conditions.manyNumbers' : 'design.conditions.manyTexts')}
      value={typed ?? joined}
      disabled={disabled}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(readAll(event.target.value));
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}
