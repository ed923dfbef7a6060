import {
  type Action,
  type Context,
  fieldRight,
  guardChange,
  guardWrite,
  mayRead,
  mayWrite,
  scopeCondition,
} from '#access';
import { record } from '#audit';
import { ident, join, raw, type Sql, sql, sqlState, type Transaction } from '#database';
import { Failure } from '#kernel';
import {
  columnOf,
  derivations,
  type EntityDefinition,
  type FieldDefinition,
  fieldOf,
  fieldTypes,
  indexColumn,
  type Model,
  newId,
} from '#metadata';
import { unseal, vaultKinds } from '#vault';
import { noteChanges, noteDependents, noteHouseholds, tellRecords } from './changes.ts';
import { selectList, titleOf, visibleFields } from './columns.ts';
import { kinds } from './failures.ts';
import { planned } from './planned.ts';
import { auditValuesOf, columnValues, indexesOf, readSealedFields } from './sealing.ts';
import { accept, fieldKinds } from './values.ts';

/** One row as JSON text with every field that the actor may see, and its version. */
export async function getRow(ctx: Context, entity: EntityDefinition, id: string): Promise<string> {
  if (!mayRead(ctx.actor, entity)) throw new Failure(kinds.not_found, { entity: entity.label });
  const extra =
    entity.storage === 'record' ? ['t.version', 't.created_at', 't.updated_at', 't.source', 't.as_of'] : ['t.source'];
  const columns = selectList(
    ctx.model,
    ctx.actor,
    visibleFields(ctx.model, ctx.actor, entity),
    't',
    extra,
    ctx.language,
  );
  const { rows } = await ctx.database.query<{ row: string }>(
    planned(
      'get',
      sql`select (select to_json(x)::text from (select ${columns}) x) as row from ${raw(ident(entity.code).sql)} t
        where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, entity, 't')} limit 1`,
    ),
  );
  if (!rows[0]) throw new Failure(kinds.not_found, { entity: entity.label });
  return unseal(ctx.database, rows[0].row);
}

type Input = Record<string, unknown>;

/** Creates a row from a person's input; returns its id. Every field is checked; references must exist and be in reach. */
export async function createRow(ctx: Context, entity: EntityDefinition, input: Input): Promise<string> {
  const id = await withinReach(entity, () => ctx.database.transaction((tx) => createRowIn(ctx, tx, entity, input)));
  forgetRights(ctx, entity);
  return id;
}

const ROW_SECURITY_VIOLATED = '42501';

/** Row security refuses what leads out of reach before our own check comes to it; both say the same. */
async function withinReach<T>(entity: EntityDefinition, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (sqlState(error) !== ROW_SECURITY_VIOLATED) throw error;
    throw new Failure(kinds.out_of_scope, { entity: entity.label });
  }
}

/** The same within a transaction of the caller. */
export async function createRowIn(
  ctx: Context,
  tx: Transaction,
  entity: EntityDefinition,
  input: Input,
): Promise<string> {
  if (!mayWrite(ctx.actor, entity, 'create')) throw new Failure(kinds.not_writable, { entity: entity.label });
  const values = readInput(ctx, entity, input);
  for (const field of entity.fields) {
    if (!values.has(field) && field.default !== undefined) values.set(field, defaultValue(ctx, field, field.default));
    if (field.required && (values.get(field) ?? null) === null) {
      throw new Failure(fieldKinds.required, { label: field.label }, field.code);
    }
  }
  ownNewCustomer(ctx, entity, values);
  await checkReferences(ctx, tx, values);
  await checkUnique(ctx, tx, entity, values, null);
  const id = newId(ctx.clock);
  await insertValues(ctx, tx, entity, id, values);
  await guardWrite(ctx, tx, entity, id, codesOf(values));
  await refuseOutOfScope(ctx, tx, entity, id, 'create');
  return id;
}

/** A default is a value, or `me` for a reference to a user, or `now` for an instant. */
function defaultValue(ctx: Context, field: FieldDefinition, text: string): string | null {
  if (field.ref === 'user' && text === 'me') return ctx.actor.userId;
  if (field.type === 'datetime' && text === 'now') return ctx.clock().toISOString();
  return fieldTypes[field.type].parse(text, field);
}

