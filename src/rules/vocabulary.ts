import { type Context, fieldRight, mayRead } from '#access';
import { type Expression, functionTable, typeLabels, usageOf } from '#expressions';
import {
  customerVocabulary,
  listNameOf,
  measureWords,
  metrics,
  type Name,
  type ParameterValue,
  type ParameterValues,
  parameters,
  parameterValues,
  WINDOW_DAYS_MAX,
} from '#facts';
import type { Text } from '#kernel';
import {
  type DefinitionKind,
  type EntityDefinition,
  type FieldDefinition,
  fieldOf,
  initialsOf,
  type Model,
  pinyinOf,
} from '#metadata';
import { type RuleSetting, wordsOfSetting } from './rule-vocabulary.ts';
import { membershipVocabulary } from './segments.ts';

// What the pages need to offer valid choices and to compile conditions themselves: the names, functions, windows and entities.

const groups = {
  customer: { zh: '客户资料', en: 'Customer' },
  metric: { zh: '指标', en: 'Metrics' },
  parameter: { zh: '参数', en: 'Parameters' },
  day: { zh: '日期', en: 'Date' },
  tag: { zh: '标签', en: 'Tags' },
  segment: { zh: '客群', en: 'Segments' },
  related: { zh: '关联记录', en: 'Related records' },
  entity: { zh: '记录字段', en: 'Fields of the record' },
  record: { zh: '所看的记录', en: 'The watched record' },
  event: { zh: '变化', en: 'The change' },
} satisfies Record<string, Text>;
type Group = keyof typeof groups;

export interface VocabularyName {
  code: string;
  label: Text;
  aliases: string[];
  type: string;
  unit: string;
  /** `context`: the same for all customers on one day. */
  given: 'row' | 'context';
  notNull: boolean;
  group: { code: Group; label: Text };
  options?: { code: string; label: Text }[];
  description?: Text;
  /** Pinyin and initials of the Chinese label, for those who look for it by typing. */
  search: string;
  /** What a parameter is now. */
  value?: string;
}

/** Shapes that identify a person: who may not filter by such a field must not find people by it through a condition either. */
export const IDENTIFYING = new Set(['person_name', 'phone', 'id_number', 'email', 'address', 'tail4', 'full']);

/** May this reader put the field into a condition? Bands of amounts and years may be spoken of by who defines them. */
function mayName({ model, actor }: Context, entity: EntityDefinition, field: FieldDefinition): boolean {
  const right = fieldRight(model, actor, entity, field);
  if (right.filter) return true;
  return right.see !== 'hidden' && !field.derive && !(field.mask && IDENTIFYING.has(field.mask));
}

/** The first field in these names that the reader may not put into a condition. `owners`: whose fields they are, by what stands before them. */
export function forbiddenField(
  ctx: Context,
  { names, lists }: Pick<Expression, 'names' | 'lists'>,
  owners: Record<string, EntityDefinition>,
): FieldDefinition | undefined {
  const known = new Set(metrics(ctx.model).map(({ code }) => code));
  for (const [prefix, entity] of Object.entries(owners)) {
    for (const name of names) {
      if (!name.startsWith(prefix) || (entity.code === 'customer' && known.has(name))) continue;
      const field = fieldOf(entity, name.slice(prefix.length));
      if (field && !mayName(ctx, entity, field)) return field;
    }
  }
  return owners['']?.code === 'customer' ? forbiddenInLists(ctx, lists) : undefined;
}

/** The first field of related records, or of what they refer to, that the reader may not put into a condition. */
function forbiddenInLists(ctx: Context, lists: Expression['lists']): FieldDefinition | undefined {
  for (const [plural, codes] of Object.entries(lists)) {
    const entity = related(ctx.model, plural);
    for (const code of codes) {
      const { owner, field } = ownerOf(ctx.model, entity, code);
      if (!mayRead(ctx.actor, owner) || !mayName(ctx, owner, field)) return field;
    }
  }
  return undefined;
}

/** Whose field a name of a related record is: its own, or of what it refers to. */
function ownerOf(
  model: Model,
  entity: EntityDefinition,
  code: string,
): { owner: EntityDefinition; field: FieldDefinition } {
  const own = fieldOf(entity, code);
  if (own) return { owner: entity, field: own };
  const reference = entity.fields.find((each) => each.type === 'ref' && code.startsWith(`${each.code}_`))!;
  const owner = model.entity(reference.ref!);
  return { owner, field: fieldOf(owner, code.slice(reference.code.length + 1))! };
}

