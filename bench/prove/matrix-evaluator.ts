import {
  challenges,
  entities,
  type Letter,
  type RoleLine,
  type RouteLine,
  roles,
  routes,
  type Scope,
  type Sight,
  sights,
  type View,
} from './matrix-policy.ts';
import { householdMakers, type Row, TODAY, type World } from './matrix-world.ts';

/** Who calls, and by what. */
export interface Subject {
  name: string;
  /** Username; null for nobody. */
  user: string | null;
  by: 'nothing' | 'session' | 'stale session' | 'token' | 'dead session' | 'dead token';
}

interface Post {
  role: string;
  /** Whose book it is about. */
  holder: string;
  unit: string;
}

/** A subject with what follows from the bank's rows about him. */
export interface Person extends Subject {
  id: string | null;
  posts: Post[];
  /** Himself and those for whom he stands in. */
  selves: string[];
  /** Customers in whose service he is named or for whom he has an open task. */
  named: Set<string>;
}

const HIDDEN: Sight = { see: 'hidden', may: '' };
const VIEWS: View[] = ['hidden', 'masked', 'clear'];

/** Answers what the policy says of a person, a row and a field. Knows the policy and the bank's rows, nothing of the program. */
export function evaluator(world: World, roleLines: Record<string, RoleLine> = roles) {
  const value = (row: Row, field: string) => row.values[field] ?? null;
  const byId = (entity: string, rowId: string | null) => world[entity]!.find((row) => row.id === rowId);
  const inForce = (row: Row) =>
    value(row, 'starts_on')! <= TODAY && (value(row, 'ends_on') === null || value(row, 'ends_on')! >= TODAY);

  const unitsBelow = (unit: string): Set<string> => {
    const found = new Set([unit]);
    for (let before = 0; before < found.size; ) {
      before = found.size;
      for (const row of world.org_unit!) if (found.has(value(row, 'parent') ?? '')) found.add(row.id);
    }
    return found;
  };

  const personOf = (subject: Subject): Person => {
    const user = world.user!.find((row) => value(row, 'username') === subject.user);
    if (!user) return { ...subject, id: null, posts: [], selves: [], named: new Set() };
    const ownPosts = (row: Row): Post[] => [
      ...value(row, 'roles')!
        .slice(1, -1)
        .split(',')
        .map((role) => ({ role, holder: row.id, unit: value(row, 'org_unit')! })),
      ...world
        .post!.filter((post) => value(post, 'user') === row.id && inForce(post))
        .map((post) => ({ role: value(post, 'role')!, holder: row.id, unit: value(post, 'org_unit')! })),
    ];
    const away = world
      .delegation!.filter(
        (row) => value(row, 'to_user') === user.id && value(row, 'revoked') !== 'true' && inForce(row),
      )
      .map((row) => byId('user', value(row, 'from_user'))!)
      .filter((row) => value(row, 'active') === 'true');
    const selves = [user, ...away].map((row) => row.id);
    const named = new Set(
      world
        .customer_member!.filter((row) => selves.includes(value(row, 'user')!) && inForce(row))
        .map((row) => value(row, 'customer')!),
    );
    for (const task of world.task!) {
      const owner = value(byId('customer', value(task, 'customer'))!, 'owner');
      const assignee = value(task, 'assignee');
      if (value(task, 'status') === 'open' && selves.includes(assignee ?? '') && owner !== assignee)
        named.add(value(task, 'customer')!);
    }
    const delegated = away.flatMap(ownPosts).filter(({ role }) => roleLines[role]!.delegable);
    return { ...subject, id: user.id, posts: [...ownPosts(user), ...delegated], selves, named };
  };

  /** The posts whose roles give that on the entity, with their scope. */
  const grants = (person: Person, entity: string, letter: Letter): { post: Post; scope: Scope }[] =>
    person.posts.flatMap((post) => {
      const [scope, letters] = (roleLines[post.role]!.grants[entity] ?? ' ').split(' ') as [Scope, string];
      return letters.includes(letter) ? [{ post, scope }] : [];
    });

  const holdsAct = (person: Person, act: string) => {
    const [entity, letter] = act.split('.') as [string, Letter];
    if (entities[entity] && letter.length === 1) return grants(person, entity, letter).length > 0;
    return person.posts.some(({ role }) => roleLines[role]!.acts.includes(act));
  };

  const unitOf = (userId: string | null) => {
    const user = byId('user', userId);
    return user && value(user, 'org_unit');
  };

  const withinScope = ({ post, scope }: { post: Post; scope: Scope }, owner: string | null, branch: string | null) => {
    switch (scope) {
      case 'own':
        return owner === post.holder;
      case 'team':
        return owner !== null && (owner === post.holder || unitOf(owner) === post.unit);
      case 'branch_and_below':
        return branch !== null && unitsBelow(post.unit).has(branch);
      case 'all':
        return true;
    }
  };

  /** Does the person reach this customer for that? `isNamed` false leaves out what he was only named for. */
  const reachesCustomer = (person: Person, entity: string, letter: Letter, customer: Row, isNamed = true): boolean => {
    const held = grants(person, entity, letter);
    if (held.length === 0) return false;
    const [owner, branch] = [value(customer, 'owner'), value(customer, 'branch')];
    const named = isNamed && person.named.has(customer.id);
    if (!named && !held.some((grant) => withinScope(grant, owner, branch))) return false;
    const behindWall = value(customer, 'walled') === 'true';
    return !behindWall || named || person.selves.includes(owner ?? '') || holdsAct(person, 'walls.cross');
  };

  /** Is this person among those of whom somebody is in charge? */
  const inCharge = (person: Person, entity: string, letter: Letter, userId: string | null): boolean =>
    userId !== null &&
    grants(person, entity, letter).some(
      ({ post, scope }) =>
        scope === 'all' ||
        person.selves.includes(userId) ||
        (scope === 'team' && unitOf(userId) === post.unit) ||
        (scope === 'branch_and_below' && unitsBelow(post.unit).has(unitOf(userId) ?? '')),
    );

  const reaches = (person: Person, entity: string, letter: Letter, row: Row): boolean => {
    if (grants(person, entity, letter).length === 0) return false;
    switch (entities[entity]!.kind) {
      case 'institution':
        return true;
      case 'delegation':
        return (
          inCharge(person, entity, letter, value(row, 'from_user')) ||
          person.selves.includes(value(row, 'to_user')!) ||
          // Who leads a team sees who stands in from it as well.
          grants(person, entity, letter).some(
            ({ post, scope }) => scope === 'team' && unitOf(value(row, 'to_user')) === post.unit,
          )
        );
      case 'customer':
        return reachesCustomer(person, entity, letter, row);
      case 'household': {
        const members = world.customer!.filter((customer) => value(customer, 'household') === row.id);
        if (members.some((customer) => reachesCustomer(person, entity, letter, customer))) return true;
        const isAll = grants(person, entity, letter).some(({ scope }) => scope === 'all');
        if (isAll && holdsAct(person, 'walls.cross')) return true;
        return members.length === 0 && householdMakers[row.id] === person.id;
      }
      case 'belonging': {
        if (entity === 'task' && value(row, 'assignee') === person.id) return true;
        const customer = byId('customer', value(row, 'customer'));
        return customer !== undefined && reachesCustomer(person, entity, letter, customer);
      }
    }
  };

  /** What a person may do with a field; of several roles that read the entity the widest. */
  const sightOf = (person: Person, entity: string, field: string): Sight => {
    const line = entities[entity]!;
    if (line.derived?.[field]) {
      return sightOf(person, entity, line.derived[field]).may.includes('f') ? { see: 'hidden', may: 'f' } : HIDDEN;
    }
    const held = [...new Set(grants(person, entity, 'r').map(({ post }) => post.role))].map((code) => {
      const role = roleLines[code]!;
      return role.fields?.[`${entity}.${field}`] ?? sights[role.sight][line.fields[field]!];
    });
    return held.reduce(
      (all, one) => ({
        see: VIEWS[Math.max(VIEWS.indexOf(all.see), VIEWS.indexOf(one.see))]!,
        may: [...'efx'].filter((each) => all.may.includes(each) || one.may.includes(each)).join(''),
      }),
      HIDDEN,
    );
  };

  const isAlive = ({ by }: Subject) => by === 'session' || by === 'stale session' || by === 'token';

  /** The status with which a call is refused before anything else of it is looked at; undefined when it is let in. */
  const refusal = (person: Person, route: Pick<RouteLine, 'act' | 'stepUp' | 'person'>): number | undefined => {
    if (route.act === 'public') return undefined;
    if (!isAlive(person)) return 401;
    if (route.act !== 'signed_in' && !holdsAct(person, route.act)) return 403;
    if (route.stepUp && person.by !== 'session') return 403;
    if (route.person && person.by === 'token') return 403;
    return undefined;
  };

  /** How many events of the kind `denied` an answer leaves. */
  const denied = (person: Person, route: string, { status, code }: { status: number; code: string }): number => {
    const [, , first, second] = route.split('/');
    if (status === 403) return challenges.includes(code) ? 0 : 1;
    if (status === 401) return isAlive(person) || person.by === 'nothing' || routes[route]?.act === 'public' ? 0 : 1;
    const ofEntity = Object.values(entities).some(({ path }) => path === first);
    return status === 404 && ofEntity && second === ':id' ? 1 : 0;
  };

  const visible = (person: Person, entity: string, letter: Letter = 'r'): Row[] =>
    world[entity]!.filter((row) => reaches(person, entity, letter, row));

  /** People whose work somebody with `team.read` may look at: those of his units, or all where he sees all customers. */
  const team = (person: Person): Row[] => {
    const isAll = grants(person, 'customer', 'r').some(({ scope }) => scope === 'all');
    return world.user!.filter(
      (user) => isAll || person.posts.some(({ unit }) => unitsBelow(unit).has(value(user, 'org_unit') ?? '')),
    );
  };

  return {
    personOf,
    grants,
    holdsAct,
    reachesCustomer,
    reaches,
    sightOf,
    refusal,
    visible,
    inCharge,
    isAlive,
    denied,
    byId,
    team,
    unitsBelow,
  };
}

