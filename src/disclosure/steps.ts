import { prepared, type Transaction } from '#database';
import type { Act } from './policy.ts';

/** Writes down what happened to a reveal or an export. */
export async function noteStep(
  tx: Transaction,
  act: Act,
  id: string,
  step: { state: string; at: Date; by: string | null; note?: string | null | undefined },
): Promise<void> {
  await tx.query(
    prepared(
      'disclosure_step',
      'insert into disclosure_step (act, subject_id, state, at, by_id, note) values ($1, $2, $3, $4, $5, $6)',
      [act, id, step.state, step.at.toISOString(), step.by, step.note ?? null],
    ),
  );
}

/** SQL of the history of a request as JSON, oldest first. */
export function stepsJson(act: Act, id: string): string {
  return `coalesce((select json_agg(json_build_object('state', s.state, 'at', s.at, 'by', u.name, 'note', s.note) order by s.id)
    from disclosure_step s left join "user" u on u.id = s.by_id where s.act = '${act}' and s.subject_id = ${id}), '[]'::json)`;
}

/** Serialises the requests of one person, so that his limits hold when they come at once. */
export async function lockMaker(tx: Transaction, userId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('disclosure ' || $1, 0))", [userId]);
}
