import { mayRead, roles } from '#access';
import type { OwnerContext } from '#identity';
import type { Text } from '#kernel';
import { fieldOf, type Model } from '#metadata';
import { listTargets } from '#outbox';
import { limits } from './rule-schema.ts';
import { tags } from './tags.ts';

// What may be chosen in a rule besides the names of its conditions; the editor offers it, the check holds to it.

export interface Choice {
  code: string;
  label: Text;
}

/** Kinds of records of customers, each of which a rule may watch for itself. */
const subjects = (model: Model) =>
  model.entities.filter(
    ({ scope, storage, code }) => scope === 'customer' && storage === 'record' && code !== 'customer',
  );

const facts = (model: Model) =>
  model.entities.filter(({ scope, storage }) => scope === 'customer' && storage === 'fact');

/** Records of the institution that concern records of customers, because both refer to the same kind of thing. */
function records(model: Model) {
  return model.entities
    .filter(({ scope, storage, code }) => scope === 'institution' && storage === 'record' && code !== 'user')
    .map((entity) => {
      const referred = new Set(
        entity.fields.flatMap(({ type, ref }) => (type === 'ref' && ref !== 'user' && ref !== undefined ? [ref] : [])),
      );
      const concerned = subjects(model).filter(({ fields }) =>
        fields.some(({ type, ref }) => type === 'ref' && referred.has(ref!)),
      );
      return { entity, subjects: concerned.map(({ code }) => code) };
    })
    .filter((each) => each.subjects.length > 0 && each.entity.fields.some(({ type }) => type === 'datetime'))
    .map(({ entity, subjects: own }) => ({ entity, subjects: [...own, 'customer'] }));
}

const optionsOf = (model: Model, entity: string, field: string): Choice[] => {
  const found = model.entities.find(({ code }) => code === entity);
  return (found && fieldOf(found, field)?.options?.map(({ code, label }) => ({ code, label }))) ?? [];
};

const named = ({ code, label }: Choice): Choice => ({ code, label });

/** Levels of service that a customer may have. */
export const serviceLevels = (model: Model): Choice[] => optionsOf(model, 'customer', 'service_level');

/** Kinds of cases that a rule may open. */
export const caseKinds = (model: Model): Choice[] => optionsOf(model, 'service_case', 'kind');

export const roleChoices = (model: Model): Choice[] => [...roles(model).values()].map(named);

export const festivals = (model: Model): Choice[] =>
  model.data('festivals').map(({ value }) => ({ code: value.code as string, label: value.label as Text }));

/** Systems outside that the institution allowed to be told. */
export async function webhookTargets(ctx: OwnerContext): Promise<Choice[]> {
  return (await listTargets(ctx)).filter(({ active }) => active).map(named);
}

export async function readRuleChoices(ctx: OwnerContext) {
  const { model, actor } = ctx;
  const seen = (entity: Model['entities'][number]) => mayRead(actor, entity);
  return {
    subjects: subjects(model).filter(seen).map(named),
    facts: facts(model).filter(seen).map(named),
    records: records(model)
      .filter(({ entity }) => seen(entity))
      .map(({ entity, subjects: of }) => ({ ...named(entity), subjects: of })),
    festivals: festivals(model),
    roles: roleChoices(model),
    tags: tags(model).map(({ definition: { code, label, color, manual } }) => ({
      code,
      label,
      color,
      manual: manual ?? false,
    })),
    levels: serviceLevels(model),
    cases: caseKinds(model),
    targets: await webhookTargets(ctx),
    limits: {
      actions: limits.actionsMax,
      offsets: limits.offsetsMax,
      offsetDays: limits.offsetDaysMax,
      cooldownDays: limits.cooldownDaysMax,
      holdOutPercent: limits.holdOutPercentMax,
    },
  };
}