/** Who creates a customer and names nobody else owns it, in the branch that his team belongs to: customers are no team's. */
function ownNewCustomer(ctx: Context, entity: EntityDefinition, values: Map<FieldDefinition, string | null>): void {
  if (entity.code !== 'customer') return;
  const { userId, orgUnitId, posts } = ctx.actor;
  const home = posts.find((post) => post.userId === userId && post.unitId === orgUnitId);
  const defaults = { owner: userId, branch: home?.branchId ?? orgUnitId };
  for (const [code, value] of Object.entries(defaults)) {
    const field = fieldOf(entity, code)!;
    if ((values.get(field) ?? null) === null) values.set(field, value);
  }
}

/** Nobody writes a row out of his own sight: handing customers over is an act of its own. */
async function refuseOutOfScope(
  ctx: Context,
  tx: Transaction,
  entity: EntityDefinition,
  id: string,
  action: Action,
): Promise<void> {
  const { rowCount } = await tx.query(
    sql`select from ${raw(ident(entity.code).sql)} t where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, entity, 't', action)}`,
  );
  if (rowCount === 0) throw new Failure(kinds.out_of_scope, { entity: entity.label });
}

/** Writes checked values as a new row, with derived columns and the audit event. For engines too, which set computed fields. */
export async function insertValues(
  ctx: Pick<Context, 'actor' | 'clock'>,
  tx: Transaction,
  entity: EntityDefinition,
  id: string,
  values: Map<FieldDefinition, string | null>,
): Promise<void> {
  const customerId = customerOf(entity, id, values);
  const columns = await columnValues(tx, entity, { id, customerId }, withDerived(entity, values));
  const now = ctx.clock().toISOString();
  const names = ['id', ...columns.map(({ column }) => column), 'created_at', 'created_by', 'updated_at', 'updated_by'];
  const parameters: Sql[] = [
    sql`${id}::bigint`,
    ...columns.map(({ type, value }) => sql`${value}::${raw(type)}`),
    sql`${now}`,
    sql`${ctx.actor.userId}::bigint`,
    sql`${now}`,
    sql`${ctx.actor.userId}::bigint`,
  ];
  await tx.query(
    sql`insert into ${raw(ident(entity.code).sql)} (${raw(names.map((name) => ident(name).sql).join(', '))}) values (${join(parameters)})`,
  );
  await noteRow(tx, entity, customerId, [null, householdIn(entity, values)]);
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'create',
    entity: entity.code,
    recordId: id,
    customerId,
    detail: { after: auditValuesOf(values) },
  });
}

/** Changes fields of a row. `version` is the one that the person saw: a row that changed since is refused. */
export async function updateRow(
  ctx: Context,
  entity: EntityDefinition,
  id: string,
  input: Input & { version: number },
): Promise<void> {
  if (!mayWrite(ctx.actor, entity, 'update')) throw new Failure(kinds.not_writable, { entity: entity.label });
  const { version, ...changes } = input;
  const values = readInput(ctx, entity, changes);
  for (const [field, value] of values) {
    if (field.code === 'customer') throw new Failure(kinds.field_not_writable, { field: field.label }, field.code);
    if (field.required && value === null) throw new Failure(fieldKinds.required, { label: field.label }, field.code);
  }
  const write = async (tx: Transaction) => {
    await guardChange(ctx, tx, entity, id, new Map([...values].map(([field, value]) => [field.code, value])));
    await checkReferences(ctx, tx, values);
    await updateValues(ctx, tx, entity, id, version, values);
    await guardWrite(ctx, tx, entity, id, codesOf(values));
    await refuseOutOfScope(ctx, tx, entity, id, 'update');
  };
  await withinReach(entity, () => ctx.database.transaction(write));
  forgetRights(ctx, entity);
}

const codesOf = (values: Map<FieldDefinition, string | null>) => [...values.keys()].map((field) => field.code);

/** Rows of which people's rights are made: whoever wrote one sees at his next request what it did. */
const RIGHTS = new Set(['user', 'post', 'delegation', 'customer_member', 'org_unit']);

