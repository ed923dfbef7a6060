import type { Action, ActionKind, Acts, Person, RuleChoices } from '../../../api/rules.ts';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Field, Segmented, Select, Switch, TextInput } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { CodeSelect } from './code-select.tsx';
import { DueField } from './due.tsx';
import { ExpressionField } from './expression-field.tsx';
import { Figure } from './figure.tsx';
import { Grades } from './grades.tsx';
import { useIssue, Wrong } from './issues.tsx';
import { PeopleSelect, PersonSelect } from './person.tsx';
import { TextField } from './text-field.tsx';

interface ActionFormProps {
  /** Its place in the definition: `then/0/task`. */
  path: string;
  kind: ActionKind;
  action: Action;
  names: readonly VocabularyName[];
  choices: RuleChoices | undefined;
  disabled: boolean;
  onChange: (action: Action) => void;
}

interface ActProps<K extends ActionKind> extends Omit<ActionFormProps, 'kind' | 'action' | 'onChange'> {
  act: Acts[K];
  onChange: (act: Acts[K]) => void;
}

const forms: { [K in ActionKind]: (props: ActProps<K>) => React.ReactNode } = {
  task: TaskForm,
  notify: NotifyForm,
  message: MessageForm,
  tag: TagForm,
  opportunity: OpportunityForm,
  case: CaseForm,
  process: ProcessForm,
  service_level: LevelForm,
  assign: AssignForm,
  webhook: WebhookForm,
};

export function ActionForm({ kind, action, onChange, ...rest }: ActionFormProps) {
  const Form = forms[kind] as (props: ActProps<ActionKind>) => React.ReactNode;
  return (
    <div className="form-grid rule-action-form">
      <Form {...rest} act={action[kind]!} onChange={(act) => onChange({ ...action, [kind]: act })} />
    </div>
  );
}

/** What the fields of records hold at most. */
const most = { title: 120, reason: 1_000, script: 2_000, text: 2_000 };
const scriptMarks = ['[客户姓名]', '[经理姓名]'];

function TaskForm({ path, act, names, choices, disabled, onChange }: ActProps<'task'>) {
  const { t } = useTexts();
  const text = { names, disabled };
  return (
    <>
      <TextField
        {...text}
        path={`${path}/title`}
        label={t('rules.task.title')}
        help={t('rules.task.titleHelp')}
        charactersMax={most.title}
        value={act.title}
        onChange={(title) => onChange({ ...act, title })}
      />
      <TextField
        {...text}
        path={`${path}/reason`}
        label={t('rules.task.reason')}
        help={t('rules.task.reasonHelp')}
        charactersMax={most.reason}
        rows={2}
        value={act.reason}
        onChange={(reason) => onChange({ ...act, reason })}
      />
      <TextField
        {...text}
        path={`${path}/script`}
        label={t('rules.task.script')}
        charactersMax={most.script}
        rows={3}
        marks={[...scriptMarks, '[产品名称]']}
        value={act.script}
        onChange={(script) => onChange({ ...act, script })}
      />
      <Grades
        path={`${path}/priority`}
        value={act.priority}
        names={names}
        disabled={disabled}
        onChange={(priority) => onChange({ ...act, priority })}
      />
      <DueField
        path={`${path}/due`}
        value={act.due}
        disabled={disabled}
        onChange={(due) => onChange({ ...act, due })}
      />
      <Assignee
        path={path}
        value={act.assignee ?? 'manager'}
        choices={choices}
        disabled={disabled}
        onChange={(assignee) => onChange({ ...act, assignee })}
      />
      <Field label={t('rules.task.minutes')} error={useIssue(`${path}/minutes`)}>
        {(control) => (
          <Figure
            {...control}
            value={act.minutes ?? 10}
            suffix={t('rules.minutesUnit')}
            disabled={disabled}
            onChange={(minutes) => onChange({ ...act, minutes: minutes ?? 10 })}
          />
        )}
      </Field>
      <div className="field field-wide">
        <Switch
          checked={act.snapshot ?? false}
          disabled={disabled}
          label={t('rules.task.snapshot')}
          onChange={(snapshot) => onChange({ ...act, snapshot })}
        />
      </div>
    </>
  );
}

function Assignee({
  path,
  value,
  choices,
  disabled,
  onChange,
}: {
  path: string;
  value: Person;
  choices: RuleChoices | undefined;
  disabled: boolean;
  onChange: (person: Person) => void;
}) {
  const { t } = useTexts();
  return (
    <Field label={t('rules.task.assignee')} error={useIssue(`${path}/assignee`, true)}>
      {(control) => (
        <PersonSelect
          {...control}
          value={value}
          choices={choices}
          disabled={disabled}
          onChange={(person) => onChange(person as Person)}
        />
      )}
    </Field>
  );
}

