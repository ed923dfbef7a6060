import type { Assets } from './assets.ts';
import { dateText } from './calendar.ts';
import { type Phrase, phrases, remarks, type Subject, type TaskSort, taskSorts } from './desk-phrases.ts';
import type { Customer, World } from './population.ts';
import { shelf } from './products.ts';
import { purposes, type Random, random } from './random.ts';

export type Result = 'reached' | 'no_answer' | 'interested' | 'not_interested' | 'follow_up';
export type ContactChannel = 'phone' | 'wechat' | 'visit' | 'counter' | 'message';

export interface Interaction {
  day: number;
  minute: number;
  channel: ContactChannel;
  summary: string;
  result: Result;
  /** Position of the task it answered. */
  task: number | null;
}

export interface Note {
  text: string;
  pinned: boolean;
}

export interface Task {
  title: string;
  reason: string;
  script: string;
  priority: 'high' | 'normal' | 'low';
  madeOn: number;
  dueOn: number;
  done: { on: number; minute: number; result: Result } | null;
}

/** What managers wrote down about a customer: the memory of a desk. */
export interface DeskWork {
  interactions: Interaction[];
  notes: Note[];
  tasks: Task[];
}

const YEAR_DAYS = 365;
const HISTORY_DAYS = 180;
/** Contacts per half-year by assets in yuan: from the bound on. */
const contactMeans = [
  [0, 0.2],
  [50_000, 0.6],
  [200_000, 1.5],
  [1_000_000, 3.2],
  [5_000_000, 6],
] as const;
const LATEST_DAYS = 60;
const OPEN_SHARE = 0.07;

const fill = (text: string, subject: Subject) =>
  text
    .replace('{称呼}', subject.address)
    .replace('{到期产品}', subject.maturing?.name ?? '')
    .replace('{到期日}', subject.maturing?.on ?? '')
    .replace('{推荐产品}', subject.offered.name)
    .replace('{波动产品}', subject.risky ?? '')
    .replace('{已到期产品}', subject.ended ?? '');

function choose<T extends { weight: number; fits?: (subject: Subject) => boolean }>(
  chance: Random,
  list: readonly T[],
  subject: Subject,
): T {
  const fitting = list.filter((entry) => entry.fits?.(subject) ?? true);
  let total = 0;
  for (const entry of fitting) total += entry.weight;
  let mark = chance.unit() * total;
  for (const entry of fitting) {
    mark -= entry.weight;
    if (mark < 0) return entry;
  }
  return fitting[0]!;
}

const onSale = shelf.filter((entry) => entry.class === 'wealth' && entry.onSale && entry.weight > 0);

const MATURING_DAYS = 40;
const ENDED_DAYS = 60;
const chineseDate = (day: number) => `${Number(dateText(day).slice(5, 7))} 月 ${Number(dateText(day).slice(8))} 日`;

function subjectOf(chance: Random, world: World, customer: Customer, assets: Assets): Subject {
  const held = assets.holdings.filter((holding) => holding.redeemedOn === null);
  const next = held.find((holding) => holding.maturesOn !== null && holding.maturesOn - world.until < MATURING_DAYS);
  const limit = customer.kind === 'person' ? Math.max(1, customer.risk) : 2;
  const offered = chance.pick(onSale.filter((entry) => (entry.risk ?? 1) <= limit));
  return {
    customer,
    address: addressOf(customer),
    risky: held.find(({ product }) => product.class === 'fund' && product.risk! >= 3)?.product.name ?? null,
    ended:
      assets.holdings.find(({ redeemedOn }) => redeemedOn !== null && world.until - redeemedOn < ENDED_DAYS)?.product
        .name ?? null,
    maturing: next ? { name: next.product.name, on: chineseDate(next.maturesOn!) } : null,
    offered: { name: offered.name, days: offered.termDays ?? 0 },
    has: (kind) =>
      kind === 'loan'
        ? assets.loans.some((loan) => loan.status !== 'repaid')
        : held.some((holding) => holding.product.class === kind),
  };
}

