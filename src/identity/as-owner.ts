import type { Context, Origin } from '#access';
import type { Transaction } from '#database';
import type { Identity } from './actors.ts';

/** What routes work with that change what is nobody's row: roles, definitions. */
export interface OwnerContext extends Context {
  /** Its database acts as the owner. */
  identity: Identity;
  sessionId: string | null;
}

/** Runs as the owner; events that are recorded inside say from where the request came. */
export async function asOwner<T>(ctx: OwnerContext, run: (tx: Transaction) => Promise<T>): Promise<T> {
  return ctx.identity.database.transaction(async (tx) => {
    const origin: Omit<Origin, 'request'> = { session: ctx.sessionId, address: ctx.address };
    await tx.query("select set_config('tongguan.origin', $1, true)", [JSON.stringify(origin)]);
    return run(tx);
  });
}
