import {
  type Action,
  actionLabels,
  belongsToCustomer,
  type FieldRight,
  fieldRight,
  grantOf,
  may,
  mayRead,
  permissionsOf,
  type Role,
  reachCondition,
  roleFieldDecision,
  roles,
  type Scope,
  type ScopeCode,
  scopeCondition,
  scopeLabels,
  scopeOf,
  viewLabels,
  wallCondition,
} from '#access';
import { record } from '#audit';
import { ident, raw, type Sql, sql } from '#database';
import { type Actor, dateIn, Failure, type Post, type Text } from '#kernel';
import { type EntityDefinition, type FieldDefinition, fieldOf, type Model } from '#metadata';
import { type GovernanceContext, subjectOf } from './context.ts';
import { kinds } from './failures.ts';
import { maskLabels } from './role-rights.ts';

/** One line of an explanation: what gives the right, what refuses it, or what is merely good to know. */
export interface Reason {
  verdict: 'gives' | 'refuses' | 'notes';
  text: Text;
}

export interface Explanation {
  user: { id: string; name: string; username: string };
  entity: { code: string; label: Text };
  record: string;
  /** Whether he sees the record at this moment; and per action besides reading, whether he may. */
  sees: boolean;
  actions: Record<Action, boolean>;
  reasons: Reason[];
  field: ({ code: string; label: Text; reasons: Reason[] } & FieldRight) | null;
}

const both = (zh: string, en: string): Text => ({ zh, en });

/** Facts about the record that reasons speak of; read as the owner, and told without any value of the record. */
interface RecordFacts {
  customer_id: string | null;
  owner: string | null;
  owner_id: string | null;
  branch: string | null;
  walled: boolean | null;
}

/**
 * Why somebody can or cannot see a record, and one of its fields. The verdict is that of the very conditions which lists and details
 * ask; the lines ask the same conditions for each of his posts alone.
 */
export async function explain(
  ctx: GovernanceContext,
  question: { user: string; entity: string; record: string; field?: string | undefined },
): Promise<Explanation> {
  const entity = ctx.model.entity(question.entity);
  const { actor, ...user } = await subjectOf(ctx, question.user);
  const { id, facts } = await findRecord(ctx, entity, question.record);
  await record(ctx.database, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'view_as',
    entity: 'user',
    recordId: user.id,
    customerId: facts.customer_id ?? undefined,
    detail: {
      username: user.username,
      what: 'explanation',
      of: entity.code,
      record: id,
      field: question.field ?? null,
    },
  });
  const field = question.field === undefined ? undefined : knownField(entity, question.field);
  const answer = { user, entity: { code: entity.code, label: entity.label }, record: id };
  const nothing = { read: false, create: false, update: false, export: false };
  if (!actor) {
    const reasons = [
      { verdict: 'refuses' as const, text: both('账号已停用，不能登录', 'the account is disabled and cannot sign in') },
    ];
    return { ...answer, sees: false, actions: nothing, reasons, field: field ? nothingOf(field) : null };
  }
  const sees =
    mayRead(actor, entity) && (await matches(ctx, entity, id, scopeCondition(ctx.model, actor, entity, 't')));
  const actions = { ...nothing, read: sees };
  for (const action of ['update', 'export'] as const) {
    actions[action] =
      sees &&
      may(actor, `${entity.code}.${action}`) &&
      (await matches(ctx, entity, id, scopeCondition(ctx.model, actor, entity, 't', action)));
  }
  return {
    ...answer,
    sees,
    actions,
    reasons: await recordReasons(ctx, actor, entity, id, facts),
    field: field ? explainField(ctx.model, actor, entity, field) : null,
  };
}

function knownField(entity: EntityDefinition, code: string): FieldDefinition {
  const field = fieldOf(entity, code);
  if (!field || field.derive) throw new Failure(kinds.field_unknown, { entity: entity.label, field: code }, 'field');
  return field;
}

function nothingOf(field: FieldDefinition): Explanation['field'] {
  return {
    code: field.code,
    label: field.label,
    see: 'hidden',
    edit: false,
    export: false,
    filter: false,
    reasons: [],
  };
}

