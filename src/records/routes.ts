import { z } from 'zod';
import type { Context } from '#access';
import { jsonText, type Route, route } from '#http';
import { type EntityDefinition, type FieldDefinition, fieldTypes, type Model } from '#metadata';
import { countRows, limits, listRows } from './list.ts';
import { createRow, getRow, updateRow } from './rows.ts';

const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const params = z.strictObject({ id });
const list = (text: string) => text.split(',').filter((part) => part !== '');

const filterQuery = {
  filter: z
    .union([z.string().max(4000), z.array(z.string().max(4000))])
    .optional()
    .transform((value) => (value === undefined ? undefined : Array.isArray(value) ? value : [value]))
    .describe(
      'field:operator:value, repeatable; operators eq ne in gt gte lt lte between contains prefix is_null not_null',
    ),
  q: z.string().max(200).optional().describe('search: name, pinyin, initials, phone tail, number'),
};

const listQuery = z.strictObject({
  ...filterQuery,
  columns: z
    .string()
    .max(2000)
    .optional()
    .transform((value) => (value ? list(value) : undefined))
    .describe('field codes, comma-separated'),
  sort: z.string().max(60).optional().describe('field code, - before it for descending'),
  cursor: z.string().max(2000).optional().describe('`next` of the page before, or `prev` of the page after'),
  limit: z.coerce.number().int().min(1).max(limits.rowsMax).optional(),
});

const countQuery = z.strictObject({ ...filterQuery, exact: z.enum(['true', 'false']).optional() });

const reference = z.object({ id: z.string(), label: z.string().nullable() });

/** A field's value as it leaves the API. */
function outputShape(field: FieldDefinition): z.ZodType {
  if (field.type === 'ref') return reference.nullable();
  const shapes = {
    string: z.string(),
    integer: z.int(),
    boolean: z.boolean(),
    strings: z.array(z.string()),
    any: z.unknown(),
  };
  return shapes[fieldTypes[field.type].json].nullable().describe(`${field.label.zh} · ${field.label.en}`);
}

/** A field's value as it enters; the field type checks the rest and words the refusal. */
function inputShape(field: FieldDefinition): z.ZodType {
  return z
    .unknown()
    .describe(`${field.label.zh} · ${field.label.en} (${field.type}${field.required ? ', required' : ''})`);
}

function rowShape(entity: EntityDefinition): z.ZodType {
  const fields = entity.fields.filter((field) => !field.derive);
  const system = entity.storage === 'record' ? { version: z.int().optional() } : {};
  return z.object({
    id: z.string(),
    ...Object.fromEntries(fields.map((field) => [field.code, outputShape(field).optional()])),
    ...system,
  });
}

/** The routes of every entity: list, count, get, and create and update where the definition opens them. */
export function recordRoutes(model: Model): Route<Context>[] {
  return model.entities.flatMap((entity) => entityRoutes(entity));
}

function entityRoutes(entity: EntityDefinition): Route<Context>[] {
  const path = `/api/${entity.plural}`;
  const tag = entity.plural;
  const row = rowShape(entity);
  const writable = Object.fromEntries(
    entity.fields
      .filter((field) => !field.computed && !field.derive)
      .map((field) => [field.code, inputShape(field).optional()]),
  );
  const routes: Route<Context>[] = [
    route({
      method: 'GET',
      path,
      permission: `${entity.code}.read`,
      summary: { zh: `${entity.label.zh}列表`, en: `List of ${entity.plural}` },
      tag,
      query: listQuery,
      output: z.object({ rows: z.array(row), next: z.string().nullable(), prev: z.string().nullable() }),
      handler: async (ctx: Context, { query }) => jsonText(await listRows(ctx, entity, query)),
    }),
    route({
      method: 'GET',
      path: `${path}/count`,
      permission: `${entity.code}.read`,
      summary: { zh: `${entity.label.zh}数量`, en: `Number of ${entity.plural}` },
      tag,
      query: countQuery,
      output: z.object({ count: z.int(), capped: z.boolean() }),
      handler: async (ctx: Context, { query }) => countRows(ctx, entity, { ...query, exact: query.exact === 'true' }),
    }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      permission: `${entity.code}.read`,
      summary: { zh: `查看${entity.label.zh}`, en: `One ${entity.code}` },
      tag,
      params,
      output: row,
      handler: async (ctx: Context, { params: { id } }) => jsonText(await getRow(ctx, entity, id)),
    }),
  ];
  if (entity.write.create) {
    routes.push(
      route({
        method: 'POST',
        path,
        permission: `${entity.code}.create`,
        summary: { zh: `新建${entity.label.zh}`, en: `Create a ${entity.code}` },
        tag,
        body: z.strictObject(writable),
        output: row,
        status: 201,
        handler: async (ctx: Context, { body }) =>
          jsonText(await getRow(ctx, entity, await createRow(ctx, entity, body))),
      }),
    );
  }
  if (entity.write.update) {
    routes.push(
      route({
        method: 'PATCH',
        path: `${path}/:id`,
        permission: `${entity.code}.update`,
        summary: { zh: `修改${entity.label.zh}`, en: `Change a ${entity.code}` },
        tag,
        params,
        body: z.strictObject({ ...writable, version: z.int().min(1) }),
        output: row,
        handler: async (ctx: Context, { params: { id }, body }) => {
          await updateRow(ctx, entity, id, body as { version: number });
          return jsonText(await getRow(ctx, entity, id));
        },
      }),
    );
  }
  return routes;
}
