import { recordId } from '#metadata';
import { type Days, dateText, yearOf } from './calendar.ts';
import { type Desk, type Employee, type Institution, sources } from './institution.ts';
import { companyName, type Gender, givenName, type Industry, isMinority, minorityName, surname } from './names.ts';
import {
  type Occupation,
  occupations,
  owner,
  preschool,
  retired,
  retirementAge,
  student,
  wealthBand,
} from './occupations.ts';
import { type District, districts, homeAddress, officeAddress } from './places.ts';
import { purposes, type Random, random, weighted } from './random.ts';
import { companySpread, personSpread, rankOf, wealthAt } from './wealth.ts';

/** What the rows of a block depend on besides its number. Days count from 1970-01-01. */
export interface World {
  seed: number;
  /** How many customers there are; the last block may be cut. */
  customers: number;
  until: number;
  days: Days;
  institution: Institution;
}

/** Customers come in blocks: families and the companies of their members stay together, and a block needs no other. */
export const BLOCK_SIZE = 16;

export type HouseholdRole = 'head' | 'spouse' | 'child' | 'parent';

export interface Household {
  id: string;
  key: string;
  name: string;
  district: District;
}

interface Base {
  index: number;
  id: string;
  number: string;
  name: string;
  /** 0 poorest … 1 richest among its kind. */
  rank: number;
  /** Assets at the bank to aim at, in yuan. */
  wealth: number;
  district: District;
  address: string;
  desk: Desk;
  manager: Employee | null;
  since: number;
  /** The last day on which the customer did anything by himself. */
  lastActive: number;
  status: 'active' | 'dormant' | 'closed';
}

export interface Person extends Base {
  kind: 'person';
  /** The surname; the first part of a name of another kind. */
  family: string;
  gender: Gender;
  birthDay: number;
  /** Full years on `until`. */
  age: number;
  occupation: Occupation;
  /** Monthly, in yuan; whether it reaches this bank is another matter. */
  income: number;
  /** Wage, pension or takings are paid to this bank. */
  incomeHere: boolean;
  employer: string;
  /** Payments per month by own choice. */
  liveliness: number;
  risk: 0 | 1 | 2 | 3 | 4 | 5;
  assessedOn: number | null;
  household: Household | null;
  role: HouseholdRole | null;
  partner: Person | null;
  provider: Person | null;
}

export interface Company extends Base {
  kind: 'company';
  industry: Industry;
  foundedOn: number;
  /** In yuan. */
  capital: number;
  representative: string;
  representativePerson: Person | null;
}

export type Customer = Person | Company;

const YEAR_DAYS = 365.2425;
const limits = { ageMin: 1, ageMax: 94, accountYearsMax: 25 };

const householdPlans: readonly { roles: readonly HouseholdRole[]; weight: number }[] = [
  { roles: ['head'], weight: 56 },
  { roles: ['head', 'spouse'], weight: 18 },
  { roles: ['head', 'spouse', 'child'], weight: 9 },
  { roles: ['head', 'spouse', 'child', 'child'], weight: 2 },
  { roles: ['head', 'spouse', 'child', 'parent'], weight: 3 },
  { roles: ['head', 'spouse', 'parent', 'parent'], weight: 3 },
  { roles: ['head', 'child'], weight: 4 },
  { roles: ['head', 'parent'], weight: 5 },
];

interface Seat {
  family: number;
  role: HouseholdRole;
  alone: boolean;
  index: number;
  rank: number;
}

function shuffle<T>(chance: Random, items: T[]): T[] {
  for (let position = items.length - 1; position > 0; position -= 1) {
    const other = chance.between(0, position);
    [items[position], items[other]] = [items[other]!, items[position]!];
  }
  return items;
}

