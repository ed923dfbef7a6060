import type { Scope, ScopeName } from '#expressions';
import { aliased } from '#expressions';
import type { Text } from '#kernel';
import { columnOf, type EntityDefinition, type FieldTypeCode, type Model } from '#metadata';
import { metrics } from './metric-definition.ts';
import { oncePerModel } from './pack.ts';
import { parameters } from './parameters.ts';

/** How a value is written for people. `percent` is in percent: 30 means 30 %. */
export type Unit =
  | 'money'
  | 'count'
  | 'days'
  | 'years'
  | 'percent'
  | 'number'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'text';

/** A name of expressions, with what it takes to show its value. */
export type Name = ScopeName & { unit: Unit; label: Text; aliases?: string[] };
export type Names = Record<string, Name>;

/** The names that expressions of one kind may use: for the compiler, and for those who explain. */
export interface Vocabulary {
  scope: Scope;
  names: Names;
}

/** How a type of field appears in expressions; types without an entry cannot be used there. */
const fieldKinds: Partial<Record<FieldTypeCode, { type: ScopeName['type']; unit: Unit }>> = {
  text: { type: 'text', unit: 'text' },
  long_text: { type: 'text', unit: 'text' },
  integer: { type: 'number', unit: 'count' },
  decimal: { type: 'number', unit: 'number' },
  money: { type: 'number', unit: 'money' },
  percent: { type: 'number', unit: 'percent' },
  date: { type: 'date', unit: 'date' },
  datetime: { type: 'datetime', unit: 'datetime' },
  boolean: { type: 'boolean', unit: 'boolean' },
  choice: { type: 'text', unit: 'text' },
  choices: { type: 'texts', unit: 'text' },
  phone: { type: 'text', unit: 'text' },
  email: { type: 'text', unit: 'text' },
  id_number: { type: 'text', unit: 'text' },
  uscc: { type: 'text', unit: 'text' },
};

const aliasesOf = (label: Text) => [label.zh, label.en];
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/**
 * The fields of an entity as names over the table alias, `prefix` before each; references are left out: they stand for rows, not
 * values.
 */
export function fieldNames(entity: EntityDefinition, alias: string, prefix = ''): Names {
  const names: Names = {};
  for (const field of entity.fields) {
    const kind = fieldKinds[field.type];
    if (!kind || field.encrypted) continue; // what is sealed cannot be compared
    names[`${prefix}${field.code}`] = {
      ...kind,
      sql: `${alias}.${quoted(columnOf(field))}`,
      label: field.label,
      // Prefixed names are of a second row, whose labels would clash with those of the first.
      aliases: prefix === '' ? aliasesOf(field.label) : [],
      options: field.options,
    };
  }
  return names;
}

/** What is the same for all customers on one day: the date and the parameters. */
export const dayNames = oncePerModel((model): Names => {
  const names: Names = {
    business_date: {
      type: 'date',
      unit: 'date',
      given: 'context',
      notNull: true,
      label: { zh: '业务日期', en: 'Business date' },
      aliases: ['today', '今天', '业务日期'],
    },
  };
  for (const parameter of parameters(model)) {
    if (parameter.type === 'rates') continue;
    names[parameter.code] = {
      type: 'number',
      unit: parameter.type,
      given: 'context',
      notNull: true,
      label: parameter.label,
      aliases: aliasesOf(parameter.label),
    };
  }
  return names;
});

/** Metrics as names; `place` gives the SQL of one, or undefined where it cannot be used yet. */
export function metricNames(model: Model, place: (code: string) => string | undefined): Names {
  const names: Names = {};
  for (const metric of metrics(model)) {
    const sql = place(metric.code);
    if (!sql) continue;
    names[metric.code] = {
      type: metric.unit === 'date' ? 'date' : 'number',
      unit: metric.unit,
      sql,
      label: metric.label,
      aliases: aliasesOf(metric.label),
    };
  }
  return names;
}

/** One vocabulary of several sets of names. Of the same code the later set's counts: a metric goes before a field. */
export function vocabulary(...sets: readonly Names[]): Vocabulary {
  const names: Names = Object.assign({}, ...sets);
  return { names, scope: { names: aliased(names) } };
}

/** Table alias of the rows that a measure gathers. */
const ROWS = 't';

/** References of a record to what belongs to no customer and no colleague, and whose fields a measure may ask for: `product_sector`. */
function namedReferences(model: Model, entity: EntityDefinition) {
  if (entity.storage === 'fact') return []; // the histories of facts hold what stands in the fact itself
  return entity.fields.flatMap((field) => {
    const target = field.type === 'ref' ? model.entity(field.ref!) : undefined;
    const isKnown =
      target?.scope === 'institution' && !['user', 'org_unit', 'household', 'customer'].includes(target.code);
    return isKnown ? [{ field, target, alias: `${ROWS}_${field.code}` }] : [];
  });
}

const wordsOfMeasures = oncePerModel((model) => {
  const known = new Map<string, Vocabulary>();
  return (entity: EntityDefinition): Vocabulary => {
    let words = known.get(entity.code);
    if (!words) {
      const referred = namedReferences(model, entity).map(({ field, target, alias }) => {
        const names = Object.entries(fieldNames(target, alias, `${field.code}_`));
        const labelled = names.map(([code, name]): [string, Name] => [
          code,
          {
            ...name,
            label: { zh: `${field.label.zh} · ${name.label.zh}`, en: `${field.label.en} · ${name.label.en}` },
            aliases: [`${field.label.zh}${name.label.zh}`],
          },
        ]);
        return Object.fromEntries(labelled.filter(([, { type }]) => type !== 'date' && type !== 'datetime'));
      });
      words = vocabulary(...referred, fieldNames(entity, ROWS), dayNames(model));
      known.set(entity.code, words);
    }
    return words;
  };
});

/** What the filter of a measure may speak of: the fields of the rows `t` and of what they refer to, the date and the parameters. */
export const measureWords = (model: Model, entity: EntityDefinition): Vocabulary => wordsOfMeasures(model)(entity);

/** Joins what the given names of `measureWords` refer to. */
export function referenceJoins(model: Model, entity: EntityDefinition, names: Iterable<string>): string {
  const { names: known } = measureWords(model, entity);
  const asked = [...names].map((code) => String(known[code]?.sql ?? ''));
  return namedReferences(model, entity)
    .filter(({ alias }) => asked.some((place) => place.startsWith(`${alias}.`)))
    .map(
      ({ field, target, alias }) =>
        ` left join ${quoted(target.code)} ${alias} on ${alias}.id = ${ROWS}.${quoted(columnOf(field))}`,
    )
    .join('');
}