/** A record by its id or, where the entity has one, by its number. */
async function findRecord(ctx: GovernanceContext, entity: EntityDefinition, given: string) {
  const number = fieldOf(entity, 'number') ?? fieldOf(entity, 'code');
  const byNumber = number && !number.encrypted ? sql`or t.${raw(ident(number.code).sql)} = ${given}` : sql``;
  const customer =
    entity.code === 'customer' ? sql`t.id` : entity.scope === 'customer' ? sql`t.customer_id` : sql`null::bigint`;
  const { rows } = await ctx.identity.database.query<RecordFacts & { id: string }>(
    sql`select t.id, ${customer} as customer_id, c.owner_id, u.name as owner, o.name as branch, c.walled from ${raw(ident(entity.code).sql)} t
      left join customer c on c.id = ${customer} left join "user" u on u.id = c.owner_id left join org_unit o on o.id = c.branch_id
      where t.id = ${isId(given) ? given : null}::bigint ${byNumber} limit 1`,
  );
  if (!rows[0]) throw new Failure(kinds.record_not_found, { entity: entity.label }, 'record');
  return { id: rows[0].id, facts: rows[0] };
}

const ID_MAX = 2n ** 63n - 1n;

const isId = (text: string) => /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= ID_MAX;

/** Whether a condition holds of the record; asked as the owner, so that nothing but the condition decides. */
async function matches(ctx: GovernanceContext, entity: EntityDefinition, id: string, condition: Sql): Promise<boolean> {
  const { rowCount } = await ctx.identity.database.query(
    sql`select from ${raw(ident(entity.code).sql)} t where t.id = ${id}::bigint and ${condition}`,
  );
  return rowCount > 0;
}

async function recordReasons(
  ctx: GovernanceContext,
  actor: Actor,
  entity: EntityDefinition,
  id: string,
  facts: RecordFacts,
): Promise<Reason[]> {
  if (actor.posts.length === 0) {
    return [{ verdict: 'refuses', text: both('没有任何角色或有效的岗位', 'he has no role and no post in force') }];
  }
  const until = await deputyEnds(ctx, actor);
  const reasons: Reason[] = [];
  for (const post of actor.posts) reasons.push(await postReason(ctx, actor, post, entity, id, facts, until));
  if (belongsToCustomer(entity) && facts.customer_id !== null) {
    reasons.push(...(await personalReasons(ctx, actor, entity, id, facts)));
  }
  return reasons;
}

/** By username of the person away: the last day of the delegation. */
async function deputyEnds(ctx: GovernanceContext, actor: Actor): Promise<Map<string, { name: string; until: string }>> {
  const { rows } = await ctx.identity.database.query<{ username: string; name: string; until: string }>(
    `select u.username, u.name, max(d.ends_on)::text as until from delegation d join "user" u on u.id = d.from_user_id
      where d.to_user_id = $1 and d.revoked is not true and $2::date between d.starts_on and d.ends_on group by 1, 2`,
    [actor.userId, dateIn(ctx.institution.zone, ctx.clock())],
  );
  return new Map(rows.map((row) => [row.username, row]));
}

/** An actor with one post alone and nothing personal: what that post gives by itself. */
function withPostAlone(model: Model, actor: Actor, post: Post): Actor {
  return {
    ...actor,
    roles: [post.role],
    posts: [post],
    customerIds: [],
    permissions: permissionsOf(model, [post.role]),
  };
}

async function postReason(
  ctx: GovernanceContext,
  actor: Actor,
  post: Post,
  entity: EntityDefinition,
  id: string,
  facts: RecordFacts,
  until: Map<string, { name: string; until: string }>,
): Promise<Reason> {
  const { model } = ctx;
  const role = roles(model).get(post.role);
  const name = await postName(ctx, post, role, until);
  if (!role) {
    return { verdict: 'refuses', text: both(`${name.zh}：没有这个角色`, `${name.en}: there is no such role`) };
  }
  const grant = grantOf(role, entity);
  const scope: ScopeCode = grant.read ?? 'none';
  if (scope === 'none') {
    return {
      verdict: 'refuses',
      text: both(
        `${name.zh}：角色不能${actionLabels.read.zh}${entity.label.zh}`,
        `${name.en}: the role does not read ${entity.label.en.toLowerCase()}`,
      ),
    };
  }
  const alone = withPostAlone(model, actor, post);
  const reach = scopeOf(model, alone, entity);
  const holds = await reached(ctx, entity, id, alone, reach);
  const where = holds || !grant.where ? undefined : grant.where;
  const fits = where ? await reached(ctx, entity, id, alone, withoutCondition(reach)) : holds;
  const what = described(scope, holds || fits, facts, entity, post);
  if (fits && !holds) {
    return {
      verdict: 'refuses',
      text: both(
        `${name.zh}：${what.zh}，但不满足角色的条件 ${where}`,
        `${name.en}: ${what.en}, but the role's condition does not hold: ${where}`,
      ),
    };
  }
  return { verdict: holds ? 'gives' : 'refuses', text: both(`${name.zh}：${what.zh}`, `${name.en}: ${what.en}`) };
}

