import { computedFrom, oncePerModel } from '#facts';
import type { Model } from '#metadata';
import { rules } from './rule-definition.ts';

const known = oncePerModel((_model) => new Map<string, boolean>());

/** Does a change of a row of this entity change what is computed, or what a rule looks at? */
export function decides(model: Model, entity: string): boolean {
  const found = known(model).get(entity) ?? asked(model, entity);
  known(model).set(entity, found);
  return found;
}

const asked = (model: Model, entity: string) =>
  computedFrom(model).has(entity) ||
  rules(model).some(
    ({ subject, trigger, condition }) =>
      subject?.code === entity ||
      ('event' in trigger && trigger.event.code === entity) ||
      Object.keys(condition.lists).length > 0,
  );
