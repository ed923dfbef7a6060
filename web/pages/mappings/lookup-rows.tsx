import type { InspectedColumn, LoadStep, Lookup, LookupUse, Mapping } from '../../api/gateway.ts';
import { Button, Field, Menu, Select, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { addLookup, changeLookup, joinedColumns, removeLookup, reuseLookup, usersOf } from './lookups.ts';

interface LookupsProps {
  mapping: Mapping;
  /** Place of the step among the loads. */
  at: number;
  /** Columns of a file, as far as they are known. */
  columnsOf: (file: string | undefined) => InspectedColumn[];
  disabled: boolean;
  onChange: (mapping: Mapping) => void;
}

const PICKS = ['first', 'last', 'lowest', 'highest'] as const;
const ABSENTS = ['reject', 'empty'] as const;
const PAIRS_MAX = 8;

const namesOf = (columns: readonly InspectedColumn[]) => columns.map(({ name }) => name);

/** The look-ups of a step: in which file, by which columns, and what if nothing or too much is found. */
export function Lookups({ mapping, at, columnsOf, disabled, onChange }: LookupsProps) {
  const { t } = useTexts();
  const step = mapping.loads[at] as LoadStep;
  const uses = Object.entries(step.with ?? {});
  const ours = namesOf(columnsOf(step.file));
  const files = Object.keys(mapping.files ?? {}).filter((file) => file !== step.file);
  const known = Object.keys(mapping.lookups ?? {}).filter((name) => !step.with?.[name]);
  const offered = files.length + known.length > 0;
  if (uses.length === 0 && (disabled || !offered)) return null;
  return (
    <section className="side-part map-lookups" aria-label={t('gateway.design.lookups')}>
      <h3>{t('gateway.design.lookups')}</h3>
      <p className="faint">{t('gateway.design.lookupsHint')}</p>
      {uses.map(([alias, use]) => {
        const name = use.lookup ?? alias;
        const lookup = mapping.lookups?.[name];
        if (!lookup) return null;
        return (
          <LookupRow
            key={alias}
            alias={alias}
            lookup={lookup}
            use={use}
            ours={ours}
            theirs={[
              ...namesOf(columnsOf(lookup.file)),
              ...joinedColumns(mapping, lookup.with, (file) => namesOf(columnsOf(file))),
            ]}
            files={Object.keys(mapping.files ?? {})}
            shared={usersOf(mapping, name) > 1}
            disabled={disabled}
            onChange={(nextLookup, nextUse) => onChange(changeLookup(mapping, at, alias, nextLookup, nextUse))}
            onRemove={() => onChange(removeLookup(mapping, at, alias))}
          />
        );
      })}
      {!disabled && offered && (
        <Menu
          label={t('gateway.design.addLookup')}
          items={[
            ...files.map((file, index) => ({
              code: `file ${file}`,
              label: file,
              ...(index === 0 && { group: t('gateway.design.lookupNew') }),
              onSelect: () => onChange(addLookup(mapping, at, file, ours, columnsOf(file))),
            })),
            ...known.map((name, index) => ({
              code: `lookup ${name}`,
              label: name,
              ...(index === 0 && { group: t('gateway.design.lookupKnown') }),
              onSelect: () => onChange(reuseLookup(mapping, at, name, ours)),
            })),
          ]}
          trigger={(open) => (
            <Button icon="add" {...open}>
              {t('gateway.design.addLookup')}
            </Button>
          )}
        />
      )}
    </section>
  );
}

interface LookupRowProps {
  alias: string;
  lookup: Lookup;
  use: LookupUse;
  ours: string[];
  theirs: string[];
  files: string[];
  shared: boolean;
  disabled: boolean;
  onChange: (lookup: Lookup, use: LookupUse) => void;
  onRemove: () => void;
}

function LookupRow({ alias, lookup, use, ours, theirs, files, shared, disabled, onChange, onRemove }: LookupRowProps) {
  const { t } = useTexts();
  const put = (next: Partial<Record<keyof Lookup, string | undefined>>) => {
    const entries = Object.entries({ ...lookup, ...next }).filter(([, value]) => value !== undefined && value !== '');
    onChange(Object.fromEntries(entries) as unknown as Lookup, use);
  };
  const compares = lookup.pick === 'lowest' || lookup.pick === 'highest';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid everywhere, and its legend would stand apart
    <div role="group" aria-label={`${t('gateway.design.lookups')} ${alias}`} className="map-lookup">
      <div className="map-lookup-head">
        <span className="mono">{alias}</span>
        {shared && <span className="faint">{t('gateway.design.lookupShared')}</span>}
        {!disabled && (
          <Button look="plain" onClick={onRemove}>
            {t('gateway.design.removeLookup')}
          </Button>
        )}
      </div>
      {lookup.by.map((theirColumn, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pairs have no name but their place
        <div key={index} className="map-code">
          <span className="faint">{t('gateway.design.lookupTheirs')}</span>
          <ColumnChoice
            label={t('gateway.design.lookupTheirs')}
            value={theirColumn}
            names={theirs}
            disabled={disabled}
            onChange={(column) => onChange({ ...lookup, by: lookup.by.with(index, column) }, use)}
          />
          <span className="faint">{t('gateway.design.lookupOurs')}</span>
          <ColumnChoice
            label={t('gateway.design.lookupOurs')}
            value={use.by[index] ?? ''}
            names={ours}
            disabled={disabled}
            onChange={(column) => {
              const by = lookup.by.map((_, place) => (place === index ? column : (use.by[place] ?? '')));
              onChange(lookup, { ...use, by });
            }}
          />
          {lookup.by.length > 1 && (
            <Button
              look="plain"
              disabled={disabled}
              aria-label={t('gateway.design.removePair')}
              onClick={() => {
                const without = (by: string[]) => by.filter((_, place) => place !== index);
                onChange({ ...lookup, by: without(lookup.by) }, { ...use, by: without(use.by) });
              }}
            >
              ×
            </Button>
          )}
          {index === lookup.by.length - 1 && lookup.by.length < PAIRS_MAX && (
            <Button
              look="plain"
              disabled={disabled}
              onClick={() =>
                onChange({ ...lookup, by: [...lookup.by, theirs[0] ?? ''] }, { ...use, by: [...use.by, ours[0] ?? ''] })
              }
            >
              {t('gateway.design.addPair')}
            </Button>
          )}
        </div>
      ))}
      <div className="form-grid">
        <Field label={t('gateway.design.lookupFile')}>
          {(control) => (
            <Select
              {...control}
              disabled={disabled}
              value={lookup.file}
              choices={files.map((file) => ({ value: file, label: file }))}
              onChange={(file) => put({ file })}
            />
          )}
        </Field>
        <Field label={t('gateway.design.lookupWhere')} help={t('gateway.design.whereHelp')}>
          {(control) => (
            <TextInput
              {...control}
              className="mono"
              disabled={disabled}
              value={lookup.where ?? ''}
              onChange={(event) => put({ where: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('gateway.design.lookupPick')}>
          {(control) => (
            <Select
              {...control}
              disabled={disabled}
              value={lookup.pick ?? ''}
              empty={t('gateway.design.picks.none')}
              choices={PICKS.map((each) => ({ value: each, label: t(`gateway.design.picks.${each}`) }))}
              onChange={(pick) => {
                const compared = pick === 'lowest' || pick === 'highest';
                put({ pick, of: compared ? (lookup.of ?? theirs[0]) : undefined });
              }}
            />
          )}
        </Field>
        {compares && (
          <Field label={t('gateway.design.lookupOf')}>
            {() => (
              <ColumnChoice
                label={t('gateway.design.lookupOf')}
                value={lookup.of ?? ''}
                names={theirs}
                disabled={disabled}
                onChange={(of) => put({ of })}
              />
            )}
          </Field>
        )}
        <Field label={t('gateway.design.lookupAbsent')}>
          {(control) => (
            <Select
              {...control}
              disabled={disabled}
              value={use.absent ?? 'reject'}
              choices={ABSENTS.map((each) => ({ value: each, label: t(`gateway.design.absents.${each}`) }))}
              onChange={(absent) => onChange(lookup, { ...use, absent: absent as 'reject' })}
            />
          )}
        </Field>
      </div>
    </div>
  );
}

/** A column by choice where the columns are known, else by its name. */
function ColumnChoice({
  label,
  value,
  names,
  disabled,
  onChange,
}: {
  label: string;
  value: string;
  names: string[];
  disabled: boolean;
  onChange: (column: string) => void;
}) {
  if (names.length === 0) {
    return (
      <TextInput
        className="mono"
        aria-label={label}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <Select
      aria-label={label}
      value={value}
      disabled={disabled}
      {...(value === '' && { empty: '—' })}
      choices={[...new Set([value, ...names])].filter(Boolean).map((name) => ({ value: name, label: name }))}
      onChange={onChange}
    />
  );
}