function forgetRights(ctx: Context, entity: EntityDefinition): void {
  if (RIGHTS.has(entity.code)) ctx.forgetRights?.();
}

/** Writes checked values over a row in scope, with derived columns, version and the audit event of before and after. */
export async function updateValues(
  ctx: Context,
  tx: Transaction,
  entity: EntityDefinition,
  id: string,
  version: number,
  values: Map<FieldDefinition, string | null>,
): Promise<void> {
  const table = raw(ident(entity.code).sql);
  const fields = [...values.keys()];
  const before = fields.map((field) => `t.${ident(columnOf(field)).sql}::text as ${ident(field.code).sql}`);
  const { rows } = await tx.query<
    Record<string, string | null> & { row_version: string; row_customer: string | null; row_erased: string | null }
  >(
    sql`select ${raw([...before, `t.version::text as row_version`, `${erasedSql(entity)} as row_erased`, `${entity.scope === 'customer' ? 't.customer_id' : 'null'}::text as row_customer`].join(', '))}
      from ${table} t where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, entity, 't', 'update')} for update`,
  );
  const found = rows[0];
  if (!found) throw new Failure(kinds.not_found, { entity: entity.label });
  if (found.row_erased) throw new Failure(vaultKinds.erased);
  if (Number(found.row_version) !== version)
    throw new Failure(kinds.version_stale, { version: found.row_version }, 'version');
  // Not before: who changes nothing must not learn which values stand elsewhere.
  await checkUnique(ctx, tx, entity, values, id);
  const sealed = fields.filter((field) => field.encrypted);
  Object.assign(found, await readSealedFields(tx, entity, sealed, id));
  const changed = new Map([...values].filter(([field, value]) => found[field.code] !== value));
  if (changed.size === 0) return;
  const customerId = entity.code === 'customer' ? id : (found.row_customer ?? undefined);
  const columns = await columnValues(tx, entity, { id, customerId }, withDerived(entity, changed));
  const assignments = columns.map(({ column, type, value }) => sql`${raw(ident(column).sql)} = ${value}::${raw(type)}`);
  await tx.query(
    sql`update ${table} set ${join(assignments)}, version = version + 1, updated_at = ${ctx.clock().toISOString()},
      updated_by = ${ctx.actor.userId}::bigint where id = ${id}::bigint`,
  );
  if (customerId === undefined) await noteDependents(tx, entity, id);
  await noteRow(tx, entity, customerId, [found.household, householdIn(entity, changed)]);
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'update',
    entity: entity.code,
    recordId: id,
    customerId,
    detail: {
      before: auditValuesOf([...changed.keys()].map((field) => [field, found[field.code] ?? null])),
      after: auditValuesOf(changed),
    },
  });
}

/** Notes a row that was written; a customer who enters or leaves a household concerns its other members. */
async function noteRow(
  tx: Transaction,
  entity: EntityDefinition,
  customerId: string | undefined,
  [left, entered]: (string | null | undefined)[],
): Promise<void> {
  await tellRecords(tx, entity);
  if (customerId === undefined) return;
  await noteChanges(tx, [{ customerId, entity: entity.code, date: null }]);
  if (entered !== undefined) await noteHouseholds(tx, [left, entered]);
}

/** The household that is written, if the row is a customer and it is among the values. */
function householdIn(entity: EntityDefinition, values: Map<FieldDefinition, string | null>): string | null | undefined {
  const field = entity.code === 'customer' ? fieldOf(entity, 'household') : undefined;
  return field && values.get(field);
}

/** SQL of a text where the row is a customer whose personal data was erased: nothing is written over that. */
function erasedSql(entity: EntityDefinition): string {
  if (entity.code !== 'customer') return 'null::text';
  return '(select ps.erased_at::text from customer_salt ps where ps.customer_id = t.id)';
}

function customerOf(
  entity: EntityDefinition,
  id: string,
  values: Map<FieldDefinition, string | null>,
): string | undefined {
  if (entity.code === 'customer') return id;
  const field = entity.scope === 'customer' ? fieldOf(entity, 'customer') : undefined;
  return field ? (values.get(field) ?? undefined) : undefined;
}