function NotifyForm({ path, act, names, choices, disabled, onChange }: ActProps<'notify'>) {
  const { t } = useTexts();
  const text = { names, disabled };
  return (
    <>
      <Field label={t('rules.notify.to')} error={useIssue(`${path}/to`, true)}>
        {(control) => (
          <PeopleSelect
            {...control}
            values={act.to}
            choices={choices}
            disabled={disabled}
            onChange={(to) => onChange({ ...act, to })}
          />
        )}
      </Field>
      <Field label={t('rules.notify.level')}>
        {() => (
          <Segmented
            label={t('rules.notify.level')}
            value={act.level ?? 'info'}
            choices={(['info', 'warning', 'urgent'] as const).map((code) => ({
              value: code,
              label: t(`rules.notify.levels.${code}`),
            }))}
            onChange={(level) => !disabled && onChange({ ...act, level })}
          />
        )}
      </Field>
      <TextField
        {...text}
        path={`${path}/title`}
        label={t('rules.task.title')}
        help={t('rules.task.titleHelp')}
        charactersMax={most.title}
        value={act.title}
        onChange={(title) => onChange({ ...act, title })}
      />
      <TextField
        {...text}
        path={`${path}/text`}
        label={t('rules.notify.text')}
        charactersMax={most.text}
        rows={2}
        value={act.text}
        onChange={(next) => onChange({ ...act, text: next })}
      />
    </>
  );
}

function MessageForm({ path, act, names, choices, disabled, onChange }: ActProps<'message'>) {
  const { t } = useTexts();
  return (
    <>
      <Field label={t('rules.message.channel')}>
        {(control) => (
          <Select
            {...control}
            value={act.channel}
            disabled={disabled}
            choices={(['sms', 'email', 'wechat', 'app'] as const).map((code) => ({
              value: code,
              label: t(`rules.message.channels.${code}`),
            }))}
            onChange={(channel) => onChange({ ...act, channel: channel as 'sms' })}
          />
        )}
      </Field>
      <Field label={t('rules.message.to')} error={useIssue(`${path}/to`, true)}>
        {(control) => (
          <PersonSelect
            {...control}
            customer
            value={act.to}
            choices={choices}
            disabled={disabled}
            onChange={(to) => onChange({ ...act, to })}
          />
        )}
      </Field>
      {act.channel === 'email' && (
        <TextField
          path={`${path}/subject`}
          label={t('rules.message.subject')}
          names={names}
          disabled={disabled}
          charactersMax={most.title}
          value={act.subject ?? { zh: '', en: '' }}
          onChange={(subject) => onChange({ ...act, subject })}
        />
      )}
      <TextField
        path={`${path}/text`}
        label={t('rules.message.text')}
        help={t('rules.message.help')}
        names={names}
        disabled={disabled}
        charactersMax={most.text}
        rows={3}
        marks={scriptMarks}
        value={act.text}
        onChange={(text) => onChange({ ...act, text })}
      />
    </>
  );
}

function TagForm({ path, act, choices, disabled, onChange }: ActProps<'tag'>) {
  const { t } = useTexts();
  return (
    <>
      <Field label={t('rules.tag.code')} help={t('rules.tag.help')} error={useIssue(`${path}/code`)}>
        {(control) => (
          <CodeSelect
            {...control}
            value={act.code}
            choices={choices?.tags.filter(({ manual }) => manual) ?? []}
            disabled={disabled}
            onChange={(code) => onChange({ ...act, code })}
          />
        )}
      </Field>
      <Field label={t('rules.tag.days')} help={t('rules.tag.daysHelp')} error={useIssue(`${path}/days`)}>
        {(control) => (
          <Figure
            {...control}
            value={act.days}
            suffix={t('design.daysUnit')}
            disabled={disabled}
            onChange={(days) => {
              const { days: _, ...rest } = act;
              onChange(days === undefined ? rest : { ...rest, days });
            }}
          />
        )}
      </Field>
    </>
  );
}

function OpportunityForm({ path, act, names, choices, disabled, onChange }: ActProps<'opportunity'>) {
  const { t } = useTexts();
  const text = { names, disabled };
  return (
    <>
      <TextField
        {...text}
        path={`${path}/title`}
        label={t('rules.task.title')}
        help={t('rules.task.titleHelp')}
        charactersMax={most.title}
        value={act.title}
        onChange={(title) => onChange({ ...act, title })}
      />
      <TextField
        {...text}
        path={`${path}/reason`}
        label={t('rules.task.reason')}
        charactersMax={most.reason}
        rows={2}
        value={act.reason}
        onChange={(reason) => onChange({ ...act, reason })}
      />
      <div className="field field-wide">
        <span className="field-label">{t('rules.opportunity.amount')}</span>
        <ExpressionField
          path={`${path}/amount`}
          value={act.amount ?? ''}
          names={names}
          expected="number"
          label={t('rules.opportunity.amount')}
          disabled={disabled}
          onChange={(amount) => onChange({ ...act, amount })}
        />
      </div>
      <Assignee
        path={path}
        value={act.assignee ?? 'manager'}
        choices={choices}
        disabled={disabled}
        onChange={(assignee) => onChange({ ...act, assignee })}
      />
      <Field label={t('rules.opportunity.close')} error={useIssue(`${path}/close_days`)}>
        {(control) => (
          <Figure
            {...control}
            value={act.close_days ?? 30}
            suffix={t('design.daysUnit')}
            disabled={disabled}
            onChange={(days) => onChange({ ...act, close_days: days ?? 30 })}
          />
        )}
      </Field>
    </>
  );
}

