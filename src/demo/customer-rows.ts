import { recordId } from '#metadata';
import { type Assets, assetsOf } from './assets.ts';
import { dateText, instantText } from './calendar.ts';
import type { Cash } from './cash.ts';
import { companyCash } from './company-cash.ts';
import { deskWorkOf } from './desk-work.ts';
import { fenText } from './fen.ts';
import { personCash } from './household-cash.ts';
import { districtId, sources } from './institution.ts';
import { type Posting, settle } from './ledger.ts';
import { loginsOf } from './logins.ts';
import { accountNumber, cardNumber, creditCode, customerPhone, residentId } from './numbers.ts';
import { ordersOf, type StandingOrder } from './orders.ts';
import type { Customer, Household, Person, World } from './population.ts';
import { type Product, product } from './products.ts';
import { purposes, type Random, random } from './random.ts';
import { serviceWorkOf } from './service-work.ts';
import { CURRENCY, type DemoEntity, type Row, tables } from './tables.ts';
import type { TermDeposit } from './term-deposits.ts';

/** Where the rows of the customers gather, by entity. */
export type Sink = Record<DemoEntity, Row[]>;

export interface HistoryPlan {
  /** First day of the transactions; what was there before is brought forward on it. */
  start: number;
  /** Without them an account has the one row that brings its balance forward. */
  movements: boolean;
  logins: boolean;
}

const CURRENT_ORDINAL = 1;
const FIRST_TERM_ORDINAL = 10;
const EMAIL_DOMAINS = ['example.com', 'example.net', 'example.org'];

const personCurrent = product('个人活期存款');
const companyCurrent = product('单位活期存款');

interface Account {
  id: string;
  number: string;
}

function account(customer: Customer, ordinal: number): Account {
  const number = accountNumber(customer.index + 1, ordinal);
  return { id: recordId('account', tables.account.source, number), number };
}

export function emitHousehold(sink: Sink, household: Household): void {
  sink.household.push([household.id, household.key, household.name, districtId(household.district)]);
}

/** Everything the bank knows about one customer, as rows. */
export function emitCustomer(
  sink: Sink,
  world: World,
  customer: Customer,
  history: HistoryPlan,
  prices: (fund: Product) => Float64Array,
): void {
  const assets = assetsOf(world, customer, prices);
  const chance = random(world.seed, purposes.profile, customer.index);
  const current = account(customer, CURRENT_ORDINAL);
  const orders = customer.kind === 'person' ? ordersOf(world, customer) : [];
  emitProfile(sink, customer, chance);
  const balance = emitCurrent(sink, world, customer, assets, orders, current, history);
  emitAccount(sink, world, customer, current, balance);
  for (const [position, term] of assets.terms.entries()) {
    emitTerm(sink, world, customer, term, account(customer, FIRST_TERM_ORDINAL + position), history);
  }
  if (customer.kind === 'person') {
    emitCards(sink, customer, current, chance);
    emitOrders(sink, customer, orders, current);
    if (history.logins) emitLogins(sink, world, customer, history);
  }
  emitLoans(sink, customer, assets, current);
  emitHoldings(sink, customer, assets);
  emitDeskWork(sink, world, customer, assets);
  emitServiceWork(sink, world, customer, assets);
}

function emitProfile(sink: Sink, customer: Customer, chance: Random): void {
  const person = customer.kind === 'person' ? customer : null;
  const company = customer.kind === 'company' ? customer : null;
  const birthDate = person ? dateText(person.birthDay) : null;
  const emailShare = person ? (person.age >= 20 && person.age < 62 ? 0.4 : 0.05) : 0.8;
  const email = chance.chance(emailShare) ? `c${customer.number}@${chance.pick(EMAIL_DOMAINS)}` : null;
  sink.customer.push([
    customer.id,
    customer.number,
    customer.name,
    customer.kind,
    customer.number,
    person?.gender ?? null,
    birthDate,
    person ? calendarOf(person) : null,
    person ? 'resident_id' : null,
    person ? residentId(person.index, birthDate!, person.gender) : null,
    company ? creditCode(company.index) : null,
    company?.representative ?? null,
    company ? dateText(company.foundedOn) : null,
    company ? `${company.capital}.00` : null,
    person && person.age < 14 ? null : customerPhone(customer.index),
    email,
    customer.address,
    districtId(customer.district),
    person ? person.occupation.name : company!.industry.section,
    person && person.risk > 0 ? `C${person.risk}` : null,
    person?.assessedOn ? dateText(person.assessedOn) : null,
    customer.desk.unit.id,
    customer.manager?.id ?? null,
    person?.household?.id ?? null,
    person?.role ?? null,
    dateText(customer.since),
    customer.status,
  ]);
}

const LUNAR_AGE_MIN = 45;
const LUNAR_ONE_IN = 6;

