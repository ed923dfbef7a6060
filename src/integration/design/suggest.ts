import type { EntityDefinition, FieldDefinition, Model } from '#metadata';

/** A column as the designer shows it. */
export interface SuggestedFrom {
  name: string;
  /** What its values look like. */
  type: string;
  /** Some of its values, as they stand in the file. */
  samples: readonly string[];
}

/** Words that banks' files use for our fields, beside the labels: `entity.field` or `field` → parts of column names. */
const WORDS: Record<string, readonly string[]> = {
  'customer.name': ['客户名称', '客户姓名', '姓名', '户名', 'cust_name', 'customer_name', 'full_name'],
  'customer.number': [
    '客户号',
    '客户编号',
    '客户代码',
    'cust_no',
    'cust_id',
    'customer_no',
    'customer_id',
    'client_id',
    'cif',
  ],
  'customer.kind': ['客户类型', '客户类别', 'cust_type'],
  'customer.since': ['开户日期', '建档日期', '入行日期', 'open_date', 'since'],
  'account.number': ['账号', '账户号', '卡号', 'acct_no', 'account_no', 'iban'],
  'account.balance': ['余额', '账户余额', 'bal', 'balance'],
  'account.opened_on': ['开户日期', 'open_date', 'opened'],
  phone: ['手机', '手机号', '电话', '联系电话', 'mobile', 'tel', 'phone_no'],
  id_number: ['证件号', '证件号码', '身份证', '身份证号', 'id_no', 'cert_no', 'identity'],
  email: ['邮箱', '电子邮件', 'mail'],
  gender: ['性别', 'sex'],
  birth_date: ['出生日期', '生日', 'birthday', 'birth', 'dob'],
  address: ['地址', '住址', 'addr'],
  currency: ['币种', '货币', 'ccy', 'curr'],
  amount: ['金额', '交易金额', '发生额', 'amt'],
  business_date: ['交易日期', '业务日期', '记账日期', 'trans_date', 'txn_date', 'date'],
  direction: ['借贷', '借贷标志', '收支', 'dc_flag'],
  customer: ['客户号', '客户编号', 'cust_no', 'cust_id', 'customer_id', 'client_id'],
  account: ['账号', '账户号', 'acct_no', 'account_id'],
  owner: ['客户经理', '管户', '客户经理号', 'manager', 'rm'],
  branch: ['机构', '机构号', '网点', '支行', 'org', 'branch_no'],
  occupation: ['职业', 'job'],
  status: ['状态', '客户状态', '账户状态'],
};

const plain = (name: string) => name.toLowerCase().replace(/[\s_\-./（）()]/g, '');

/** How well a name fits a word: 3 for the same, 2 for one that begins or ends with it, 1 for one that holds it. */
function fit(column: string, word: string): number {
  const [a, b] = [plain(column), plain(word)];
  if (b === '') return 0;
  if (a === b) return 3;
  if (b.length < 2) return 0;
  if (a.startsWith(b) || a.endsWith(b)) return 2;
  return a.includes(b) ? 1 : 0;
}

function scoreOf(entity: EntityDefinition, field: FieldDefinition, column: SuggestedFrom): number {
  const words = [field.code, field.label.zh, field.label.en, ...(WORDS[`${entity.code}.${field.code}`] ?? [])];
  if (entity.fields.some(({ code }) => code === field.code)) words.push(...(WORDS[field.code] ?? []));
  const best = Math.max(...words.map((word) => fit(column.name, word)));
  if (best === 0) return 0;
  // A name that fits a value of another kind fits badly: half a point keeps it behind one that does.
  const numbers = ['integer', 'decimal'].includes(column.type);
  const wantsNumber = ['money', 'decimal', 'integer', 'percent'].includes(field.type);
  const wantsDate = field.type === 'date' || field.type === 'datetime';
  const wrong = (wantsNumber && !numbers) || (wantsDate && !['date', 'datetime', 'integer'].includes(column.type));
  return best - (wrong ? 0.5 : 0);
}

/** Which column of a file could fill which field; each column once. */
export function suggestFields(entity: EntityDefinition, columns: readonly SuggestedFrom[]): Record<string, string> {
  const fields = entity.fields.filter((field) => !field.computed && !field.derive);
  const pairs = fields.flatMap((field) =>
    columns.map((column) => ({ field: field.code, column: column.name, score: scoreOf(entity, field, column) })),
  );
  const chosen: Record<string, string> = {};
  const taken = new Set<string>();
  for (const { field, column, score } of pairs.sort((a, b) => b.score - a.score)) {
    if (score < 1 || chosen[field] !== undefined || taken.has(column)) continue;
    chosen[field] = column;
    taken.add(column);
  }
  return chosen;
}

/** The entity whose fields the columns fit best. */
export function suggestEntity(model: Model, columns: readonly SuggestedFrom[]): string {
  const scored = model.entities.map((entity) => {
    const found = suggestFields(entity, columns);
    const required = entity.fields.filter((field) => field.required && !field.computed && field.default === undefined);
    const missing = required.filter(({ code, type }) => found[code] === undefined && type !== 'choice').length;
    return { code: entity.code, score: Object.keys(found).length - 2 * missing };
  });
  const best = scored.sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.code : 'customer';
}

/** Values of codes as banks write them, for the options of a field: 1/男/M → male. */
const CODES: Record<string, Record<string, string>> = {
  gender: { 1: 'male', 男: 'male', 男性: 'male', M: 'male', 2: 'female', 女: 'female', 女性: 'female', F: 'female' },
  kind: { 1: 'person', 个人: 'person', P: 'person', 2: 'company', 企业: 'company', 对公: 'company', C: 'company' },
  direction: { D: 'out', 借: 'out', 支出: 'out', C: 'in', 贷: 'in', 收入: 'in' },
};

/** What the values of a column may mean, where the field has options; undefined when they are the options already. */
export function suggestCodes(field: FieldDefinition, samples: readonly string[]): Record<string, string> | undefined {
  const options = field.options ?? [];
  if (options.length === 0) return undefined;
  const values = [...new Set(samples.filter((value) => value !== ''))];
  if (values.length === 0 || values.every((value) => options.some(({ code }) => code === value))) return undefined;
  const table: Record<string, string> = {};
  for (const value of values) {
    const option = options.find(({ code, label }) =>
      [code, label.zh, label.en].some((word) => plain(word) === plain(value)),
    );
    const usual = CODES[field.code]?.[value];
    table[value] = option?.code ?? (options.some(({ code }) => code === usual) ? usual! : '');
  }
  return table;
}