export type Evaluator = ReturnType<typeof evaluator>;

const COMPOUND = ['欧阳', '上官', '司马', '诸葛'];

const BANDS: [number, string][] = [
  [5_000_000, '≥5,000,000'],
  [1_000_000, '1,000,000–5,000,000'],
  [200_000, '200,000–1,000,000'],
  [50_000, '50,000–200,000'],
  [0, '<50,000'],
];

/** What a masked viewer is shown (JR/T 0171 display rules), worked out anew from the value. */
export function maskOf(sense: string, text: string): string {
  switch (sense) {
    case 'name':
      return `${text.slice(0, COMPOUND.some((name) => text.startsWith(name)) ? 2 : 1)}**`;
    case 'phone':
      return `${text.slice(0, 3)}****${text.slice(-4)}`;
    case 'id_number':
      return `${text.slice(0, 4)}${'*'.repeat(10)}${text.slice(-4)}`;
    case 'email':
      return `${text[0]}***${text.slice(text.indexOf('@'))}`;
    case 'address':
      return `${text.slice(0, 6)}****`;
    case 'tail':
      return `****${text.slice(-4)}`;
    case 'amount':
      return BANDS.find(([least]) => Math.abs(Number(text)) >= least)![1];
    case 'year':
      return text.slice(0, 4);
    default:
      throw new Error(`there is no mask for ${sense}`);
  }
}