/** Many of the elder keep the birthday of the lunar calendar. */
function calendarOf({ age, index }: Person): 'lunar' | 'solar' {
  return age >= LUNAR_AGE_MIN && index % LUNAR_ONE_IN === 0 ? 'lunar' : 'solar';
}

const BROUGHT_FORWARD = '承前余额';

function emitCurrent(
  sink: Sink,
  world: World,
  customer: Customer,
  assets: Assets,
  orders: StandingOrder[],
  current: Account,
  history: HistoryPlan,
): number {
  if (customer.status === 'closed' && customer.lastActive < history.start) return 0;
  if (!history.movements) {
    const day = Math.max(customer.since, history.start);
    const balance = customer.status === 'closed' ? 0 : assets.current;
    if (balance > 0) broughtForward(sink, customer, current, day, balance);
    return balance;
  }
  const cash: Cash =
    customer.kind === 'person'
      ? personCash(world, customer, assets, orders, history.start)
      : companyCash(world, customer, assets, history.start);
  const { postings, balance } = settle(cash.journal.movements, cash.course);
  if (cash.course.opening > 0) broughtForward(sink, customer, current, history.start - 1, cash.course.opening);
  const rows = sink.transaction;
  for (let number = 0; number < postings.length; number += 1) {
    rows.push(transactionRow(customer, current, number + 1, postings[number]!));
  }
  return balance;
}

/** What an account held before the history begins. Booked by the system: no sign of life of the customer. */
function broughtForward(sink: Sink, customer: Customer, on: Account, day: number, fen: number): void {
  sink.transaction.push(transactionRow(customer, on, 0, systemPosting(day, 1, fen, fen, 'other', BROUGHT_FORWARD)));
}

function systemPosting(
  day: number,
  sequence: number,
  fen: number,
  balance: number,
  kind: Posting['kind'],
  purpose: string,
): Posting {
  return {
    day,
    minute: sequence,
    sequence,
    fen,
    balance,
    kind,
    channel: 'system',
    purpose,
    party: null,
    bank: null,
    partyAccount: null,
  };
}

function transactionRow(customer: Customer, on: Account, number: number, posting: Posting): Row {
  const key = `${on.number}-${number}`;
  const { fen } = posting;
  return [
    recordId('transaction', sources.core, key),
    key,
    customer.id,
    dateText(posting.day),
    String(posting.sequence),
    instantText(posting.day, posting.minute, posting.sequence % 60),
    on.id,
    fen < 0 ? 'out' : 'in',
    fenText(fen < 0 ? -fen : fen),
    CURRENCY,
    fenText(posting.balance),
    posting.kind,
    posting.channel,
    posting.party,
    posting.bank,
    posting.partyAccount,
    posting.purpose,
  ];
}

const FROZEN_SHARE = 0.003;
const AUTHORISED_SHARE = 0.14;

function emitAccount(sink: Sink, world: World, customer: Customer, current: Account, balance: number): void {
  const chance = random(world.seed, purposes.accounts, customer.index);
  const company = customer.kind === 'company';
  const closed = customer.status === 'closed';
  const frequency = company
    ? 'monthly'
    : chance.chance(0.3)
      ? 'monthly'
      : chance.chance(0.15)
        ? 'per_transaction'
        : null;
  sink.account.push([
    current.id,
    current.number,
    customer.id,
    current.number,
    (company ? companyCurrent : personCurrent).id,
    company ? 'settlement' : 'current',
    CURRENCY,
    fenText(balance),
    dateText(world.until),
    dateText(customer.since),
    null,
    closed ? dateText(customer.lastActive) : null,
    frequency,
    closed ? 'closed' : chance.chance(FROZEN_SHARE) ? 'frozen' : 'open',
    customer.desk.unit.id,
  ]);
  emitRole(sink, customer, current, 'owner');
  const helper = customer.kind === 'person' ? customer.partner : customer.representativePerson;
  if (
    helper &&
    helper.index < world.customers &&
    (company || (customer.kind === 'person' && customer.role === 'head' && chance.chance(AUTHORISED_SHARE)))
  ) {
    emitRole(sink, helper, current, 'authorised');
  }
}

function emitRole(sink: Sink, holder: Customer, on: Account, role: 'owner' | 'authorised'): void {
  const key = `${on.number}-${holder.number}`;
  sink.account_role.push([recordId('account_role', sources.core, key), key, holder.id, on.id, role]);
}

