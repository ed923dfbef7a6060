/** Questions and acts about what business people define: metrics, tags, tiers, segments, parameters. */
import { queryOptions } from '@tanstack/react-query';
import type { VocabularyName } from '../conditions/vocabulary.ts';
import { get, post, put, remove, request } from './client.ts';
import type { Evidence, EvidenceInput } from './day-plan.ts';
import type { Colour, FieldType, Text } from './types.ts';

export const definitionKinds = ['metrics', 'tags', 'tiers', 'segments', 'parameters', 'rules'] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

export type MetricUnit = 'money' | 'count' | 'days' | 'years' | 'percent' | 'date';
export type MeasureFunction = 'sum' | 'count' | 'average' | 'min' | 'max' | 'distinct' | 'last';

export interface Measure {
  function: MeasureFunction;
  entity: string;
  field?: string;
  where?: string;
  days?: number;
  calendar?: 'trading';
  window?: 'month' | 'year' | 'ever';
  date?: string;
}

/** A definition as it is written: what all have, and what each kind has besides. */
export interface Body {
  code: string;
  label: Text;
  description?: Text;
  color?: Colour;
  /** Tags, tiers, segments: who is in, and who stays in. */
  if?: string;
  keep_if?: string;
  /** Tags. */
  group?: string;
  manual?: true;
  hold_days?: number;
  /** Tiers. */
  effective?: 'daily' | 'monthly';
  above?: string;
  /** Metrics: one of five forms. */
  unit?: MetricUnit;
  measure?: Measure;
  ledger?: 'total' | 'previous' | { class: string };
  expression?: string;
  ratio?: { of: string; to: string };
  household?: { function: 'sum' | 'max' | 'min' | 'count'; of: string };
  /** Parameters. */
  type?: 'money' | 'days' | 'count' | 'percent' | 'rates';
  value?: string | { by_currency: Record<string, unknown> };
  min?: string;
  max?: string;
}

export interface DefinitionReference {
  kind: DefinitionKind;
  code: string;
  label: Text;
}

export interface Definition {
  code: string;
  label: Text;
  description?: Text;
  source: 'pack' | 'own' | 'changed';
  status: 'published' | 'draft' | 'retired';
  /** 0 for the packs' own. */
  version: number;
  body: Body;
  draft?: {
    version: number;
    body: Body;
    note: string | null;
    by: string | null;
    at: string;
    /** Who asked for its publication and waits for another person. */
    requestedBy: string | null;
    /** The reader asked, and so cannot approve. */
    requestedByMe: boolean;
    /** The job that publishes it at this moment. */
    job: string | null;
  };
  usedBy: DefinitionReference[];
  health: { size?: number; lastChange?: string; error?: Text };
  sentence?: Text;
  parameter?: { value: unknown; packValue: unknown; type: string; min: string; max: string };
}

export interface DefinitionVersion {
  version: number;
  status: 'draft' | 'published' | 'retired';
  body: Body;
  note: string | null;
  by: string | null;
  at: string | null;
}

export interface WholeDefinition extends Definition {
  versions: DefinitionVersion[];
}

export interface Effect {
  kind: 'tags' | 'tiers' | 'segments';
  code: string;
  entering: number;
  leaving: number;
}

export interface Preview {
  matches: number;
  capped: boolean;
  sample: { id: string; name: string | null; values: Record<string, string | null> }[];
  sentence?: Text;
  effects?: Effect[];
  /** Of tiers: how many would go from where to where. */
  moves?: { from: string | null; to: string | null; count: number }[];
}

export interface CheckAnswer {
  ok: boolean;
  issues: { path: string; position?: { from: number; to: number }; message: Text }[];
  preview?: Preview;
}

export interface VocabularyEntity {
  code: string;
  label: Text;
  storage: 'record' | 'fact';
  fields: { code: string; label: Text; type: FieldType }[];
  names: VocabularyName[];
}

interface Labelled {
  code: string;
  label: Text;
}

export interface Vocabulary {
  names: VocabularyName[];
  windows: (Labelled & { measure: Partial<Measure>; daysMax?: number })[];
  units: (Labelled & { code: MetricUnit })[];
  aggregates: (Labelled & { code: MeasureFunction; field: boolean })[];
  entities: VocabularyEntity[];
  ledgers: { value: Body['ledger']; label: Text }[];
}

export interface Publication {
  job?: string;
  waiting?: boolean;
}

export const definitionsQuery = (kind: DefinitionKind) =>
  queryOptions({
    queryKey: ['definitions', kind],
    queryFn: async ({ signal }) => (await get<{ rows: Definition[] }>(`/definitions/${kind}`, undefined, signal)).rows,
  });

export const definitionQuery = (kind: DefinitionKind, code: string) =>
  queryOptions({
    queryKey: ['definitions', kind, code],
    queryFn: ({ signal }) => get<WholeDefinition>(`/definitions/${kind}/${code}`, undefined, signal),
  });

/** Kept for as long as the page: a scope is compiled once for each answer. */
export const vocabularyQuery = (kind: DefinitionKind) =>
  queryOptions({
    queryKey: ['vocabulary', kind],
    queryFn: ({ signal }) => get<Vocabulary>(`/vocabulary/${kind}`, undefined, signal),
    staleTime: 60_000,
  });