/** `setting`: of rules, what they watch and what starts them. */
export async function readVocabulary(
  ctx: Context,
  kind: DefinitionKind,
  setting: RuleSetting = { subject: 'customer' },
) {
  const { model } = ctx;
  const values = await parameterValues(ctx.database, model, ctx.institution.currency);
  const words =
    kind === 'rules'
      ? wordsOfSetting(model, setting)
      : kind === 'segments'
        ? membershipVocabulary(model)
        : customerVocabulary(model);
  const customer = model.entity('customer');
  const owners = kind === 'rules' ? ownersOfSetting(model, setting) : [];
  const descriptions = new Map<string, Text | undefined>(
    [...metrics(model), ...parameters(model)].map(({ code, description }) => [code, description]),
  );
  const isMetric = new Set(metrics(model).map(({ code }) => code));
  const groupOf = (code: string, name: Name): Group => {
    if (code === 'business_date') return 'day';
    if (name.given === 'context') return 'parameter';
    if (isMetric.has(code)) return 'metric';
    if (name.list) return 'related';
    return code.startsWith('tag_') ? 'tag' : code.startsWith('segment_') ? 'segment' : 'customer';
  };
  const startOf = (code: string) => owners.find(({ prefix }) => code.startsWith(prefix));
  const allowed = Object.entries(words.names).filter(([code]) => {
    if (words.names[code]!.list) return mayRead(ctx.actor, related(model, code));
    const owner = startOf(code);
    const field = owner
      ? fieldOf(owner.entity, code.slice(owner.prefix.length))
      : isMetric.has(code)
        ? undefined
        : fieldOf(customer, code);
    return !field || mayName(ctx, owner?.entity ?? customer, field);
  });
  return {
    names: allowed.map(([code, name]) => ({
      ...described(code, name, groupOf(code, name), values.get(code)),
      ...(name.list ? { fields: fieldsOfList(ctx, code, name) } : {}),
      ...groupedUnder(code, startOf(code)),
      ...(descriptions.get(code) ? { description: descriptions.get(code) } : {}),
    })),
    functions: functionTable.map((definition) => ({
      name: definition.name,
      about: definition.about,
      usage: { zh: usageOf(definition, 'zh'), en: usageOf(definition, 'en') },
      gives: definition.gives,
      givesLabel: typeLabels[definition.gives],
    })),
    windows: WINDOWS,
    units: UNITS,
    aggregates: AGGREGATES,
    entities: model.entities
      .filter((entity) => entity.scope === 'customer' && mayRead(ctx.actor, entity))
      .map((entity) => entityOf(ctx, entity, values)),
    ledgers: ledgersOf(model),
  };
}

const related = (model: Model, list: string): EntityDefinition =>
  model.entities.find((each) => listNameOf(each) === list)!;

/** What conditions may say about the rows of a list: by the reader's rights on the fields. */
function fieldsOfList(ctx: Context, plural: string, { list }: Name): VocabularyName[] {
  const entity = related(ctx.model, plural);
  // The scope knows each field by every spelling; here by its code alone.
  return Object.entries(list!.fields).flatMap(([spelling, name]) => {
    if (name.key !== spelling) return [];
    const { owner, field } = ownerOf(ctx.model, entity, spelling);
    return mayRead(ctx.actor, owner) && mayName(ctx, owner, field) ? [described(spelling, name as Name, 'entity')] : [];
  });
}

interface Owner {
  prefix: string;
  group: 'record' | 'event';
  entity: EntityDefinition;
}

/** The record that a rule watches and what starts it: names that begin with their words are theirs. */
function ownersOfSetting({ entities }: Model, { subject, event }: RuleSetting): Owner[] {
  return entities.flatMap((entity): Owner[] => [
    ...(entity.code === event ? [{ prefix: 'event_', group: 'event' as const, entity }] : []),
    ...(entity.code === subject && subject !== 'customer'
      ? [{ prefix: `${subject}_`, group: 'record' as const, entity }]
      : []),
  ]);
}

