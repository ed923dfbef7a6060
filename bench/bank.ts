import { type Role, roles } from '#access';
import { type Database, ident, openDatabase, sql } from '#database';
import { loadDemo } from '#demo';
import { hashPassword, setPassword } from '#identity';
import { type Clock, fixedClock } from '#kernel';
import { type Model, recordId } from '#metadata';
import { buildServer, openRequests } from '../src/server/app.ts';
import { packModel } from '../src/server/model.ts';
import { migrate } from '../src/server/schema.ts';

// A small bank that makes use of everything, with a person for each role: what proofs of rights ask their questions of.

const UNTIL = '2026-11-19';
const NOW = '2026-11-20T02:00:00Z';
const PASSWORD = 'lantern-oboe-73-quilt';
const SOURCE = 'prove';
/** Days of rules run: enough for tasks and tags. */
const DAYS = 3;

/** A person who holds one role, and nothing else. */
export interface Subject {
  role: Role;
  username: string;
  userId: string;
  cookie: string;
  /** The customers whom the role's scope opens to this person, walls minded; found without asking the code under test. */
  reach: ReadonlySet<string>;
}

export interface Bank {
  model: Model;
  clock: Clock & { set(instant: string | Date): void };
  subjects: Subject[];
  /** Last business date. */
  until: string;
}

/** Fills an empty database; every role of the packs gets a person, signed in. */
export async function fillBank(database: Database, seed: number, customers: number): Promise<Bank> {
  const model = packModel();
  const clock = fixedClock(NOW);
  await migrate(database, model);
  await loadDemo({ database, model, clock }, { seed, customers, until: UNTIL, facts: 'light', days: DAYS });
  await arrangeExceptions(database);
  const people = await hire(database, model, clock);
  const server = await openServer(database, { model, clock });
  try {
    const subjects: Subject[] = [];
    for (const person of people) {
      const answer = await server.app.inject({
        method: 'POST',
        url: '/api/session',
        payload: { username: person.username, password: PASSWORD },
      });
      if (answer.statusCode !== 200) throw new Error(`${person.username} could not sign in: ${answer.body}`);
      const cookie = /tongguan_session=[^;]+/.exec(String(answer.headers['set-cookie']))![0];
      subjects.push({ ...person, cookie, reach: await reachOf(database, person) });
    }
    return { model, clock, subjects, until: UNTIL };
  } finally {
    await server.close();
  }
}

/** Walls, service members, remarks and tasks of people who own no customers: what a plain demo bank lacks. */
async function arrangeExceptions(database: Database): Promise<void> {
  await database.query(
    'update customer set walled = true where id in (select id from customer where owner_id is not null order by id limit 3)',
  );
  await database.query(
    `insert into customer_member (id, customer_id, user_id, role, starts_on, source, source_key)
     select c.id + 1, c.id, (select u.id from "user" u where u.roles = '{rm}' and u.id <> c.owner_id order by u.username desc limit 1), 'co_manager', date '2026-01-01', $1, c.id::text
       from customer c order by c.id limit 2`,
    [SOURCE],
  );
  await database.query(
    `insert into note (id, customer_id, text, pinned, author_id, source, source_key)
     select c.id + 2, c.id, '偏好稳健，孩子明年出国', false, c.owner_id, $1, c.id::text from customer c order by c.id limit 20`,
    [SOURCE],
  );
  await database.query(
    `insert into delegation (id, from_user_id, to_user_id, starts_on, ends_on, reason, source, source_key)
     select a.id + 3, a.id, b.id, date '2026-10-01', date '2026-10-05', '休假', $1, a.username
       from (select * from "user" where roles = '{rm}' order by username limit 1) a,
            (select * from "user" where roles = '{rm}' order by username desc limit 1) b`,
    [SOURCE],
  );
}

const usernameOf = (role: string) => `prove.${role}`;

