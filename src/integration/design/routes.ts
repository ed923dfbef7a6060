import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Context } from '#access';
import { type Route, route } from '#http';
import { dateIn, Failure, isDate } from '#kernel';
import { uploadKinds } from '../failures.ts';
import { dateInNames } from '../feeds/arrivals.ts';
import { inspectFile } from '../files/inspect.ts';
import { startDryRun } from '../gate/start.ts';
import { readUpload, uploadFolder } from '../gate/uploads.ts';
import { formatDefinitionSchema, type Mapping } from '../mapping/definition.ts';
import { type MappingDocument, parseMapping } from '../mapping/read.ts';
import { currentMapping, mappingText, mappingVersions, saveMapping } from '../mapping/store.ts';
import { findMappingText } from '../places.ts';
import { codeValues } from './codes.ts';
import { previewMapping } from './preview.ts';
import { suggestCodes, suggestEntity, suggestFields } from './suggest.ts';

const limits = { textLengthMax: 200_000, noteLengthMax: 200 };

const id = z.string().regex(/^[1-9]\d{0,18}$/);
const code = z.string().min(1).max(60);
const date = z.string().refine(isDate, 'a date is YYYY-MM-DD').optional();
const yaml = z.string().min(1).max(limits.textLengthMax);
const anything = z.record(z.string(), z.unknown());

const mappingShape = z.object({
  code: z.string(),
  /** 0: it stands in a file. */
  version: z.number(),
  text: z.string(),
  mapping: anything,
  versions: z.array(
    z.object({ version: z.number(), note: z.string().nullable(), createdAt: z.string(), createdBy: z.string() }),
  ),
});

const cell = z.object({ value: z.string().nullable(), error: z.string().optional() });
const previewShape = z.array(
  z.object({
    entity: z.string(),
    file: z.string().nullable(),
    fields: z.array(z.string()),
    rows: z.array(z.object({ line: z.number(), key: cell, cells: z.array(cell), error: z.string().optional() })),
    read: z.number(),
    skipped: z.number(),
    faulty: z.number(),
  }),
);

const columnShape = z.object({
  name: z.string(),
  start: z.number().optional(),
  length: z.number().optional(),
  type: z.enum(['text', 'integer', 'decimal', 'date', 'datetime']),
  format: z.string().optional(),
  pattern: z.string().nullable(),
  samples: z.array(z.string()),
  empty: z.number(),
  distinct: z.number(),
});

const inspectionShape = z.object({
  name: z.string(),
  bytes: z.number(),
  compression: z.string(),
  entries: z.array(z.object({ name: z.string(), bytes: z.number() })),
  format: anything.nullable(),
  encoding: z.string().nullable(),
  sheets: z.array(z.string()),
  columns: z.array(columnShape),
  rows: z.object({ sampled: z.number(), faulty: z.number(), estimated: z.number().nullable() }),
  problem: z.string().nullable(),
  /** The entity that the columns fit best. */
  entity: z.string(),
  /** By entity: which column could fill which field. */
  suggestions: z.record(z.string(), z.record(z.string(), z.string())),
  /** Values of columns that repeat few values, and by field with options what they may mean (`entity.field`). */
  values: z.record(z.string(), z.array(z.string())),
  codes: z.record(z.string(), z.record(z.string(), z.string())),
});