function CaseForm({ path, act, names, choices, disabled, onChange }: ActProps<'case'>) {
  const { t } = useTexts();
  const text = { names, disabled };
  return (
    <>
      <Field label={t('rules.case.kind')} error={useIssue(`${path}/kind`)}>
        {(control) => (
          <CodeSelect
            {...control}
            value={act.kind}
            choices={choices?.cases ?? []}
            disabled={disabled}
            onChange={(kind) => onChange({ ...act, kind })}
          />
        )}
      </Field>
      <Assignee
        path={path}
        value={act.assignee ?? 'service_team'}
        choices={choices}
        disabled={disabled}
        onChange={(assignee) => onChange({ ...act, assignee })}
      />
      <TextField
        {...text}
        path={`${path}/title`}
        label={t('rules.task.title')}
        help={t('rules.task.titleHelp')}
        charactersMax={most.title}
        value={act.title}
        onChange={(title) => onChange({ ...act, title })}
      />
      <TextField
        {...text}
        path={`${path}/text`}
        label={t('rules.case.text')}
        charactersMax={most.text}
        rows={2}
        value={act.text}
        onChange={(next) => onChange({ ...act, text: next })}
      />
      <Grades
        path={`${path}/priority`}
        value={act.priority ?? 'normal'}
        names={names}
        disabled={disabled}
        onChange={(priority) => onChange({ ...act, priority })}
      />
      <DueField
        path={`${path}/due`}
        value={act.due}
        disabled={disabled}
        onChange={(due) => onChange({ ...act, due })}
      />
    </>
  );
}

function ProcessForm({ path, act, names, disabled, onChange }: ActProps<'process'>) {
  const { t } = useTexts();
  return (
    <>
      <Field label={t('rules.process.code')} help={t('rules.process.help')} error={useIssue(`${path}/code`)}>
        {(control) => (
          <TextInput
            {...control}
            className="mono"
            value={act.code}
            maxLength={50}
            disabled={disabled}
            onChange={(event) => onChange({ ...act, code: event.target.value.toLowerCase() })}
          />
        )}
      </Field>
      <TextField
        path={`${path}/title`}
        label={t('rules.task.title')}
        help={t('rules.task.titleHelp')}
        names={names}
        disabled={disabled}
        charactersMax={most.title}
        value={act.title}
        onChange={(title) => onChange({ ...act, title })}
      />
    </>
  );
}

function WebhookForm({ path, act, choices, disabled, onChange }: ActProps<'webhook'>) {
  const { t } = useTexts();
  return (
    <Field label={t('rules.webhook.target')} help={t('rules.webhook.help')} error={useIssue(`${path}/target`)}>
      {(control) => (
        <CodeSelect
          {...control}
          value={act.target}
          choices={choices?.targets ?? []}
          disabled={disabled}
          onChange={(target) => onChange({ target })}
        />
      )}
    </Field>
  );
}

function LevelForm({ path, act, choices, disabled, onChange }: ActProps<'service_level'>) {
  const { t } = useTexts();
  return (
    <Field label={t('rules.level.level')} error={useIssue(`${path}/level`)}>
      {(control) => (
        <CodeSelect
          {...control}
          value={act.level}
          choices={choices?.levels ?? []}
          disabled={disabled}
          onChange={(level) => onChange({ level })}
        />
      )}
    </Field>
  );
}

function AssignForm({ path, act, choices, disabled, onChange }: ActProps<'assign'>) {
  const { t } = useTexts();
  return (
    <>
      <Field label={t('rules.assign.among')} help={t('rules.assign.help')} error={useIssue(`${path}/among`, true)}>
        {(control) => (
          <CodeSelect
            {...control}
            value={act.among.role}
            choices={choices?.roles ?? []}
            disabled={disabled}
            onChange={(role) => onChange({ ...act, among: { role } })}
          />
        )}
      </Field>
      <div className="field">
        <Switch
          checked={act.only_unassigned ?? true}
          disabled={disabled}
          label={t('rules.assign.onlyUnassigned')}
          onChange={(only) => onChange({ ...act, only_unassigned: only })}
        />
        <Wrong path={`${path}/only_unassigned`} />
      </div>
    </>
  );
}