/** What the server says of a definition that is being written; asked anew for every change, the question before is given up. */
export const checkQuery = (kind: DefinitionKind, body: Body) =>
  queryOptions({
    queryKey: ['definition-check', kind, body],
    queryFn: ({ signal }) =>
      request<CheckAnswer>(`/definitions/${kind}/check`, { method: 'POST', body: { body }, signal }),
    staleTime: 60_000,
    retry: false,
  });

export const saveDraft = (kind: DefinitionKind, body: Body) =>
  put<WholeDefinition>(`/definitions/${kind}/${body.code}/draft`, { body });

export const discardDraft = (kind: DefinitionKind, code: string) => remove<void>(`/definitions/${kind}/${code}/draft`);

export const publishDraft = (kind: DefinitionKind, code: string, version: number, note: string) =>
  post<Publication>(`/definitions/${kind}/${code}/publish`, { version, ...(note ? { note } : {}) });

export const retireDefinition = (kind: DefinitionKind, code: string, note: string) =>
  post<Publication>(`/definitions/${kind}/${code}/retire`, note ? { note } : {});

export const revertDefinition = (kind: DefinitionKind, code: string, version: number, note: string) =>
  post<Publication>(`/definitions/${kind}/${code}/revert`, { version, ...(note ? { note } : {}) });

export const cancelPublication = (kind: DefinitionKind, code: string) =>
  post<void>(`/definitions/${kind}/${code}/cancel`);

/** One comparison of a condition for one customer. `holds` is nothing where a value is missing or not the reader's to see. */
export interface WhyPart {
  sentence: Text;
  holds: boolean | null;
  inputs: EvidenceInput[];
}

/** Why a customer is in a tag, tier or segment, or is not. */
export interface Why {
  label: Text;
  /** As it is stored: is the customer in? */
  holds: boolean;
  asOf: string;
  version: string;
  manual: boolean;
  /** For tiers those above as well: nobody is in a tier while a higher one holds. */
  conditions: {
    path: 'if' | 'keep_if';
    code: string;
    label: Text;
    sentence: Text;
    holds: boolean | null;
    parts: WhyPart[];
  }[];
  history: { since: string; until: string | null; note: string | null; by: string | null; expiresOn: string | null }[];
}

/** The kinds that hold customers, as the server calls one of them. */
const memberKinds = { tags: 'tag', tiers: 'tier', segments: 'segment' } as const;
export type MemberKind = keyof typeof memberKinds;
export const isMemberKind = (kind: DefinitionKind): kind is MemberKind => Object.hasOwn(memberKinds, kind);

export const whyQuery = (kind: MemberKind, code: string, customer: string) =>
  queryOptions({
    queryKey: ['why', kind, code, customer],
    queryFn: ({ signal }) => get<Why>(`/customers/${customer}/why`, { kind: memberKinds[kind], code }, signal),
  });

export const sizesQuery = (segment: string) =>
  queryOptions({
    queryKey: ['segment-size', segment],
    queryFn: ({ signal }) =>
      get<{ rows: { date: string; size: number }[] }>(`/segments/${segment}/size`, undefined, signal),
  });

export const setCustomerTag = (customer: string, tag: string, given: { until?: string; reason: string }) =>
  put<void>(`/customers/${customer}/tags/${tag}`, given);

export const unsetCustomerTag = (customer: string, tag: string) => remove<void>(`/customers/${customer}/tags/${tag}`);

/** What the filter of the customer list comes to as a condition. */
export interface Proposal {
  condition: string;
  sentence?: Text;
  /** Filters that cannot stand in a condition, and why. */
  left: { filter: string; label: Text; reason: Text }[];
  issues: { path: string; message: Text }[];
  count: { count: number; capped: boolean };
}

interface ListFilter {
  filter: string[];
  q?: string;
}

export const proposalQuery = (asked: ListFilter) =>
  queryOptions({
    queryKey: ['segment-proposal', asked],
    queryFn: ({ signal }) => request<Proposal>('/segments/condition', { method: 'POST', body: asked, signal }),
    retry: false,
  });

export const proposeSegment = (given: ListFilter & { code: string; label: Text; partial: boolean; note: string }) =>
  post<{ code: string }>('/segments', given);

/** One time during which a customer had a tag; the figures only for who sees the assets. */
export interface TagSpan {
  tag: string;
  since: string;
  until: string | null;
  reason: Evidence | null;
  /** The values when it ended; who took it away, where somebody did. */
  ended: (Evidence & { by?: string; note?: string | null }) | null;
  note: string | null;
  by: string | null;
  expiresOn: string | null;
}

export const tagHistoryQuery = (customer: string) =>
  queryOptions({
    queryKey: ['profile', customer, 'tag-history'],
    queryFn: async ({ signal }) =>
      (await get<{ rows: TagSpan[] }>(`/customers/${customer}/tag-history`, undefined, signal)).rows,
  });

interface Approval {
  kinds: DefinitionKind[];
}

/** The kinds of definitions that a second person has to approve. */
export const approvalQuery = queryOptions({
  queryKey: ['definition-approval'],
  queryFn: ({ signal }) => get<Approval>('/definition-approval', undefined, signal),
});

export const setApproval = (kinds: DefinitionKind[]) => put<Approval>('/definition-approval', { kinds });
