import { useState } from 'react';
import { formatCount } from '#kernel';
import type { FieldRight, RoleVocabulary, View, VocabularyEntity, VocabularyField } from '../../api/governance.ts';
import { Badge, Icon, IconButton, Select, TextInput } from '../../kit/kit.ts';
import { inSentence, useTexts } from '../../texts/texts.ts';
import { type RuleTarget, rightOf, ruleOf, tidy, withRule, withView } from './draft.ts';
import type { PartProps } from './scopes.tsx';

const LEVELS = [1, 2, 3, 4, 5];

/** Field × (see, edit, export, filter): what class and level leave open, and the rules of the role over it. */
export function FieldRights(props: PartProps) {
  const { t, text } = useTexts();
  const { draft, vocabulary, rights } = props;
  const [wanted, setWanted] = useState('');
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set(['general', 'customer']));
  const words = wanted.trim().toLowerCase();
  const maskOf = (field: VocabularyField) => text(vocabulary.masks.find(({ code }) => code === field.mask)?.label);
  const matches = (entity: VocabularyEntity, field: VocabularyField) =>
    words === '' ||
    [text(entity.label), entity.code, text(field.label), field.code, maskOf(field), `${field.class} ${field.level}`]
      .join(' ')
      .toLowerCase()
      .includes(words);
  const shown = vocabulary.entities
    .map((entity) => ({ entity, fields: entity.fields.filter((field) => matches(entity, field)) }))
    .filter(({ fields }) => fields.length > 0);
  const isOpen = (code: string) => words !== '' || unfolded.has(code);
  const fold = (code: string) =>
    setUnfolded(
      (before) => new Set(before.has(code) ? [...before].filter((each) => each !== code) : [...before, code]),
    );
  return (
    <div className="role-matrix">
      <div className="role-find">
        <p className="role-hint quiet">{t('governance.roles.fieldsHint')}</p>
        <TextInput
          type="search"
          aria-label={t('governance.roles.filterFields')}
          placeholder={t('governance.roles.filterFields')}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </div>
      {words === '' && (
        <Section
          title={t('governance.roles.general')}
          open={isOpen('general')}
          onFold={() => fold('general')}
          note={formatCount(draft.fields.filter((rule) => rule.field === undefined).length)}
        >
          <General {...props} />
        </Section>
      )}
      {shown.length === 0 && <p className="role-hint faint">{t('governance.roles.noFields')}</p>}
      {shown.map(({ entity, fields }) => {
        const own = fields.filter((field) => rights.fields[`${entity.code}.${field.code}`]?.by === 'field').length;
        const unread = rights.entities[entity.code]?.scopes.read === 'none';
        return (
          <Section
            key={entity.code}
            title={text(entity.label)}
            open={isOpen(entity.code)}
            onFold={() => fold(entity.code)}
            note={
              unread
                ? t('governance.roles.unread', { entity: inSentence(text(entity.label)) })
                : t('governance.roles.fieldCount', { count: fields.length, own })
            }
          >
            <table className={`table role-fields ${unread ? 'role-unread' : ''}`} aria-label={text(entity.label)}>
              <FieldHead />
              <tbody>
                {fields.map((field) => (
                  <FieldLine key={field.code} {...props} entity={entity} field={field} />
                ))}
              </tbody>
            </table>
          </Section>
        );
      })}
    </div>
  );
}

function Section({
  title,
  note,
  open,
  onFold,
  children,
}: {
  title: string;
  note: string;
  open: boolean;
  onFold: () => void;
  children: React.ReactNode;
}) {
  return (
    <section>
      <h3 className="role-fold">
        <button type="button" aria-expanded={open} onClick={onFold}>
          <Icon name={open ? 'chevronDown' : 'chevronRight'} size={12} />
          {title}
          <span className="faint">{note}</span>
        </button>
      </h3>
      {open && children}
    </section>
  );
}

function FieldHead() {
  const { t } = useTexts();
  return (
    <thead>
      <tr>
        <th scope="col">{t('governance.roles.field')}</th>
        <th scope="col">{t('governance.roles.see')}</th>
        <th scope="col">{t('governance.roles.edit')}</th>
        <th scope="col">{t('governance.roles.export')}</th>
        <th scope="col">{t('governance.roles.filter')}</th>
        <th scope="col">{t('governance.roles.by')}</th>
      </tr>
    </thead>
  );
}

