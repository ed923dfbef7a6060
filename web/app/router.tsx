import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { whenSignedOut } from '../api/client.ts';
import { metadataQuery, queryClient, sessionQuery } from '../api/queries.ts';
import { Crash, Lost, Opening, Root, Waiting } from './frame.tsx';
import { homeFor } from './navigation.ts';
import { listSearch, parseSearch, readOne, stringifySearch } from './search.ts';
import { guard } from './session.ts';

const root = createRootRoute({ component: Root, notFoundComponent: Lost });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string | undefined; why?: string | undefined } => readOne('to', 'why')(search),
  component: lazyRouteComponent(() => import('../pages/sign-in/sign-in.tsx'), 'SignIn'),
});

/** Everything behind the sign-in: the guard asks who is there, the shell frames the page. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: guard,
  component: lazyRouteComponent(() => import('./shell.tsx'), 'Shell'),
  pendingComponent: Opening,
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    const session = queryClient.getQueryData(sessionQuery.queryKey);
    const metadata = queryClient.getQueryData(metadataQuery.queryKey);
    if (session && metadata) throw redirect({ to: homeFor(session, metadata), replace: true });
  },
});

interface PlanSearch {
  assignee?: string | undefined;
  status?: string | undefined;
  priority?: string | undefined;
  rule?: string | undefined;
  due?: string | undefined;
  place?: string | undefined;
}

const dayPlan = createRoute({
  getParentRoute: () => inside,
  path: '/day-plan',
  validateSearch: (search): PlanSearch => readOne('assignee', 'status', 'priority', 'rule', 'due', 'place')(search),
  component: lazyRouteComponent(() => import('../pages/day-plan/day-plan.tsx'), 'DayPlan'),
});

const customers = createRoute({
  getParentRoute: () => inside,
  path: '/customers',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('../pages/customers/customers.tsx'), 'Customers'),
});

const customer = createRoute({
  getParentRoute: () => inside,
  path: '/customers/$id',
  validateSearch: (search): { tab?: string | undefined } => readOne('tab')(search),
  component: lazyRouteComponent(() => import('../pages/customer/customer.tsx'), 'Customer'),
});

const list = createRoute({
  getParentRoute: () => inside,
  path: '/list/$plural',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('../pages/list/list.tsx'), 'ListPage'),
});

const record = createRoute({
  getParentRoute: () => list,
  path: '$id',
  component: lazyRouteComponent(() => import('../pages/list/record.tsx'), 'RecordPage'),
});

const team = createRoute({
  getParentRoute: () => inside,
  path: '/team',
  validateSearch: (search): { view?: string | undefined } => readOne('view')(search),
  component: lazyRouteComponent(() => import('../pages/team/team.tsx'), 'Team'),
});

interface AssetsSearch {
  period?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  by?: string | undefined;
  unit?: string | undefined;
}

const assets = createRoute({
  getParentRoute: () => inside,
  path: '/assets',
  validateSearch: (search): AssetsSearch => readOne('period', 'from', 'to', 'by', 'unit')(search),
  component: lazyRouteComponent(() => import('../pages/assets/assets.tsx'), 'Assets'),
});

const approvals = createRoute({
  getParentRoute: () => inside,
  path: '/approvals',
  validateSearch: (search): { part?: string | undefined } => readOne('part')(search),
  component: lazyRouteComponent(() => import('../pages/approvals/approvals.tsx'), 'Approvals'),
});

const exports = createRoute({
  getParentRoute: () => inside,
  path: '/exports',
  component: lazyRouteComponent(() => import('../pages/exports/exports.tsx'), 'Exports'),
});

const revealSummary = createRoute({
  getParentRoute: () => inside,
  path: '/reveal-summary',
  validateSearch: (search): { week?: string | undefined } => readOne('week')(search),
  component: lazyRouteComponent(() => import('../pages/reveal-summary/reveal-summary.tsx'), 'RevealSummary'),
});

const leaks = createRoute({
  getParentRoute: () => inside,
  path: '/leaks',
  component: lazyRouteComponent(() => import('../pages/leaks/leaks.tsx'), 'Leaks'),
});

const loads = createRoute({
  getParentRoute: () => inside,
  path: '/loads',
  component: lazyRouteComponent(() => import('../pages/loads/loads.tsx'), 'Loads'),
});

const load = createRoute({
  getParentRoute: () => loads,
  path: '$id',
  component: lazyRouteComponent(() => import('../pages/loads/load.tsx'), 'Load'),
});

const events = createRoute({
  getParentRoute: () => inside,
  path: '/events',
  component: lazyRouteComponent(() => import('../pages/events/events.tsx'), 'Events'),
});

const outbox = createRoute({
  getParentRoute: () => inside,
  path: '/outbox',
  validateSearch: (search): { status?: string | undefined } => readOne('status')(search),
  component: lazyRouteComponent(() => import('../pages/outbox/outbox.tsx'), 'Outbox'),
});

const notifications = createRoute({
  getParentRoute: () => inside,
  path: '/notifications',
  validateSearch: (search): { part?: string | undefined } => readOne('part')(search),
  component: lazyRouteComponent(() => import('../pages/notifications/notifications.tsx'), 'Notifications'),
});

const mappings = createRoute({
  getParentRoute: () => inside,
  path: '/mappings',
  component: lazyRouteComponent(() => import('../pages/mappings/mappings.tsx'), 'Mappings'),
});

const mapping = createRoute({
  getParentRoute: () => inside,
  path: '/mappings/$code',
  component: lazyRouteComponent(() => import('../pages/mappings/designer.tsx'), 'Designer'),
});

const ruleHealth = createRoute({
  getParentRoute: () => inside,
  path: '/rule-health',
  component: lazyRouteComponent(() => import('../pages/rule-health/rule-health.tsx'), 'RuleHealth'),
});

const businessDays = createRoute({
  getParentRoute: () => inside,
  path: '/business-days',
  validateSearch: (search): { date?: string | undefined; job?: string | undefined } => readOne('date', 'job')(search),
  component: lazyRouteComponent(() => import('../pages/business-days/business-days.tsx'), 'BusinessDays'),
});

const security = createRoute({
  getParentRoute: () => inside,
  path: '/security',
  component: lazyRouteComponent(() => import('../pages/security/security.tsx'), 'MySecurity'),
});

const roles = createRoute({
  getParentRoute: () => inside,
  path: '/admin/roles',
  component: lazyRouteComponent(() => import('../pages/roles/roles.tsx'), 'Roles'),
});

const role = createRoute({
  getParentRoute: () => inside,
  path: '/admin/roles/$code',
  validateSearch: (search): { part?: string | undefined } => readOne('part')(search),
  component: lazyRouteComponent(() => import('../pages/roles/role.tsx'), 'Role'),
});

/** One page for the lists of all kinds; the address says which. */
const definitionsOf = <P extends string>(path: P) =>
  createRoute({
    getParentRoute: () => inside,
    path,
    component: lazyRouteComponent(() => import('../pages/design/definitions.tsx'), 'Definitions'),
  });
