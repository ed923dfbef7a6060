import type { Database, Queryable, Transaction } from '#database';
import type { Clock } from '#kernel';
import { columnOf, type EntityDefinition, fieldOf, indexColumn, indexFormOf, type Model } from '#metadata';
import { fieldKeys } from '#vault';
import { comparedName, type IdentityRule, identityRules } from './identity-rules.ts';

/** A number under which a system knows a customer. */
export interface ExternalId {
  system: string;
  key: string;
}

const nameOf = ({ system, key }: ExternalId) => `${system}\u0000${key}`;

/**
 * The customers to whom numbers of other systems lead, by `system`, a zero character and the number. A number that is not among
 * them means the customer whose id is its hash, if there is one.
 */
export async function followIdentities(db: Queryable, ids: readonly ExternalId[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ system: string; external_id: string; customer_id: string }>(
    `select i.system, i.external_id, i.customer_id from customer_identity i
      where (i.system, i.external_id) in (select * from unnest($1::text[], $2::text[]))`,
    [ids.map(({ system }) => system), ids.map(({ key }) => key)],
  );
  return new Map(rows.map((row) => [nameOf({ system: row.system, key: row.external_id }), row.customer_id]));
}

/** A row of customers that is about to be written: its hashed id, its number at the source, and values by field code. */
export interface NewCustomer {
  id: string;
  key: string;
  value(field: string): string | null;
}

/** Which rows of a load of customers are customers whom the program knows already, under another system's number. */
export interface Identifier {
  /** The customer of each row that is known already; rows that are new or the source's own are not among them. */
  known<Row extends NewCustomer>(rows: readonly Row[]): Promise<Map<Row, string>>;
  /** Writes what was found new, in the transaction of the load; returns how many numbers lead to a known customer now. */
  write(tx: Transaction, clock: Clock): Promise<number>;
}

/**
 * For one load: numbers that are in the identity map lead where it says. With `rules` (all certain ones) further rows are known by
 * what they have in common with customers of other systems, provided that exactly one customer fits.
 */
export function createIdentifier(
  database: Database,
  model: Model,
  { source, byRules }: { source: string; byRules: boolean },
): Identifier {
  const customer = model.entity('customer');
  const rules = byRules ? identityRules(model).filter(({ strength }) => strength === 'certain') : [];
  const found: { key: string; id: string; rule: string }[] = [];
  return {
    async known<Row extends NewCustomer>(rows: readonly Row[]) {
      const mapped = await followIdentities(
        database,
        rows.map(({ key }) => ({ system: source, key })),
      );
      const result = new Map<Row, string>();
      for (const row of rows) {
        const id = mapped.get(nameOf({ system: source, key: row.key }));
        if (id !== undefined) result.set(row, id);
      }
      if (rules.length === 0) return result;
      const { rows: own } = await database.query<{ id: string }>(
        'select id from customer where id = any($1::bigint[])',
        [rows.map(({ id }) => id)],
      );
      const present = new Set(own.map(({ id }) => id));
      let open = rows.filter((row) => !result.has(row) && !present.has(row.id));
      for (const rule of rules) {
        const matches = await matchesOf(database, customer, rule, source, open);
        for (const [row, id] of matches) {
          result.set(row, id);
          found.push({ key: row.key, id, rule: rule.code });
        }
        open = open.filter((row) => !matches.has(row));
      }
      return result;
    },
    async write(tx, clock) {
      if (found.length === 0) return 0;
      const { rowCount } = await tx.query(
        `insert into customer_identity (system, external_id, customer_id, rule, since)
          select $1, f.key, f.id, f.rule, $5 from unnest($2::text[], $3::bigint[], $4::text[]) f(key, id, rule) on conflict do nothing`,
        [
          source,
          found.map(({ key }) => key),
          found.map(({ id }) => id),
          found.map(({ rule }) => rule),
          clock().toISOString(),
        ],
      );
      return rowCount;
    },
  };
}

/** The one customer of another system who equals a row in all fields of a rule. */
async function matchesOf<Row extends NewCustomer>(
  database: Database,
  customer: EntityDefinition,
  rule: IdentityRule,
  source: string,
  rows: readonly Row[],
): Promise<Map<Row, string>> {
  const matches = new Map<Row, string>();
  const asked = rows.filter((row) => rule.same.every((code) => row.value(code) !== null));
  // One field is looked up by its index, the others are compared.
  const leading = rule.same.find((code) => code !== 'name');
  if (asked.length === 0 || leading === undefined) return matches;
  const fields = rule.same.map((code) => fieldOf(customer, code)!);
  const keys = fields.some((field) => field.encrypted) ? await fieldKeys(database, customer.code) : undefined;
  const formsOf = (row: Row, code: string): string[] => {
    const field = fieldOf(customer, code)!;
    const value = row.value(code)!;
    if (code === 'name') return [comparedName(value)];
    return field.encrypted ? keys!.indexes(columnOf(field), indexFormOf(field), value) : [value];
  };
  const column = (code: string) => {
    const field = fieldOf(customer, code)!;
    return field.encrypted ? indexColumn(field) : columnOf(field);
  };
  const { rows: candidates } = await database.query<Record<string, string | null> & { id: string }>(
    `select c.id, ${rule.same.map((code) => `c."${column(code)}" as "${code}"`).join(', ')} from customer c
      where c."${column(leading)}" = any($1::text[]) and c.erased_on is null and c.source is distinct from $2`,
    [asked.flatMap((row) => formsOf(row, leading)), source],
  );
  const byLeading = Map.groupBy(candidates, (candidate) => candidate[leading]);
  for (const row of asked) {
    const near = formsOf(row, leading).flatMap((form) => byLeading.get(form) ?? []);
    const fitting = near.filter((candidate) =>
      rule.same.every((code) => {
        const value = candidate[code];
        if (value === null || value === undefined) return false;
        return formsOf(row, code).includes(code === 'name' ? comparedName(value) : value);
      }),
    );
    const ids = new Set(fitting.map(({ id }) => id));
    if (ids.size === 1) matches.set(row, fitting[0]!.id);
  }
  return matches;
}
