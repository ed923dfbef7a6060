import { aliased } from '#expressions';
import { columnOf, type EntityDefinition, type Model } from '#metadata';
import { fieldNames, type Name, type Names } from './metric-scope.ts';
import { oncePerModel } from './pack.ts';

// The records that belong to a customer, as lists that conditions count, add up and look through: `some h in holdings satisfies …`.

/** Not of the customer's affairs but of who serves him. */
const SERVICE = new Set(['customer_member', 'account_role']);

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** How conditions call the records of a kind: its plural, as a name. */
export const listNameOf = ({ plural }: EntityDefinition): string => plural.replaceAll('-', '_');

/**
 * A list for each kind of record of a customer (facts are for metrics: there may be very many), by the entity's plural: its fields and,
 * with the reference before them, those of what it refers to (`product_class`). The rows are those of the customer `c`.
 */
export const relatedNames = oncePerModel((model): Names => {
  const related = model.entities.filter(
    ({ code, scope, storage }) => scope === 'customer' && storage === 'record' && !SERVICE.has(code),
  );
  return Object.fromEntries(related.map((entity) => [listNameOf(entity), listOf(model, entity)]));
});

function listOf(model: Model, entity: EntityDefinition): Name {
  const alias = `r_${entity.code}`;
  const references = entity.fields.flatMap((field) => {
    const target = field.type === 'ref' ? model.entity(field.ref!) : undefined;
    const known = target?.scope === 'institution' && !['customer', 'household', 'user'].includes(target.code);
    return known ? [{ field, target, alias: `${alias}_${field.code}` }] : [];
  });
  const joins = references.map(
    ({ field, target, alias: other }) =>
      ` left join ${quoted(target.code)} ${other} on ${other}.id = ${alias}.${quoted(columnOf(field))}`,
  );
  const fields: Names = fieldNames(entity, alias);
  for (const { field, target, alias: other } of references) {
    for (const [code, name] of Object.entries(fieldNames(target, other, `${field.code}_`))) {
      if (Object.hasOwn(fields, code)) continue;
      const label = {
        zh: `${field.label.zh} · ${name.label.zh}`,
        en: `${field.label.en} · ${name.label.en}`,
      };
      fields[code] = { ...name, label, aliases: [`${field.label.zh}${name.label.zh}`] };
    }
  }
  return {
    type: 'list',
    unit: 'count',
    label: entity.label,
    aliases: [entity.label.zh],
    list: {
      sql: { from: `${quoted(entity.code)} ${alias}${joins.join('')}`, where: `${alias}.customer_id = c.id` },
      fields: aliased(fields),
    },
  };
}