function addressOf(customer: Customer): string {
  if (customer.kind === 'company') return '财务';
  if (customer.age < 18) return '家长';
  return customer.family + (customer.gender === 'male' ? '先生' : '女士');
}

export function deskWorkOf(world: World, customer: Customer, assets: Assets): DeskWork {
  const work: DeskWork = { interactions: [], notes: [], tasks: [] };
  if (!customer.manager || customer.status === 'closed') return work;
  const chance = random(world.seed, purposes.desk, customer.index);
  const subject = subjectOf(chance, world, customer, assets);
  const { wealth } = customer;
  const workMinute = () => chance.between(9 * 60, 17 * 60 + 30);

  const mean = contactMeans.findLast(([from]) => wealth >= from)![1];
  const said = new Set<Phrase>();
  for (let contacts = chance.count(mean); contacts > 0; contacts -= 1) {
    const drawn = world.days.onOrBefore(world.until - 1 - Math.floor(HISTORY_DAYS * chance.unit() ** 1.3));
    const phrase = choose(chance, phrases, subject);
    // A maturity is talked about when it is near, whatever the day drawn.
    const day = phrase.text.includes('{到期') ? world.days.before(world.until, chance.between(1, 8)) : drawn;
    if (day <= customer.since || said.has(phrase)) continue;
    said.add(phrase);
    work.interactions.push({
      day,
      minute: workMinute(),
      channel: phrase.channel,
      summary: fill(phrase.text, subject),
      result: phrase.result,
      task: null,
    });
  }

  if (chance.chance(wealth < 50_000 ? 0.04 : wealth < 500_000 ? 0.14 : 0.4)) {
    const count = chance.chance(0.25) ? 2 : 1;
    const texts = new Set<string>();
    for (let note = 0; note < count; note += 1) texts.add(choose(chance, remarks, subject).text);
    for (const text of texts) work.notes.push({ text, pinned: chance.chance(0.18) });
  }

  if (chance.chance(wealth < 50_000 ? 0.02 : wealth < 1_000_000 ? 0.1 : 0.3)) {
    const sort = choose(chance, taskSorts, subject);
    const isNew = world.until - customer.since < YEAR_DAYS / 4;
    if (sort.title !== '新客户首次回访' || isNew) addTask(world, chance, work, customer, sort, subject, workMinute());
  }
  return work;
}

function addTask(
  world: World,
  chance: Random,
  work: DeskWork,
  customer: Customer,
  sort: TaskSort,
  subject: Subject,
  minute: number,
): void {
  const open = chance.chance(OPEN_SHARE);
  const madeOn = open
    ? world.days.before(world.until, chance.between(0, 2))
    : world.days.onOrBefore(world.until - chance.between(4, LATEST_DAYS));
  if (madeOn <= customer.since) return;
  const task: Task = {
    title: sort.title,
    reason: fill(sort.reason, subject),
    script: fill(sort.script, subject),
    priority: sort.priority,
    madeOn,
    dueOn: madeOn + chance.between(3, 7),
    done: null,
  };
  if (!open) {
    const result: Result = chance.pick([
      'reached',
      'reached',
      'reached',
      'no_answer',
      'interested',
      'interested',
      'not_interested',
      'follow_up',
    ]);
    const on = Math.min(world.until, world.days.onOrBefore(madeOn + chance.between(0, 4)));
    task.done = { on: Math.max(on, madeOn), minute, result };
    work.interactions.push({
      day: task.done.on,
      minute,
      channel: result === 'no_answer' ? 'phone' : chance.pick(['phone', 'phone', 'wechat', 'counter']),
      summary: answerTo(result, sort.title),
      result,
      task: work.tasks.length,
    });
  }
  work.tasks.push(task);
}

const answers: Record<Result, string> = {
  reached: '已联系，客户知悉并表示感谢。',
  no_answer: '两次拨打未接通，已发短信。',
  interested: '客户有意向，已发送资料，待回复。',
  not_interested: '客户暂无安排，下季度再联系。',
  follow_up: '客户出差，约下周到店细谈。',
};

/** What a manager writes down after a task. */
export const answerTo = (result: Result, title: string) => `${title}：${answers[result]}`;
