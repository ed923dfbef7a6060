import { recordId } from '#metadata';
import { givenName, surname } from './names.ts';
import { employeePhone } from './numbers.ts';
import { branchAddress, cities, type District, districts, NEIGHBOURHOODS, shortName } from './places.ts';
import { purposes, type Random, random, type Urn, urn } from './random.ts';

/** 听澜: "listening to the waves". No bank is called so, and no district code or ID number of the demo exists. */
export const bankName = { zh: '听澜银行', en: 'Tinglan Bank' };
const MAIL_DOMAIN = 'tinglan.example';

/** Which system of the bank a row comes from. */
export const sources = {
  core: 'core',
  people: 'hr',
  wealth: 'wealth',
  loans: 'loans',
  cards: 'cards',
  channels: 'channels',
  desk: 'crm',
} as const;

export interface OrgUnit {
  id: string;
  code: string;
  name: string;
  kind: 'head_office' | 'branch' | 'sub_branch';
  parentId: string | null;
  district: District;
  address: string;
}

export interface Employee {
  id: string;
  username: string;
  name: string;
  roles: readonly string[];
  unit: OrgUnit;
  phone: string;
  email: string;
}

/** A sub-branch with the people who look after its customers. */
export interface Desk {
  unit: OrgUnit;
  head: Employee;
  /** Managers of private customers; the others look after companies. Each group has at least one member. */
  personManagers: Urn<Employee>;
  companyManagers: Urn<Employee>;
}

export interface Institution {
  units: OrgUnit[];
  employees: Employee[];
  desks: Urn<Desk>;
}

/** Who works at the head office besides the administrator, one for each ready role. */
const HEAD_OFFICE = [
  ['designer01', 'designer'],
  ['service01', 'service_agent'],
  ['compliance01', 'compliance'],
  ['risk01', 'risk'],
  ['aml01', 'aml_officer'],
  ['auditor01', 'auditor'],
  ['security01', 'security_admin'],
] as const;

const CUSTOMERS_PER_DESK = 700;
/** Up to here the bank grows by sub-branches, from here on mostly inside them. */
const FIRST_DESKS_MAX = 40;
const CUSTOMERS_PER_LATER_DESK = 6_000;
const DESKS_PER_BRANCH = 3;
const DESKS_MIN = 2;
const CUSTOMERS_PER_MANAGER = 170;
const MANAGERS_MIN = 3;
const MANAGERS_MAX = 12;

export const districtId = (district: District) => recordId('district', sources.core, district.code);
const unitId = (code: string) => recordId('org_unit', sources.people, code);
const employeeId = (username: string) => recordId('user', sources.people, username);

const two = (value: number) => String(value).padStart(2, '0');
const three = (value: number) => String(value).padStart(3, '0');

function deskCount(customers: number): number {
  const first = Math.round(customers / CUSTOMERS_PER_DESK);
  if (first <= FIRST_DESKS_MAX) return Math.max(DESKS_MIN, first);
  const rest = customers - FIRST_DESKS_MAX * CUSTOMERS_PER_DESK;
  return FIRST_DESKS_MAX + Math.round(rest / CUSTOMERS_PER_LATER_DESK);
}

/** The bank itself, sized for its number of customers: offices, employees and who looks after whom. */
export function institutionOf(seed: number, customers: number): Institution {
  const chance = random(seed, purposes.institution, 0);
  const deskTotal = deskCount(customers);
  const branchTotal = Math.min(cities.length, Math.ceil(deskTotal / DESKS_PER_BRANCH));
  const units: OrgUnit[] = [];
  const addUnit = (code: string, name: string, kind: OrgUnit['kind'], parent: OrgUnit | null, district: District) => {
    const unit: OrgUnit = {
      id: unitId(code),
      code,
      name,
      kind,
      parentId: parent?.id ?? null,
      district,
      address: branchAddress(chance, district),
    };
    units.push(unit);
    return unit;
  };
  const employees: Employee[] = [];
  const hire = (username: string, roles: string[], unit: OrgUnit): Employee => {
    const gender = chance.chance(0.5) ? 'female' : 'male';
    const family = surname(chance);
    const employee: Employee = {
      id: employeeId(username),
      username,
      name: family + givenName(chance, gender, chance.between(1972, 1998)),
      roles,
      unit,
      phone: employeePhone(employees.length),
      email: `${username}@${MAIL_DOMAIN}`,
    };
    employees.push(employee);
    return employee;
  };

  const headOffice = addUnit('0000', `${bankName.zh}总行`, 'head_office', null, districts[0]!);
  hire('admin', ['system_admin'], headOffice);

  const desks: { desk: Desk; weight: number }[] = [];
  const branches = cities.slice(0, branchTotal).map((city, position) => {
    const local = districts.filter((district) => district.city === city);
    const unit = addUnit(`${two(position + 1)}00`, `${city.slice(0, -1)}分行`, 'branch', headOffice, local[0]!);
    return { unit, city, local };
  });
  const managersPerDesk = Math.min(
    MANAGERS_MAX,
    Math.max(MANAGERS_MIN, Math.round(customers / deskTotal / CUSTOMERS_PER_MANAGER)),
  );
  let managers = 0;
  for (let number = 0; number < deskTotal; number += 1) {
    const { unit: branch, city, local } = branches[number % branchTotal]!;
    const ordinal = Math.floor(number / branchTotal);
    const district = local[ordinal % local.length]!;
    const round = Math.floor(ordinal / local.length);
    const place = round === 0 ? '' : NEIGHBOURHOODS[(ordinal + round) % NEIGHBOURHOODS.length];
    const name = `${city.slice(0, -1)}${shortName(district)}${place}支行`;
    const unit = addUnit(`${branch.code.slice(0, 2)}${two(ordinal + 1)}`, name, 'sub_branch', branch, district);
    const head = hire(`head${two(number + 1)}`, ['branch_head'], unit);
    const team = Array.from({ length: managersPerDesk }, () => {
      managers += 1;
      return hire(`rm${three(managers)}`, ['rm'], unit);
    });
    const companyTeam = Math.max(1, Math.round(managersPerDesk / 5));
    desks.push({
      desk: {
        unit,
        head,
        personManagers: portfolio(chance, team.slice(0, -companyTeam)),
        companyManagers: portfolio(chance, team.slice(-companyTeam)),
      },
      weight: 0.7 + 0.7 * chance.unit(),
    });
  }
  // The people of the head office come last: more of them must not change who works at the desks.
  for (const [username, role] of HEAD_OFFICE) hire(username, [role], headOffice);
  hire('supervisor01', ['supervisor'], desks[0]!.desk.unit);
  const deskUrn = urn(desks, (entry) => entry.weight);
  return { units, employees, desks: { draw: (from) => deskUrn.draw(from).desk } };
}

/** Managers of long standing have more customers than newcomers. */
function portfolio(chance: Random, team: Employee[]): Urn<Employee> {
  const weights = new Map(team.map((employee) => [employee, 0.7 + 0.6 * chance.unit()]));
  return urn(team, (employee) => weights.get(employee)!);
}
