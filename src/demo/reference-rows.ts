import { recordId } from '#metadata';
import { instantText } from './calendar.ts';
import { districtId, type Institution, sources } from './institution.ts';
import { districts } from './places.ts';
import { assetTypeOf, sectorOf, shelf } from './products.ts';
import { announcements } from './service-work.ts';
import { CURRENCY, type DemoEntity, type Row } from './tables.ts';

const ANNOUNCED_MINUTE = 18 * 60;

/** The rows that belong to no customer: districts, offices, employees, products, announcements. `until` is the last day of the data. */
export function referenceRows(institution: Institution, until: number): { entity: DemoEntity; rows: Row[] }[] {
  return [
    {
      entity: 'district',
      rows: districts.map((district) => [
        districtId(district),
        district.code,
        district.name,
        district.code,
        district.province + district.city,
      ]),
    },
    {
      entity: 'org_unit',
      rows: institution.units.map((unit) => [
        unit.id,
        unit.code,
        unit.name,
        unit.code,
        unit.kind,
        unit.parentId,
        districtId(unit.district),
        unit.address,
      ]),
    },
    {
      entity: 'user',
      rows: institution.employees.map((employee) => [
        employee.id,
        employee.username,
        employee.name,
        employee.username,
        `{${employee.roles.join(',')}}`,
        employee.unit.id,
        employee.phone,
        employee.email,
        'zh',
        'true',
      ]),
    },
    {
      entity: 'product',
      rows: shelf.map((product) => [
        product.id,
        product.code,
        product.name,
        product.code,
        product.class,
        product.risk === null ? null : `R${product.risk}`,
        assetTypeOf(product),
        sectorOf(product),
        CURRENCY,
        product.rate === null ? null : String(product.rate),
        product.termDays === null ? null : String(product.termDays),
        product.onSale ? 'on_sale' : 'closed',
      ]),
    },
    {
      entity: 'announcement',
      rows: announcements.map((each) => [
        recordId('announcement', sources.wealth, each.code),
        each.code,
        each.title,
        shelf.find((product) => product.class === each.class && product.onSale)?.id ?? null,
        instantText(until - each.daysAgo, ANNOUNCED_MINUTE, 0),
        each.kind,
        each.severity,
        each.text,
      ]),
    },
  ];
}
