/** Roles, explanations, the view of others, delegations and hand-overs, as the server tells of them. */
import { queryOptions } from '@tanstack/react-query';
import { get, post, put, remove } from './client.ts';
import type { Count, Reference, Row, Text } from './types.ts';

export type Action = 'read' | 'create' | 'update' | 'export';
export type Scope = 'none' | 'own' | 'team' | 'branch' | 'branch_and_below' | 'all';
export type View = 'hidden' | 'masked' | 'clear';
export type Duty = 'business' | 'control' | 'system' | 'security' | 'audit';

export type Grant = Partial<Record<Action, Scope>> & { where?: string };

export interface FieldRule {
  field?: string;
  mask?: string;
  level?: number;
  see: View;
  edit?: boolean;
  export?: boolean;
  filter?: boolean;
}

export interface Role {
  code: string;
  label: Text;
  description: Text;
  duty: Duty;
  delegable: boolean;
  second_factor?: 'required' | 'recommended';
  permissions: string[];
  entities: Record<string, Grant>;
  fields: FieldRule[];
}

export interface FieldRight {
  see: View;
  edit: boolean;
  export: boolean;
  filter: boolean;
}

export interface RoleRights {
  entities: Record<string, { scopes: Record<Action, Scope>; where: string | null; by: string | null }>;
  fields: Record<string, FieldRight & { by: 'field' | 'mask' | 'level' | 'class' }>;
}

export interface RoleSummary {
  code: string;
  label: Text;
  description: Text;
  duty: Duty;
  state: 'pack' | 'changed' | 'own';
  version: number;
  updatedAt: string | null;
  updatedBy: string | null;
  holders: number;
}

export interface RoleChange {
  part: 'property' | 'permission' | 'scope' | 'condition' | 'field';
  label: Text;
  before: Text;
  after: Text;
  wider: boolean;
}

export interface WholeRole extends RoleSummary {
  role: Role;
  rights: RoleRights;
  shipped: Role | null;
  changes: RoleChange[];
}

export interface RolePreview {
  holders: number;
  rights: RoleRights;
  changes: RoleChange[];
  changesTotal: number;
  warnings: Text[];
}

interface Coded<C extends string = string> {
  code: C;
  label: Text;
}

export interface Permission extends Coded {
  description: Text;
  duties?: Duty[];
}

export interface VocabularyField extends Coded {
  class: string;
  level: number;
  mask: string | null;
  encrypted: boolean;
  computed: boolean;
  byClass: FieldRight;
}

export interface VocabularyEntity extends Coded {
  group: '@customer' | '*';
  write: { create: boolean; update: boolean };
  fields: VocabularyField[];
}

/** Everything that a role can be made of. */
export interface RoleVocabulary {
  duties: Coded<Duty>[];
  scopes: Coded<Scope>[];
  actions: Coded<Action>[];
  views: Coded<View>[];
  masks: Coded[];
  permissions: Permission[];
  entities: VocabularyEntity[];
}

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => get<RoleSummary[]>('/roles', undefined, signal),
});

export const roleQuery = (code: string) =>
  queryOptions({
    queryKey: ['roles', code],
    queryFn: ({ signal }) => get<WholeRole>(`/roles/${code}`, undefined, signal),
    // A draft stands on it: it is not taken away while somebody works.
    refetchOnWindowFocus: false,
  });

