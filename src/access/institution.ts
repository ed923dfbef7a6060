import { prepared, type Queryable } from '#database';
import type { Institution } from './context.ts';

/** What holds before anything is loaded. */
export const defaultInstitution: Institution = {
  name: { zh: '通观', en: 'Tongguan' },
  zone: 'Asia/Shanghai',
  currency: 'CNY',
  calendar: 'cn',
  businessDate: null,
};

export async function readInstitution(db: Queryable): Promise<Institution> {
  const { rows } = await db.query<{ value: Partial<Institution> | null; business_date: string | null }>(
    prepared(
      'access_institution',
      `select (select value from setting where key = 'institution') as value,
              (select max(date) from business_day where status = 'done')::text as business_date`,
    ),
  );
  return { ...defaultInstitution, ...rows[0]!.value, businessDate: rows[0]!.business_date };
}
