import type { Field } from '../api/types.ts';
import { Button, Menu } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import type { ListParts } from './list-parts.ts';
import { nextSort, parseSort, sortCode } from './question.ts';

/** On a phone there are no headings to press. */
export function SortMenu({ entity, search, onSearch, columns }: ListParts & { columns: Field[] }) {
  const { t, text } = useTexts();
  const now = parseSort(search.sort ?? entity.list.sort);
  const offered = new Set([...entity.sortable, ...columns.map(({ code }) => code), now.field]);
  const fields = entity.fields.filter((field) => {
    const code = field.hidden ? undefined : sortCode(entity, field);
    return code !== undefined && (offered.has(code) || offered.has(field.code));
  });
  if (fields.length === 0) return null;
  return (
    <span className="list-sort">
      <Menu
        label={t('list.sort')}
        align="end"
        items={fields.map((field) => ({
          code: field.code,
          label: text(field.label),
          chosen: sortCode(entity, field) === now.field,
          ...(sortCode(entity, field) === now.field
            ? { icon: now.descending ? 'sortDescending' : 'sortAscending' }
            : {}),
          onSelect: () => onSearch({ ...search, sort: nextSort(entity, search, field) }),
        }))}
        trigger={(props) => (
          <Button {...props} icon={now.descending ? 'sortDescending' : 'sortAscending'} aria-label={t('list.sort')} />
        )}
      />
    </span>
  );
}
