import { type Context, fieldView } from '#access';
import { metrics } from '#facts';
import { type EntityDefinition, fieldOf } from '#metadata';
import type { Rule } from './rule-definition.ts';

/**
 * Names whose values the reader does not see: masked fields of the customer, of the watched record and of the event, and metrics for who does
 * not see the assets that they are made of. A rule's own figures are as secret as what they are calculated from.
 */
export function hiddenNames(ctx: Pick<Context, 'model' | 'actor'>, rule: Rule | undefined): (code: string) => boolean {
  const { model, actor } = ctx;
  const customer = model.entity('customer');
  const isMetric = new Set(metrics(model).map(({ code }) => code));
  const seesAmounts = fieldView(model, actor, customer, fieldOf(customer, 'aum')!) === 'clear';
  const isHidden = (entity: EntityDefinition, code: string) => {
    const field = fieldOf(entity, code);
    return field !== undefined && fieldView(model, actor, entity, field) !== 'clear';
  };
  const placed = rule ? recordsOf(rule) : [];
  const hidden = (code: string): boolean => {
    if (isMetric.has(code)) return !seesAmounts;
    for (const { prefix, entity } of placed) {
      if (code.startsWith(prefix) && isHidden(entity, code.slice(prefix.length))) return true;
    }
    // What a rule compares before and after is as secret as what it watches.
    if (rule && (code === 'value_before' || code === 'value_now')) {
      return 'watched' in rule.trigger && rule.trigger.watched.names.some(hidden);
    }
    const own = rule?.values.find((value) => value.code === code);
    if (own) return own.value.names.some(hidden);
    return isHidden(customer, code);
  };
  return hidden;
}

function recordsOf({ subject, trigger }: Rule): { prefix: string; entity: EntityDefinition }[] {
  return [
    ...(subject ? [{ prefix: `${subject.code}_`, entity: subject }] : []),
    ...('event' in trigger ? [{ prefix: 'event_', entity: trigger.event }] : []),
  ];
}
