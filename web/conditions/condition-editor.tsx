/** The condition builder. Loaded on demand: with the language it is heavier than any page. */
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { compile, type ExpressionType } from '#expressions';
import { Failure } from '#kernel';
import { useInstitution } from '../api/hooks.ts';
import { Button, Dialog, IconButton, Notice, Segmented } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { type Building, BuildingContext, type TextTask } from './building.ts';
import { GroupView } from './group.tsx';
import { begin, type History, redo, step, undo } from './history.ts';
import { readOperand, readTree } from './read.ts';
import { actOf } from './row.tsx';
import { sentence } from './sentence.ts';
import { ExpressionText, problemOf, type TextProblem } from './text-area.tsx';
import {
  dissolve,
  duplicate,
  emptyRow,
  enclose,
  find,
  flat,
  type Group,
  group,
  insertAfter,
  move,
  remove,
  replace,
} from './tree.ts';
import { type Names, namesOf, type VocabularyName } from './vocabulary.ts';
import { useWording } from './wording.ts';
import { writeItemText, writeOperandText, writeTree } from './write.ts';
import './conditions.css';

interface ConditionEditorProps {
  /** The expression as it is stored; empty for no condition. */
  value: string;
  /** `ready` is false while something is missing or wrong: the text is then no expression yet. */
  onChange: (text: string, ready: boolean) => void;
  vocabulary: readonly VocabularyName[];
  label: string;
  disabled?: boolean;
  /** What the server says against the stored text. */
  refusal?: TextProblem | undefined;
}

const hasComment = (text: string): boolean =>
  [...text.matchAll(/"(?:\\[\s\S]|[^"\\])*"|\/\/|\/\*/g)].some(([found]) => !found.startsWith('"'));

