/** Questions and acts about what rules did, would have done, and whether they ran. */
import { queryOptions } from '@tanstack/react-query';
import { get, post, put } from './client.ts';
import type { EvidenceInput } from './day-plan.ts';
import type { Body, Why } from './definitions.ts';
import type { Text } from './types.ts';

export type VersionName = 'draft' | number;

export interface Group {
  id: string | null;
  name: string | null;
  count: number;
}

export interface RehearsedVersion {
  name: VersionName;
  alerts: number;
  customers: number;
  first: number;
  stopped: boolean;
  otherwise: number;
  minutes: number;
  perDay: number[];
  perBranch: Group[];
  perManager: Group[];
  samples: {
    date: string;
    customer: { id: string; name: string | null; number: string | null } | null;
    branch: 'then' | 'else';
    inputs: EvidenceInput[];
  }[];
  overlap: { rule: string; label: Text | null; sameDay: number; customers: number }[];
}

export interface Rehearsal {
  id: string;
  from: string;
  to: string;
  versions: VersionName[];
  createdAt: string;
  status: 'queued' | 'running' | 'done' | 'failed';
  progress: { done?: number; total?: number; alerts?: number } | null;
  error: Text | null;
  result: {
    customers: number;
    reach: number;
    versions: RehearsedVersion[];
    compared?: { both: number; first: number; second: number };
    hits: { week: string; done: number; useful: number }[];
  } | null;
}

export const rehearsalsQuery = (rule: string) =>
  queryOptions({
    queryKey: ['rehearsals', rule],
    queryFn: ({ signal }) =>
      get<{ first: string | null; last: string | null; rows: Omit<Rehearsal, 'result'>[] }>(
        '/rules/rehearsals',
        { rule },
        signal,
      ),
  });

export const rehearsalQuery = (id: string) =>
  queryOptions({
    queryKey: ['rehearsal', id],
    queryFn: ({ signal }) => get<Rehearsal>(`/rules/rehearsals/${id}`, undefined, signal),
    refetchInterval: (query) => {
      const status = query.state.data?.status;
      return status === undefined || status === 'queued' || status === 'running' ? 1_000 : false;
    },
  });

export const beginRehearsal = (input: { body: Body; from: string; to: string; compare?: number }) =>
  post<{ id?: string; issues?: { path: string; message: Text }[] }>('/rules/rehearse', input);

export const cancelRehearsal = (id: string) => post<null>(`/rules/rehearsals/${id}/cancel`);

export interface WhyRule {
  code: string;
  label: Text;
  /** Of the version that alerted, else of the one in force. */
  version: string;
  /** Of the one in force; null for a retired rule. */
  current: string | null;
  date: string;
  verdict: 'fired' | 'would' | 'effective' | 'record' | 'condition' | 'trigger' | 'already' | 'cooldown' | 'not_run';
  sentence: Text;
  cases: {
    record: { entity: string; id: string } | null;
    holds: boolean | null;
    parts: Why['conditions'][number]['parts'];
  }[];
  alerts: {
    id: string;
    businessDate: string;
    at: string;
    occasion: string;
    branch: string;
    outcome: 'acted' | 'held_out' | 'grouped' | 'over_limit' | 'discarded';
    late: boolean;
    version: string | null;
    /** The business date that was evaluated. */
    asOf: string | null;
    inputs: EvidenceInput[];
  }[];
}

export const whyRuleQuery = (code: string, customer: string, date: string | undefined) =>
  queryOptions({
    queryKey: ['why-rule', code, customer, date ?? ''],
    queryFn: ({ signal }) => get<WhyRule>(`/rules/${code}/why`, { customer, date }, signal),
  });

export interface RuleHealth {
  expected: string | null;
  newest: string | null;
  isLate: boolean;
  dates: string[];
  rules: {
    code: string;
    label: Text;
    cells: {
      date: string;
      status: 'done' | 'failed' | 'over_limit' | 'missing';
      alerts: number;
      waiting: number;
      late: number;
      ms: number;
      error: Text | null;
    }[];
  }[];
}

export const ruleHealthQuery = queryOptions({
  queryKey: ['rule-health'],
  queryFn: ({ signal }) => get<RuleHealth>('/rule-health', undefined, signal),
});

export interface AutomaticDays {
  enabled: boolean;
  at: string;
  date: 'yesterday' | 'today';
  expected: string | null;
  missed: string[];
}

export const automaticDaysQuery = queryOptions({
  queryKey: ['automatic-days'],
  queryFn: ({ signal }) => get<AutomaticDays>('/automatic-days', undefined, signal),
});

export const setAutomaticDays = (setting: Pick<AutomaticDays, 'enabled' | 'at' | 'date'>) =>
  put<AutomaticDays>('/automatic-days', setting);
