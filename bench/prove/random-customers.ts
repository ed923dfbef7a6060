import { type Database, ident } from '#database';
import { storedMetrics } from '#facts';
import { type EntityDefinition, type FieldDefinition, type Model, recordId } from '#metadata';
import { writeBulk } from '#records';
import type { Random } from '../random.ts';

// Customers as no bank has them: every value at its edges, most of them unknown somewhere, some with no records at all.

const SOURCE = 'prove';
const ROWS_PER_CUSTOMER_MAX = 4;
const AS_OF = '2026-11-20';

const values = {
  money: [
    '0',
    '0.01',
    '-0.01',
    '50000',
    '999999.99',
    '1000000',
    '1000000.01',
    '5000000',
    '5000000.01',
    '-300',
    '123456789012345.67',
  ],
  count: ['0', '1', '2', '10', '11', '30', '2147483647'],
  percent: ['0', '0.5', '30', '30.0001', '60', '100', '-12.5'],
  text: ['张伟', '欧阳修', '𠮷野家', 'a', 'A', "it's", '100%_\\', '司马相如之子', '  x '],
  date: [
    '2024-02-29',
    '2023-02-28',
    '2026-11-20',
    '2026-11-05',
    '1990-12-31',
    '1958-02-28',
    '2026-12-05',
    '2030-01-01',
  ],
  instant: ['2026-11-19T15:59:59.999Z', '2026-11-19T16:00:00Z', '2024-02-28T23:30:00Z'],
};

function anyValue({ type, options, max_length: length }: FieldDefinition, random: Random): string | null {
  switch (type) {
    case 'money':
    case 'decimal':
      return random.pick(values.money);
    case 'integer':
      return random.pick(values.count);
    case 'percent':
      return random.pick(values.percent);
    case 'date':
      return random.pick(values.date);
    case 'datetime':
      return random.pick(values.instant);
    case 'boolean':
      return random.pick(['true', 'false']);
    case 'choice':
      return options && options.length > 0 ? random.pick(options).code : null;
    case 'text':
    case 'long_text':
      return random.pick(values.text).slice(0, length ?? 20);
    default:
      return null;
  }
}

/** Fills customers, their records and what records refer to; every optional value is unknown one time in four. */
export async function fillAnything(database: Database, model: Model, random: Random, customers: number): Promise<void> {
  const ids = Array.from({ length: customers }, (_, index) => recordId('customer', SOURCE, String(index)));
  await fill(database, model.entity('product'), 12, random, () => null);
  await fill(database, model.entity('customer'), customers, random, () => null);
  for (const entity of model.entities) {
    if (entity.scope !== 'customer' || entity.storage !== 'record') continue;
    // A third of the customers has none of a kind.
    const owners = ids
      .filter(() => random.next() > 0.33)
      .flatMap((id) => Array.from({ length: 1 + random.below(ROWS_PER_CUSTOMER_MAX) }, () => id));
    await fill(database, entity, owners.length, random, ({ ref }, at) => {
      if (ref === 'customer') return owners[at]!;
      return ref === 'product' ? recordId('product', SOURCE, String(random.below(12))) : null;
    });
  }
  await fillMetrics(database, model, random, ids);
}

type Reference = (field: FieldDefinition, at: number) => string | null;

async function fill(
  database: Database,
  entity: EntityDefinition,
  count: number,
  random: Random,
  reference: Reference,
): Promise<void> {
  const fields = entity.fields.filter(
    (field) =>
      !field.derive &&
      !field.encrypted &&
      (field.type !== 'ref' || field.ref === 'customer' || field.ref === 'product'),
  );
  const rows = Array.from({ length: count }, (_, at) => [
    recordId(entity.code, SOURCE, String(at)),
    String(at),
    ...fields.map((field) => {
      if (field.ref) return reference(field, at);
      return field.required || random.next() > 0.25 ? anyValue(field, random) : null;
    }),
  ]);
  const target = { entity, columns: fields.map(({ code }) => code), source: SOURCE, asOf: AS_OF };
  await database.transaction((tx) => writeBulk(tx, target, [rows]));
}

/** What days would have computed: stored metrics of every unit, known or not, and tags. */
async function fillMetrics(database: Database, model: Model, random: Random, ids: readonly string[]): Promise<void> {
  const stored = storedMetrics(model);
  const tags = model.data('tags').map(({ value }) => value.code as string);
  const tiers = model.data('tiers').map(({ value }) => value.code as string);
  for (const id of ids) {
    const row = stored.map(({ unit }) => {
      if (random.next() < 0.2) return null;
      if (unit === 'date') return random.pick(values.date);
      if (unit === 'count' || unit === 'days' || unit === 'years') return random.pick(values.count);
      return random.pick(unit === 'percent' ? values.percent : values.money);
    });
    const columns = ['customer_id', 'as_of', 'tags', ...stored.map(({ code }) => code)].map((code) => ident(code).sql);
    await database.query(
      `insert into customer_metric (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')})
       on conflict (customer_id) do nothing`,
      [id, AS_OF, tags.filter(() => random.next() < 0.3), ...row],
    );
    await database.query('update customer set tier = $2, aum = $3 where id = $1', [
      id,
      random.pick(tiers),
      random.pick(values.money),
    ]);
  }
}
