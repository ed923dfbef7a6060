import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { recordQuery } from '../api/queries.ts';
import type { Entity, Field, Row, Value } from '../api/types.ts';
import { isTyping } from '../app/shortcuts.ts';
import { Button, DateText, ErrorState, IconButton, Skeleton } from '../kit/kit.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import { Cell, namesRule, RuleName } from './cell.tsx';
import { RecordForm } from './form.tsx';
import { NEW } from './new.ts';
import { isReference } from './reference.ts';
import { isShown, useConditions } from './shown.ts';
import './panel.css';

interface RecordPanelProps {
  entity: Entity;
  id: string;
  onClose: () => void;
  onCreated: (row: Row) => void;
  initial?: Partial<Row>;
  /** More about the row, below its fields. */
  children?: (row: Row) => ReactNode;
  actions?: (row: Row) => ReactNode;
}

/** One row beside its list: read it, change it, or make it. Esc closes. */
export function RecordPanel({ entity, id, onClose, onCreated, initial, children, actions }: RecordPanelProps) {
  const { t, text } = useTexts();
  const isNew = id === NEW;
  const [editing, setEditing] = useState(false);
  const { data: row, error, refetch } = useQuery({ ...recordQuery(entity.plural, id), enabled: !isNew });
  const label = text(entity.label);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      if (event.key === 'Escape') {
        event.preventDefault();
        onClose();
      } else if (event.key === 'e' && entity.access.update && row) {
        event.preventDefault();
        setEditing(true);
      }
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [onClose, entity.access.update, row]);

  const title = row?.[entity.title];
  const named = entity.fields.find(({ code }) => code === entity.title);
  const name = isReference(title) ? (
    title.label
  ) : named && namesRule(named) && typeof title === 'string' ? (
    <RuleName code={title} plain />
  ) : title === undefined || title === null ? (
    ' '
  ) : (
    String(title)
  );
  return (
    <aside className="split-side record" aria-label={label}>
      <header className="record-head">
        <div className="record-name">
          <span className="record-kind">
            {isNew
              ? t('record.newTitle', { entity: inSentence(label) })
              : editing
                ? t('record.editTitle', { entity: inSentence(label) })
                : label}
          </span>
          {!isNew && <h2 className="ellipsis">{name}</h2>}
        </div>
        {row && !editing && (
          <>
            {actions?.(row)}
            {entity.code === 'customer' && (
              <Link to="/customers/$id" params={{ id: row.id }} className="button button-plain">
                {t('record.openCustomer')}
              </Link>
            )}
            {entity.access.update && (
              <Button icon="edit" onClick={() => setEditing(true)}>
                {t('common.edit')}
              </Button>
            )}
          </>
        )}
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      {isNew ? (
        <RecordForm entity={entity} {...(initial ? { initial } : {})} onDone={onCreated} onCancel={onClose} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !row ? (
        <Skeleton lines={10} />
      ) : editing ? (
        <RecordForm entity={entity} row={row} onDone={() => setEditing(false)} onCancel={() => setEditing(false)} />
      ) : (
        <div className="record-body">
          <RecordFields entity={entity} row={row} />
          {children?.(row)}
          <Provenance entity={entity} row={row} />
        </div>
      )}
    </aside>
  );
}

const LONG_VALUE_CHARS = 24;

const isLong = (field: Field, value: Value | undefined): boolean =>
  field.type === 'long_text' ||
  field.type === 'json' ||
  (field.type === 'text' && typeof value === 'string' && value.length > LONG_VALUE_CHARS);

/** Every field of a row that this person may see. */
export function RecordFields({ entity, row }: { entity: Entity; row: Row }) {
  useConditions();
  const { text } = useTexts();
  const fields = entity.fields.filter(
    (field) => !field.hidden && field.access.see !== 'hidden' && isShown(entity, field, row),
  );
  return (
    <dl className="record-fields">
      {fields.map((field) => (
        <div key={field.code} className={isLong(field, row[field.code]) ? 'record-wide' : ''}>
          <dt>{text(field.label)}</dt>
          <dd>
            <Cell field={field} value={row[field.code]} whole />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Where a row comes from and how fresh it is. */
function Provenance({ entity, row }: { entity: Entity; row: Row }) {
  const { t, many } = useTexts();
  const facts: [string, ReactNode][] = [];
  if (typeof row.source === 'string') facts.push([t('record.source'), row.source]);
  if (typeof row.as_of === 'string') facts.push([t('record.asOf'), row.as_of]);
  if (typeof row.updated_at === 'string')
    facts.push([t('record.updatedAt'), <DateText key="u" value={row.updated_at} />]);
  if (typeof row.created_at === 'string')
    facts.push([t('record.createdAt'), <DateText key="c" value={row.created_at} />]);
  if (typeof row.version === 'number') facts.push([t('record.version'), row.version]);
  return (
    <footer className="provenance">
      {facts.map(([label, value]) => (
        <span key={label}>
          {label} {value}
        </span>
      ))}
      {!entity.access.update && (
        <span>
          {entity.write.update
            ? t('record.readOnlyRights', { entity: inSentence(many(entity)) })
            : t('record.readOnly')}
        </span>
      )}
    </footer>
  );
}