/** The 16 customers of one block, by index. Depends on the seed, the institution, `until` and the block's number only. */
export function blockOf(world: World, block: number): Customer[] {
  const chance = random(world.seed, purposes.block, block);
  const first = block * BLOCK_SIZE;
  const companies = 1 + chance.between(0, 1) + chance.between(0, 1);

  const families: Seat[][] = [];
  let left = BLOCK_SIZE - companies;
  while (left > 0) {
    const plan = weighted(chance, householdPlans, (entry) => (entry.roles.length <= left ? entry.weight : 0));
    const family = families.length;
    families.push(plan.roles.map((role) => ({ family, role, alone: plan.roles.length === 1, index: 0, rank: 0 })));
    left -= plan.roles.length;
  }
  const indexes = shuffle(
    chance,
    Array.from({ length: BLOCK_SIZE }, (_, position) => first + position),
  );
  const companyIndexes = indexes.slice(0, companies);
  const personIndexes = indexes.slice(companies);

  // The block's ranks are dealt from the top: family by family, couples next to each other, children last.
  const ranks = personIndexes.map((index) => rankOf(world.seed, index)).sort((one, other) => other - one);
  const seats = shuffle(chance, families).flat();
  const adults = seats.filter((seat) => seat.role !== 'child');
  const children = seats.filter((seat) => seat.role === 'child');
  for (const [position, seat] of [...adults, ...children].entries()) seat.rank = ranks[position]!;
  for (const [position, seat] of seats.entries()) seat.index = personIndexes[position]!;

  const customers: Customer[] = [];
  for (const family of families) customers.push(...familyOf(world, chance, family));
  const people = customers.filter((customer) => customer.kind === 'person');
  for (const index of companyIndexes) customers.push(companyOf(world, index, people));
  return customers.sort((one, other) => one.index - other.index);
}

const CUSTOMER_NUMBER_FIRST = 6_000_000_001;
const customerNumber = (index: number) => String(CUSTOMER_NUMBER_FIRST + index);
const customerId = (number: string) => recordId('customer', sources.core, number);