/** Reads input by the entity's definition; refuses unknown, computed and hidden fields. A masked field may be set anew, never read back. */
function readInput(
  ctx: { model: Model; actor: Context['actor'] },
  entity: EntityDefinition,
  input: Input,
): Map<FieldDefinition, string | null> {
  const values = new Map<FieldDefinition, string | null>();
  for (const [code, value] of Object.entries(input)) {
    const field = fieldOf(entity, code);
    if (!field || field.derive) throw new Failure(kinds.field_unknown, { entity: entity.label, field: code }, code);
    if (field.computed) throw new Failure(kinds.field_not_writable, { field: field.label }, code);
    const right = fieldRight(ctx.model, ctx.actor, entity, field);
    if (right.see === 'hidden') throw new Failure(kinds.field_unknown, { entity: entity.label, field: code }, code);
    if (!right.edit) throw new Failure(kinds.field_not_writable, { field: field.label }, code);
    values.set(field, accept(value, field));
  }
  return values;
}

function* withDerived(
  entity: EntityDefinition,
  values: Map<FieldDefinition, string | null>,
): Generator<[FieldDefinition, string | null]> {
  yield* values;
  for (const field of entity.fields) {
    if (!field.derive) continue;
    const from = fieldOf(entity, field.derive.from)!;
    const value = values.get(from);
    if (value !== undefined) yield [field, value === null ? null : derivations[field.derive.function](value)];
  }
}

async function checkReferences(
  ctx: Context,
  tx: Transaction,
  values: Map<FieldDefinition, string | null>,
): Promise<void> {
  for (const [field, value] of values) {
    if (field.type !== 'ref' || value === null) continue;
    const target = ctx.model.entity(field.ref!);
    const { rowCount } = await tx.query(
      sql`select from ${raw(ident(target.code).sql)} t where t.id = ${value}::bigint and ${scopeCondition(ctx.model, ctx.actor, target, 't')} limit 1`,
    );
    if (rowCount === 0) throw new Failure(fieldKinds.missing_ref, { label: field.label }, field.code);
  }
}

async function checkUnique(
  ctx: Context,
  tx: Transaction,
  entity: EntityDefinition,
  values: Map<FieldDefinition, string | null>,
  id: string | null,
): Promise<void> {
  for (const [field, value] of values) {
    if (!field.unique || value === null) continue;
    if (field.encrypted) {
      await refuseSealedDuplicate(ctx, tx, entity, field, value, id);
      continue;
    }
    const { rowCount } = await tx.query(
      sql`select from ${raw(ident(entity.code).sql)} t where t.${raw(ident(columnOf(field)).sql)} = ${value}
        and t.id is distinct from ${id}::bigint limit 1`,
    );
    if (rowCount > 0)
      throw new Failure(kinds.duplicate, { entity: entity.label, field: field.label, value }, field.code);
  }
}

/** A sealed value that stands elsewhere already: named where the person reaches that row, else only said to be there. */
async function refuseSealedDuplicate(
  ctx: Context,
  tx: Transaction,
  entity: EntityDefinition,
  field: FieldDefinition,
  value: string,
  id: string | null,
): Promise<void> {
  const indexes = await indexesOf(tx, entity, field, [value]);
  const { rows } = await tx.query<{ taken: boolean; title: string | null }>(
    sql`select index_taken(${entity.code}, ${columnOf(field)}, ${indexes}::text[], ${id}::bigint) as taken,
      (select ${raw(titleOf(ctx.model, ctx.actor, entity, 't'))} from ${raw(ident(entity.code).sql)} t
        where t.${raw(ident(indexColumn(field)).sql)} = any(${indexes}::text[]) and t.id is distinct from ${id}::bigint
          and ${scopeCondition(ctx.model, ctx.actor, entity, 't')} limit 1) as title`,
  );
  const { taken, title } = rows[0]!;
  if (!taken) return;
  const params = { entity: entity.label, field: field.label, title };
  throw new Failure(title === null ? kinds.duplicate_elsewhere : kinds.duplicate_sealed, params, field.code);
}
