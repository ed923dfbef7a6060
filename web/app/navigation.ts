/** Every place of the product once: its path, its words, its icon, its shortcut, and who is shown the way there. */
import type { Metadata, Session } from '../api/types.ts';
import type { IconName } from '../kit/kit.ts';
import { may, type Permission } from './permissions.ts';

export interface Place {
  code:
    | 'dayPlan'
    | 'customers'
    | 'team'
    | 'assets'
    | 'approvals'
    | 'exports'
    | 'loads'
    | 'events'
    | 'businessDays'
    | 'ruleHealth'
    | 'audit'
    | 'leaks'
    | 'outbox'
    | 'notifications'
    | 'metrics'
    | 'tags'
    | 'tiers'
    | 'segments'
    | 'parameters'
    | 'rules'
    | 'users'
    | 'orgUnits'
    | 'delegations'
    | 'handovers'
    | 'identity'
    | 'quality'
    | 'roles'
    | 'explain'
    | 'viewAs';
  path:
    | '/day-plan'
    | '/customers'
    | '/team'
    | '/assets'
    | '/approvals'
    | '/exports'
    | '/loads'
    | '/events'
    | '/business-days'
    | '/rule-health'
    | '/audit'
    | '/leaks'
    | '/outbox'
    | '/notifications'
    | '/design/metrics'
    | '/design/tags'
    | '/design/tiers'
    | '/design/segments'
    | '/design/parameters'
    | '/design/rules'
    | '/admin/users'
    | '/admin/org-units'
    | '/delegations'
    | '/handovers'
    | '/identity'
    | '/quality'
    | '/admin/roles'
    | '/access/explain'
    | '/access/view-as';
  group: 'work' | 'design' | 'operations' | 'admin';
  icon: IconName;
  /** The key after `g`. */
  key?: string;
  /** One of these is enough. */
  permission?: Permission | readonly Permission[];
  /** Seen by those who may read this entity. */
  entity?: string;
}

export const places: Place[] = [
  { code: 'dayPlan', path: '/day-plan', group: 'work', icon: 'dayPlan', key: 'd', permission: 'tasks.work' },
  { code: 'customers', path: '/customers', group: 'work', icon: 'customers', key: 'c', entity: 'customer' },
  { code: 'team', path: '/team', group: 'work', icon: 'team', key: 't', permission: 'team.read' },
  { code: 'assets', path: '/assets', group: 'work', icon: 'monitor', key: 'm', permission: 'assets.read' },
  {
    code: 'approvals',
    path: '/approvals',
    group: 'work',
    icon: 'check',
    key: 'a',
    permission: ['breakglass.approve', 'breakglass.review', 'exports.approve', 'customers.reveal'],
  },
  {
    code: 'delegations',
    path: '/delegations',
    group: 'work',
    icon: 'undo',
    permission: ['delegations.own', 'delegations.manage'],
  },
  { code: 'handovers', path: '/handovers', group: 'work', icon: 'customers', permission: 'handovers.run' },
  { code: 'identity', path: '/identity', group: 'work', icon: 'customers', permission: 'identity.resolve' },
  { code: 'quality', path: '/quality', group: 'work', icon: 'list', entity: 'customer' },
  { code: 'exports', path: '/exports', group: 'work', icon: 'download', key: 'e', permission: 'exports.request' },
  { code: 'rules', path: '/design/rules', group: 'design', icon: 'play', permission: 'definitions.read' },
  { code: 'metrics', path: '/design/metrics', group: 'design', icon: 'sortAscending', permission: 'definitions.read' },
  { code: 'tags', path: '/design/tags', group: 'design', icon: 'tag', permission: 'definitions.read' },
  { code: 'tiers', path: '/design/tiers', group: 'design', icon: 'list', permission: 'definitions.read' },
  { code: 'segments', path: '/design/segments', group: 'design', icon: 'filter', permission: 'definitions.read' },
  { code: 'parameters', path: '/design/parameters', group: 'design', icon: 'columns', permission: 'definitions.read' },
  { code: 'loads', path: '/loads', group: 'operations', icon: 'load', key: 'l', permission: 'loads.read' },
  { code: 'events', path: '/events', group: 'operations', icon: 'database', permission: 'loads.read' },
  {
    code: 'businessDays',
    path: '/business-days',
    group: 'operations',
    icon: 'calendar',
    key: 'b',
    permission: 'days.read',
  },
  { code: 'ruleHealth', path: '/rule-health', group: 'operations', icon: 'check', permission: 'days.read' },
  { code: 'audit', path: '/audit', group: 'operations', icon: 'clock', key: 'i', permission: 'audit.read' },
  { code: 'outbox', path: '/outbox', group: 'operations', icon: 'external', permission: 'outbox.read' },
  { code: 'leaks', path: '/leaks', group: 'operations', icon: 'search', permission: 'exports.identify' },
  {
    code: 'users',
    path: '/admin/users',
    group: 'admin',
    icon: 'user',
    key: 'u',
    permission: ['users.manage', 'users.end_sessions'],
    entity: 'user',
  },
  {
    code: 'orgUnits',
    path: '/admin/org-units',
    group: 'admin',
    icon: 'building',
    key: 'o',
    permission: 'org_unit.update',
    entity: 'org_unit',
  },
  { code: 'roles', path: '/admin/roles', group: 'admin', icon: 'key', key: 'r', permission: 'access.explain' },
  { code: 'explain', path: '/access/explain', group: 'admin', icon: 'help', permission: 'access.explain' },
  { code: 'viewAs', path: '/access/view-as', group: 'admin', icon: 'eye', permission: 'access.explain' },
  { code: 'notifications', path: '/notifications', group: 'work', icon: 'bell', key: 'n' },
];

export function placesFor(session: Session, metadata: Metadata): Place[] {
  return places.filter((place) => {
    const needed = [place.permission ?? []].flat();
    if (needed.length > 0 && !needed.some((permission) => may(session, permission))) return false;
    if (place.entity === undefined) return true;
    const entity = metadata.entities.find((each) => each.code === place.entity);
    return entity?.access.read === true;
  });
}

/** Where a person's day begins: heads with their team, relationship managers with their day plan, operators with the loads. */
export function homeFor(session: Session, metadata: Metadata): Place['path'] {
  const open = placesFor(session, metadata);
  const has = (code: Place['code']) => open.find((place) => place.code === code);
  const works = may(session, 'tasks.work');
  const runs = may(session, 'loads.run');
  const first = (works && has('team')) || has('dayPlan') || (runs && has('loads')) || has('customers') || open[0];
  return first ? first.path : '/customers';
}
