/**
 * The shapes that the HTTP API speaks. The web is a client like any other: it may not import the server's rooms, so the
 * parts of the metadata that it reads are written here once more.
 */
import type { Language, Text } from '#kernel';

export type { Language, Text } from '#kernel';

export interface Session {
  user: {
    id: string;
    username: string;
    name: string;
    roles: string[];
    orgUnit: Reference | null;
    language: Language;
  };
  institution: { name: Text; zone: string; currency: string; businessDate: string | null };
  permissions: string[];
}

/** What a stranger may know: whose house this is, and the sign-ins to try where it is a demonstration. */
export interface PublicFacts {
  institution: { name: Text };
  demo: { username: string; password: string; label: Text }[];
}

/** A row pointed at: its id and the name to show. */
export interface Reference {
  id: string;
  label: string;
}

export type FieldType =
  | 'text'
  | 'long_text'
  | 'integer'
  | 'decimal'
  | 'money'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'choice'
  | 'choices'
  | 'ref'
  | 'refs'
  | 'phone'
  | 'email'
  | 'id_number'
  | 'uscc'
  | 'text_list'
  | 'json';

export type Colour = 'grey' | 'blue' | 'green' | 'amber' | 'red' | 'violet' | 'gold' | 'teal';

export interface Option {
  code: string;
  label: Text;
  color?: Colour;
}

export interface Field {
  code: string;
  label: Text;
  type: FieldType;
  class: 'C1' | 'C2';
  help?: Text;
  required?: boolean;
  options?: Option[];
  ref?: string;
  mask?: string;
  /** Stored sealed: it can be looked for by its whole value only. */
  encrypted?: boolean;
  computed?: boolean;
  search?: 'name' | 'prefix' | 'tail';
  when?: string;
  default?: string;
  max_length?: number;
  min?: number;
  max?: number;
  scale?: number;
  hidden?: boolean;
  /** Offered by lists alone; false: to filter by and not as a column. */
  shown?: boolean;
  access: { see: 'clear' | 'masked' | 'hidden'; edit: boolean; export: boolean };
}

export interface Entity {
  code: string;
  plural: string;
  label: Text;
  description: Text;
  storage: 'record' | 'fact';
  scope: 'customer' | 'institution';
  title: string;
  fields: Field[];
  list: { columns: string[]; sort: string; filters: string[] };
  write: { create: boolean; update: boolean };
  /** Codes whose pages come straight from an index. */
  sortable: string[];
  /** Codes that a list may be sorted by at all. */
  ordered: string[];
  /** Values that lists offer besides the fields, such as metrics and tags; `shown`: also as a column. */
  listFields: (Field & { shown: boolean })[];
  access: { read: boolean; create: boolean; update: boolean; export: boolean };
}

export interface Metadata {
  entities: Entity[];
  tiers: Option[];
  tags: (Option & { manual?: true })[];
  metrics: { code: string; label: Text; unit?: string }[];
  rules: { code: string; label: Text }[];
  roles: { code: string; label: Text }[];
  /** Warnings about a customer's data, for forms. */
  quality: { code: string; label: Text; message: Text; field: string; when: string }[];
}

export type Value = string | number | boolean | null | Reference | Reference[] | string[] | Record<string, unknown>;

/** A row of any entity: fields by code. Money and ids are strings, references `{id, label}`. */
export interface Row {
  id: string;
  version?: number;
  [field: string]: Value | undefined;
}

export interface Page<R = Row> {
  rows: R[];
  next: string | null;
}

export interface Count {
  count: number;
  capped: boolean;
}

export type JobStatus = 'queued' | 'running' | 'done' | 'failed';

export interface Problem {
  code: string;
  message: string;
}

export interface Job {
  id: string;
  kind: string;
  status: JobStatus;
  progress: Record<string, unknown> | null;
  result?: unknown;
  error: string | null;
}

export interface LoadMapping {
  code: string;
  label: Text;
  description: Text;
  /** 0: it stands in a file of the server. */
  version: number;
  /** The files it reads; a name may hold `*`. */
  files: { file: string; entity: string }[];
}

/** A folder on the server whose files may be loaded. */
export interface LoadFolder {
  folder: string;
  files: string[];
}

export interface LoadFile {
  file: string;
  entity: string;
  read: number;
  inserted: number;
  updated: number;
  corrected: number;
  unchanged: number;
  /** Lines that the mapping leaves out on purpose. */
  skipped: number;
  rejected: number;
  sums: Record<string, string>;
  /** What the fields that were summed are called. */
  names: Record<string, string>;
}

export type RunStatus = JobStatus | 'refreshing' | 'skipped' | 'canceled' | 'withdrawing' | 'withdrawn';

/** One figure beside that of the run before. */
export interface Comparison {
  before: string;
  now: string;
  /** As a share; null when there was nothing before. */
  change: string | null;
  warning: boolean;
}

export interface Reconciliation {
  controls: {
    file: string;
    control: string;
    rows: { stated: number | null; counted: number };
    sums: { column: string; stated: string; counted: string; difference: string }[];
  }[];
  previous: { run: string; date: string } | null;
  loads: { rows: Comparison | null; sums: Record<string, Comparison> }[];
  aum: { before: string; after: string; currency: string } | null;
}

export interface LoadRun {
  id: string;
  mapping: string;
  label: Text;
  source: string;
  folder: string;
  date: string;
  status: RunStatus;
  startedAt: string | null;
  finishedAt: string | null;
  startedBy: string;
  progress: {
    phase: 'checking' | 'reading' | 'writing' | 'refreshing';
    file: string;
    rowsRead: number;
    rowsTotal: number | null;
    bytesRead: number;
    bytesTotal: number;
    bytesPerSecond: number | null;
    secondsLeft: number | null;
  } | null;
  rejected: number;
  feed: string | null;
  dry: boolean;
  canceling: boolean;
  attempts: number;
  /** The run whose rejects this one loads again. */
  mends: string | null;
  /** The run that loaded the same files before. */
  sameAs: string | null;
  drift: { code: string; file: string; column: string | null; severity: 'notice' | 'warning'; text: string }[];
  reconciliation: Reconciliation | null;
  withdrawal: {
    at: string;
    by: string;
    reason: string;
    result?: { facts: number; restored: number; removed: number; kept: number };
    refused?: { kept: number; sample: { entity: string; id: string; reason: 'changed' | 'in_use' }[] };
  } | null;
  withdrawable: boolean;
  /** What the load wants people to know: a file that was not there, a row that was cut. */
  notes: string[];
  files: LoadFile[];
  error: Problem | null;
}

export interface Reject {
  file: string;
  line: number;
  reason: string;
  field: string | null;
  content: string;
}

export interface CycleStep {
  code: string;
  label: Text | string;
  ms: number;
  count: number;
}

export interface BusinessDay {
  date: string;
  status: 'open' | 'running' | 'done' | 'failed';
  startedAt: string;
  finishedAt: string | null;
  aumTotal: string | null;
  customers: number | null;
  tagChanges: number | null;
  tierChanges: number | null;
  tasks: number | null;
  /** Accounts and holdings in a currency without a rate, left out of the assets. */
  withoutRate: number | null;
  steps: CycleStep[];
  error: string | null;
}

export interface TeamMember {
  /** Overdue for so long that they are the supervisor's business. */
  escalated: number;
  /** Customers with an open task, and how many the member contacts a day. */
  waiting: number;
  perDay: number;
  user: { id: string; name: string };
  orgUnit: Reference | string | null;
  open: number;
  overdue: number;
  doneToday: number;
  customers: number;
  aum: string;
}