/** One person a role: those of a branch in the branch with most customers, the others at the head office. */
async function hire(database: Database, model: Model, clock: Clock) {
  const { rows } = await database.query<{ desk: string; head: string; owner: string }>(
    `select (select c.branch_id from customer c group by 1 order by count(*) desc, 1 limit 1) as desk,
       (select o.id from org_unit o where o.kind = 'head_office') as head,
       (select c.owner_id from customer c group by 1 order by count(*) desc, 1 limit 1) as owner`,
  );
  const { desk, head, owner } = rows[0]!;
  const hash = await hashPassword(PASSWORD);
  const people: Omit<Subject, 'cookie' | 'reach'>[] = [];
  for (const role of roles(model).values()) {
    const username = usernameOf(role.code);
    const userId = recordId('user', SOURCE, username);
    const grant = role.entities.customer ?? role.entities['@customer'] ?? {};
    const local = grant.read !== undefined && grant.read !== 'none' && grant.read !== 'all';
    await database.query(
      `insert into "user" (id, name, username, roles, org_unit_id, language, active, source, source_key) values ($1, $2, $3, $4, $5, 'zh', true, $6, $3)`,
      [userId, role.label.zh, username, `{${role.code}}`, local ? desk : head, SOURCE],
    );
    await setPassword(database, { userId, username, password: PASSWORD, hash, clock });
    people.push({ role, username, userId });
    // Somebody with a book of his own: half of the largest.
    if (grant.read === 'own') {
      await database.query(
        `update customer set owner_id = $1 where id in (select id from customer where owner_id = $2 order by id limit (select (count(*) + 1) / 2 from customer where owner_id = $2))`,
        [userId, owner],
      );
    }
    // Everybody has something to do, some of it for customers of others.
    await database.query(
      `update task set assignee_id = $1 where id in (select id from task where assignee_id is distinct from $1 and status = 'open' and not (assignee_id = any($2::bigint[])) order by md5(id::text || $3) limit 4)`,
      [userId, people.map((person) => person.userId), role.code],
    );
  }
  return people;
}

/** What the role's words say of this person, in SQL of its own. */
async function reachOf(database: Database, { role, userId }: Pick<Subject, 'role' | 'userId'>): Promise<Set<string>> {
  const scope = (role.entities.customer ?? role.entities['@customer'])?.read ?? 'none';
  const ways: Record<string, string> = {
    none: 'false',
    own: 'c.owner_id = $1',
    team: `c.owner_id in (select mate.id from "user" mate join "user" me on me.org_unit_id = mate.org_unit_id where me.id = $1)`,
    branch: `c.branch_id = (select me.org_unit_id from "user" me where me.id = $1)`,
    branch_and_below: `c.branch_id in (with recursive below as (select me.org_unit_id as id from "user" me where me.id = $1
      union select o.id from org_unit o join below on o.parent_id = below.id) select id from below)`,
    all: 'true',
  };
  const crosses = role.permissions.includes('walls.cross');
  const { rows } = await database.query<{ id: string }>(
    `select c.id from customer c, (select $1::bigint as me, $2::boolean as crosses) given
      where (${ways[scope]!} and (crosses or c.walled is not true or c.owner_id = me))
         or ($3 and exists (select from task t where t.customer_id = c.id and t.assignee_id = me and t.status = 'open'))
         or ($3 and exists (select from customer_member m where m.customer_id = c.id and m.user_id = me))`,
    [userId, crosses, scope !== 'none'],
  );
  return new Set(rows.map(({ id }) => id));
}

/** The real server on a database, without a port. */
export async function openServer(
  database: Database,
  { model, clock, home, report }: { model: Model; clock: Clock; home?: string; report?: (line: string) => void },
) {
  const requests = await openRequests(database, { maxConnections: 4 });
  const app = await buildServer({
    database,
    requests,
    model,
    clock,
    home: home ?? '/nonexistent',
    webFolder: null,
    secureCookies: false,
    version: 'prove',
    report: report ?? ((line) => console.error(line)),
  });
  return {
    app,
    requests,
    async close() {
      await app.close();
      await requests.close();
    },
  };
}

/** A second database with the same content; nobody may be connected to the first meanwhile. */
export async function databasesOf(server: Database & { url: string }, names: readonly string[]) {
  const { rows } = await server.query<{ name: string }>('select current_database() as name');
  const nameOf = (suffix: string) => `${rows[0]!.name}_${suffix}`;
  const urlOf = (name: string) => {
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  return {
    async make(suffix: string, from?: string): Promise<void> {
      const name = nameOf(suffix);
      const template = from ? sql` template ${ident(nameOf(from))}` : sql``;
      await server.query(sql`create database ${ident(name)}${template}`);
    },
    open: (suffix: string) => openDatabase(urlOf(nameOf(suffix)), { maxConnections: 4 }),
    async drop(): Promise<void> {
      for (const suffix of names)
        await server.query(sql`drop database if exists ${ident(nameOf(suffix))} with (force)`);
    },
  };
}
