import { computedFrom, listNameOf, oncePerModel } from '#facts';
import type { Model } from '#metadata';
import { expressionsOf, rules } from './rule-definition.ts';
import { segments } from './segments.ts';

const known = oncePerModel((_model) => new Map<string, boolean>());

/** Does a change of a row of this entity change what is computed, or what a rule or a segment looks at? */
export function decides(model: Model, entity: string): boolean {
  const found = known(model).get(entity) ?? asked(model, entity);
  known(model).set(entity, found);
  return found;
}

function asked(model: Model, entity: string): boolean {
  const list = listNameOf(model.entity(entity));
  return (
    computedFrom(model).has(entity) ||
    segments(model).some(({ condition, keep }) => [condition, keep].some((each) => each && list in each.lists)) ||
    rules(model).some(
      (rule) =>
        rule.subject?.code === entity ||
        ('event' in rule.trigger && rule.trigger.event.code === entity) ||
        expressionsOf(rule).some(({ lists }) => list in lists),
    )
  );
}
