/** Rules as they are written, and what may stand in them. The server's schema is the definition; this is its shape for the editor. */
import { queryOptions } from '@tanstack/react-query';
import { get, post } from './client.ts';
import type { Body, Vocabulary } from './definitions.ts';
import type { Colour, Text } from './types.ts';

export const priorities = ['highest', 'high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

export interface DateTrigger {
  of: string;
  /** Days before (negative), at (0) or after. */
  days: number[];
  count?: 'days' | 'workdays' | 'trading_days';
  repeat?: 'once' | 'yearly' | 'lunar';
  grace_days?: number;
}

export interface ScheduleTrigger {
  every: 'workday' | 'week' | 'month' | 'quarter' | 'year';
  on?: number;
  shift?: 'none' | 'next_workday';
}

export type Trigger =
  | 'day'
  | 'hand'
  | { fact: string }
  | { turns: string }
  | { change: string }
  | { date: DateTrigger }
  | { schedule: ScheduleTrigger }
  | { record: string };

export const triggerKinds = ['day', 'fact', 'turns', 'change', 'date', 'schedule', 'record', 'hand'] as const;
export type TriggerKind = (typeof triggerKinds)[number];

export const triggerKind = (when: Trigger): TriggerKind =>
  typeof when === 'string' ? when : triggerKinds.find((kind) => Object.hasOwn(when, kind))!;

export type Person = 'manager' | 'supervisor' | 'service_team' | { role: string };
export interface Grade {
  if?: string;
  level: Priority;
}
export type Graded = Priority | Grade[];
export type Due = { workdays: number; at: string } | { working_hours: number };

/** What each kind of action holds. */
export interface Acts {
  task: {
    title: Text;
    reason: Text;
    script: Text;
    priority: Graded;
    due: Due;
    assignee?: Person;
    minutes?: number;
    snapshot?: boolean;
  };
  notify: { to: Person[]; title: Text; text: Text; level?: 'info' | 'warning' | 'urgent' };
  tag: { code: string; days?: number };
  message: { channel: 'sms' | 'email' | 'wechat' | 'app'; to: 'customer' | Person; text: Text; subject?: Text };
  opportunity: { title: Text; reason: Text; amount?: string; assignee?: Person; close_days?: number };
  case: { kind: string; title: Text; text: Text; priority?: Graded; assignee?: Person; due: Due };
  process: { code: string; title: Text };
  webhook: { target: string };
  service_level: { level: string };
  assign: { among: { role: string }; only_unassigned?: boolean };
}

export const actionKinds = [
  'task',
  'notify',
  'message',
  'tag',
  'opportunity',
  'case',
  'process',
  'service_level',
  'assign',
  'webhook',
] as const;
export type ActionKind = (typeof actionKinds)[number];

export type Action = { if?: string } & Partial<Acts>;

export interface RuleValue {
  label: Text;
  expression: string;
  unit: string;
  above?: string;
}

export interface RuleBody {
  code: string;
  label: Text;
  description?: Text;
  cases?: string[];
  subject?: string;
  when: Trigger;
  if: string;
  occasion?: string;
  cooldown_days?: number;
  effective?: { from?: string; until?: string };
  group?: string;
  order?: number;
  alerts_per_day?: number;
  hold_out_percent?: number;
  values?: Record<string, RuleValue>;
  then: Action[];
  else?: Action[];
}

export const ruleOf = (body: Body): RuleBody => body as unknown as RuleBody;
export const bodyOf = (rule: RuleBody): Body => rule as unknown as Body;

interface Choice {
  code: string;
  label: Text;
}

/** What may be chosen in a rule, besides the names of its conditions. */
export interface RuleChoices {
  subjects: Choice[];
  facts: Choice[];
  /** Records of the institution, with the subjects that they concern. */
  records: (Choice & { subjects: string[] })[];
  festivals: Choice[];
  roles: Choice[];
  tags: (Choice & { color?: Colour; manual: boolean })[];
  levels: Choice[];
  cases: Choice[];
  targets: Choice[];
  limits: { actions: number; offsets: number; offsetDays: number; cooldownDays: number; holdOutPercent: number };
}

export const ruleChoicesQuery = queryOptions({
  queryKey: ['rule-choices'],
  queryFn: ({ signal }) => get<RuleChoices>('/rule-choices', undefined, signal),
  staleTime: 60_000,
});

/** What the conditions and texts of a rule may speak of: depends on what it watches and on what starts it. */
export interface RuleSetting {
  subject: string;
  /** The fact or record that starts it. */
  event?: string | undefined;
  /** The value that is watched for changes. */
  change?: string | undefined;
}

export const ruleVocabularyQuery = ({ subject, event, change }: RuleSetting) =>
  queryOptions({
    queryKey: ['vocabulary', 'rules', subject, event ?? '', change ?? ''],
    queryFn: ({ signal }) => get<Vocabulary>('/vocabulary/rules', { subject, event, change }, signal),
    staleTime: 60_000,
  });

/** Starts a rule for the customers of a segment within one's reach; large ones are run in parts. */
export const runRule = (code: string, segment: string) =>
  post<{ customers: number; jobs: string[] }>(`/rules/${code}/run`, { segment });

/** How many alerts of a rule wait above its limit, by business date. */
export const waitingQuery = (code: string) =>
  queryOptions({
    queryKey: ['rule-waiting', code],
    queryFn: ({ signal }) =>
      get<{ rows: { date: string; waiting: number }[] }>(`/rules/${code}/waiting`, undefined, signal),
  });

/** Has what waits of a date done, in the background, or gives it up. */
export const decideWaiting = (code: string, step: 'release' | 'discard', date: string) =>
  post<{ alerts: number; job: string | null }>(`/rules/${code}/waiting`, { step, date });
