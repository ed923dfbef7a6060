import { z } from 'zod';
import { type Route, route } from '#http';
import { DEFINITION_KINDS } from '#metadata';
import {
  cancel,
  changeApproval,
  check,
  type DesignContext,
  deleteDraft,
  kindOf,
  listDefinitions,
  publish,
  readApproval,
  readDefinition,
  retire,
  revert,
  saveDraft,
} from './definitions.ts';
import { readRuleChoices } from './rule-choices.ts';
import { readVocabulary } from './vocabulary.ts';

const text = z.object({ zh: z.string(), en: z.string() });
const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
const kind = z.enum(DEFINITION_KINDS);
const ofKind = z.object({ kind: z.string().max(20) });
const ofCode = z.object({ kind: z.string().max(20), code });
const note = z.string().trim().max(500).nullish();

/** A definition as it is sent: code and name at least; the rest is checked by its kind. */
export const bodyShape = z.looseObject({
  code,
  label: z.strictObject({ zh: z.string().min(1).max(100), en: z.string().min(1).max(100) }),
});

const reference = z.object({ kind: z.string(), code: z.string(), label: text });

/** One definition as lists show it. */
export const definitionShape = z.object({
  code: z.string(),
  label: text,
  description: text.optional(),
  source: z.enum(['pack', 'own', 'changed']),
  status: z.enum(['published', 'draft', 'retired']),
  version: z.int(),
  body: z.unknown(),
  draft: z
    .object({
      version: z.int(),
      body: z.unknown(),
      note: z.string().nullable(),
      by: z.string().nullable(),
      at: z.string(),
      requestedBy: z.string().nullable().describe('who asked for its publication and waits for another person'),
      requestedByMe: z.boolean().describe('whether that is the reader, who cannot approve it'),
      job: z.string().nullable().describe('the job that publishes it at this moment'),
    })
    .optional(),
  usedBy: z.array(reference),
  health: z.object({
    size: z.int().optional().describe('customers within the reach of the reader'),
    lastChange: z.string().optional(),
    error: text.optional().describe('why it is out of force although published'),
  }),
  sentence: text.optional().describe('its condition in words'),
  parameter: z
    .object({ value: z.unknown(), packValue: z.unknown(), type: z.string(), min: z.string(), max: z.string() })
    .optional(),
});

const version = z.object({
  version: z.int(),
  status: z.enum(['draft', 'published', 'retired']),
  body: z.unknown(),
  note: z.string().nullable(),
  by: z.string().nullable(),
  at: z.string().nullable(),
});

const wholeDefinition = definitionShape.extend({ versions: z.array(version) });

const issue = z.object({
  path: z.string(),
  position: z.object({ from: z.int(), to: z.int() }).optional(),
  message: text,
});

const effect = z.object({
  kind: z.enum(['tags', 'tiers', 'segments']),
  code: z.string(),
  entering: z.int(),
  leaving: z.int(),
});

/** What checking a definition tells. */
export const checkShape = z.object({
  ok: z.boolean(),
  issues: z.array(issue),
  preview: z
    .object({
      matches: z.int(),
      capped: z.boolean(),
      sample: z.array(
        z.object({ id: z.string(), name: z.string().nullable(), values: z.record(z.string(), z.string().nullable()) }),
      ),
      sentence: text.optional(),
      effects: z.array(effect).optional(),
      moves: z
        .array(z.object({ from: z.string().nullable(), to: z.string().nullable(), count: z.int() }))
        .optional()
        .describe('of tiers: how many would go from where to where'),
    })
    .optional(),
});

const publication = z.object({ job: z.string().optional(), waiting: z.boolean().optional() });