/** Whether a scope alone, without walls, reaches the record. */
function reached(
  ctx: GovernanceContext,
  entity: EntityDefinition,
  id: string,
  alone: Actor,
  scope: Scope,
): Promise<boolean> {
  if (!belongsToCustomer(entity)) {
    return matches(ctx, entity, id, scopeCondition(ctx.model, alone, entity, 't'));
  }
  const customer = (row: Sql) =>
    sql`exists (select from customer rc where ${row} and ${reachCondition(ctx.model, scope, 'rc')})`;
  if (entity.code === 'customer') return matches(ctx, entity, id, customer(sql`rc.id = t.id`));
  if (entity.code === 'household') return matches(ctx, entity, id, customer(sql`rc.household_id = t.id`));
  return matches(ctx, entity, id, customer(sql`rc.id = t.customer_id`));
}

function withoutCondition(scope: Scope): Scope {
  return scope.kind === 'mixed' ? { ...scope, parts: scope.parts.map((part) => ({ ...part, where: null })) } : scope;
}

function described(scope: ScopeCode, holds: boolean, facts: RecordFacts, entity: EntityDefinition, post: Post): Text {
  const label = scopeLabels[scope];
  if (scope === 'all') return both(`范围“${label.zh}”`, `scope "${label.en}"`);
  if (!belongsToCustomer(entity)) {
    return both(
      `范围“${label.zh}”，${holds ? '在范围内' : '不在范围内'}`,
      `scope "${label.en}", ${holds ? 'within it' : 'outside it'}`,
    );
  }
  if (entity.code === 'household') {
    return both(
      `范围“${label.zh}”，${holds ? '有成员在范围内' : '没有成员在范围内'}`,
      `scope "${label.en}", ${holds ? 'a member is within it' : 'no member is within it'}`,
    );
  }
  if (scope === 'own' || scope === 'team') {
    const own = facts.owner_id === post.userId;
    const owner = facts.owner ?? '—';
    const relation = own
      ? both('该客户的客户经理就是本人', 'the customer is his own')
      : both(`该客户的客户经理是${owner}`, `the customer's manager is ${owner}`);
    const place =
      scope === 'team' && !own
        ? holds
          ? both('，属于本团队', ', of his team')
          : both('，不属于本团队', ', not of his team')
        : both('', '');
    return both(`范围“${label.zh}”，${relation.zh}${place.zh}`, `scope "${label.en}", ${relation.en}${place.en}`);
  }
  const branch = facts.branch ?? '—';
  return both(
    `范围“${label.zh}”，该客户属于${branch}，${holds ? '在范围内' : '不在范围内'}`,
    `scope "${label.en}", the customer belongs to ${branch}, ${holds ? 'within it' : 'outside it'}`,
  );
}

async function postName(
  ctx: GovernanceContext,
  post: Post,
  role: Role | undefined,
  until: Map<string, { name: string; until: string }>,
): Promise<Text> {
  const { rows } = await ctx.identity.database.query<{ name: string }>('select name from org_unit where id = $1', [
    post.unitId,
  ]);
  const unit = rows[0]?.name;
  const label = role?.label ?? both(post.role, post.role);
  const place = unit === undefined ? both('', '') : both(`（${unit}）`, ` (${unit})`);
  const away = post.deputyFor === null ? undefined : until.get(post.deputyFor);
  const deputy =
    post.deputyFor === null
      ? both('', '')
      : both(
          `代理${away?.name ?? post.deputyFor}至 ${away?.until ?? ''}，`,
          `standing in for ${away?.name ?? post.deputyFor} until ${away?.until ?? ''}, `,
        );
  return both(`${deputy.zh}作为${label.zh}${place.zh}`, `${deputy.en}as ${label.en}${place.en}`);
}

