// Who may do what, written by hand from the issue and from what the roles are for. The proof `matrix` compares the program with
// this file and nothing else; it never asks src/access. A mismatch means that one of the two is wrong: think which.
//
// How to read it
//   scope    own · team · branch_and_below · all: the customers that a role reaches, as the glossary says
//   letters  r read · c create · u update · e export
//   sense    how secret a field is: `open` (internal, level 2 and below), `closed` (level 3 without a mask), or the mask that hides it
//   act      what a route asks for: `public`, `signed_in`, a permission, or `entity.r|c|u`

export type Scope = 'own' | 'team' | 'branch_and_below' | 'all';
export type Letter = 'r' | 'c' | 'u' | 'e';
export type Sense =
  | 'open'
  | 'closed'
  | 'name'
  | 'amount'
  | 'year'
  | 'phone'
  | 'id_number'
  | 'email'
  | 'address'
  | 'tail';
export type View = 'clear' | 'masked' | 'hidden';

/** What a role may do with fields of one sense: how it sees them, then e(dit), f(ilter, sort, search), x (take along in a file). */
export interface Sight {
  see: View;
  may: string;
}

const MASKED: Sight = { see: 'masked', may: 'x' };
const HIDDEN: Sight = { see: 'hidden', may: '' };
const OPEN: Sight = { see: 'clear', may: 'efx' };
const WATCHED: Sight = { see: 'clear', may: 'fx' };
const KNOWN: Sight = { see: 'clear', may: 'ef' };
const FOLLOWED: Sight = { see: 'clear', may: 'f' };
const REPLACED: Sight = { see: 'masked', may: 'ex' };

/** Who is told nothing else sees a sensitive value masked, and a closed one not at all. */
const outsider: Record<Sense, Sight> = {
  open: OPEN,
  closed: HIDDEN,
  name: MASKED,
  amount: MASKED,
  year: MASKED,
  phone: MASKED,
  id_number: MASKED,
  email: MASKED,
  address: MASKED,
  tail: MASKED,
};

export const sights = {
  outsider,
  /** Knows the customer: name, amounts and remarks; names leave in no file. Identifiers stay masked, but may be set anew. */
  manager: {
    ...outsider,
    closed: OPEN,
    name: KNOWN,
    amount: OPEN,
    year: KNOWN,
    phone: REPLACED,
    id_number: REPLACED,
    email: REPLACED,
    address: REPLACED,
  },
  /** Answers a caller: name and remarks, no amounts; sets no identifiers. */
  agent: { ...outsider, closed: KNOWN, name: FOLLOWED },
  /** Watches the business: amounts and remarks, no names; changes nothing. */
  control: { ...outsider, closed: WATCHED, amount: WATCHED, year: FOLLOWED },
} satisfies Record<string, Record<Sense, Sight>>;

export interface EntityLine {
  path: string;
  /** belonging: to one customer · customer · household · delegation: about persons · institution: nobody's in particular */
  kind: 'customer' | 'household' | 'belonging' | 'delegation' | 'institution';
  title: string;
  fields: Record<string, Sense>;
  /** Written by the system alone. */
  computed?: string[];
  /** Search helpers: never shown; usable where the named field may be filtered by. */
  derived?: Record<string, string>;
  /** The columns of a list that asks for none. */
  columns: string[];
  sorts: string[];
  /** Facts: dated rows without version. */
  fact?: boolean;
  creates?: boolean;
  updates?: boolean;
}

const open = (codes: string): Record<string, Sense> =>
  Object.fromEntries(codes.split(' ').map((code) => [code, 'open']));