const plainName = z.object({
  code: z.string(),
  label: text,
  aliases: z.array(z.string()),
  type: z.string(),
  unit: z.string(),
  given: z.enum(['row', 'context']),
  notNull: z.boolean(),
  group: z.object({ code: z.string(), label: text }),
  options: z.array(z.object({ code: z.string(), label: text })).optional(),
  description: text.optional(),
  search: z.string().describe('pinyin and initials of the Chinese label'),
  value: z.string().optional().describe('what a parameter is now'),
});
const name = plainName.extend({
  fields: z.array(plainName).optional().describe('of related records: the fields of each'),
});
const labelled = z.looseObject({ code: z.string(), label: text });

export const vocabularyShape = z.object({
  names: z.array(name),
  functions: z.array(z.object({ name: z.string(), about: text, usage: text, gives: z.string(), givesLabel: text })),
  windows: z.array(labelled),
  units: z.array(labelled),
  aggregates: z.array(labelled),
  entities: z.array(
    z.object({
      code: z.string(),
      label: text,
      storage: z.enum(['record', 'fact']),
      fields: z.array(z.object({ code: z.string(), label: text, type: z.string() })),
      names: z.array(name),
    }),
  ),
  ledgers: z.array(z.object({ value: z.unknown(), label: text })),
});

const choices = z.array(z.object({ code: z.string(), label: text }));
export const ruleChoicesShape = z.object({
  subjects: choices,
  facts: choices,
  records: z.array(z.object({ code: z.string(), label: text, subjects: z.array(z.string()) })),
  festivals: choices,
  roles: choices,
  tags: z.array(z.object({ code: z.string(), label: text, color: z.string().optional(), manual: z.boolean() })),
  levels: choices,
  cases: choices,
  targets: choices,
  limits: z.record(z.string(), z.int()),
});

const tag = 'definitions';
const read = 'definitions.read';
const edit = 'definitions.edit';
const publishing = 'definitions.publish';