function emitTerm(
  sink: Sink,
  world: World,
  customer: Customer,
  term: TermDeposit,
  on: Account,
  history: HistoryPlan,
): void {
  const { closed } = term;
  sink.account.push([
    on.id,
    on.number,
    customer.id,
    on.number,
    term.product.id,
    'term',
    CURRENCY,
    closed ? '0.00' : fenText(term.fen),
    dateText(world.until),
    dateText(term.openedOn),
    dateText(term.maturesOn),
    closed ? dateText(closed.on) : null,
    null,
    closed ? 'closed' : 'open',
    customer.desk.unit.id,
  ]);
  emitRole(sink, customer, on, 'owner');
  const within = history.movements && term.openedOn >= history.start;
  if (!within) {
    if (!closed || (history.movements && closed.on >= history.start)) {
      broughtForward(sink, customer, on, Math.max(term.openedOn, history.start - 1), term.fen);
    }
  } else {
    const opening = systemPosting(term.openedOn, 1, term.fen, term.fen, 'purchase', '定期存入');
    sink.transaction.push(transactionRow(customer, on, 0, { ...opening, minute: 10 * 60, party: customer.name }));
  }
  if (closed && closed.on >= history.start && history.movements) {
    const { interest } = closed;
    const paid = systemPosting(closed.on, 1, interest, term.fen + interest, 'interest', '定期利息');
    const left = systemPosting(closed.on, 2, -(term.fen + interest), 0, 'redemption', '定期到期支取');
    sink.transaction.push(transactionRow(customer, on, 1, { ...paid, minute: 9 * 60 + 29 }));
    sink.transaction.push(transactionRow(customer, on, 2, { ...left, minute: 9 * 60 + 30, party: customer.name }));
  }
}

const GOLD_YUAN = 200_000;
const PLATINUM_YUAN = 1_000_000;

function cardKind(person: Person): string {
  if (person.age < 22) return 'junior';
  return person.wealth >= PLATINUM_YUAN ? 'platinum' : person.wealth >= GOLD_YUAN ? 'gold' : 'classic';
}

function emitCards(sink: Sink, person: Person, current: Account, chance: Random): void {
  const push = (ordinal: number, issuedOn: number, status: string, on: Account | null) => {
    const number = cardNumber(person.index + 1, ordinal);
    const id = recordId('card', sources.cards, number);
    sink.card.push([id, number, person.id, on?.id ?? null, number, cardKind(person), dateText(issuedOn), status]);
  };
  const closed = person.status === 'closed';
  push(1, person.since, closed ? 'closed' : chance.chance(0.006) ? 'lost' : 'active', current);
  const creditworthy = person.age >= 22 && person.age < 66 && !closed && person.lastActive - person.since > 60;
  if (creditworthy && chance.chance(0.12 + 0.3 * person.rank)) {
    push(2, chance.between(person.since + 20, person.lastActive - 10), chance.chance(0.06) ? 'closed' : 'active', null);
  }
}

function emitOrders(sink: Sink, person: Person, orders: StandingOrder[], current: Account): void {
  for (const [position, order] of orders.entries()) {
    const number = `SO${person.number}${String(position + 1).padStart(2, '0')}`;
    sink.standing_order.push([
      recordId('standing_order', sources.core, number),
      number,
      person.id,
      number,
      current.id,
      fenText(order.fen),
      order.purpose,
      order.payee.bank,
      order.payee.account,
    ]);
  }
}

function emitLogins(sink: Sink, world: World, person: Person, history: HistoryPlan): void {
  for (const [position, login] of loginsOf(world, person, history.start).entries()) {
    const key = `${person.number}-${position + 1}`;
    sink.login.push([
      recordId('login', sources.channels, key),
      key,
      person.id,
      dateText(login.day),
      instantText(login.day, login.minute, (position * 7) % 60),
      login.channel,
      login.device,
    ]);
  }
  emitViews(sink, world, person, history);
  emitComplaints(sink, world, person);
}

/** One page a login; a few people who kept to savings look at funds all of a sudden. */
function emitViews(sink: Sink, world: World, person: Person, history: HistoryPlan): void {
  const logins = loginsOf(world, person, history.start);
  const view = (key: string, day: number, minute: number, topic: string) =>
    sink.page_view.push([
      recordId('page_view', sources.channels, key),
      key,
      person.id,
      dateText(day),
      instantText(day, minute, 0),
      topic,
      'mobile',
    ]);
  const topics = ['deposit', 'wealth', 'other'];
  for (const [position, { day, minute }] of logins.entries()) {
    view(`${person.number}-v${position + 1}`, day, minute, topics[(person.index + position) % topics.length]!);
  }
  const newest = logins.at(-1);
  if (!newest || person.index % CURIOUS_EVERY !== 0 || world.until - newest.day > 6) return;
  for (let page = 0; page < 6; page += 1) view(`${person.number}-f${page}`, newest.day, newest.minute + page, 'fund');
}

/** One person in so many becomes curious about funds, and one complains again and again. */
const CURIOUS_EVERY = 7;
const COMPLAINING_EVERY = 151;

