import { permissionsOf, roles } from '#access';
import { prepared, type Queryable } from '#database';
import type { Actor, Language, Post } from '#kernel';
import type { Model } from '#metadata';

const limits = {
  /** Below one unit; deeper trees are cut. */
  depthMax: 10,
  teamMax: 1_000,
  /** Customers beside the own book that one person serves. */
  customersMax: 5_000,
};

interface UserRow {
  id: string;
  username: string;
  name: string;
  org_unit_id: string | null;
  language: Language | null;
  posts: Post[];
  customers: string[];
}

// Units below a post come from the small org_unit table; customers carry their unit, never the tree. Dates are those of the
// institution's zone. A deputy's posts are those of the person he stands in for.
const READ = `with today as (
    select ($2::timestamptz at time zone coalesce((select value->>'zone' from setting where key = 'institution'), 'Asia/Shanghai'))::date as date),
  holders as (
    select u.id, null::text as deputy_for from "user" u where u.id = $1 and u.active
    union all
    select away.id, away.username from delegation d join "user" away on away.id = d.from_user_id and away.active cross join today
     where d.to_user_id = $1 and d.revoked is not true and today.date between d.starts_on and d.ends_on and exists (select from "user" u where u.id = $1 and u.active)),
  posts as (
    select h.id as user_id, h.deputy_for, r.role, u.org_unit_id as unit_id from holders h join "user" u on u.id = h.id cross join unnest(u.roles) r(role)
    union
    select h.id, h.deputy_for, p.role, p.org_unit_id from holders h join post p on p.user_id = h.id cross join today
     where p.starts_on <= today.date and (p.ends_on is null or p.ends_on >= today.date)),
  roots as (select distinct unit_id from posts where unit_id is not null),
  below as (
    with recursive tree as (
      select unit_id as root, unit_id as id, 0 as depth from roots
      union all
      select tree.root, o.id, tree.depth + 1 from org_unit o join tree on o.parent_id = tree.id where tree.depth < ${limits.depthMax})
    select root, array_agg(distinct id)::text[] as ids from tree group by root),
  branches as (
    with recursive line as (
      select r.unit_id as root, o.id, o.parent_id, o.kind, 0 as depth from roots r join org_unit o on o.id = r.unit_id
      union all
      select line.root, o.id, o.parent_id, o.kind, line.depth + 1 from org_unit o join line on o.id = line.parent_id
       where line.kind = 'team' and line.depth < ${limits.depthMax})
    select distinct on (root) root, id from line order by root, depth desc),
  teams as (
    select r.unit_id as root, (array_agg(u.id))[1:${limits.teamMax}]::text[] as ids from roots r join "user" u on u.org_unit_id = r.unit_id group by r.unit_id)
  select u.id, u.username, u.name, u.org_unit_id, u.language,
    coalesce((select json_agg(json_build_object('role', p.role, 'userId', p.user_id::text, 'deputyFor', p.deputy_for, 'unitId', p.unit_id::text,
        'unitIds', coalesce(b.ids, '{}'), 'branchId', n.id::text, 'teamIds', coalesce(t.ids, '{}')) order by p.deputy_for nulls first, p.role, p.unit_id)
      from posts p left join below b on b.root = p.unit_id left join branches n on n.root = p.unit_id left join teams t on t.root = p.unit_id), '[]'::json) as posts,
    array(select m.customer_id from (
      select customer_id from customer_member cm cross join today
       where cm.user_id in (select id from holders) and cm.starts_on <= today.date and (cm.ends_on is null or cm.ends_on >= today.date)
      union
      select t.customer_id from task t join customer c on c.id = t.customer_id
       where t.assignee_id in (select id from holders) and t.status = 'open' and c.owner_id is distinct from t.assignee_id) m
      limit ${limits.customersMax})::text[] as customers
  from "user" u where u.id = $1 and u.active`;

/** Who a user is and what he may do at this moment, from his posts and those of whom he stands in for; null when he is unknown or disabled. */
export async function actorOfUser(db: Queryable, model: Model, now: Date, userId: string): Promise<Actor | null> {
  const { rows } = await db.query<UserRow>(prepared('identity_duties', READ, [userId, now.toISOString()]));
  const row = rows[0];
  if (!row) return null;
  const posts = row.posts.filter((post) => post.deputyFor === null || roles(model).get(post.role)?.delegable);
  const codes = [...new Set(posts.map((post) => post.role))].sort();
  return {
    userId: row.id,
    username: row.username,
    name: row.name,
    roles: codes,
    orgUnitId: row.org_unit_id,
    orgUnitIds: [...new Set(posts.flatMap((post) => post.unitIds))],
    posts,
    customerIds: row.customers,
    permissions: permissionsOf(model, codes),
    language: row.language ?? 'zh',
  };
}