/** The rules that speak of many fields at once. */
function General({ draft, vocabulary, onChange }: PartProps) {
  const { t, text } = useTexts();
  const targets: { target: RuleTarget; name: string; masked: boolean }[] = [
    ...vocabulary.masks.map(({ code, label }) => ({
      target: { mask: code },
      name: t('governance.roles.maskRule', { mask: text(label) }),
      masked: true,
    })),
    ...LEVELS.map((level) => ({
      target: { level },
      name: t('governance.roles.levelRule', { level }),
      masked: false,
    })),
  ];
  return (
    <table className="table role-fields" aria-label={t('governance.roles.general')}>
      <FieldHead />
      <tbody>
        {targets.map(({ target, name, masked }) => {
          const rule = ruleOf(draft, target);
          const right = rule ? rightOf(rule) : undefined;
          return (
            <tr key={name} className={rule ? 'role-own' : 'role-inherited'}>
              <th scope="row">{name}</th>
              <Rights
                name={name}
                right={right}
                masked={masked}
                vocabulary={vocabulary}
                onChange={onChange && ((next) => onChange(withRule(draft, target, next)))}
              />
              <td />
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function FieldLine({
  draft,
  rights,
  vocabulary,
  onChange,
  entity,
  field,
}: PartProps & { entity: VocabularyEntity; field: VocabularyField }) {
  const { t, text } = useTexts();
  const name = `${entity.code}.${field.code}`;
  const target = { field: name };
  const own = ruleOf(draft, target);
  const given = rights.fields[name];
  const right = own ? rightOf(own) : given;
  if (!right || !given) return null;
  const by = own ? 'field' : given.by === 'field' ? 'class' : given.by;
  const words = { field: 'byField', mask: 'byMask', level: 'byLevel', class: 'byClass' } as const;
  return (
    <tr className={by === 'class' ? 'role-inherited' : 'role-own'}>
      <th scope="row">
        <span className="role-field">
          {text(field.label)}
          <span className="mono faint">{field.code}</span>
          <Badge colour={field.level >= 4 ? 'red' : field.level === 3 ? 'amber' : 'grey'}>
            {field.class} · {field.level}
          </Badge>
          {field.mask && (
            <Badge colour="violet">{text(vocabulary.masks.find(({ code }) => code === field.mask)?.label)}</Badge>
          )}
          {field.encrypted && <Icon name="key" size={12} />}
        </span>
      </th>
      <Rights
        name={text(field.label)}
        right={right}
        masked={field.mask !== null}
        computed={field.computed}
        vocabulary={vocabulary}
        onChange={onChange && ((next) => onChange(withRule(draft, target, next)))}
        fixed
      />
      <td>
        <span className="role-by">
          {by === 'class' ? (
            <span className="faint">{t('governance.roles.byClass')}</span>
          ) : (
            <Badge colour={by === 'field' ? 'blue' : 'teal'}>{t(`governance.roles.${words[by]}`)}</Badge>
          )}
          {own && onChange && (
            <IconButton
              icon="undo"
              look="quiet"
              label={`${text(field.label)}: ${t('governance.roles.clearRule')}`}
              onClick={() => onChange(withRule(draft, target, null))}
            />
          )}
        </span>
      </td>
    </tr>
  );
}

interface RightsProps {
  name: string;
  /** Undefined where no rule is set. */
  right: FieldRight | undefined;
  /** Whether there is a mask to see it through. */
  masked: boolean;
  computed?: boolean;
  vocabulary: RoleVocabulary;
  onChange: ((right: FieldRight | null) => void) | undefined;
  /** There is always a right: the empty choice is not offered. */
  fixed?: boolean;
}

const acts = ['edit', 'export', 'filter'] as const;
const NOTHING: FieldRight = { see: 'hidden', edit: false, export: false, filter: false };

function Rights({ name, right, masked, computed, vocabulary, onChange, fixed }: RightsProps) {
  const { t, text } = useTexts();
  const choices = vocabulary.views
    .filter(({ code }) => masked || code !== 'masked')
    .map(({ code, label }) => ({ value: code, label: text(label) }));
  const label = (right: string) => t('governance.roles.rightOf', { name, right });
  const possible = (act: (typeof acts)[number]) =>
    right !== undefined &&
    right.see !== 'hidden' &&
    !(act === 'filter' && right.see !== 'clear') &&
    !(act === 'edit' && computed);
  return (
    <>
      <td data-label={t('governance.roles.see')}>
        <Select
          aria-label={label(t('governance.roles.see'))}
          value={right?.see ?? ''}
          choices={choices}
          {...(fixed ? {} : { empty: t('governance.roles.noRule') })}
          disabled={!onChange}
          onChange={(see) => onChange?.(see === '' ? null : withView(right ?? NOTHING, see as View))}
        />
      </td>
      {acts.map((act) => (
        <td key={act} data-label={t(`governance.roles.${act}`)}>
          <input
            type="checkbox"
            aria-label={label(t(`governance.roles.${act}`))}
            checked={right?.[act] === true && possible(act)}
            disabled={!onChange || !possible(act)}
            onChange={(event) => right && onChange?.(tidy({ ...right, [act]: event.target.checked }))}
          />
        </td>
      ))}
    </>
  );
}
