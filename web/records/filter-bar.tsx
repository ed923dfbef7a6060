import { useRef, useState } from 'react';
import type { Field } from '../api/types.ts';
import { Button, Icon, Popover, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { SEARCH_FROM_FIELDS } from './column-chooser.tsx';
import { FilterEditor } from './filter-editor.tsx';
import { FilterSummary } from './filter-summary.tsx';
import type { ListParts } from './list-parts.ts';
import { type Filter, filterable, filtersOf, withFilter } from './question.ts';

/** The conditions of a list as chips: those offered without asking, those set, and the way to any other field. */
export function FilterBar({ entity, search, onSearch }: ListParts) {
  const { t } = useTexts();
  const [added, setAdded] = useState<string>();
  const filters = filtersOf(entity, search);
  const offered = filterable(entity);
  const byCode = (code: string) => offered.find((field) => field.code === code);
  const shown = [
    ...new Set([...entity.list.filters, ...filters.map((filter) => filter.field), ...(added ? [added] : [])]),
  ];
  return (
    <fieldset className="filters" aria-label={t('list.filters')}>
      {shown.flatMap((code) => {
        const field = byCode(code);
        return field ? (
          <FilterChip
            key={code}
            field={field}
            filter={filters.find((filter) => filter.field === code)}
            startOpen={code === added}
            onChange={(filter) => onSearch(withFilter(search, code, filter))}
            onClose={() => setAdded(undefined)}
          />
        ) : (
          []
        );
      })}
      <AddFilter fields={offered.filter((field) => !shown.includes(field.code))} onAdd={setAdded} />
      {filters.length > 0 && (
        <button type="button" className="filter-clear" onClick={() => onSearch({ ...search, filter: undefined })}>
          {t('list.clearFilters')}
        </button>
      )}
    </fieldset>
  );
}

interface FilterChipProps {
  field: Field;
  filter: Filter | undefined;
  startOpen: boolean;
  onChange: (filter: Filter | undefined) => void;
  onClose: () => void;
}

function FilterChip({ field, filter, startOpen, onChange, onClose }: FilterChipProps) {
  const { t, text } = useTexts();
  const [open, setOpen] = useState(startOpen);
  const anchor = useRef<HTMLSpanElement>(null);
  const close = () => {
    setOpen(false);
    onClose();
  };
  return (
    <span ref={anchor} className="filter-chip" data-set={filter ? '' : undefined}>
      <button type="button" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="filter-name">{text(field.label)}</span>
        {filter ? (
          <span className="filter-value ellipsis">
            <FilterSummary field={field} filter={filter} />
          </span>
        ) : (
          <Icon name="chevronDown" size={12} />
        )}
      </button>
      {filter && (
        <button
          type="button"
          className="filter-remove"
          aria-label={`${t('common.remove')} ${text(field.label)}`}
          onClick={() => onChange(undefined)}
        >
          <Icon name="close" size={12} />
        </button>
      )}
      <Popover open={open} onClose={close} anchor={anchor} className="filter-panel">
        <h3 className="filter-title">{text(field.label)}</h3>
        <FilterEditor field={field} filter={filter} onChange={onChange} onClose={close} />
      </Popover>
    </span>
  );
}

function AddFilter({ fields, onAdd }: { fields: Field[]; onAdd: (code: string) => void }) {
  const { t, text } = useTexts();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const anchor = useRef<HTMLSpanElement>(null);
  if (fields.length === 0) return null;
  const wanted = typed.trim().toLowerCase();
  return (
    <span ref={anchor} className="menu-anchor">
      <Button look="quiet" icon="add" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('list.addFilter')}
      </Button>
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} className="filter-panel">
        {fields.length >= SEARCH_FROM_FIELDS && (
          <div className="filter-body">
            <TextInput
              autoFocus
              aria-label={t('list.searchField')}
              placeholder={t('list.searchField')}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </div>
        )}
        <div className="choices" role="menu" aria-label={t('list.chooseField')}>
          {fields
            .filter((field) => text(field.label).toLowerCase().includes(wanted) || field.code.includes(wanted))
            .map((field) => (
              <button
                key={field.code}
                type="button"
                role="menuitem"
                className="menu-item"
                onClick={() => {
                  setOpen(false);
                  setTyped('');
                  onAdd(field.code);
                }}
              >
                {text(field.label)}
              </button>
            ))}
        </div>
      </Popover>
    </span>
  );
}
