import { recordId } from '#metadata';
import { putOut } from '#outbox';
import { SOURCE } from '../source.ts';
import { type ActionRun, type Done, effectKey } from './action.ts';

/** Puts one event about each alert into the outbox; its figures leave only where the target takes them. */
export async function sendEvents(run: ActionRun<'webhook'>): Promise<Map<string, Done>> {
  const { tx, rule, day, action, occurrences } = run;
  const { rows } = await tx.query<{ id: string; number: string | null }>(
    'select id, number from customer where id = any($1::bigint[])',
    [occurrences.map(({ customerId }) => customerId)],
  );
  const numbers = new Map(rows.map(({ id, number }) => [id, number]));
  const made = new Map<string, Done>();
  const events = occurrences.map((each) => {
    const id = recordId('outbox', SOURCE, effectKey(each, action));
    made.set(each.alertId, { kind: 'webhook', entity: 'outbox', id });
    const number = numbers.get(each.customerId) ?? null;
    return {
      kind: 'webhook' as const,
      id,
      target: action.act.target,
      customerId: each.customerId,
      rule: rule.definition.code,
      notBefore: day.now,
      type: 'tongguan.rule.alert',
      subject: `customer/${number ?? each.customerId}`,
      data: {
        alert: each.alertId,
        rule: rule.definition.code,
        version: rule.version,
        label: rule.definition.label,
        customer: { id: each.customerId, number },
        branch: each.branch,
        occasion: each.occasion,
        businessDate: each.businessDate,
        late: each.late,
        figures: Object.fromEntries(each.evidence.inputs.map(({ code, value }) => [code, value])),
      },
    };
  });
  await putOut(tx, () => day.now, events);
  return made;
}