function groupedUnder(code: string, owner: Owner | undefined): Pick<VocabularyName, 'group'> | undefined {
  if (code === 'value_before' || code === 'value_now') return { group: { code: 'event', label: groups.event } };
  if (!owner) return undefined;
  const { label } = owner.entity;
  return { group: { code: owner.group, label: owner.group === 'event' ? eventLabel(label) : label } };
}

const eventLabel = (label: Text): Text => ({ zh: `本次${label.zh}`, en: `This ${label.en.toLowerCase()}` });

function described(code: string, name: Name, group: Group, value?: ParameterValue): VocabularyName {
  return {
    code,
    label: name.label,
    aliases: name.aliases ?? [],
    type: name.type,
    unit: name.unit,
    given: name.given ?? 'row',
    notNull: name.notNull ?? false,
    group: { code: group, label: groups[group] },
    ...(name.options ? { options: name.options.map(({ code, label }) => ({ code, label })) } : {}),
    search: `${pinyinOf(name.label.zh)} ${initialsOf(name.label.zh)}`,
    ...(typeof value === 'string' ? { value } : {}),
  };
}

/** An entity that a measure may gather from: its fields, and the names that its filter may use. */
function entityOf(ctx: Context, entity: EntityDefinition, values: ParameterValues) {
  const fields = entity.fields.filter((field) => field.code !== 'customer' && mayName(ctx, entity, field));
  const { names } = measureWords(ctx.model, entity);
  const offered = Object.entries(names).filter(([code]) => {
    const field = fieldOf(entity, code);
    return !field || mayName(ctx, entity, field);
  });
  return {
    code: entity.code,
    label: entity.label,
    storage: entity.storage,
    fields: fields.map(({ code, label, type }) => ({ code, label, type })),
    names: offered.map(([code, name]) => {
      const group = code === 'business_date' ? 'day' : name.given === 'context' ? 'parameter' : 'entity';
      return described(code, name, group, values.get(code));
    }),
  };
}

function ledgersOf(model: Model): { value: unknown; label: Text }[] {
  const classes = fieldOf(model.entity('product'), 'class')?.options ?? [];
  return [
    { value: 'total', label: { zh: '全部资产', en: 'All assets' } },
    { value: 'previous', label: { zh: '前一日全部资产', en: 'All assets at the previous closing' } },
    { value: { days_ago: 90 }, label: { zh: 'N 天前全部资产', en: 'All assets N days ago' } },
    ...classes.map(({ code, label }) => ({ value: { class: code }, label })),
  ];
}

const WINDOWS = [
  { code: 'today', label: { zh: '当日', en: 'Today' }, measure: { days: 1 } },
  { code: 'days', label: { zh: '近 N 天', en: 'Last N days' }, measure: { days: 30 }, daysMax: WINDOW_DAYS_MAX },
  {
    code: 'trading_days',
    label: { zh: '近 N 个交易日', en: 'Last N trading days' },
    measure: { days: 20, calendar: 'trading' },
    daysMax: WINDOW_DAYS_MAX,
  },
  { code: 'month', label: { zh: '本月', en: 'This month' }, measure: { window: 'month' } },
  { code: 'year', label: { zh: '本年', en: 'This year' }, measure: { window: 'year' } },
  { code: 'ever', label: { zh: '自开户以来', en: 'Since the opening' }, measure: { window: 'ever' } },
];

const UNITS = [
  { code: 'money', label: { zh: '金额', en: 'Amount' } },
  { code: 'count', label: { zh: '个数', en: 'Count' } },
  { code: 'days', label: { zh: '天数', en: 'Days' } },
  { code: 'years', label: { zh: '年数', en: 'Years' } },
  { code: 'percent', label: { zh: '百分数', en: 'Percent' } },
  { code: 'date', label: { zh: '日期', en: 'Date' } },
];

const AGGREGATES = [
  { code: 'sum', label: { zh: '合计', en: 'Sum' }, field: true },
  { code: 'count', label: { zh: '笔数', en: 'Count' }, field: false },
  { code: 'average', label: { zh: '平均', en: 'Average' }, field: true },
  { code: 'min', label: { zh: '最小', en: 'Least' }, field: true },
  { code: 'max', label: { zh: '最大', en: 'Greatest' }, field: true },
  { code: 'distinct', label: { zh: '不同值的个数', en: 'Different values' }, field: true },
  { code: 'last', label: { zh: '最近一笔', en: 'Newest' }, field: true },
];