/** Mappings as people make them: looking at files, trying, saving. */
export function designRoutes(home: string): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/api/load-targets',
      permission: 'loads.read',
      summary: { zh: '可以装载的内容与字段', en: 'What files can become: entities and their fields' },
      tag: 'loads',
      output: z.array(
        z.looseObject({
          code: z.string(),
          label: z.object({ zh: z.string(), en: z.string() }),
          storage: z.enum(['record', 'fact']),
          fields: z.array(z.looseObject({ code: z.string(), type: z.string() })),
        }),
      ),
      // The names of fields are no secret to who designs, whatever of their values he may see.
      handler: async ({ model }: Context) =>
        model.entities.map(({ code: named, label, storage, fields }) => ({
          code: named,
          label,
          storage,
          fields: fields
            .filter((field) => !field.computed && !field.derive)
            .map((field) => ({
              code: field.code,
              label: field.label,
              type: field.type,
              required: (field.required ?? false) && field.default === undefined,
              ...(field.help && { help: field.help }),
              ...(field.options && {
                options: field.options.map((option) => ({ code: option.code, label: option.label })),
              }),
              ...(field.ref && { ref: field.ref }),
            })),
        })),
    }),
    route({
      method: 'GET',
      path: '/api/load-mappings/:code',
      permission: 'loads.read',
      summary: { zh: '一个映射及其历史版本', en: 'A mapping with its versions' },
      tag: 'loads',
      params: z.strictObject({ code }),
      query: z.strictObject({ version: z.coerce.number().int().min(1).optional() }),
      output: mappingShape,
      handler: (ctx: Context, { params, query }) => readOne(ctx, home, params.code, query.version),
    }),
    route({
      method: 'PUT',
      path: '/api/load-mappings/:code',
      permission: 'mappings.edit',
      summary: { zh: '保存映射的新版本', en: 'Save a new version of a mapping' },
      tag: 'loads',
      params: z.strictObject({ code }),
      body: z.strictObject({
        text: yaml,
        version: z.int().min(0),
        note: z.string().trim().max(limits.noteLengthMax).optional(),
      }),
      output: mappingShape,
      handler: async (ctx: Context, { params, body }) => {
        const { text, version, note } = body;
        await ctx.database.transaction((tx) =>
          saveMapping(tx, ctx, { text, version, note: note || null }, params.code),
        );
        return readOne(ctx, home, params.code);
      },
    }),
    route({
      method: 'POST',
      path: '/api/load-designs/convert',
      permission: 'loads.read',
      summary: { zh: '映射：文本与结构互换', en: 'A mapping as text or as structure' },
      tag: 'loads',
      body: z.union([z.strictObject({ text: yaml }), z.strictObject({ mapping: anything })]),
      output: z.object({ text: z.string(), mapping: anything }),
      handler: async (_: Context, { body }) => {
        const text = 'text' in body ? body.text : textOf(body.mapping);
        return { text, mapping: parseMapping(text, 'mapping.yaml').mapping };
      },
    }),
    route({
      method: 'POST',
      path: '/api/load-designs/inspect',
      permission: 'mappings.edit',
      summary: { zh: '识别一个上传的文件', en: 'Find out what an uploaded file is' },
      tag: 'loads',
      body: z.strictObject({
        upload: id,
        file: z.string().min(1).max(200),
        entry: z.string().min(1).max(200).optional(),
        format: formatDefinitionSchema.partial().optional(),
      }),
      output: inspectionShape,
      handler: (ctx: Context, { body }) => inspectOne(ctx, home, body),
    }),
    route({
      method: 'POST',
      path: '/api/load-designs/preview',
      permission: 'mappings.edit',
      summary: { zh: '预览前 50 行装载后的样子', en: 'The first 50 rows as they would be loaded' },
      tag: 'loads',
      body: z.strictObject({ upload: id, text: yaml, date }),
      output: previewShape,
      handler: async (ctx: Context, { body }) => {
        const upload = await readUpload(ctx.database, ctx.actor, body.upload);
        const folder = uploadFolder(home, upload);
        const today = ctx.institution.businessDate ?? dateIn(ctx.institution.zone, ctx.clock());
        const document = parseMapping(body.text, 'mapping.yaml');
        const names = upload.files.map(({ name }) => name);
        return previewMapping(ctx, {
          document,
          folder,
          date: body.date ?? dateInNames(document.mapping, names) ?? today,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/load-designs/dry-run',
      permission: 'mappings.edit',
      summary: { zh: '用全部数据试装载，不写入', en: 'Try a mapping over whole files without writing' },
      tag: 'loads',
      status: 202,
      body: z.strictObject({ upload: id, text: yaml, date }),
      output: z.object({ run: z.string() }),
      handler: async (ctx: Context, { body }) => ({ run: await startDryRun(ctx, home, body) }),
    }),
  ];
}

/** A mapping as people keep it: wide enough that a field stands on one line. */
function textOf(mapping: unknown): string {
  return stringify(mapping, { lineWidth: 120, flowCollectionPadding: true });
}

async function readOne(ctx: Context, home: string, named: string, version?: number) {
  const { database } = ctx;
  const current = await currentMapping(database, home, named);
  const text =
    version === undefined
      ? (current.text ?? findMappingText(home, named))
      : await mappingText(database, named, version);
  const document: MappingDocument = version === undefined ? current.document : parseMapping(text, `${named}.yaml`);
  const versions = await mappingVersions(database, named);
  return { code: named, version: current.version, text, mapping: document.mapping, versions };
}

interface InspectInput {
  upload: string;
  file: string;
  entry?: string | undefined;
  format?: Partial<NonNullable<Mapping['format']>> | undefined;
}

async function inspectOne(ctx: Context, home: string, input: InspectInput): Promise<z.infer<typeof inspectionShape>> {
  const upload = await readUpload(ctx.database, ctx.actor, input.upload);
  const folder = uploadFolder(home, upload);
  if (!upload.files.some(({ name }) => name === input.file)) throw new Failure(uploadKinds.missing, { id: input.file });
  const path = join(folder, input.file);
  const options = { ...input.format, ...(input.entry === undefined ? {} : { entry: input.entry }) };
  const found = await inspectFile(path, options);
  const { model, language } = ctx;
  const { columns, rows } = found;
  const repeating = columns.filter(({ distinct }) => distinct > 0 && distinct <= 20 && 2 * distinct <= rows.sampled);
  const values = await codeValues(path, input.entry, found, new Set(repeating.map(({ name }) => name)));
  const suggestions: Record<string, Record<string, string>> = {};
  const codes: Record<string, Record<string, string>> = {};
  for (const entity of model.entities) {
    const fields = suggestFields(entity, columns);
    if (Object.keys(fields).length === 0) continue;
    suggestions[entity.code] = fields;
    for (const [field, column] of Object.entries(fields)) {
      const definition = entity.fields.find((each) => each.code === field)!;
      const table = suggestCodes(definition, values[column] ?? []);
      if (table) codes[`${entity.code}.${field}`] = table;
    }
  }
  return {
    name: found.name,
    bytes: found.bytes,
    compression: found.compression,
    entries: found.entries.map(({ name, bytes }) => ({ name, bytes })),
    format: found.format ?? null,
    encoding: found.encoding?.label ?? null,
    sheets: found.sheets,
    columns,
    rows,
    problem: found.problem?.text(language) ?? null,
    entity: suggestEntity(model, columns),
    suggestions,
    values,
    codes,
  };
}
