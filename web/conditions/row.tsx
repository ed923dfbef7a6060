import type { KeyboardEvent } from 'react';
import { IconButton, Menu, type MenuItem, Select } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { useBuilder } from './building.ts';
import { NamePicker } from './name-picker.tsx';
import { choicesFor, firstOperator, type OperatorChoice, operators } from './operators.ts';
import { sayOperand } from './sentence.ts';
import {
  type Chip,
  type Comparison,
  comparison,
  dissolve,
  duplicate,
  emptyRow,
  enclose,
  group,
  type Item,
  insertAfter,
  listed,
  move,
  type NameOperand,
  type Operand,
  remove,
} from './tree.ts';
import { ManyControl, ValueControl } from './value-control.tsx';
import { fieldsOf, nameOf, type VocabularyName } from './vocabulary.ts';
import { typeOf } from './write.ts';

/** A toggle that says the opposite, for items whose words have none of their own. */
export function Not({ item }: { item: Item }) {
  const { t } = useTexts();
  const { put, disabled } = useBuilder();
  if (!item.not) return null;
  return (
    <button
      type="button"
      className="condition-not"
      disabled={disabled}
      title={t('design.conditions.dropNot')}
      onClick={() => put({ ...item, not: false })}
    >
      {t('design.conditions.not')}
    </button>
  );
}

export function ComparisonRow({ row }: { row: Comparison }) {
  const { t } = useTexts();
  const { names, wording, disabled, gaps, put, editText } = useBuilder();
  const gap = (place: 'subject' | 'value', index = 0) =>
    gaps.some((each) => each.id === row.id && each.place === place && each.index === index);
  const { values } = operators[row.operator];
  const words = wording.operators[row.operator];
  const offered = [...names.all.filter(({ code }) => code !== names.today), ...ofList(names)];
  const chosen = row.subject.kind === 'empty' ? undefined : sayOperand(row.subject, wording);
  const isText = row.subject.kind === 'text' || row.subject.kind === 'aggregate' || row.subject.kind === 'literal';
  const asText = () =>
    editText({
      operand: row.subject,
      type: undefined,
      onDone: (subject) => put(retyped(row, subject, typeOf(subject, names), false)),
    });
  return (
    <div className="condition-row">
      {words.not === '' && <Not item={row} />}
      {isText ? (
        <button type="button" className="word-button text-chip" disabled={disabled} title={chosen} onClick={asText}>
          <span className="ellipsis">{chosen}</span>
        </button>
      ) : (
        <NamePicker
          names={offered}
          chosen={chosen}
          label={t('design.conditions.subject')}
          placeholder={t('design.conditions.pickSubject')}
          invalid={gap('subject') && row.values.length > 0}
          disabled={disabled}
          className="condition-subject"
          onText={asText}
          onPick={(name) => put(picked(row, name, name.code.startsWith('item.')))}
        />
      )}
      {row.subject.kind !== 'empty' && (
        <>
          <OperatorSelect row={row} />
          {values === 'many' ? (
            <ManyControl row={row} invalid={gap('value')} onChange={(next) => put({ ...row, values: next })} />
          ) : (
            Array.from({ length: values }, (_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: low and high keep their places
              <span key={index} className="value-place">
                {index > 0 && <span className="quiet">{t('design.conditions.to')}</span>}
                <ValueControl
                  row={row}
                  index={index}
                  invalid={gap('value', index)}
                  onChange={(next) => put({ ...row, values: replaced(row.values, index, next) })}
                />
              </span>
            ))
          )}
          {words.behind !== '' && <span className="condition-behind">{words.behind}</span>}
        </>
      )}
    </div>
  );
}

/** Fields of the row of the list around, to be told from names outside by their code. */
function ofList(names: ReturnType<typeof useBuilder>['names']): VocabularyName[] {
  return names.list === undefined
    ? []
    : fieldsOf(names, names.list).map((field) => ({ ...field, code: `item.${field.code}` }));
}

const replaced = (values: readonly Operand[], index: number, next: Operand): Operand[] => {
  const filled = Array.from(
    { length: Math.max(values.length, index + 1) },
    (_, at): Operand => values[at] ?? { kind: 'empty' },
  );
  return filled.with(index, next);
};

/** A row about another subject: operator and values stay where they still fit. */
function picked(row: Comparison, name: VocabularyName, item: boolean): Item {
  const code = item ? name.code.slice('item.'.length) : name.code;
  if (name.type === 'list') return { ...listed('some', code, null, group('and', [emptyRow()])), id: row.id };
  const subject: NameOperand = { kind: 'name', name: code, item };
  return retyped(row, subject, name.type, (name.options?.length ?? 0) > 0);
}

function retyped(row: Comparison, subject: Operand, type: ReturnType<typeof typeOf>, isChoice: boolean): Item {
  const wanted = type ?? 'number';
  const fits = choicesFor(wanted, isChoice).some(({ operator }) => operator === row.operator);
  const keeps = fits && row.subject.kind !== 'empty' && wanted === 'number';
  return {
    ...comparison(keeps ? row.operator : firstOperator(wanted, isChoice), subject, keeps ? row.values : []),
    id: row.id,
  };
}

const choiceKey = ({ operator, not }: OperatorChoice): string => (not ? `not ${operator}` : operator);