export const entities: Record<string, EntityLine> = {
  customer: {
    path: 'customers',
    kind: 'customer',
    title: 'name',
    creates: true,
    updates: true,
    fields: {
      ...open(
        'kind number tier gender id_kind uscc founded_on registered_capital district occupation risk_assessed_on branch owner since service_level status erased_on walled birthday_calendar contact_wish contact_wish_until contact_weekday contact_time',
      ),
      name: 'name',
      aum: 'amount',
      birth_date: 'year',
      id_number: 'id_number',
      legal_representative: 'name',
      phone: 'phone',
      email: 'email',
      address: 'address',
      risk_level: 'closed',
      household: 'closed',
      household_role: 'closed',
    },
    computed: ['tier', 'aum', 'erased_on'],
    derived: { pinyin: 'name', initials: 'name', name_grams: 'name', name_sound: 'name' },
    columns: ['name', 'kind', 'tier', 'aum', 'branch', 'owner', 'phone', 'since'],
    sorts: ['aum', 'owner', 'branch', 'pinyin', 'since', 'household'],
  },
  household: {
    path: 'households',
    kind: 'household',
    title: 'name',
    creates: true,
    updates: true,
    fields: { name: 'name', district: 'open' },
    columns: ['name', 'district'],
    sorts: ['name'],
  },
  account: {
    path: 'accounts',
    kind: 'belonging',
    title: 'number',
    fields: {
      ...open(
        'customer product kind currency balance_on opened_on maturity_date closed_on statement_frequency status branch',
      ),
      number: 'tail',
      balance: 'amount',
    },
    computed: ['balance', 'balance_on'],
    columns: ['number', 'customer', 'product', 'balance', 'currency', 'status', 'opened_on'],
    sorts: ['number'],
  },
  account_role: {
    path: 'account-roles',
    kind: 'belonging',
    title: 'role',
    fields: open('customer account role'),
    columns: ['customer', 'account', 'role'],
    sorts: ['account'],
  },
  card: {
    path: 'cards',
    kind: 'belonging',
    title: 'number',
    fields: { ...open('customer account kind issued_on status'), number: 'tail' },
    columns: ['number', 'customer', 'account', 'kind', 'issued_on', 'status'],
    sorts: ['issued_on'],
  },
  holding: {
    path: 'holdings',
    kind: 'belonging',
    title: 'product',
    fields: {
      ...open('customer product currency bought_on maturity_date redeemed_on status'),
      quantity: 'closed',
      principal: 'amount',
      market_value: 'amount',
    },
    columns: ['customer', 'product', 'market_value', 'principal', 'bought_on', 'maturity_date', 'status'],
    sorts: ['maturity_date'],
  },
  loan: {
    path: 'loans',
    kind: 'belonging',
    title: 'number',
    fields: {
      ...open('customer account product term_months granted_on maturity_date'),
      number: 'closed',
      amount: 'amount',
      balance: 'amount',
      monthly_payment: 'amount',
      status: 'closed',
    },
    columns: ['number', 'customer', 'product', 'amount', 'term_months', 'granted_on', 'maturity_date', 'status'],
    sorts: ['maturity_date'],
  },
  login: {
    path: 'logins',
    kind: 'belonging',
    title: 'channel',
    fact: true,
    fields: open('customer business_date at channel device'),
    columns: ['at', 'customer', 'channel', 'device'],
    sorts: ['business_date'],
  },
  page_view: {
    path: 'page-views',
    kind: 'belonging',
    title: 'topic',
    fact: true,
    fields: open('customer business_date at topic channel page'),
    columns: ['at', 'customer', 'topic', 'channel', 'page'],
    sorts: ['business_date'],
  },
  complaint: {
    path: 'complaints',
    kind: 'belonging',
    title: 'topic',
    fact: true,
    fields: open('customer business_date at number topic channel'),
    columns: ['at', 'customer', 'topic', 'channel', 'number'],
    sorts: ['business_date'],
  },
  survey: {
    path: 'surveys',
    kind: 'belonging',
    title: 'topic',
    fact: true,
    fields: open('customer business_date at topic score channel'),
    columns: ['at', 'customer', 'topic', 'score', 'channel'],
    sorts: ['business_date'],
  },
  standing_order: {
    path: 'standing-orders',
    kind: 'belonging',
    title: 'number',
    fields: {
      ...open('customer number account purpose counterparty_bank'),
      amount: 'amount',
      counterparty_account: 'tail',
    },
    columns: ['number', 'customer', 'account', 'amount', 'purpose', 'counterparty_bank', 'counterparty_account'],
    sorts: ['number'],
  },
  transaction: {
    path: 'transactions',
    kind: 'belonging',
    title: 'kind',
    fact: true,
    fields: {
      ...open('customer business_date sequence at account direction currency kind channel counterparty_bank purpose'),
      amount: 'amount',
      balance_after: 'amount',
      counterparty_name: 'name',
      counterparty_account: 'tail',
    },
    columns: [
      'business_date',
      'customer',
      'account',
      'direction',
      'amount',
      'balance_after',
      'kind',
      'counterparty_name',
      'purpose',
      'channel',
    ],
    sorts: ['business_date'],
  },
  interaction: {
    path: 'interactions',
    kind: 'belonging',
    title: 'summary',
    creates: true,
    fields: { ...open('customer at channel result user task review'), summary: 'closed' },
    columns: ['at', 'customer', 'channel', 'summary', 'result', 'user'],
    sorts: ['at', 'customer'],
  },
  note: {
    path: 'notes',
    kind: 'belonging',
    title: 'text',
    creates: true,
    updates: true,
    fields: { ...open('customer pinned author'), text: 'closed' },
    columns: ['customer', 'text', 'author'],
    sorts: ['created_at'],
  },
  task: {
    path: 'tasks',
    kind: 'belonging',
    title: 'title',
    creates: true,
    updates: true,
    fields: {
      ...open(
        'customer title script priority assignee due_at status business_date rule occasion result useless_because done_at done_by snoozed_until wakes_at',
      ),
      reason: 'closed',
      evidence: 'closed',
      stake: 'amount',
    },
    computed: [
      'business_date',
      'rule',
      'occasion',
      'evidence',
      'result',
      'useless_because',
      'done_at',
      'done_by',
      'snoozed_until',
      'wakes_at',
      'stake',
    ],
    columns: ['title', 'customer', 'assignee', 'priority', 'due_at', 'status', 'business_date'],
    sorts: ['due_at', 'assignee', 'status'],
  },
  opportunity: {
    path: 'opportunities',
    kind: 'belonging',
    title: 'title',
    creates: true,
    updates: true,
    fields: {
      ...open('customer title stage product assignee opened_on next_contact last_contact closes_on rule'),
      reason: 'closed',
      amount: 'amount',
      texts: 'closed',
    },
    computed: ['rule', 'texts'],
    columns: ['title', 'customer', 'stage', 'amount', 'assignee', 'next_contact', 'closes_on', 'last_contact'],
    sorts: ['closes_on', 'assignee', 'stage'],
  },
  service_case: {
    path: 'service-cases',
    kind: 'belonging',
    title: 'title',
    creates: true,
    updates: true,
    fields: {
      ...open('customer kind title status priority assignee due_at process business_date rule'),
      text: 'closed',
      texts: 'closed',
    },
    computed: ['business_date', 'rule', 'texts'],
    columns: ['title', 'customer', 'kind', 'status', 'priority', 'assignee', 'due_at'],
    sorts: ['due_at', 'assignee', 'status'],
  },
  message: {
    path: 'messages',
    kind: 'belonging',
    title: 'text',
    fields: {
      ...open('customer channel audience recipient status not_before refusal business_date rule'),
      subject: 'closed',
      text: 'closed',
      texts: 'closed',
    },
    computed: ['texts'],
    columns: ['customer', 'channel', 'audience', 'recipient', 'text', 'status', 'not_before', 'rule'],
    sorts: ['not_before'],
  },
  alert: {
    path: 'alerts',
    kind: 'belonging',
    title: 'rule',
    fields: {
      ...open(
        'customer manager rule rule_version occasion business_date at branch outcome late subject_entity subject_id event_id actions',
      ),
      evidence: 'closed',
    },
    columns: ['at', 'customer', 'rule', 'manager', 'business_date', 'branch', 'outcome', 'late'],
    sorts: ['business_date', 'customer', 'rule'],
  },
  customer_member: {
    path: 'customer-members',
    kind: 'belonging',
    title: 'role',
    creates: true,
    updates: true,
    fields: open('customer user role starts_on ends_on'),
    columns: ['customer', 'user', 'role', 'starts_on', 'ends_on'],
    sorts: ['starts_on', 'user'],
  },
  delegation: {
    path: 'delegations',
    kind: 'delegation',
    title: 'reason',
    creates: true,
    updates: true,
    fields: open('from_user to_user starts_on ends_on reason revoked'),
    columns: ['from_user', 'to_user', 'starts_on', 'ends_on', 'reason', 'revoked'],
    sorts: ['starts_on', 'from_user', 'to_user'],
  },
  user: {
    path: 'users',
    kind: 'institution',
    title: 'name',
    creates: true,
    updates: true,
    fields: { ...open('name username roles org_unit email language active kind'), phone: 'phone' },
    columns: ['name', 'username', 'roles', 'org_unit', 'active'],
    sorts: ['username', 'name', 'org_unit'],
  },
  post: {
    path: 'posts',
    kind: 'institution',
    title: 'role',
    creates: true,
    updates: true,
    fields: open('user role org_unit kind starts_on ends_on reason'),
    columns: ['user', 'role', 'org_unit', 'kind', 'starts_on', 'ends_on'],
    sorts: ['user', 'starts_on'],
  },
  org_unit: {
    path: 'org-units',
    kind: 'institution',
    title: 'name',
    creates: true,
    updates: true,
    fields: open('name code kind parent district address'),
    columns: ['name', 'code', 'kind', 'parent', 'district'],
    sorts: ['code', 'name', 'parent'],
  },
  product: {
    path: 'products',
    kind: 'institution',
    title: 'name',
    creates: true,
    updates: true,
    fields: open('name code class risk_level asset_type sector currency annual_rate term_days status'),
    columns: ['name', 'code', 'class', 'risk_level', 'annual_rate', 'term_days', 'status'],
    sorts: ['code', 'name'],
  },
  announcement: {
    path: 'announcements',
    kind: 'institution',
    title: 'title',
    creates: true,
    updates: true,
    fields: open('title product at kind severity text link'),
    columns: ['at', 'title', 'product', 'severity', 'kind', 'link'],
    sorts: ['at', 'product'],
  },
  district: {
    path: 'districts',
    kind: 'institution',
    title: 'name',
    creates: true,
    updates: true,
    fields: open(
      'name code region population urban_share average_salary unemployment_rate unemployment_rate_previous crimes crimes_previous',
    ),
    columns: ['name', 'code', 'region', 'population', 'average_salary', 'unemployment_rate'],
    sorts: ['code', 'name'],
  },
};

/** Scope and letters, for example `own rcue`; an entity that is not named is not read. */
type Grants = Record<string, `${Scope} ${string}`>;

export interface RoleLine {
  sight: keyof typeof sights;
  /** Fields that the role sees or sets otherwise than their sense says. */
  fields?: Record<string, Sight>;
  /** Passed on to a deputy. */
  delegable?: boolean;
  acts: string[];
  grants: Grants;
}

const DIRECTORY: Grants = {
  user: 'all r',
  post: 'all r',
  org_unit: 'all r',
  product: 'all r',
  district: 'all r',
  announcement: 'all r',
};

/** What loads and rules bring of a customer: read and exported, never written by people. */
const loaded = (scope: Scope, letters: string): Grants => ({
  account: `${scope} ${letters}`,
  account_role: `${scope} ${letters}`,
  card: `${scope} ${letters}`,
  holding: `${scope} ${letters}`,
  loan: `${scope} ${letters}`,
  login: `${scope} ${letters}`,
  page_view: `${scope} ${letters}`,
  complaint: `${scope} ${letters}`,
  survey: `${scope} ${letters}`,
  message: `${scope} ${letters}`,
  alert: `${scope} ${letters}`,
  standing_order: `${scope} ${letters}`,
  transaction: `${scope} ${letters}`,
});

/** Who looks after customers of his scope. */
const book = (scope: Scope): Grants => ({
  ...DIRECTORY,
  ...loaded(scope, 're'),
  customer: `${scope} rcue`,
  household: `${scope} rcu`,
  interaction: `${scope} rcue`,
  note: `${scope} rcu`,
  task: `${scope} rcue`,
  opportunity: `${scope} rcue`,
  service_case: `${scope} rcue`,
  customer_member: `${scope} rcu`,
  delegation: `${scope} rcu`,
});