const metrics = definitionsOf('/design/metrics');
const tags = definitionsOf('/design/tags');
const tiers = definitionsOf('/design/tiers');
const segments = definitionsOf('/design/segments');
const parameters = definitionsOf('/design/parameters');
const rules = definitionsOf('/design/rules');

const definition = createRoute({
  getParentRoute: () => inside,
  path: '/design/$kind/$code',
  validateSearch: (search): { above?: string | undefined; template?: string | undefined } =>
    readOne('above', 'template')(search),
  component: lazyRouteComponent(() => import('../pages/design/definition.tsx'), 'DefinitionPage'),
});

interface ExplainSearch {
  user?: string | undefined;
  entity?: string | undefined;
  record?: string | undefined;
  field?: string | undefined;
}

const explain = createRoute({
  getParentRoute: () => inside,
  path: '/access/explain',
  validateSearch: (search): ExplainSearch => readOne('user', 'entity', 'record', 'field')(search),
  component: lazyRouteComponent(() => import('../pages/access/explain.tsx'), 'Explain'),
});

const viewAs = createRoute({
  getParentRoute: () => inside,
  path: '/access/view-as',
  validateSearch: (search): { user?: string | undefined; customer?: string | undefined } =>
    readOne('user', 'customer')(search),
  component: lazyRouteComponent(() => import('../pages/access/view-as.tsx'), 'ViewAs'),
});