function emitComplaints(sink: Sink, world: World, person: Person): void {
  if (person.index % COMPLAINING_EVERY !== 5 || person.status === 'closed') return;
  for (const [position, days] of [210, 95, 20].entries()) {
    const number = `TS${person.number}${position + 1}`;
    const day = world.until - days;
    if (day <= person.since) continue;
    sink.complaint.push([
      recordId('complaint', sources.channels, number),
      number,
      person.id,
      dateText(day),
      instantText(day, 10 * 60, 0),
      number,
      ['fee', 'service', 'fee'][position]!,
      'phone',
    ]);
  }
}

function emitLoans(sink: Sink, customer: Customer, assets: Assets, current: Account): void {
  for (const [position, loan] of assets.loans.entries()) {
    const number = `LN${dateText(loan.grantedOn).slice(0, 4)}${customer.number}${position + 1}`;
    sink.loan.push([
      recordId('loan', sources.loans, number),
      number,
      customer.id,
      number,
      current.id,
      loan.product.id,
      fenText(loan.amount),
      fenText(loan.balance),
      String(loan.months),
      fenText(loan.monthlyPayment),
      dateText(loan.grantedOn),
      dateText(loan.maturesOn),
      loan.status,
    ]);
  }
}

function emitHoldings(sink: Sink, customer: Customer, assets: Assets): void {
  for (const [position, holding] of assets.holdings.entries()) {
    const key = `${customer.number}-${position + 1}`;
    sink.holding.push([
      recordId('holding', sources.wealth, key),
      key,
      customer.id,
      holding.product.id,
      holding.quantity,
      fenText(holding.principal),
      fenText(holding.value),
      CURRENCY,
      dateText(holding.boughtOn),
      holding.maturesOn === null ? null : dateText(holding.maturesOn),
      holding.redeemedOn === null ? null : dateText(holding.redeemedOn),
      holding.redeemedOn === null ? 'held' : 'redeemed',
    ]);
  }
}

const DUE_MINUTE = 17 * 60 + 30;

function emitDeskWork(sink: Sink, world: World, customer: Customer, assets: Assets): void {
  const manager = customer.manager;
  if (!manager) return;
  const work = deskWorkOf(world, customer, assets);
  const taskIds = work.tasks.map((task, position) => {
    const key = `${customer.number}-${position + 1}`;
    const id = recordId('task', sources.desk, key);
    sink.task.push([
      id,
      key,
      customer.id,
      task.title,
      task.reason,
      task.script,
      task.priority,
      manager.id,
      instantText(task.dueOn, DUE_MINUTE, 0),
      task.done ? 'done' : 'open',
      dateText(task.madeOn),
      task.done?.result ?? null,
      task.done ? instantText(task.done.on, task.done.minute, 30) : null,
      task.done ? manager.id : null,
    ]);
    return id;
  });
  for (const [position, contact] of work.interactions.entries()) {
    const key = `${customer.number}-${position + 1}`;
    sink.interaction.push([
      ...deskRow('interaction', key, customer),
      instantText(contact.day, contact.minute, 0),
      contact.channel,
      contact.summary,
      contact.result,
      manager.id,
      contact.task === null ? null : taskIds[contact.task]!,
    ]);
  }
  for (const [position, note] of work.notes.entries()) {
    const key = `${customer.number}-${position + 1}`;
    sink.note.push([...deskRow('note', key, customer), note.text, String(note.pinned), manager.id]);
  }
}

/** How a row of what people do for a customer begins: id, source key, customer. */
const deskRow = (entity: string, key: string, { id }: Customer): [string, string, string] => [
  recordId(entity, sources.desk, key),
  key,
  id,
];

function emitServiceWork(sink: Sink, world: World, customer: Customer, assets: Assets): void {
  const { opportunity, serviceCase } = serviceWorkOf(world, customer, assets);
  const manager = customer.manager?.id ?? null;
  const day = (number: number | null) => (number === null ? null : dateText(number));
  const key = `${customer.number}-1`;
  if (opportunity) {
    sink.opportunity.push([
      ...deskRow('opportunity', key, customer),
      opportunity.title,
      opportunity.reason,
      opportunity.stage,
      opportunity.product?.id ?? null,
      fenText(opportunity.amount),
      manager,
      dateText(opportunity.openedOn),
      day(opportunity.nextContact),
      day(opportunity.lastContact),
      dateText(opportunity.closesOn),
    ]);
  }
  if (serviceCase) {
    sink.service_case.push([
      ...deskRow('service_case', key, customer),
      serviceCase.kind,
      serviceCase.title,
      serviceCase.text,
      serviceCase.status,
      serviceCase.priority,
      manager,
      instantText(serviceCase.dueOn, serviceCase.dueMinute, 0),
    ]);
  }
}