/** Who only looks, at everybody. */
const overview = (letters: string): Grants => ({
  ...DIRECTORY,
  ...loaded('all', letters),
  customer: `all ${letters}`,
  interaction: `all ${letters}`,
  note: `all ${letters}`,
  task: `all ${letters}`,
  opportunity: `all ${letters}`,
  service_case: `all ${letters}`,
  customer_member: `all ${letters}`,
  delegation: 'all r',
});

export const roles: Record<string, RoleLine> = {
  rm: {
    sight: 'manager',
    // A manager must not hide his customers from those above him.
    fields: { 'customer.branch': WATCHED, 'customer.walled': WATCHED },
    delegable: true,
    acts: [
      'assets.read',
      'tasks.work',
      'customers.reveal',
      'customers.bulk',
      'exports.request',
      'delegations.own',
      'customer_tag.set',
    ],
    grants: book('own'),
  },
  service_agent: {
    sight: 'agent',
    // Rules word these with the amounts that they looked at.
    fields: { 'task.reason': HIDDEN, 'task.evidence': HIDDEN },
    delegable: true,
    acts: ['tasks.work', 'customers.reveal', 'delegations.own'],
    grants: {
      ...DIRECTORY,
      customer: 'all r',
      account: 'all r',
      card: 'all r',
      interaction: 'all rcu',
      note: 'all rc',
      task: 'all rcu',
      service_case: 'all rcu',
      announcement: 'all rcu',
      delegation: 'own rcu',
    },
  },
  supervisor: {
    sight: 'manager',
    delegable: true,
    acts: [
      'assets.read',
      'tasks.work',
      'tasks.assign',
      'team.read',
      'customers.reveal',
      'customers.bulk',
      'exports.request',
      'delegations.own',
      'delegations.manage',
      'handovers.run',
      'breakglass.review',
      'definitions.read',
      'segments.propose',
      'customer_tag.set',
      'identity.resolve',
      'identity.approve',
    ],
    grants: book('team'),
  },
  branch_head: {
    sight: 'manager',
    delegable: true,
    acts: [
      'assets.read',
      'tasks.work',
      'tasks.assign',
      'team.read',
      'customers.reveal',
      'customers.bulk',
      'exports.request',
      'exports.approve',
      'breakglass.approve',
      'breakglass.review',
      'days.read',
      'delegations.own',
      'delegations.manage',
      'handovers.run',
      'definitions.read',
      'segments.propose',
      'customer_tag.set',
    ],
    grants: book('branch_and_below'),
  },
  designer: {
    sight: 'outsider',
    acts: [
      'loads.read',
      'loads.upload',
      'feeds.edit',
      'mappings.edit',
      'days.read',
      'definitions.read',
      'definitions.edit',
      'definitions.publish',
      'rules.run',
      'outbox.read',
      'segments.propose',
    ],
    grants: {
      ...DIRECTORY,
      ...loaded('all', 'r'),
      customer: 'all r',
      task: 'all r',
      opportunity: 'all r',
      service_case: 'all r',
      customer_member: 'all r',
      product: 'all rcu',
      announcement: 'all rcu',
      district: 'all rcu',
    },
  },
  compliance: {
    sight: 'control',
    acts: [
      'assets.read',
      'identity.resolve',
      'identity.approve',
      'team.read',
      'customers.reveal',
      'customers.erase',
      'breakglass.approve',
      'breakglass.review',
      'exports.request',
      'exports.approve',
      'audit.read',
      'days.read',
      'loads.read',
      'access.explain',
      'walls.cross',
      'definitions.read',
      'outbox.read',
    ],
    grants: { ...overview('re'), household: 'all re' },
  },
  risk: {
    sight: 'control',
    acts: ['assets.read', 'team.read', 'customers.reveal', 'exports.request', 'days.read', 'definitions.read'],
    grants: { ...overview('re'), household: 'all re' },
  },
  aml_officer: {
    sight: 'control',
    acts: ['customers.reveal', 'exports.request', 'walls.cross'],
    grants: { ...overview('re'), household: 'all re' },
  },
  auditor: {
    sight: 'outsider',
    acts: [
      'audit.read',
      'audit.export',
      'exports.identify',
      'team.read',
      'loads.read',
      'days.read',
      'access.explain',
      'definitions.read',
    ],
    grants: overview('r'),
  },
  security_admin: {
    sight: 'outsider',
    fields: { 'user.roles': KNOWN },
    acts: ['access.manage', 'access.explain', 'users.reset_factors', 'users.end_sessions', 'keys.manage'],
    grants: { ...DIRECTORY, user: 'all ru', post: 'all rcu', delegation: 'all ru' },
  },
  system_admin: {
    sight: 'outsider',
    // Keeps accounts, but gives nobody a role or a unit.
    fields: { 'user.roles': FOLLOWED, 'user.org_unit': FOLLOWED },
    acts: [
      'team.read',
      'users.manage',
      'loads.read',
      'loads.run',
      'loads.upload',
      'loads.withdraw',
      'feeds.edit',
      'mappings.edit',
      'days.read',
      'days.run',
      'outbox.read',
      'outbox.manage',
    ],
    grants: { ...DIRECTORY, user: 'all rcu', org_unit: 'all rcu', district: 'all rcu', delegation: 'all r' },
  },
  api: {
    sight: 'outsider',
    acts: ['events.write'],
    grants: { ...DIRECTORY, delegation: 'all r', announcement: 'all rcu' },
  },
};

/** Acts that no route asks for: they widen what other routes do, or belong to a command of the operator (keys). */
export const actsWithoutRoute = ['walls.cross', 'delegations.own', 'delegations.manage', 'keys.manage'];

/** What one call of a route that is no entity's own shall come to. */
export interface Variant {
  name: string;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
  /** The status for who may. */
  ok: number | number[];
  /** Tables that may change. */
  writes?: string[];
  /** Further checks of the answer, by name. */
  check?: 'metadata' | 'session' | 'team' | 'plan' | 'profile' | 'duplicates' | 'export' | 'reveal' | 'handover';
}

export interface RouteLine {
  act: string;
  /** Asks for a proof not older than five minutes, which a token cannot give. */
  stepUp?: true;
  /** Only for persons: an API account is refused. */
  person?: true;
  /** `:id` runs over the rows of this entity; one out of reach is not found. */
  object?: string;
  /** Only those rows whose `field` has one of these values, by the field's name; others are refused with 409. */
  only?: Record<string, (string | null)[]>;
  /** `:id` runs over the requests of this kind; who may do what with one, says `requests` below. */
  request?: 'reveal' | 'export';
  /** Tells of everybody's rows, walled or not, each value as the caller's role sees its field: the audit record. */
  ofEveryRow?: true;
  /** Values of the other parts of the path. */
  params?: Record<string, string>;
  variants: Variant[];
}

const UNKNOWN = '4611686018427387904';
/** A feed and a mapping that could be. */
const FEED = {
  code: 'matrix',
  label: { zh: '矩阵', en: 'Matrix' },
  mapping: 'berka',
  active: false,
  dates: 'folder',
  keep_days: 30,
};
const MAPPING = `code: matrix
source: matrix
label: { zh: 矩阵, en: Matrix }
files: { a: { path: a.csv } }
loads: [{ entity: district, file: a, key: "{a}", fields: { name: a } }]
`;
/** A role that gives next to nothing. */
const NARROW = {
  code: 'matrix_role',
  label: { zh: '矩阵', en: 'Matrix' },
  description: { zh: '矩阵', en: 'Matrix' },
  duty: 'business',
  permissions: [],
  entities: { '*': { read: 'all' } },
  fields: [],
};

