/** Every place of the product once: its path, its words, its icon, its shortcut, and who is shown the way there. */
import type { Metadata, Session } from '../api/types.ts';
import type { IconName } from '../kit/kit.ts';
import { may, type Right } from './permissions.ts';

export interface Place {
  code: 'dayPlan' | 'customers' | 'team' | 'loads' | 'businessDays' | 'users' | 'orgUnits';
  path: '/day-plan' | '/customers' | '/team' | '/loads' | '/business-days' | '/admin/users' | '/admin/org-units';
  group: 'work' | 'operations' | 'admin';
  icon: IconName;
  /** The key after `g`. */
  key?: string;
  right?: Right;
  /** Seen by those who may read this entity. */
  entity?: string;
  /** Seen by those who may also change it. */
  update?: true;
}

export const places: Place[] = [
  { code: 'dayPlan', path: '/day-plan', group: 'work', icon: 'dayPlan', key: 'd', right: 'dayPlan' },
  { code: 'customers', path: '/customers', group: 'work', icon: 'customers', key: 'c', entity: 'customer' },
  { code: 'team', path: '/team', group: 'work', icon: 'team', key: 't', right: 'team' },
  { code: 'loads', path: '/loads', group: 'operations', icon: 'load', key: 'l', right: 'loads' },
  {
    code: 'businessDays',
    path: '/business-days',
    group: 'operations',
    icon: 'calendar',
    key: 'b',
    right: 'businessDays',
  },
  { code: 'users', path: '/admin/users', group: 'admin', icon: 'user', key: 'u', entity: 'user', update: true },
  {
    code: 'orgUnits',
    path: '/admin/org-units',
    group: 'admin',
    icon: 'building',
    key: 'o',
    entity: 'org_unit',
    update: true,
  },
];

export function placesFor(session: Session, metadata: Metadata): Place[] {
  return places.filter((place) => {
    if (place.right !== undefined && !may(session, place.right)) return false;
    if (place.entity === undefined) return true;
    const entity = metadata.entities.find((each) => each.code === place.entity);
    return entity !== undefined && (place.update ? entity.access.update : entity.access.read);
  });
}

/** Where a person's day begins: people with a day plan there, heads with their team, others with the first place they may see. */
export function homeFor(session: Session, metadata: Metadata): Place['path'] {
  const open = placesFor(session, metadata);
  const first =
    open.find((place) => place.code === 'team') ?? open.find((place) => place.code === 'dayPlan') ?? open[0];
  return first?.path ?? '/customers';
}
