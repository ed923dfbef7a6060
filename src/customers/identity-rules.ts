import { z } from 'zod';
import { Failure, type Text } from '#kernel';
import { fieldOf, type Model, simplified } from '#metadata';
import { kinds } from './failures.ts';

const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const code = z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/);

const ruleSchema = z.strictObject({
  code,
  label: text,
  same: z.array(code).min(1).max(4),
  strength: z.enum(['certain', 'likely']),
  but_not: z.array(code).max(8).optional(),
});
const systemSchema = z.strictObject({ code, label: text });

export type IdentityRule = z.output<typeof ruleSchema>;

const known = new WeakMap<Model, IdentityRule[]>();

/** The rules of the packs, the stronger ones first. Throws a Failure naming file and entry when one is wrong. */
export function identityRules(model: Model): IdentityRule[] {
  let rules = known.get(model);
  if (!rules) {
    const customer = model.entity('customer');
    rules = model.data('identity').map(({ file, value }) => {
      const result = ruleSchema.safeParse(value);
      const wrong = result.success
        ? [...result.data.same, ...(result.data.but_not ?? [])].find((field) => !fieldOf(customer, field))
        : result.error.issues[0]!.message;
      if (!result.success || wrong !== undefined) {
        throw new Failure(kinds.identity_rule_wrong, { file, rule: String(value.code), reason: wrong ?? '' });
      }
      return result.data;
    });
    rules.sort((a, b) => Number(a.strength === 'likely') - Number(b.strength === 'likely'));
    known.set(model, rules);
  }
  return rules;
}

/** What a system is called; its code where the packs do not know it. */
export function systemLabel(model: Model, system: string | null): Text {
  const found = model.data('systems').find(({ value }) => value.code === system);
  const label = systemSchema.safeParse(found?.value);
  return label.success ? label.data.label : { zh: system ?? '本系统', en: system ?? 'this system' };
}

/** A name as it is compared: 張 偉 and 张伟 are one. */
export const comparedName = (name: string): string =>
  simplified(
    name
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[\s·•.]/g, ''),
  );
