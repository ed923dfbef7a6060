import { z } from 'zod';
import type { Model } from '#metadata';

const text = z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) });

const permissionSchema = z.strictObject({
  code: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
  label: text,
  description: text,
  /** Roles of these duties alone may hold it; without it, any role. */
  duties: z.array(z.string()).optional(),
});
/** An act beside reading and writing rows, as people are told of it. */
export type Permission = z.output<typeof permissionSchema>;

const known = new WeakMap<Model, Map<string, Permission>>();

/** Every act that a role may allow, by code. */
export function permissionsByCode(model: Model): ReadonlyMap<string, Permission> {
  let permissions = known.get(model);
  if (!permissions) {
    const all = model.data('permissions').map(({ value }) => permissionSchema.parse(value));
    permissions = new Map(all.map((permission) => [permission.code, permission]));
    known.set(model, permissions);
  }
  return permissions;
}
