/** Which permissions open which part of the web. The server decides again at every request; this only spares people dead ends. */
import { useSession } from '../api/hooks.ts';
import type { Session } from '../api/types.ts';

export type Permission =
  | 'tasks.work'
  | 'tasks.assign'
  | 'team.read'
  | 'assets.read'
  | 'customers.reveal'
  | 'customers.bulk'
  | 'customers.erase'
  | 'breakglass.approve'
  | 'breakglass.review'
  | 'exports.request'
  | 'exports.approve'
  | 'exports.identify'
  | 'audit.read'
  | 'audit.export'
  | 'loads.read'
  | 'loads.run'
  | 'loads.upload'
  | 'loads.withdraw'
  | 'feeds.edit'
  | 'mappings.edit'
  | 'days.read'
  | 'days.run'
  | 'definitions.read'
  | 'definitions.edit'
  | 'definitions.publish'
  | 'rules.run'
  | 'segments.propose'
  | 'customer_tag.set'
  | 'outbox.read'
  | 'outbox.manage'
  | 'users.manage'
  | 'access.explain'
  | 'access.manage'
  | 'delegations.own'
  | 'delegations.manage'
  | 'handovers.run'
  | 'identity.resolve'
  | 'identity.approve'
  | 'users.end_sessions'
  | 'users.reset_factors'
  | 'org_unit.update';

const EVERYTHING = '*';

export function may(session: Session, permission: Permission): boolean {
  return session.permissions.includes(permission) || session.permissions.includes(EVERYTHING);
}

export function useMay(permission: Permission): boolean {
  return may(useSession(), permission);
}
