import { z } from 'zod';
import type { Queryable } from '#database';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/);
const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const codes = z.array(code).min(1);

const schema = z.strictObject({
  code,
  label: text,
  /** Kept for at least so long. */
  months: z.int().min(6).max(1_200),
  /** The rule that asks for it. */
  source: text,
  events: z
    .array(
      z
        .strictObject({ actions: codes.optional(), entities: codes.optional() })
        .refine((line) => line.actions ?? line.entities, 'a line names actions, entities or both'),
    )
    .optional(),
});

/** How long a group of events is kept, and which events belong to it. */
export type RetentionClass = z.output<typeof schema>;

/** The packs' classes, the longest first. Throws a Failure that names file and place. */
export function readRetention(entries: readonly { file: string; value: unknown }[]): RetentionClass[] {
  const classes = entries.map(({ file, value }, index) => {
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    const issue = read.error.issues[0]!;
    throw new Failure(kinds.retention_invalid, {
      file,
      place: `/${[index, ...issue.path].join('/')}`,
      reason: issue.message,
    });
  });
  const refuse = (reason: string) =>
    new Failure(kinds.retention_invalid, { file: entries[0]?.file ?? 'retention.yaml', place: '/', reason });
  if (classes.filter(({ events }) => !events).length !== 1) throw refuse('exactly one class has no events of its own');
  if (new Set(classes.map((each) => each.code)).size !== classes.length) throw refuse('two classes carry one code');
  return classes.toSorted((a, b) => b.months - a.months);
}

/** The classes as the SQL that the chain's trigger asks. */
function decision(classes: readonly RetentionClass[]): string {
  const list = (values: readonly string[]) => `(${values.map((value) => `'${value}'`).join(', ')})`;
  const conditionOf = ({ events }: RetentionClass) =>
    events!
      .map(({ actions, entities }) =>
        [actions && `action in ${list(actions)}`, entities && `entity in ${list(entities)}`]
          .filter(Boolean)
          .join(' and '),
      )
      .join(' or ');
  const rest = classes.find(({ events }) => !events)!;
  const named = classes.filter(({ events }) => events);
  const cases = named.map((each) => `when ${conditionOf(each)} then '${each.code}'`);
  return `select case ${cases.join(' ')} else '${rest.code}' end`;
}

/** Statements that make the database sort events as the packs say; empty when it does already. The change is an event itself. */
export async function planRetention(tx: Queryable, classes: readonly RetentionClass[]): Promise<string[]> {
  const body = decision(classes);
  const { rows } = await tx.query<{ body: string }>(
    "select prosrc as body from pg_proc where oid = to_regprocedure('audit_retention(text, text)')",
  );
  if (rows[0]?.body === body) return [];
  const months = JSON.stringify({
    setting: 'retention',
    after: Object.fromEntries(classes.map((c) => [c.code, c.months])),
  });
  return [
    `create or replace function audit_retention(action text, entity text) returns text language sql immutable parallel safe as $sql$${body}$sql$`,
    `insert into audit_event (at, actor, action, detail) values (now(), 'system', 'configure', '${months}')`,
  ];
}