/** The tree of a text, or nothing where the text does not compile or holds comments, which a tree would lose. */
function treeOf(text: string, names: Names): Group | undefined {
  if (text.trim() === '') return group('and', []);
  if (hasComment(text)) return undefined;
  try {
    return readTree(compile(text, names.scope, 'boolean').ast);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** What is wrong with rows that are filled in, each by itself; rows inside lists are judged with their list. */
function problemsOf(root: Group, names: Names, gaps: ReadonlySet<string>, language: 'zh' | 'en') {
  const problems = new Map<string, string>();
  const visit = (items: Group['items']) => {
    for (const item of items) {
      if (item.kind === 'group') visit(item.items);
      else if (
        !gaps.has(item.id) &&
        !(
          item.kind !== 'comparison' &&
          item.kind !== 'text' &&
          flat(group('and', [item])).some(({ id }) => gaps.has(id))
        )
      ) {
        const problem = problemOf(writeItemText(item, names), names, 'boolean', language);
        if (problem) problems.set(item.id, problem.message.replace(/^(第 \d+ 个字符：|Character \d+: )/, ''));
      }
    }
  };
  visit(root.items);
  return problems;
}

/** A condition to build row by row or to write as text; both are views of the same stored text. */
export function ConditionEditor({
  value,
  onChange,
  vocabulary,
  label,
  disabled = false,
  refusal,
}: ConditionEditorProps) {
  const { t, language } = useTexts();
  const { currency } = useInstitution();
  const names = namesOf(vocabulary);
  const wording = useWording(names, currency);
  const [history, setHistory] = useState<History | undefined>(() => {
    const tree = treeOf(value, names);
    return tree && begin(tree);
  });
  const [mode, setMode] = useState<'rows' | 'text'>(history ? 'rows' : 'text');
  const [task, setTask] = useState<TextTask>();
  /** The text that the tree of now stands for; another text from outside makes another tree. */
  const written = useRef(value);
  const place = useRef<HTMLDivElement>(null);
  const focus = useRef<string>(undefined);

  useEffect(() => {
    if (value === written.current) return;
    written.current = value;
    const tree = treeOf(value, names);
    setHistory(tree && begin(tree));
    if (!tree) setMode('text');
  }, [value, names]);

  const tree = history?.now;
  const result = useMemo(() => (tree ? writeTree(tree, names) : undefined), [tree, names]);
  const problems = useMemo(
    () =>
      tree && result
        ? problemsOf(tree, names, new Set(result.gaps.map(({ id }) => id)), language)
        : new Map<string, string>(),
    [tree, result, names, language],
  );

  useEffect(() => {
    const id = focus.current;
    if (id === undefined) return;
    focus.current = undefined;
    place.current?.querySelector<HTMLElement>(`[data-item="${id}"] button, [data-item="${id}"] input`)?.focus();
  });

  const take = (next: History) => {
    setHistory(next);
    const { text, gaps } = writeTree(next.now, names);
    const ready = gaps.length === 0 && problemOf(text, names, 'boolean', language) === undefined;
    written.current = text;
    onChange(text, ready);
  };
  const building: Building | undefined = tree && {
    names,
    wording,
    disabled,
    gaps: result?.gaps ?? [],
    problems,
    change: (change, id) => {
      focus.current = id;
      take(step(history!, change(tree)));
    },
    put: (item) => {
      // A row that became another thing is another element: the focus follows it.
      if (find(tree, item.id)?.item.kind !== item.kind) focus.current = item.id;
      take(step(history!, replace(tree, item.id, item)));
    },
    editText: setTask,
  };

  const key = (event: KeyboardEvent) => {
    if (!building || disabled) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !isTyping(event.target)) {
      event.preventDefault();
      take(event.shiftKey ? redo(history!) : undo(history!));
      return;
    }
    const act = actOf(event);
    const id = (event.target as HTMLElement).closest<HTMLElement>('[data-item]')?.dataset.item;
    if (!act || id === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const found = find(tree!, id);
    if (act === 'add') {
      const row = emptyRow();
      building.change((root) => insertAfter(root, id, row), row.id);
    } else if (act === 'remove') {
      const beside = found && (found.parent.items[found.index + 1] ?? found.parent.items[found.index - 1]);
      building.change((root) => remove(root, id), beside?.id);
    } else if (act === 'up' || act === 'down') building.change((root) => move(root, id, act === 'up' ? -1 : 1), id);
    else if (act === 'group') building.change((root) => enclose(root, id), id);
    else if (act === 'copy') building.change((root) => duplicate(root, id), id);
    else {
      const inside = found?.item.kind === 'group' ? id : found?.parent.id;
      if (inside !== undefined && inside !== tree!.id) building.change((root) => dissolve(root, inside), id);
    }
  };

  const textProblem = mode === 'text' ? (problemOf(value, names, 'boolean', language) ?? refusal) : undefined;
  const toRows = () => {
    const next = treeOf(value, names);
    if (!next) return;
    setHistory(begin(next));
    setMode('rows');
  };
  const gapCount = result?.gaps.length ?? 0;
  return (
    <section ref={place} className="conditions" aria-label={label} onKeyDown={key}>
      <header className="conditions-head">
        <Segmented
          label={t('design.conditions.mode')}
          value={mode}
          choices={[
            { value: 'rows', label: t('design.conditions.rows') },
            { value: 'text', label: t('design.conditions.text') },
          ]}
          onChange={(next) => (next === 'text' ? setMode('text') : toRows())}
        />
        <span className="conditions-space" />
        {mode === 'rows' && !disabled && (
          <>
            <IconButton
              icon="undo"
              label={t('design.conditions.undo')}
              disabled={history?.before.length === 0}
              onClick={() => take(undo(history!))}
            />
            <IconButton
              icon="refresh"
              label={t('design.conditions.redo')}
              disabled={history?.after.length === 0}
              onClick={() => take(redo(history!))}
            />
          </>
        )}
      </header>
      {mode === 'rows' && building ? (
        <BuildingContext.Provider value={building}>
          {tree!.items.length === 0 && <p className="quiet conditions-empty">{t('design.conditions.empty')}</p>}
          <GroupView group={tree!} root />
          {tree!.items.length > 0 && (
            <p className="conditions-sentence" aria-live="polite">
              <span className="faint">{t('design.conditions.reads')}</span> {sentence(tree!, wording)}
            </p>
          )}
          {gapCount > 0 && <p className="conditions-gaps">{t('design.conditions.gaps', { count: gapCount })}</p>}
          {refusal && gapCount === 0 && problems.size === 0 && (
            <p className="field-error" role="alert">
              {refusal.message}
            </p>
          )}
        </BuildingContext.Provider>
      ) : (
        <>
          <ExpressionText
            value={value}
            names={names}
            label={label}
            problem={textProblem}
            disabled={disabled}
            rows={5}
            onChange={(text) => {
              written.current = text;
              setHistory(undefined);
              onChange(text, problemOf(text, names, 'boolean', language) === undefined);
            }}
          />
          {hasComment(value) && <Notice kind="info">{t('design.conditions.hasComment')}</Notice>}
          <p className="field-help">{t('design.conditions.textHelp')}</p>
        </>
      )}
      {task && <TextDialog task={task} names={names} onClose={() => setTask(undefined)} />}
    </section>
  );
}

const isTyping = (target: EventTarget): boolean => target instanceof HTMLInputElement && target.type !== 'checkbox';

/** A calculation that no row shows, written by hand. */
function TextDialog({ task, names, onClose }: { task: TextTask; names: Names; onClose: () => void }) {
  const { t, language } = useTexts();
  const [text, setText] = useState(() => (task.operand.kind === 'empty' ? '' : writeOperandText(task.operand, names)));
  const expected: ExpressionType | undefined = task.type;
  const problem = problemOf(text, names, expected, language);
  return (
    <Dialog
      title={t('design.conditions.calculation')}
      onClose={onClose}
      width={620}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            disabled={text.trim() === '' || problem !== undefined}
            onClick={() => {
              const { ast } = compile(text, names.scope, expected);
              task.onDone(expected === 'boolean' ? { kind: 'text', text, type: 'boolean' } : readOperand(ast));
              onClose();
            }}
          >
            {t('common.apply')}
          </Button>
        </>
      }
    >
      <div className="conditions-dialog">
        <ExpressionText
          value={text}
          onChange={setText}
          names={names}
          problem={problem}
          label={t('design.conditions.calculation')}
          autoFocus
        />
        <p className="field-help">{t('design.conditions.calculationHelp')}</p>
      </div>
    </Dialog>
  );
}
