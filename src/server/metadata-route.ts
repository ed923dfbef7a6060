import { z } from 'zod';
import { type Context, fieldRight, may, mayRead, mayWrite, roles } from '#access';
import { qualityDescriptions } from '#customers';
import { metricDescriptions } from '#facts';
import { type Route, route } from '#http';
import { isSortable, listFieldRights, sortableFields } from '#records';
import { ruleDescriptions, tagDescriptions, tierDescriptions } from '#rules';

const text = z.object({ zh: z.string(), en: z.string() });
const described = z.array(z.looseObject({ code: z.string(), label: text }));

/** What the web needs to draw any list and form for this reader: entities with his rights, and the packs' vocabulary. */
export const metadataRoute: Route<Context> = route({
  method: 'GET',
  path: '/api/metadata',
  permission: 'signed_in',
  summary: { zh: '实体、字段与业务词汇', en: 'Entities, fields and vocabulary' },
  tag: 'metadata',
  output: z.object({
    entities: z.array(z.looseObject({ code: z.string(), plural: z.string(), label: text })),
    tiers: described,
    tags: described,
    metrics: described,
    rules: described,
    roles: described,
    quality: described,
  }),
  handler: async ({ model, actor }: Context) => ({
    entities: model.entities.map((entity) => ({
      ...entity,
      sortable: sortableFields(entity),
      ordered: entity.fields.filter((field) => isSortable(entity, field)).map(({ code }) => code),
      listFields: listFieldRights(model, actor, entity)
        .filter(({ right }) => right.see !== 'hidden')
        .map(({ gathered, right }) => ({ ...gathered.field, access: right, shown: gathered.value !== undefined })),
      access: {
        read: mayRead(actor, entity),
        create: mayWrite(actor, entity, 'create'),
        update: mayWrite(actor, entity, 'update'),
        export: may(actor, `${entity.code}.export`),
      },
      fields: entity.fields
        .filter((field) => !field.derive)
        .map((field) => {
          const right = fieldRight(model, actor, entity, field);
          return { ...field, access: { ...right, edit: right.edit && !field.computed } };
        })
        .filter((field) => field.access.see !== 'hidden'),
    })),
    tiers: tierDescriptions(model),
    tags: tagDescriptions(model),
    metrics: metricDescriptions(model),
    rules: ruleDescriptions(model),
    quality: qualityDescriptions(model),
    roles: [...roles(model).values()].map(({ code, label }) => ({ code, label })),
  }),
});