export const routes: Record<string, RouteLine> = {
  'GET /api/public': { act: 'public', variants: [{ name: 'read', ok: 200 }] },
  'POST /api/session': {
    act: 'public',
    variants: [
      {
        name: 'wrong',
        body: { username: 'nobody', password: 'wrong password' },
        ok: [401, 429],
        writes: ['sign_in_attempt'],
      },
      { name: 'extra', body: { username: 'nobody', password: 'x', roles: ['security_admin'] }, ok: 400 },
    ],
  },
  'POST /api/session/second-factor/options': { act: 'public', variants: [{ name: 'none', ok: 401 }] },
  'POST /api/session/second-factor': {
    act: 'public',
    variants: [{ name: 'none', body: { code: '000000' }, ok: 401 }],
  },
  'POST /api/session/new-password': {
    act: 'public',
    variants: [{ name: 'none', body: { password: 'a long enough passphrase' }, ok: 401 }],
  },
  'POST /api/session/enrol': { act: 'public', variants: [{ name: 'none', ok: 401 }] },
  'POST /api/session/enrol/confirm': {
    act: 'public',
    variants: [{ name: 'none', body: { code: '000000' }, ok: 401 }],
  },
  'GET /api/session': { act: 'signed_in', variants: [{ name: 'read', ok: 200, check: 'session' }] },
  'PATCH /api/session': {
    act: 'signed_in',
    variants: [
      { name: 'language', body: { language: 'en' }, ok: 200, writes: ['user'] },
      { name: 'roles', body: { language: 'en', roles: ['security_admin'] }, ok: 400 },
    ],
  },
  'GET /api/session/step-up': { act: 'signed_in', person: true, variants: [{ name: 'read', ok: 200 }] },
  'POST /api/session/step-up/options': {
    act: 'signed_in',
    person: true,
    variants: [{ name: 'none', ok: [200, 409], writes: ['session'] }],
  },
  'POST /api/session/step-up': {
    act: 'signed_in',
    person: true,
    variants: [{ name: 'wrong', body: { code: '000000' }, ok: [422, 429], writes: ['sign_in_attempt'] }],
  },
  'DELETE /api/session': { act: 'signed_in', person: true, variants: [{ name: 'out', ok: 204, writes: ['session'] }] },
  'GET /api/security': { act: 'signed_in', person: true, variants: [{ name: 'read', ok: 200 }] },
  'POST /api/security/password': {
    act: 'signed_in',
    person: true,
    variants: [
      {
        name: 'wrong',
        body: { current: 'wrong', password: 'a long enough passphrase' },
        ok: [422, 429],
        writes: ['sign_in_attempt'],
      },
    ],
  },
  'POST /api/security/totp': {
    act: 'signed_in',
    stepUp: true,
    person: true,
    variants: [{ name: 'begin', ok: 200, writes: ['totp', 'data_key'] }],
  },
  'POST /api/security/totp/confirm': {
    act: 'signed_in',
    stepUp: true,
    person: true,
    variants: [{ name: 'wrong', body: { code: '000000' }, ok: [404, 409, 422] }],
  },
  'DELETE /api/security/totp': {
    act: 'signed_in',
    stepUp: true,
    person: true,
    variants: [{ name: 'none', ok: 404 }],
  },
  'POST /api/security/recovery-codes': {
    act: 'signed_in',
    stepUp: true,
    person: true,
    variants: [{ name: 'none', ok: 409 }],
  },
  'POST /api/security/keys/options': {
    act: 'signed_in',
    stepUp: true,
    person: true,
    variants: [{ name: 'begin', ok: 200, writes: ['session'] }],
  },
  'POST /api/security/keys': {
    act: 'signed_in',
    stepUp: true,
    person: true,
    variants: [{ name: 'wrong', body: { name: 'key', credential: {} }, ok: 400 }],
  },
  'DELETE /api/security/keys/:id': {
    act: 'signed_in',
    stepUp: true,
    person: true,
    params: { id: UNKNOWN },
    variants: [{ name: 'unknown', ok: 404 }],
  },
  'DELETE /api/security/sessions': {
    act: 'signed_in',
    person: true,
    variants: [{ name: 'others', ok: 204, writes: ['session', 'sign_in'] }],
  },
  'DELETE /api/security/sessions/:id': {
    act: 'signed_in',
    person: true,
    params: { id: UNKNOWN },
    variants: [{ name: 'unknown', ok: 404 }],
  },
  'POST /api/users/:id/password': {
    act: 'users.manage',
    stepUp: true,
    object: 'user',
    // An API account has none; nobody resets his own, nor that of another separated duty.
    variants: [{ name: 'reset', ok: [200, 403, 409], writes: ['credential', 'session', 'sign_in', 'known_device'] }],
  },
  'GET /api/users/:id/security': {
    act: 'users.end_sessions',
    object: 'user',
    variants: [{ name: 'read', ok: 200 }],
  },
  'DELETE /api/users/:id/sessions': {
    act: 'users.end_sessions',
    object: 'user',
    variants: [{ name: 'all', ok: 204, writes: ['session', 'sign_in', 'known_device'] }],
  },
  'DELETE /api/users/:id/factors': {
    act: 'users.reset_factors',
    stepUp: true,
    object: 'user',
    variants: [
      {
        name: 'all',
        ok: [204, 409],
        writes: ['totp', 'security_key', 'recovery_code', 'session', 'sign_in', 'known_device'],
      },
    ],
  },
  'GET /api/users/:id/tokens': { act: 'users.manage', object: 'user', variants: [{ name: 'read', ok: 200 }] },
  'POST /api/users/:id/tokens': {
    act: 'users.manage',
    stepUp: true,
    object: 'user',
    // People sign in; only API accounts have tokens.
    variants: [{ name: 'make', body: { name: 'matrix', days: 30 }, ok: [201, 409], writes: ['api_token'] }],
  },
  'DELETE /api/users/:id/tokens/:token': {
    act: 'users.manage',
    object: 'user',
    params: { token: UNKNOWN },
    variants: [{ name: 'unknown', ok: 404 }],
  },
  'GET /api/metadata': { act: 'signed_in', variants: [{ name: 'read', ok: 200, check: 'metadata' }] },
  'GET /api/day-plan': {
    act: 'signed_in',
    variants: [
      { name: 'own', ok: 200, check: 'plan' },
      { name: 'done', query: { status: 'done' }, ok: 200 },
      { name: 'later', query: { place: 'later', due: 'overdue', priority: 'high', limit: '5' }, ok: 200 },
    ],
  },
  'PUT /api/day-plan/settings': {
    act: 'tasks.work',
    variants: [
      { name: 'set', body: { contactsPerDay: 30 }, ok: 200, writes: ['day_plan_setting'] },
      { name: 'extra', body: { contactsPerDay: 30, user: UNKNOWN }, ok: 400 },
    ],
  },
  'GET /api/day-plan/missed': { act: 'tasks.work', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/assets': {
    act: 'assets.read',
    variants: [
      { name: 'read', ok: 200 },
      { name: 'reversed', query: { period: 'custom', from: '2026-02-01', to: '2026-01-01' }, ok: [200, 422] },
    ],
  },
  'GET /api/assets/export': { act: 'exports.request', variants: [{ name: 'units', query: { by: 'units' }, ok: 200 }] },
  'GET /api/team': { act: 'team.read', variants: [{ name: 'read', ok: 200, check: 'team' }] },
  'GET /api/team/escalations': { act: 'team.read', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/team/coverage': { act: 'team.read', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/team/uncovered': {
    act: 'team.read',
    variants: [
      { name: 'contact', ok: 200 },
      { name: 'review', query: { missing: 'review' }, ok: 200 },
    ],
  },
  'GET /api/team/results': { act: 'team.read', variants: [{ name: 'read', ok: 200 }] },
  'POST /api/tasks/assign': {
    act: 'tasks.assign',
    variants: [
      { name: 'unknown', body: { tasks: [UNKNOWN], to: 'me', reason: '休假' }, ok: 404 },
      { name: 'bare', body: { tasks: [UNKNOWN], to: 'me' }, ok: 400 },
    ],
  },
  'POST /api/tasks/:id/result': {
    act: 'tasks.work',
    object: 'task',
    only: { status: ['open'] },
    variants: [
      {
        name: 'reached',
        body: { result: 'reached', note: '已沟通' },
        ok: 200,
        writes: ['task', 'interaction', 'task_feedback'],
      },
      {
        name: 'useless',
        body: { result: 'not_useful', because: 'known' },
        ok: 200,
        writes: ['task', 'task_feedback'],
      },
      {
        name: 'follow',
        body: { result: 'follow_up', nextOn: '2026-12-01' },
        ok: 200,
        writes: ['task', 'interaction', 'task_feedback'],
      },
      { name: 'extra', body: { result: 'reached', done_by: UNKNOWN }, ok: 400 },
    ],
  },
  'POST /api/tasks/:id/snooze': {
    act: 'tasks.work',
    object: 'task',
    only: { status: ['open'] },
    variants: [{ name: 'later', body: { until: '2026-12-01' }, ok: 200, writes: ['task'] }],
  },
  'POST /api/tasks/:id/reopen': {
    act: 'tasks.work',
    object: 'task',
    only: { status: ['done'] },
    variants: [{ name: 'again', ok: 200, writes: ['task', 'task_feedback'] }],
  },
  'GET /api/customers/:id/profile': {
    act: 'customer.r',
    object: 'customer',
    variants: [{ name: 'read', ok: 200, check: 'profile' }],
  },
  'GET /api/customers/:id/behaviour': {
    act: 'customer.r',
    object: 'customer',
    variants: [{ name: 'read', ok: 200 }],
  },
  'POST /api/customers/duplicates': {
    act: 'customer.c',
    variants: [{ name: 'free', body: { phone: '13911112222' }, ok: 200, check: 'duplicates' }],
  },
  'POST /api/customers/bulk': {
    act: 'customers.bulk',
    variants: [
      {
        name: 'all tasks',
        body: { action: { kind: 'task', title: '回访', dueOn: '2026-11-30' }, question: {} },
        // Who has no customers is told so.
        ok: [202, 422],
        writes: ['bulk_action', 'job'],
      },
      { name: 'one never seen', body: { action: { kind: 'update', values: {} }, ids: ['1'] }, ok: 400 },
    ],
  },
  'POST /api/customers/:id/erasure': {
    act: 'customers.erase',
    stepUp: true,
    object: 'customer',
    // Who has business with the institution, or stands behind a wall, is kept.
    variants: [
      {
        name: 'erase',
        body: { reason: '应客户书面要求' },
        ok: [200, 409],
        writes: ['customer', 'customer_salt'],
      },
      { name: 'bare', body: {}, ok: 400 },
    ],
  },
  'GET /api/business-days': { act: 'days.read', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/business-days/:date': {
    act: 'days.read',
    params: { date: '2026-11-19' },
    variants: [{ name: 'one', ok: 200 }],
  },
  'POST /api/business-days': {
    act: 'days.run',
    variants: [
      { name: 'run', body: { from: '2026-11-20', to: '2026-11-20' }, ok: 202, writes: ['job'] },
      { name: 'extra', body: { from: '2026-11-20', to: '2026-11-20', actor: 'system' }, ok: 400 },
    ],
  },
  'GET /api/rule-health': { act: 'days.read', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/automatic-days': { act: 'days.read', variants: [{ name: 'read', ok: 200 }] },
  'PUT /api/automatic-days': {
    act: 'days.run',
    variants: [
      { name: 'set', body: { enabled: true, at: '01:30', date: 'yesterday' }, ok: 200, writes: ['setting'] },
      { name: 'no time', body: { enabled: true, at: '25:00', date: 'yesterday' }, ok: 400 },
    ],
  },
  'GET /api/load-mappings': { act: 'loads.read', variants: [{ name: 'list', ok: 200 }] },
  'POST /api/events': {
    act: 'events.write',
    variants: [
      { name: 'nothing', body: { source: 'x', events: [] }, ok: 400 },
      {
        name: 'wrong',
        body: { source: 'x', events: [{ id: '1', type: 'nothing' }] },
        ok: 200,
        writes: ['event_figure'],
      },
    ],
  },
  'GET /api/event-sources': { act: 'loads.read', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/held-events': { act: 'loads.read', variants: [{ name: 'list', ok: 200 }] },
  'POST /api/held-events/retry': { act: 'loads.run', variants: [{ name: 'none', ok: 200 }] },
  'POST /api/held-events/drop': {
    act: 'loads.run',
    variants: [
      { name: 'none', body: { ids: ['1'] }, ok: 200 },
      { name: 'empty', body: { ids: [] }, ok: 400 },
    ],
  },
  'GET /api/load-folders': { act: 'loads.read', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/load-runs': { act: 'loads.read', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/load-runs/:id': { act: 'loads.read', params: { id: '1' }, variants: [{ name: 'one', ok: 200 }] },
  'GET /api/load-runs/:id/rejects': { act: 'loads.read', params: { id: '1' }, variants: [{ name: 'list', ok: 200 }] },
  'GET /api/load-runs/:id/rejects.csv': {
    act: 'loads.read',
    params: { id: '1' },
    variants: [{ name: 'file', ok: 200 }],
  },
  'GET /api/load-runs/:id/reconciliation.csv': {
    act: 'loads.read',
    params: { id: '1' },
    variants: [{ name: 'file', ok: 200 }],
  },
  'POST /api/load-runs': {
    act: 'loads.run',
    variants: [
      { name: 'unknown', body: { mapping: 'none', folder: 'none' }, ok: [400, 404, 422] },
      { name: 'upload', body: { mapping: 'berka', upload: UNKNOWN }, ok: 404 },
    ],
  },
  'POST /api/load-runs/:id/cancel': {
    act: 'loads.run',
    params: { id: '1' },
    variants: [{ name: 'ended', body: {}, ok: 409 }],
  },
  'POST /api/load-runs/:id/mended': {
    act: 'loads.run',
    params: { id: '1' },
    variants: [{ name: 'nothing', body: { upload: UNKNOWN }, ok: 409 }],
  },
  'POST /api/load-runs/:id/withdraw': {
    act: 'loads.withdraw',
    stepUp: true,
    params: { id: '1' },
    variants: [
      { name: 'bare', body: {}, ok: 400 },
      { name: 'withdraw', body: { reason: '文件有误' }, ok: [202, 409], writes: ['load_run', 'job'] },
    ],
  },
  'GET /api/load-feeds': { act: 'loads.read', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/load-feeds.yaml': { act: 'loads.read', variants: [{ name: 'text', ok: 200 }] },
  'PUT /api/load-feeds/:code': {
    act: 'feeds.edit',
    params: { code: 'matrix' },
    variants: [
      { name: 'make', body: { feed: FEED, version: 0 }, ok: [200, 409], writes: ['load_feed'] },
      { name: 'extra', body: { feed: { ...FEED, owner: 'x' }, version: 0 }, ok: 400 },
    ],
  },
  'POST /api/load-feeds/import': {
    act: 'feeds.edit',
    variants: [{ name: 'wrong', body: { yaml: '- code: matrix' }, ok: 400 }],
  },
  'POST /api/load-uploads': {
    act: 'loads.upload',
    variants: [{ name: 'begin', body: { purpose: 'load' }, ok: 201, writes: ['load_upload'] }],
  },
  'GET /api/load-uploads/:id': { act: 'loads.upload', params: { id: UNKNOWN }, variants: [{ name: 'none', ok: 404 }] },
  'PUT /api/load-uploads/:id/files/:name': {
    act: 'loads.upload',
    params: { id: UNKNOWN, name: 'a.csv' },
    variants: [{ name: 'none', query: { size: '0' }, ok: 404 }],
  },
  'GET /api/load-targets': { act: 'loads.read', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/load-mappings/:code': {
    act: 'loads.read',
    params: { code: 'berka' },
    variants: [{ name: 'one', ok: 200 }],
  },
  'PUT /api/load-mappings/:code': {
    act: 'mappings.edit',
    params: { code: 'matrix' },
    variants: [
      { name: 'save', body: { text: MAPPING, version: 0 }, ok: [200, 409], writes: ['load_mapping'] },
      { name: 'wrong', body: { text: 'code: matrix', version: 0 }, ok: 400 },
    ],
  },
  'POST /api/load-designs/convert': {
    act: 'loads.read',
    variants: [{ name: 'text', body: { text: MAPPING }, ok: 200 }],
  },
  'POST /api/load-designs/inspect': {
    act: 'mappings.edit',
    variants: [{ name: 'none', body: { upload: UNKNOWN, file: 'a.csv' }, ok: 404 }],
  },
  'POST /api/load-designs/preview': {
    act: 'mappings.edit',
    variants: [{ name: 'none', body: { upload: UNKNOWN, text: MAPPING }, ok: 404 }],
  },
  'POST /api/load-designs/dry-run': {
    act: 'mappings.edit',
    variants: [{ name: 'none', body: { upload: UNKNOWN, text: MAPPING }, ok: 404 }],
  },
  'PUT /api/customers/:id/tags/:tag': {
    act: 'customer_tag.set',
    object: 'customer',
    params: { tag: 'silent' },
    variants: [{ name: 'of the system', body: { reason: '试试' }, ok: 409 }],
  },
  'DELETE /api/customers/:id/tags/:tag': {
    act: 'customer_tag.set',
    object: 'customer',
    params: { tag: 'silent' },
    variants: [{ name: 'of the system', ok: 409 }],
  },
  'GET /api/customers/:id/tag-history': {
    act: 'customer.r',
    object: 'customer',
    variants: [{ name: 'spans', ok: 200 }],
  },
  'GET /api/customers/:id/why': {
    act: 'customer.r',
    object: 'customer',
    variants: [{ name: 'silent', query: { kind: 'tag', code: 'silent' }, ok: 200 }],
  },
  'POST /api/segments/condition': {
    act: 'segments.propose',
    variants: [{ name: 'tier', body: { filter: ['status:eq:active'] }, ok: 200 }],
  },
  'POST /api/segments': {
    act: 'segments.propose',
    variants: [
      {
        name: 'draft',
        body: { filter: ['status:eq:active'], code: 'matrix', label: { zh: '矩阵', en: 'Matrix' } },
        // There since somebody else proposed it.
        ok: [201, 409],
        writes: ['definition'],
      },
      {
        name: 'of a unit',
        body: { filter: ['branch:not_null'], code: 'unit', label: { zh: '机构', en: 'Unit' } },
        ok: 422,
      },
    ],
  },
  'GET /api/segments/:code/members': {
    act: 'customer.r',
    params: { code: 'nothing' },
    variants: [{ name: 'unknown', ok: 404 }],
  },
  'GET /api/segments/:code/size': {
    act: 'customer.r',
    params: { code: 'nothing' },
    variants: [{ name: 'unknown', ok: 404 }],
  },
  'GET /api/definitions/:kind': {
    act: 'definitions.read',
    params: { kind: 'tags' },
    variants: [{ name: 'tags', ok: 200 }],
  },
  'GET /api/definitions/:kind/:code': {
    act: 'definitions.read',
    params: { kind: 'tags', code: 'silent' },
    variants: [{ name: 'silent', ok: 200 }],
  },
  'PUT /api/definitions/:kind/:code/draft': {
    act: 'definitions.edit',
    params: { kind: 'tags', code: 'matrix' },
    variants: [
      {
        name: 'draft',
        body: { body: { code: 'matrix', label: { zh: '矩阵', en: 'Matrix' }, if: 'aum > 1' } },
        ok: [200, 409],
        writes: ['definition'],
      },
      { name: 'nameless', body: { body: { code: 'matrix' } }, ok: 400 },
    ],
  },
  'DELETE /api/definitions/:kind/:code/draft': {
    act: 'definitions.edit',
    params: { kind: 'tags', code: 'nothing' },
    variants: [{ name: 'unknown', ok: 404 }],
  },
  'POST /api/definitions/:kind/check': {
    act: 'definitions.edit',
    params: { kind: 'tags' },
    variants: [{ name: 'wrong', body: { body: { code: 'x' } }, ok: 200 }],
  },
  'POST /api/definitions/:kind/:code/publish': {
    act: 'definitions.publish',
    params: { kind: 'tags', code: 'nothing' },
    variants: [{ name: 'no draft', body: { version: 1 }, ok: 409 }],
  },
  'POST /api/definitions/:kind/:code/retire': {
    act: 'definitions.publish',
    params: { kind: 'tags', code: 'nothing' },
    variants: [{ name: 'unknown', body: {}, ok: 409 }],
  },
  'POST /api/definitions/:kind/:code/revert': {
    act: 'definitions.publish',
    params: { kind: 'tags', code: 'nothing' },
    variants: [{ name: 'unknown', body: { version: 3 }, ok: 404 }],
  },
  'POST /api/definitions/:kind/:code/cancel': {
    act: 'definitions.publish',
    params: { kind: 'tags', code: 'nothing' },
    variants: [{ name: 'none', ok: 409 }],
  },
  'GET /api/rule-choices': { act: 'definitions.read', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/definition-approval': { act: 'signed_in', variants: [{ name: 'read', ok: 200 }] },
  'PUT /api/definition-approval': {
    act: 'access.manage',
    variants: [{ name: 'none', body: { kinds: [] }, ok: 200, writes: ['setting'] }],
  },
  'POST /api/rules/:code/run': {
    act: 'rules.run',
    params: { code: 'silence' },
    variants: [
      { name: 'nobody', body: { customers: [UNKNOWN] }, ok: 422 },
      { name: 'none', body: {}, ok: 400 },
    ],
  },
  'GET /api/rules/:code/why': {
    act: 'customer.r',
    params: { code: 'silence' },
    variants: [
      { name: 'nobody', query: { customer: '1' }, ok: 404 },
      { name: 'no customer', ok: 400 },
    ],
  },
  'GET /api/rules/:code/waiting': {
    act: 'definitions.read',
    params: { code: 'silence' },
    variants: [{ name: 'read', ok: 200 }],
  },
  'POST /api/rules/:code/waiting': {
    act: 'rules.run',
    params: { code: 'silence' },
    variants: [
      { name: 'nothing', body: { step: 'discard' }, ok: 409 },
      { name: 'none', body: {}, ok: 400 },
    ],
  },
  'POST /api/rules/rehearse': {
    act: 'definitions.edit',
    variants: [
      { name: 'future', body: { code: 'silence', from: '2030-01-01', to: '2030-01-02' }, ok: 422 },
      { name: 'reversed', body: { code: 'silence', from: '2026-11-19', to: '2026-11-18' }, ok: 422 },
      { name: 'none', body: { code: 'no_such_rule', from: '2026-11-18', to: '2026-11-19' }, ok: 404 },
    ],
  },
  'GET /api/rules/rehearsals': {
    act: 'definitions.edit',
    variants: [{ name: 'list', query: { rule: 'silence' }, ok: 200 }],
  },
  // One's own alone.
  'GET /api/rules/rehearsals/:id': {
    act: 'definitions.edit',
    params: { id: '1' },
    variants: [{ name: 'none', ok: 404 }],
  },
  'POST /api/rules/rehearsals/:id/cancel': {
    act: 'definitions.edit',
    params: { id: '1' },
    variants: [{ name: 'none', ok: 404 }],
  },
  'GET /api/vocabulary/:kind': {
    act: 'definitions.read',
    params: { kind: 'segments' },
    variants: [{ name: 'segments', ok: 200 }],
  },
  // One's own; of others and of the program's for who runs days. Another's is not found.
  'GET /api/notifications': { act: 'signed_in', variants: [{ name: 'own', ok: 200 }] },
  'GET /api/notifications/count': { act: 'signed_in', variants: [{ name: 'own', ok: 200 }] },
  'POST /api/notifications/:id/read': {
    act: 'signed_in',
    params: { id: UNKNOWN },
    variants: [{ name: 'none', body: { read: true }, ok: 404 }],
  },
  'POST /api/notifications/read': {
    act: 'signed_in',
    variants: [{ name: 'all', ok: 200, writes: ['notification'] }],
  },
  'GET /api/outbox': { act: 'outbox.read', variants: [{ name: 'list', ok: 200 }] },
  'POST /api/outbox/:id/send': { act: 'outbox.manage', params: { id: UNKNOWN }, variants: [{ name: 'none', ok: 404 }] },
  'GET /api/webhook-targets': { act: 'outbox.read', variants: [{ name: 'list', ok: 200 }] },
  'POST /api/webhook-targets': {
    act: 'outbox.manage',
    stepUp: true,
    variants: [
      {
        name: 'make',
        body: { code: 'matrix', label: { zh: '矩阵', en: 'Matrix' }, url: 'https://matrix.example/', internal: false },
        ok: 201,
        writes: ['webhook_target', 'data_key'],
      },
      {
        name: 'plain',
        body: { code: 'matrix', label: { zh: '矩阵', en: 'Matrix' }, url: 'http://matrix.example/', internal: false },
        ok: 400,
      },
    ],
  },
  'PUT /api/webhook-targets/:code': {
    act: 'outbox.manage',
    stepUp: true,
    params: { code: 'nothing' },
    variants: [
      {
        name: 'none',
        body: { version: 1, label: { zh: '矩阵', en: 'Matrix' }, url: 'https://matrix.example/', internal: false },
        ok: 404,
      },
    ],
  },
  'POST /api/webhook-targets/:code/secret': {
    act: 'outbox.manage',
    stepUp: true,
    params: { code: 'nothing' },
    variants: [{ name: 'none', ok: 404 }],
  },
  'POST /api/webhook-targets/:code/test': {
    act: 'outbox.manage',
    params: { code: 'nothing' },
    variants: [{ name: 'none', ok: 404 }],
  },
  'POST /api/webhook-targets/:code/send': {
    act: 'outbox.manage',
    params: { code: 'nothing' },
    variants: [{ name: 'none', ok: 200 }],
  },
  'GET /api/jobs/:id': { act: 'signed_in', params: { id: '1' }, variants: [{ name: 'one', ok: [200, 404] }] },

  'GET /api/roles': { act: 'access.explain', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/role-vocabulary': { act: 'access.explain', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/roles/:code': { act: 'access.explain', params: { code: 'rm' }, variants: [{ name: 'rm', ok: 200 }] },
  'POST /api/roles/:code/preview': {
    act: 'access.manage',
    params: { code: 'rm' },
    variants: [{ name: 'narrow', body: { role: { ...NARROW, code: 'rm' } }, ok: 200 }],
  },
  'POST /api/roles': {
    act: 'access.manage',
    stepUp: true,
    variants: [{ name: 'make', body: { role: NARROW }, ok: 201, writes: ['role_setting'] }],
  },
  'PUT /api/roles/:code': {
    act: 'access.manage',
    stepUp: true,
    params: { code: 'api' },
    variants: [
      {
        name: 'narrow',
        body: { version: 0, role: { ...NARROW, code: 'api', duty: 'control' } },
        ok: 200,
        writes: ['role_setting'],
      },
      { name: 'stale', body: { version: 7, role: { ...NARROW, code: 'api', duty: 'control' } }, ok: 409 },
    ],
  },
  'DELETE /api/roles/:code': {
    act: 'access.manage',
    stepUp: true,
    params: { code: 'rm' },
    // Nothing to take back.
    variants: [{ name: 'unchanged', query: { version: '7' }, ok: [404, 409] }],
  },
  'GET /api/quality': { act: 'customer.r', variants: [{ name: 'counts', ok: 200 }] },
  'GET /api/quality/:rule': {
    act: 'customer.r',
    params: { rule: 'none' },
    variants: [{ name: 'unknown', ok: 404 }],
  },
  'GET /api/search': { act: 'customer.r', variants: [{ name: 'pinyin', query: { q: 'wang' }, ok: 200 }] },
  'GET /api/customers/:id/identities': {
    act: 'customer.r',
    object: 'customer',
    variants: [{ name: 'numbers', ok: 200 }],
  },
  'GET /api/identity/cases': { act: 'identity.resolve', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/identity/count': { act: 'identity.resolve', variants: [{ name: 'count', ok: 200 }] },
  'GET /api/identity/merges': { act: 'identity.resolve', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/identity/cases/:id': {
    act: 'identity.resolve',
    params: { id: '1' },
    variants: [{ name: 'none', ok: 404 }],
  },
  'POST /api/identity/cases/:id/decision': {
    act: 'identity.resolve',
    params: { id: '1' },
    variants: [{ name: 'none', body: { decision: 'apart' }, ok: 404 }],
  },
  'POST /api/identity/cases/:id/approve': {
    act: 'identity.approve',
    stepUp: true,
    params: { id: '1' },
    variants: [{ name: 'none', body: {}, ok: 404 }],
  },
  'POST /api/identity/cases/:id/refuse': {
    act: 'identity.approve',
    params: { id: '1' },
    variants: [{ name: 'none', body: {}, ok: 404 }],
  },
  'POST /api/identity/detection': {
    act: 'identity.resolve',
    variants: [{ name: 'now', ok: 202, writes: ['job'] }],
  },
  'POST /api/identity/merges/:id/undo': {
    act: 'identity.approve',
    stepUp: true,
    params: { id: '1' },
    variants: [{ name: 'none', ok: 404 }],
  },
  'GET /api/handovers': { act: 'handovers.run', variants: [{ name: 'list', ok: 200 }] },
  'POST /api/handovers/preview': {
    act: 'handovers.run',
    variants: [{ name: 'extra', body: { by: 'nobody' }, ok: 400, check: 'handover' }],
  },
  'POST /api/handovers': {
    act: 'handovers.run',
    stepUp: true,
    variants: [
      {
        name: 'extra',
        body: { by: 'nobody' },
        ok: 400,
        check: 'handover',
        writes: ['customer', 'task', 'customer_member', 'handover', 'handover_customer'],
      },
    ],
  },
  'GET /api/access/explain': {
    act: 'access.explain',
    variants: [
      { name: 'field', query: { user: '@rm_own', entity: 'customer', record: '@own', field: 'phone' }, ok: 200 },
    ],
  },
  'GET /api/access/view-as/:userId': {
    act: 'access.explain',
    params: { userId: '@head_city' },
    variants: [{ name: 'rights', ok: 200 }],
  },
  'GET /api/access/view-as/:userId/customers': {
    act: 'access.explain',
    params: { userId: '@head_city' },
    variants: [{ name: 'list', ok: 200 }],
  },
  'GET /api/access/view-as/:userId/customers/:id': {
    act: 'access.explain',
    params: { userId: '@rm_same', id: '@same' },
    variants: [{ name: 'one', ok: 200 }],
  },
  'GET /api/duties': { act: 'signed_in', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/purposes': { act: 'signed_in', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/reveal-options': {
    act: 'customers.reveal',
    variants: [{ name: 'none', query: { entity: 'customer', record: '1', field: 'number' }, ok: 400, check: 'reveal' }],
  },
  'POST /api/reveals': {
    act: 'customers.reveal',
    stepUp: true,
    variants: [
      {
        name: 'extra',
        body: { state: 'active' },
        ok: 400,
        check: 'reveal',
        writes: ['reveal', 'disclosure_step', 'disclosure_notice'],
      },
    ],
  },
  'GET /api/reveals/:id': { act: 'signed_in', request: 'reveal', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/reveals/:id/value': {
    act: 'customers.reveal',
    request: 'reveal',
    variants: [{ name: 'value', ok: 200, writes: ['reveal'] }],
  },
  'POST /api/reveals/:id/approve': {
    act: 'breakglass.approve',
    stepUp: true,
    request: 'reveal',
    variants: [{ name: 'approve', body: { note: '已核' }, ok: 200, writes: ['reveal', 'disclosure_step'] }],
  },
  'POST /api/reveals/:id/refuse': {
    act: 'breakglass.approve',
    request: 'reveal',
    variants: [{ name: 'refuse', body: { note: '理由不足' }, ok: 200, writes: ['reveal', 'disclosure_step'] }],
  },
  'POST /api/reveals/:id/end': {
    act: 'signed_in',
    request: 'reveal',
    variants: [{ name: 'end', body: { note: '收回' }, ok: 200, writes: ['reveal', 'disclosure_step'] }],
  },
  'POST /api/reveals/:id/review': {
    act: 'breakglass.review',
    request: 'reveal',
    variants: [{ name: 'review', body: { verdict: 'in_order' }, ok: 200, writes: ['reveal', 'disclosure_step'] }],
  },
  'GET /api/approvals': { act: 'signed_in', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/reveal-summary': {
    act: 'breakglass.review',
    variants: [{ name: 'week', query: { week: '2026-W47' }, ok: 200 }],
  },
  'GET /api/reveal-summary.csv': {
    act: 'breakglass.review',
    variants: [{ name: 'week', query: { week: '2026-W47' }, ok: 200 }],
  },
  'POST /api/exports/preview': {
    act: 'exports.request',
    variants: [{ name: 'extra', body: { maker: 'nobody' }, ok: 400, check: 'export' }],
  },
  'POST /api/exports': {
    act: 'exports.request',
    stepUp: true,
    variants: [
      {
        name: 'extra',
        body: { maker: 'nobody' },
        ok: 400,
        check: 'export',
        writes: ['export_run', 'disclosure_step', 'job'],
      },
    ],
  },
  'GET /api/exports': { act: 'exports.request', variants: [{ name: 'list', ok: 200 }] },
  'GET /api/exports/:id': { act: 'exports.request', request: 'export', variants: [{ name: 'read', ok: 200 }] },
  'GET /api/exports/:id/file': { act: 'exports.request', request: 'export', variants: [{ name: 'file', ok: 200 }] },
  'POST /api/exports/:id/cancel': {
    act: 'exports.request',
    request: 'export',
    variants: [{ name: 'cancel', body: {}, ok: 200, writes: ['export_run', 'disclosure_step'] }],
  },
  'POST /api/exports/:id/approve': {
    act: 'exports.approve',
    stepUp: true,
    request: 'export',
    variants: [{ name: 'approve', body: {}, ok: 204, writes: ['export_run', 'disclosure_step', 'job'] }],
  },
  'POST /api/exports/:id/refuse': {
    act: 'exports.approve',
    request: 'export',
    variants: [{ name: 'refuse', body: { note: '理由不足' }, ok: 204, writes: ['export_run', 'disclosure_step'] }],
  },
  'POST /api/exports/identify': {
    act: 'exports.identify',
    variants: [{ name: 'none', body: { text: 'a,b' }, ok: [200, 400] }],
  },
  'GET /api/audit-events': { act: 'audit.read', ofEveryRow: true, variants: [{ name: 'list', ok: 200 }] },
  'GET /api/audit-events/:id': {
    act: 'audit.read',
    ofEveryRow: true,
    params: { id: '1' },
    variants: [{ name: 'one', ok: 200 }],
  },
  'POST /api/audit-exports': {
    act: 'audit.export',
    ofEveryRow: true,
    variants: [{ name: 'all', body: {}, ok: 200 }],
  },
  'GET /api/audit-roots': { act: 'audit.read', variants: [{ name: 'list', ok: 200 }] },
};

/**
 * What becomes of a call about a request, by who calls: its maker; somebody in charge, who reaches the customer of a reveal or the unit
 * of an export's maker; a dependent, who besides stands in for the maker or the other way round; a stranger. Lists of a maker's own or of
 * those in charge give the status by the request's state; `else` for any other.
 */
export type ByState = Partial<Record<'requested' | 'active' | 'done' | 'else', number[]>>;

export interface RequestLine {
  maker: ByState;
  inCharge: ByState;
  dependent: ByState;
  stranger: number[];
  /** What somebody who is not the maker must hold besides, one of them; without it he is a stranger. */
  needs?: string[];
}

const WATCHERS = ['breakglass.approve', 'breakglass.review'];
const NOBODY_ELSE = { inCharge: { else: [404] }, dependent: { else: [404] }, stranger: [404] };

export const requests: Record<string, RequestLine> = {
  'GET /api/reveals/:id': {
    maker: { else: [200] },
    inCharge: { else: [200] },
    dependent: { else: [200] },
    stranger: [404],
    needs: WATCHERS,
  },
  'GET /api/reveals/:id/value': { maker: { active: [200], else: [403] }, ...NOBODY_ELSE },
  'POST /api/reveals/:id/approve': {
    maker: { else: [403] },
    inCharge: { requested: [200], else: [409] },
    dependent: { else: [403] },
    stranger: [404],
  },
  'POST /api/reveals/:id/refuse': {
    maker: { else: [403] },
    inCharge: { requested: [200], else: [409] },
    dependent: { else: [403] },
    stranger: [404],
  },
  'POST /api/reveals/:id/end': {
    maker: { else: [200] },
    inCharge: { else: [200] },
    dependent: { else: [200] },
    stranger: [404],
    needs: WATCHERS,
  },
  // None of them is over and waits for its review.
  'POST /api/reveals/:id/review': {
    maker: { else: [403] },
    inCharge: { else: [409] },
    dependent: { else: [403] },
    stranger: [404],
  },
  'GET /api/exports/:id': { maker: { else: [200] }, ...NOBODY_ELSE },
  'GET /api/exports/:id/file': { maker: { else: [404, 409, 410] }, ...NOBODY_ELSE },
  'POST /api/exports/:id/cancel': { maker: { else: [200] }, ...NOBODY_ELSE },
  'POST /api/exports/:id/approve': {
    maker: { else: [403] },
    inCharge: { requested: [204], else: [409] },
    dependent: { else: [403] },
    stranger: [404],
  },
  'POST /api/exports/:id/refuse': {
    maker: { else: [403] },
    inCharge: { requested: [204], else: [409] },
    dependent: { else: [403] },
    stranger: [404],
  },
};

/** What a person sends to create a row: enough to be accepted. `@customer` is the customer of the cell, `@x` a row of the world. */
export const creates: Record<string, Record<string, unknown>> = {
  customer: { name: '新客户', kind: 'person' },
  household: { name: '新家庭' },
  interaction: { customer: '@customer', summary: '新的沟通' },
  note: { customer: '@customer', text: '新的备注' },
  task: { customer: '@customer', title: '新的待办' },
  opportunity: { customer: '@customer', title: '新的商机', opened_on: '2026-11-19' },
  service_case: { customer: '@customer', title: '新的案件' },
  announcement: { title: '新的公告' },
  customer_member: { customer: '@customer', user: '@rm_other', role: 'specialist', starts_on: '2026-11-20' },
  delegation: { to_user: '@helper', starts_on: '2026-12-01', ends_on: '2026-12-05', reason: '休假' },
  user: { name: '新用户', username: 'newcomer', org_unit: '@east' },
  post: {
    user: '@rm_other',
    role: 'rm',
    org_unit: '@east',
    kind: 'acting',
    starts_on: '2026-11-20',
    ends_on: '2026-12-20',
  },
  org_unit: { name: '新机构', code: 'new', kind: 'team', parent: '@east' },
  product: { name: '新产品', code: 'NEW', class: 'fund' },
  district: { name: '新区', code: 'NEW' },
};

/** Columns that belong to the system: no body may name them. */
export const systemColumns = [
  'id',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'source',
  'source_key',
  'as_of',
  'constructor',
];

/** Traces of a call that stay although it is refused, or that every call leaves; all else must be as before, to the bit. */
export const traces: Record<string, string[] | 'all'> = {
  // The events themselves are counted apart.
  audit_event: 'all',
  // Of whom something changed, for the engine.
  customer_change: 'all',
  customer_posted: 'all',
  audit_lane: 'all',
  // Roots, once signed, stay; an export of the audit makes one.
  audit_root: 'all',
  audit_anchor: 'all',
  session: ['seen_at'],
  api_token: ['used_at', 'used_from'],
};

/**
 * Refusals leave one event of the kind `denied` each: every missing right (403), every dead session or token (401; who sends none is
 * simply not signed in), and every row of an entity that is out of reach or not there (404). Bad input leaves none, and neither do
 * these answers, which only ask for a further proof.
 */
export const challenges = ['identity.step_up_needed', 'http.proof_needed'];
