import { ident, raw, type Sql, sql } from '#database';
import type { Expression } from '#expressions';
import { fieldNames, type Name, type Names, type Unit, type Vocabulary, vocabulary } from '#facts';
import type { Text } from '#kernel';
import { columnOf, type EntityDefinition, type Model } from '#metadata';
import { membershipVocabulary } from './segments.ts';

// What a rule may speak of besides the customer: the record that it watches, the event that started it, the value that changed.

/** Table alias of the record that a rule watches. */
export const SUBJECT = 's';
/** Table alias of the fact or record that started the rule. */
export const EVENT = 'e';
/** Alias of the value that a rule watches for changes: `value_before`, `value_now`. */
export const WATCHED = 'w';

/** References of a record that people know by a name, and whose fields a rule may use: `holding_product`, `holding_product_class`. */
function namedReferences(model: Model, entity: EntityDefinition, alias: string) {
  return entity.fields.flatMap((field) => {
    const target = field.type === 'ref' ? model.entity(field.ref!) : undefined;
    return target && target.scope === 'institution' && target.code !== 'customer'
      ? [{ field, target, alias: `${alias}_${field.code}` }]
      : [];
  });
}

function recordNames(model: Model, entity: EntityDefinition, alias: string, prefix: string): Names {
  const names = fieldNames(entity, alias, `${prefix}_`);
  for (const { field, target, alias: place } of namedReferences(model, entity, alias)) {
    const own = `${prefix}_${field.code}`;
    const title = fieldNames(target, place)[target.title]!;
    names[own] = { ...title, label: field.label, aliases: [] };
    Object.assign(names, fieldNames(target, place, `${own}_`));
  }
  return names;
}

/** Joins what a record refers to by a name. */
export function referenceJoins(model: Model, entity: EntityDefinition, alias: string): string {
  const joins = namedReferences(model, entity, alias).map(({ field, target, alias: place }) => {
    return `left join ${ident(target.code).sql} ${place} on ${place}.id = ${alias}.${ident(columnOf(field)).sql}`;
  });
  return joins.join('\n');
}

/** Joins the watched record and what it refers to, after the customer `c`. */
export function subjectJoins(model: Model, subject: EntityDefinition): Sql {
  const references = referenceJoins(model, subject, SUBJECT);
  return sql`join ${ident(subject.code)} ${raw(SUBJECT)} on ${raw(SUBJECT)}.customer_id = c.id
${raw(references)}`;
}

const EVENT_WORD: Text = { zh: '本次', en: ' (this one)' };

/** The fields of what started the rule; worded so that nobody takes them for sums over many. */
function eventNames(model: Model, event: EntityDefinition): Names {
  return Object.fromEntries(
    Object.entries(recordNames(model, event, EVENT, 'event')).map(([code, name]): [string, Name] => [
      code,
      { ...name, label: { zh: `${EVENT_WORD.zh}${name.label.zh}`, en: `${name.label.en}${EVENT_WORD.en}` } },
    ]),
  );
}

const plainUnits: Partial<Record<Expression['type'], Unit>> = {
  number: 'number',
  text: 'text',
  date: 'date',
  datetime: 'datetime',
  boolean: 'boolean',
};

/** The SQL type that a stored value of a type is read back as. */
export const watchedTypes: Partial<Record<Expression['type'], string>> = {
  number: 'numeric',
  text: 'text',
  date: 'date',
  datetime: 'timestamptz',
  boolean: 'boolean',
};

/** Before and now of a watched value; a value that is one name keeps that name's unit and options. */
export function changeNames({ names }: Vocabulary, watched: Expression): Names {
  const own = watched.ast.kind === 'name' ? names[watched.ast.entry.key] : undefined;
  const type = watched.type as Name['type'];
  const name = (label: Text, column: string): Name => ({
    type,
    unit: own?.unit ?? plainUnits[watched.type]!,
    ...(own?.options ? { options: own.options } : {}),
    sql: `${WATCHED}.${column}`,
    label,
    aliases: [label.zh],
  });
  return {
    value_before: name({ zh: '变化前', en: 'Before' }, 'value_before'),
    value_now: name({ zh: '变化后', en: 'Now' }, 'value_now'),
  };
}

/** The names of a rule over a subject that is started by an event: fields, metrics, parameters, tags, segments, record and event. */
export function ruleWords(
  model: Model,
  subject: EntityDefinition | undefined,
  event: EntityDefinition | undefined,
): Vocabulary {
  const base = membershipVocabulary(model);
  if (!subject && !event) return base;
  return vocabulary(
    base.names,
    subject ? recordNames(model, subject, SUBJECT, subject.code) : {},
    event ? eventNames(model, event) : {},
  );
}