export const definitionRoutes: Route<DesignContext>[] = [
  route({
    method: 'GET',
    path: '/api/definitions/:kind',
    permission: read,
    summary: { zh: '一类定义', en: 'Definitions of one kind' },
    tag,
    params: ofKind,
    output: z.object({ rows: z.array(definitionShape) }),
    handler: async (ctx: DesignContext, { params }) => ({ rows: await listDefinitions(ctx, kindOf(params.kind)) }),
  }),
  route({
    method: 'GET',
    path: '/api/definitions/:kind/:code',
    permission: read,
    summary: { zh: '一个定义及其各版本', en: 'One definition and its versions' },
    tag,
    params: ofCode,
    output: wholeDefinition,
    handler: async (ctx: DesignContext, { params }) => readDefinition(ctx, kindOf(params.kind), params.code),
  }),
  route({
    method: 'PUT',
    path: '/api/definitions/:kind/:code/draft',
    permission: edit,
    summary: { zh: '保存草稿', en: 'Keep a draft' },
    tag,
    params: ofCode,
    body: z.strictObject({ body: bodyShape, note }),
    output: wholeDefinition,
    handler: async (ctx: DesignContext, { params, body }) => {
      const of = kindOf(params.kind);
      await saveDraft(ctx, of, params.code, body.body, body.note ?? null);
      return await readDefinition(ctx, of, params.code);
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/definitions/:kind/:code/draft',
    permission: edit,
    summary: { zh: '删除草稿', en: 'Discard a draft' },
    tag,
    params: ofCode,
    output: z.null(),
    status: 204,
    handler: async (ctx: DesignContext, { params }) => deleteDraft(ctx, kindOf(params.kind), params.code),
  }),
  route({
    method: 'POST',
    path: '/api/definitions/:kind/check',
    permission: edit,
    summary: { zh: '检查并试算一个定义', en: 'Check a definition and preview it' },
    tag,
    params: ofKind,
    body: z.strictObject({ body: z.unknown() }),
    output: checkShape,
    handler: async (ctx: DesignContext, { params, body }) => check(ctx, kindOf(params.kind), body.body),
  }),
  route({
    method: 'POST',
    path: '/api/definitions/:kind/:code/publish',
    permission: publishing,
    summary: {
      zh: '发布草稿（或批准他人的发布申请）',
      en: 'Publish a draft, or approve what somebody asked to publish',
    },
    tag,
    params: ofCode,
    body: z.strictObject({ version: z.int().min(1), note }),
    output: publication,
    status: 202,
    handler: async (ctx: DesignContext, { params, body }) =>
      publish(ctx, kindOf(params.kind), params.code, body.version, body.note ?? null),
  }),
  route({
    method: 'POST',
    path: '/api/definitions/:kind/:code/retire',
    permission: publishing,
    summary: { zh: '停用', en: 'Retire a definition' },
    tag,
    params: ofCode,
    body: z.strictObject({ note }),
    output: publication,
    status: 202,
    handler: async (ctx: DesignContext, { params, body }) =>
      retire(ctx, kindOf(params.kind), params.code, body.note ?? null),
  }),
  route({
    method: 'POST',
    path: '/api/definitions/:kind/:code/revert',
    permission: publishing,
    summary: { zh: '恢复到某一版本（0 为行业包原有）', en: 'Publish a former version anew (0 is the packs’ own)' },
    tag,
    params: ofCode,
    body: z.strictObject({ version: z.int().min(0), note }),
    output: publication,
    status: 202,
    handler: async (ctx: DesignContext, { params, body }) =>
      revert(ctx, kindOf(params.kind), params.code, body.version, body.note ?? null),
  }),
  route({
    method: 'POST',
    path: '/api/definitions/:kind/:code/cancel',
    permission: publishing,
    summary: { zh: '取消正在进行的发布', en: 'Cancel a publication under way' },
    tag,
    params: ofCode,
    output: z.null(),
    status: 204,
    handler: async (ctx: DesignContext, { params }) => cancel(ctx, kindOf(params.kind), params.code),
  }),
  route({
    method: 'GET',
    path: '/api/definition-approval',
    permission: 'signed_in',
    summary: { zh: '哪些定义须由另一人批准才能发布', en: 'Which kinds of definitions another person has to approve' },
    tag,
    output: z.object({ kinds: z.array(kind) }),
    handler: async (ctx: DesignContext) => ({ kinds: await readApproval(ctx.database) }),
  }),
  route({
    method: 'PUT',
    path: '/api/definition-approval',
    permission: 'access.manage',
    summary: { zh: '设定哪些定义须由另一人批准', en: 'Set which kinds of definitions another person has to approve' },
    tag,
    body: z.strictObject({ kinds: z.array(kind).max(DEFINITION_KINDS.length) }),
    output: z.object({ kinds: z.array(kind) }),
    handler: async (ctx: DesignContext, { body }) => {
      await changeApproval(ctx, body.kinds);
      return body;
    },
  }),
  route({
    method: 'GET',
    path: '/api/vocabulary/:kind',
    permission: read,
    summary: { zh: '条件与指标可用的名称、函数与窗口', en: 'Names, functions and windows for conditions and metrics' },
    tag,
    params: ofKind,
    query: z.object({
      subject: z.string().max(50).default('customer').describe('of rules: the kind of record that is watched'),
      event: z.string().max(50).optional().describe('of rules: the fact or record that starts it'),
      change: z.string().max(4_000).optional().describe('of rules: the value that is watched for changes'),
    }),
    output: vocabularyShape,
    handler: async (ctx: DesignContext, { params, query }) => readVocabulary(ctx, kindOf(params.kind), query),
  }),
  route({
    method: 'GET',
    path: '/api/rule-choices',
    permission: read,
    summary: {
      zh: '规则里可以选择的对象、事实、角色、标签等',
      en: 'What may be chosen in a rule: subjects, facts, roles, tags and more',
    },
    tag,
    output: ruleChoicesShape,
    handler: async (ctx: DesignContext) => readRuleChoices(ctx),
  }),
];