const handovers = createRoute({
  getParentRoute: () => inside,
  path: '/handovers',
  validateSearch: (search): { from?: string | undefined; start?: string | undefined } =>
    readOne('from', 'start')(search),
  component: lazyRouteComponent(() => import('../pages/handovers/handovers.tsx'), 'Handovers'),
});

const identity = createRoute({
  getParentRoute: () => inside,
  path: '/identity',
  validateSearch: (search): { part?: string | undefined } => readOne('part')(search),
  component: lazyRouteComponent(() => import('../pages/identity/identity.tsx'), 'Identity'),
});

const quality = createRoute({
  getParentRoute: () => inside,
  path: '/quality',
  validateSearch: (search): { rule?: string | undefined } => readOne('rule')(search),
  component: lazyRouteComponent(() => import('../pages/identity/quality.tsx'), 'Quality'),
});

const delegations = createRoute({
  getParentRoute: () => inside,
  path: '/delegations',
  component: lazyRouteComponent(() => import('../pages/delegations/delegations.tsx'), 'Delegations'),
});

interface AuditSearch {
  event?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  entity?: string | undefined;
  record?: string | undefined;
  customer?: string | undefined;
  decision?: string | undefined;
}

const audit = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  validateSearch: (search): AuditSearch =>
    readOne('event', 'from', 'to', 'actor', 'action', 'entity', 'record', 'customer', 'decision')(search),
  component: lazyRouteComponent(() => import('../pages/audit/audit.tsx'), 'Audit'),
});

const users = createRoute({
  getParentRoute: () => inside,
  path: '/admin/users',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('../pages/users/users.tsx'), 'Users'),
});

const user = createRoute({
  getParentRoute: () => users,
  path: '$id',
  component: lazyRouteComponent(() => import('../pages/users/user.tsx'), 'User'),
});

const orgUnits = createRoute({
  getParentRoute: () => inside,
  path: '/admin/org-units',
  component: lazyRouteComponent(() => import('../pages/org-units/org-units.tsx'), 'OrgUnits'),
});

const orgUnit = createRoute({
  getParentRoute: () => orgUnits,
  path: '$id',
  validateSearch: (search): { parent?: string | undefined } => readOne('parent')(search),
  component: lazyRouteComponent(() => import('../pages/org-units/org-unit.tsx'), 'OrgUnit'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    inside.addChildren([
      home,
      dayPlan,
      customers,
      customer,
      list.addChildren([record]),
      team,
      assets,
      approvals,
      exports,
      revealSummary,
      leaks,
      loads.addChildren([load]),
      events,
      outbox,
      notifications,
      mappings,
      mapping,
      businessDays,
      ruleHealth,
      metrics,
      tags,
      tiers,
      segments,
      parameters,
      rules,
      definition,
      audit,
      security,
      roles,
      role,
      explain,
      viewAs,
      handovers,
      identity,
      quality,
      delegations,
      users.addChildren([user]),
      orgUnits.addChildren([orgUnit]),
    ]),
  ]),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: Lost,
  defaultPendingComponent: Waiting,
  defaultPendingMs: 300,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

whenSignedOut(() => {
  if (router.state.location.pathname === '/sign-in') return;
  const to = router.state.location.href;
  queryClient.clear();
  void router.navigate({ to: '/sign-in', search: { to, why: 'expired' } });
});