export const vocabularyQuery = queryOptions({
  queryKey: ['role-vocabulary'],
  queryFn: ({ signal }) => get<RoleVocabulary>('/role-vocabulary', undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const rolePreviewQuery = (draft: Role) =>
  queryOptions({
    queryKey: ['role-preview', draft],
    queryFn: () => post<RolePreview>(`/roles/${draft.code}/preview`, { role: draft }),
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });

export const saveRole = (role: Role, version: number) => put<WholeRole>(`/roles/${role.code}`, { version, role });
export const createRole = (role: Role) => post<WholeRole>('/roles', { role });
export const resetRole = (code: string, version: number) => remove<void>(`/roles/${code}?version=${version}`);

export interface Reason {
  verdict: 'gives' | 'refuses' | 'notes';
  text: Text;
}

export interface Explanation {
  user: { id: string; name: string; username: string };
  entity: { code: string; label: Text };
  record: string;
  sees: boolean;
  actions: Record<Action, boolean>;
  reasons: Reason[];
  field: ({ code: string; label: Text; reasons: Reason[] } & FieldRight) | null;
}

export interface ExplanationQuestion {
  user: string;
  entity: string;
  record: string;
  field?: string | undefined;
}

export const explanationQuery = (question: ExplanationQuestion) =>
  queryOptions({
    queryKey: ['explanation', question],
    queryFn: ({ signal }) => get<Explanation>('/access/explain', { ...question }, signal),
    retry: false,
    staleTime: 0,
  });

export interface RightsView {
  user: { id: string; name: string; username: string };
  posts: { role: { code: string; label: Text }; unit: Reference | null; deputyFor: string | null }[];
  permissions: Permission[];
  customers: Count;
  entities: (Coded & {
    access: Record<Action, boolean>;
    fields: (Coded & { class: string; level: number; right: FieldRight })[];
  })[];
}

// Each look is recorded, so a look is not repeated by itself.
const once = { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false, retry: false } as const;

export const rightsViewQuery = (user: string) =>
  queryOptions({
    queryKey: ['view-as', user],
    queryFn: ({ signal }) => get<RightsView>(`/access/view-as/${user}`, undefined, signal),
    ...once,
  });

export const customersViewQuery = (user: string) =>
  queryOptions({
    queryKey: ['view-as', user, 'customers'],
    queryFn: ({ signal }) =>
      get<{ columns: string[]; rows: Row[]; count: Count }>(`/access/view-as/${user}/customers`, undefined, signal),
    ...once,
  });

export const profileViewQuery = (user: string, customer: string) =>
  queryOptions({
    queryKey: ['view-as', user, 'customers', customer],
    queryFn: ({ signal }) =>
      get<Record<string, unknown>>(`/access/view-as/${user}/customers/${customer}`, undefined, signal),
    ...once,
  });

export interface StandingIn {
  user: { id: string; name: string };
  until: string;
  reason: string;
}

export interface Duties {
  posts: { role: Text; unit: string | null; deputyFor: string | null }[];
  standingInFor: StandingIn[];
  deputies: StandingIn[];
}

export const dutiesQuery = queryOptions({
  queryKey: ['duties'],
  queryFn: ({ signal }) => get<Duties>('/duties', undefined, signal),
  staleTime: 60_000,
});

export type Split = 'equally' | 'branch' | 'tier';
export type BookPart = 'customers' | 'tasks' | 'members';

export interface HandoverInput {
  from: string;
  split: Split;
  to: { user: string; key?: string }[];
  include: BookPart[];
}

interface BookCounts {
  customers: number;
  aum: string;
  tasks: number;
  members: number;
}

export interface HandoverPreview extends BookCounts {
  from: Reference;
  receivers: ({ user: Reference } & BookCounts)[];
  staying: number;
  branches: { key: string; label: string; customers: number }[];
  tiers: { key: string; label: string; customers: number }[];
}

export interface Handover extends BookCounts {
  id: string;
  at: string;
  by: Reference;
  from: Reference;
  reason: string;
  split: Split;
  receivers: ({ user: Reference } & BookCounts)[];
}

export const handoversQuery = queryOptions({
  queryKey: ['handovers'],
  queryFn: ({ signal }) => get<Handover[]>('/handovers', undefined, signal),
});

export const handoverPreviewQuery = (input: HandoverInput) =>
  queryOptions({
    queryKey: ['handover-preview', input],
    queryFn: () => post<HandoverPreview>('/handovers/preview', input),
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });

export const runHandover = (
  input: HandoverInput & { reason: string; expected: { customers: number; tasks: number } },
) => post<Handover>('/handovers', input);