const neighbours = new Map<string, readonly District[]>();
function districtsOf(city: string): readonly District[] {
  let list = neighbours.get(city);
  if (!list) {
    list = districts.filter((district) => district.city === city);
    neighbours.set(city, list);
  }
  return list;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

function familyOf(world: World, chance: Random, seats: Seat[]): Person[] {
  const desk = world.institution.desks.draw(chance);
  const manager = desk.personManagers.draw(chance);
  const district = chance.chance(0.72) ? desk.unit.district : chance.pick(districtsOf(desk.unit.district.city));
  const address = homeAddress(chance, district);
  const head = seats[0]!;
  const headAge = Math.round(
    head.alone
      ? clamp(31 + 19 * head.rank + 14 * chance.normal(), 18, 90)
      : clamp(35 + 14 * head.rank + 8 * chance.normal(), 27, 68),
  );
  const headGender: Gender = chance.chance(head.alone ? 0.5 : 0.66) ? 'male' : 'female';
  const headSurname = surname(chance);
  const spouseSurname = surname(chance);
  const childSurname = headGender === 'male' ? headSurname : spouseSurname;
  const household: Household | null =
    seats.length === 1
      ? null
      : (() => {
          const key = `H${customerNumber(head.index)}`;
          return { id: recordId('household', sources.desk, key), key, name: '', district };
        })();

  let spouseAge = headAge;
  let youngestChild = 0;
  const people = seats.map((seat): Person => {
    const own = random(world.seed, purposes.person, seat.index);
    let age = headAge;
    let gender = headGender;
    let family = headSurname;
    if (seat.role === 'spouse') {
      gender = headGender === 'male' ? 'female' : 'male';
      age = clamp(headAge + Math.round((gender === 'female' ? -1.5 : 1.5) + 2.5 * own.normal()), 22, 75);
      family = spouseSurname;
      spouseAge = age;
    } else if (seat.role === 'child') {
      gender = own.chance(0.51) ? 'male' : 'female';
      const parentAge = Math.min(headAge, spouseAge);
      age = clamp(parentAge - own.between(23, 34), limits.ageMin, 60);
      if (youngestChild > 0 && Math.abs(age - youngestChild) < 2) age += 3;
      youngestChild = age;
      family = childSurname;
    } else if (seat.role === 'parent') {
      gender = own.chance(0.45) ? 'male' : 'female';
      age = clamp(headAge + own.between(22, 31), 50, limits.ageMax);
      family = gender === 'male' ? headSurname : surname(own);
    }
    return personOf(world, own, seat, { age, gender, family, desk, manager, district, address, household });
  });
  const partner = people.find((person) => person.role === 'spouse');
  if (partner) {
    partner.partner = people[0]!;
    people[0]!.partner = partner;
  }
  for (const person of people) {
    if (person.role === 'child' || person.occupation.income === 'none') {
      person.provider = person === people[0] ? (partner ?? null) : people[0]!;
    }
  }
  if (household) household.name = `${people[0]!.name}家庭`;
  return people;
}

interface Circumstances {
  age: number;
  gender: Gender;
  family: string;
  desk: Desk;
  manager: Employee;
  district: District;
  address: string;
  household: Household | null;
}

function occupationOf(chance: Random, age: number, gender: Gender, rank: number): Occupation {
  if (age < student.from) return preschool;
  if (age < 18 || (age <= student.to && chance.chance(0.6))) return student;
  if (age >= retirementAge(gender) && chance.chance(0.88)) return retired;
  const band = wealthBand(rank);
  return weighted(chance, occupations, (entry) =>
    age >= entry.from && age <= entry.to && (entry.gender ?? gender) === gender ? entry.weights[band] : 0,
  );
}

const MANAGED_FROM_YUAN = 20_000;

function personOf(world: World, chance: Random, seat: Seat, given: Circumstances): Person {
  const { age, gender, desk, household } = given;
  const { until } = world;
  const birthDay = until - Math.floor(age * YEAR_DAYS) - chance.between(0, 364);
  const birthYear = yearOf(birthDay);
  const minority = household === null && isMinority(chance);
  const name = minority ? minorityName(chance, gender) : given.family + givenName(chance, gender, birthYear);
  const occupation = occupationOf(chance, age, gender, seat.rank);
  const minor = age < 18;
  const wealth = minor ? Math.min(wealthAt(personSpread, seat.rank), 60_000) : wealthAt(personSpread, seat.rank);
  const since = sinceOf(chance, world, birthDay + Math.round((seat.role === 'child' || minor ? 0.1 : 16) * YEAR_DAYS));
  const closed = !minor && wealth < 50_000 && chance.chance(0.012) && until - since > 400;
  const dormant = !closed && !minor && chance.chance(wealth > 1_000_000 ? 0.03 : 0.085);
  const lastActive = closed
    ? world.days.onOrBefore(until - chance.between(20, 600))
    : dormant
      ? until - chance.between(30, 200)
      : until;
  const number = customerNumber(seat.index);
  const separate =
    seat.role === 'child' ? age > 25 && chance.chance(0.6) : seat.role === 'parent' && chance.chance(0.45);
  const assessed = age >= 18 && chance.chance(wealth < 10_000 ? 0.28 : wealth < 200_000 ? 0.74 : 0.94);
  const level = Math.round(1.3 + 2.2 * seat.rank + (46 - age) / 28 + 0.75 * chance.normal());
  const livelinessBand = chance.unit();
  return {
    kind: 'person',
    family: minority ? name.slice(0, name.indexOf('·')) : given.family,
    index: seat.index,
    id: customerId(number),
    number,
    name,
    rank: seat.rank,
    wealth: closed ? 0 : wealth,
    district: given.district,
    address: separate ? homeAddress(chance, given.district) : given.address,
    desk,
    manager: wealth >= MANAGED_FROM_YUAN || chance.chance(0.7) ? given.manager : null,
    since: Math.min(since, lastActive),
    lastActive,
    status: closed ? 'closed' : until - lastActive > 150 ? 'dormant' : 'active',
    gender,
    birthDay,
    age: fullYears(birthDay, until),
    occupation,
    income: incomeOf(chance, occupation, seat.rank, wealth),
    incomeHere:
      !dormant && !closed && chance.chance(seat.rank < 0.12 ? 0.1 : occupation.income === 'pension' ? 0.72 : 0.6),
    employer: employerOf(chance, occupation),
    liveliness: minor ? 0.15 : livelinessBand < 0.16 ? 4.2 : livelinessBand < 0.68 ? 1.4 : 0.7,
    risk: assessed ? (clamp(level, 1, age >= 70 ? 2 : age >= 60 ? 3 : 5) as Person['risk']) : 0,
    assessedOn: assessed ? Math.max(since, world.days.onOrBefore(until - chance.between(3, 420))) : null,
    household,
    role: household ? seat.role : null,
    partner: null,
    provider: null,
  };
}

/** Monthly, in yuan. A shop's takings stand in proportion to what lies at the bank, or they would drown it. */
function incomeOf(chance: Random, occupation: Occupation, rank: number, wealth: number): number {
  const income = chance.around(occupation.pay, 0.28) * (0.75 + 0.6 * rank);
  const most = occupation.income === 'trade' ? 7_000 + wealth * 0.05 : Infinity;
  return Math.round(Math.min(income, most) / 10) * 10;
}

function fullYears(birthDay: number, until: number): number {
  const years = yearOf(until) - yearOf(birthDay);
  const birthday = dateText(birthDay).slice(5);
  return dateText(until).slice(5) < birthday ? years - 1 : years;
}

function employerOf(chance: Random, occupation: Occupation): string {
  if (occupation.employer === 'school')
    return `澜州市${chance.pick(['实验小学', '第二中学', '文澜中学', '职业技术学院', '机关幼儿园'])}`;
  if (occupation.employer === 'hospital')
    return `澜州市${chance.pick(['人民医院', '中医院', '妇幼保健院', '第二医院'])}`;
  if (occupation.employer === 'state') return '澜州市财政国库支付中心';
  return companyName(chance).name;
}

/** The bank has grown evenly for 25 years, a little faster of late: one customer in nine came within two years. */
function sinceOf(chance: Random, world: World, earliest: number): number {
  const years = limits.accountYearsMax * chance.unit() ** 1.1;
  const day = world.days.onOrBefore(world.until - 1 - Math.floor(years * YEAR_DAYS));
  return Math.min(Math.max(day, earliest), world.until - 1);
}

const CAPITAL_YUAN = [
  100_000, 300_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000,
  100_000_000,
];

function companyOf(world: World, index: number, people: Person[]): Company {
  const { until } = world;
  const chance = random(world.seed, purposes.company, index);
  const rank = rankOf(world.seed, index);
  const { name, industry } = companyName(chance);
  const wealth = wealthAt(companySpread, rank);
  const number = customerNumber(index);

  const candidates = people.filter(
    (person) => person.rank > 0.55 && person.age >= 28 && person.age < 70 && person.occupation !== owner,
  );
  const representative = candidates.length > 0 && chance.chance(0.4) ? chance.pick(candidates) : null;
  if (representative) {
    representative.occupation = owner;
    representative.income = incomeOf(chance, owner, representative.rank, representative.wealth);
    representative.employer = name;
  }
  const desk = representative?.desk ?? world.institution.desks.draw(chance);
  const district = representative?.district ?? desk.unit.district;
  const foundedOn = until - Math.floor((0.6 + Math.min(30, chance.around(7, 0.7))) * YEAR_DAYS);
  const since = sinceOf(chance, world, foundedOn + 20);
  const dormant = chance.chance(0.05);
  const lastActive = dormant ? Math.max(since, until - chance.between(30, 200)) : until;
  const aim = wealth * Math.exp(0.8 * chance.normal()) * 2;
  return {
    kind: 'company',
    index,
    id: customerId(number),
    number,
    name,
    rank,
    wealth,
    district,
    address: officeAddress(chance, district),
    desk,
    manager: desk.companyManagers.draw(chance),
    since,
    lastActive,
    status: until - lastActive > 150 ? 'dormant' : 'active',
    industry,
    foundedOn,
    capital: CAPITAL_YUAN.findLast((yuan) => yuan <= aim) ?? CAPITAL_YUAN[0]!,
    representative:
      representative?.name ??
      surname(chance) + givenName(chance, chance.chance(0.78) ? 'male' : 'female', chance.between(1962, 1992)),
    representativePerson: representative,
  };
}