/** What concerns the person rather than a post: service of this customer, a task of his, the wall. */
async function personalReasons(
  ctx: GovernanceContext,
  actor: Actor,
  entity: EntityDefinition,
  id: string,
  facts: RecordFacts,
): Promise<Reason[]> {
  const reasons: Reason[] = [];
  const serves = actor.customerIds.includes(facts.customer_id!);
  if (serves) {
    reasons.push({
      verdict: mayRead(actor, entity) ? 'gives' : 'notes',
      text: both('是该客户的服务成员，或有该客户的未完成待办', 'he serves this customer, or has an open task for him'),
    });
  }
  if (entity.code === 'task') {
    const own = await matches(ctx, entity, id, sql`t.assignee_id = ${actor.userId}::bigint`);
    if (own) reasons.push({ verdict: 'gives', text: both('是这条待办的负责人', 'he is the assignee of this task') });
  }
  if (facts.walled) {
    const scope = scopeOf(ctx.model, actor, entity);
    const wall = wallCondition(scope, 'wc');
    const open =
      wall === undefined ||
      (await matches(
        ctx,
        ctx.model.entity('customer'),
        facts.customer_id!,
        sql`exists (select from customer wc where wc.id = t.id and ${wall})`,
      ));
    reasons.push(
      open
        ? {
            verdict: 'notes',
            text: scope.crossesWalls
              ? both('该客户已设信息隔离，其角色可穿越隔离', 'the customer is walled; his role crosses walls')
              : both(
                  '该客户已设信息隔离，本人是其客户经理或服务成员',
                  'the customer is walled; he is his manager or serves him',
                ),
          }
        : {
            verdict: 'refuses',
            text: both(
              '该客户已设信息隔离，本人不是其客户经理或服务成员',
              'the customer is walled, and he is neither his manager nor serves him',
            ),
          },
    );
  }
  return reasons;
}

/** Which rule of which role decides about a field; of several roles that read the entity the widest counts. */
function explainField(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  field: FieldDefinition,
): Explanation['field'] {
  const right = fieldRight(model, actor, entity, field);
  const reasons = actor.roles.map((code): Reason => {
    const role = roles(model).get(code);
    if (!role || (grantOf(role, entity).read ?? 'none') === 'none') {
      const label = role?.label ?? both(code, code);
      return {
        verdict: 'refuses',
        text: both(
          `${label.zh}：不能查看${entity.label.zh}`,
          `${label.en}: does not read ${entity.label.en.toLowerCase()}`,
        ),
      };
    }
    const { rule, right: own } = roleFieldDecision(role, entity, field);
    const by = !rule
      ? both(
          `分类默认（${field.class}，${field.level} 级）`,
          `default of its class (${field.class}, level ${field.level})`,
        )
      : rule.field
        ? both('对该字段的规则', 'its rule for the field')
        : rule.mask
          ? both(`对“${maskLabels[rule.mask].zh}”类字段的规则`, `its rule for ${maskLabels[rule.mask].en}`)
          : both(`对 ${rule.level} 级的规则`, `its rule for level ${rule.level}`);
    const given = rightText(own);
    return {
      verdict: own.see === 'hidden' ? 'refuses' : 'gives',
      text: both(`${role.label.zh}：${by.zh} → ${given.zh}`, `${role.label.en}: ${by.en} → ${given.en}`),
    };
  });
  return { code: field.code, label: field.label, ...right, reasons };
}

function rightText(right: FieldRight): Text {
  const yes = (is: boolean, zh: string, en: string) => (is ? both(`，可${zh}`, `, may ${en}`) : both('', ''));
  const parts = [
    yes(right.edit, '编辑', 'edit'),
    yes(right.export, '导出', 'export'),
    yes(right.filter, '筛选', 'filter'),
  ];
  return both(
    `${viewLabels[right.see].zh}${parts.map(({ zh }) => zh).join('')}`,
    `${viewLabels[right.see].en}${parts.map(({ en }) => en).join('')}`,
  );
}