function OperatorSelect({ row }: { row: Comparison }) {
  const { t } = useTexts();
  const { names, wording, disabled, put } = useBuilder();
  const type = typeOf(row.subject, names) ?? 'number';
  const isChoice = row.subject.kind === 'name' && (nameOf(names, row.subject)?.options?.length ?? 0) > 0;
  const opposite = row.not && wording.operators[row.operator].not !== '';
  const now: OperatorChoice = { operator: row.operator, not: opposite };
  const choices = choicesFor(type, isChoice);
  const all = choices.some((each) => choiceKey(each) === choiceKey(now)) ? choices : [now, ...choices];
  const wordOf = ({ operator, not }: OperatorChoice) => {
    const { word, not: other, behind } = wording.operators[operator];
    const said = not ? other : word;
    return behind === '' || operators[operator].values === 0 ? said : `${said} … ${behind}`;
  };
  return (
    <Select
      className="condition-operator"
      aria-label={t('design.conditions.operator')}
      value={choiceKey(now)}
      disabled={disabled}
      choices={all.map((each) => ({ value: choiceKey(each), label: wordOf(each) }))}
      onChange={(key) => {
        const next = all.find((each) => choiceKey(each) === key)!;
        const before = operators[row.operator];
        const after = operators[next.operator];
        const keeps = before.takes === after.takes;
        const values = keeps ? (after.values === 'many' ? row.values : row.values.slice(0, after.values)) : [];
        const not = row.not && !opposite ? true : next.not;
        put({ ...row, operator: next.operator, not, values });
      }}
    />
  );
}

export function ChipRow({ chip }: { chip: Chip }) {
  const { t } = useTexts();
  const { wording, disabled, editText, put } = useBuilder();
  const said = chip.text === '' ? undefined : sayOperand({ kind: 'text', text: chip.text, type: 'boolean' }, wording);
  return (
    <div className="condition-row">
      <Not item={chip} />
      <button
        type="button"
        className="word-button text-chip condition-chip"
        title={chip.text}
        disabled={disabled}
        onClick={() =>
          editText({
            operand: { kind: 'text', text: chip.text, type: 'boolean' },
            type: 'boolean',
            onDone: (operand) => operand.kind === 'text' && put({ ...chip, text: operand.text }),
          })
        }
      >
        <span>{said ?? t('design.conditions.emptyChip')}</span>
      </button>
    </div>
  );
}

/** The keys that act on the row where the focus is, with Alt. */
export const rowKeys = {
  up: '↑',
  down: '↓',
  add: 'Enter',
  group: 'G',
  ungroup: 'U',
  copy: 'D',
  remove: '⌫',
} as const;

export function RowMenu({ item }: { item: Item }) {
  const { t } = useTexts();
  const { disabled, change, put } = useBuilder();
  if (disabled) return null;
  const key = (code: keyof typeof rowKeys) => <span className="faint">Alt {rowKeys[code]}</span>;
  const entry = (code: string, label: string, hint: React.ReactNode, onSelect: () => void): MenuItem => ({
    code,
    label: (
      <span className="row-menu">
        {label} {hint}
      </span>
    ),
    onSelect,
  });
  const items: MenuItem[] = [
    entry('add', t('design.conditions.addBelow'), key('add'), () => {
      const row = emptyRow();
      change((root) => insertAfter(root, item.id, row), row.id);
    }),
    entry('copy', t('design.conditions.duplicate'), key('copy'), () =>
      change((root) => duplicate(root, item.id), item.id),
    ),
    entry('up', t('common.moveUp'), key('up'), () => change((root) => move(root, item.id, -1), item.id)),
    entry('down', t('common.moveDown'), key('down'), () => change((root) => move(root, item.id, 1), item.id)),
    item.kind === 'group'
      ? entry('ungroup', t('design.conditions.ungroup'), key('ungroup'), () =>
          change((root) => dissolve(root, item.id)),
        )
      : entry('group', t('design.conditions.enclose'), key('group'), () =>
          change((root) => enclose(root, item.id), item.id),
        ),
    entry('not', t(item.not ? 'design.conditions.dropNot' : 'design.conditions.addNot'), null, () =>
      put({ ...item, not: !item.not }),
    ),
    entry('remove', t('common.delete'), key('remove'), () => change((root) => remove(root, item.id))),
  ];
  return (
    <Menu
      label={t('design.conditions.rowMenu')}
      items={items}
      align="end"
      trigger={(open) => (
        <IconButton icon="more" label={t('design.conditions.rowMenu')} className="condition-menu" {...open} />
      )}
    />
  );
}

/** What a key with Alt does to an item; undefined for keys that mean nothing here. */
export function actOf(event: KeyboardEvent): keyof typeof rowKeys | undefined {
  if (!event.altKey || event.ctrlKey || event.metaKey) return undefined;
  const acts: Record<string, keyof typeof rowKeys> = {
    ArrowUp: 'up',
    ArrowDown: 'down',
    Enter: 'add',
    KeyG: 'group',
    KeyU: 'ungroup',
    KeyD: 'copy',
    Backspace: 'remove',
    Delete: 'remove',
  };
  return acts[event.code] ?? acts[event.key];
}
