import { Link } from '@tanstack/react-router';
import { sumAmounts } from '#kernel';
import type { Profile } from '../../api/customer.ts';
import { fieldOf, useEntityByCode } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { type Column, Money, Table } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Block } from './block.tsx';

/** The family whose wealth is looked at together. */
export function Household({ profile }: { profile: Profile }) {
  const { t } = useTexts();
  const entity = useEntityByCode('customer');
  const { household, customer } = profile;
  if (!household || !entity) return null;
  const cell = (row: Row, code: string) => {
    const field = fieldOf(entity, code);
    return field ? <Cell field={field} value={row[code]} /> : null;
  };
  const members = [customer, ...household.members];
  const columns: Column<Row>[] = [
    {
      code: 'name',
      label: t('customer.household'),
      phone: 'title',
      cell: (row) =>
        row.id === customer.id ? (
          <>
            {String(row.name ?? '')} <span className="faint">{t('customer.you')}</span>
          </>
        ) : (
          <Link to="/customers/$id" params={{ id: row.id }}>
            {String(row.name ?? row.id)}
          </Link>
        ),
    },
    { code: 'role', label: '', cell: (row) => cell(row, 'household_role') },
    { code: 'tier', label: '', cell: (row) => cell(row, 'tier') },
    { code: 'aum', label: t('customer.aum'), number: true, cell: (row) => cell(row, 'aum') },
  ];
  const amounts = members.flatMap(({ aum }) => (typeof aum === 'string' && /^-?\d+(\.\d+)?$/.test(aum) ? aum : []));
  return (
    <Block title={household.name || t('customer.household')} count={members.length}>
      <Table
        label={t('customer.household')}
        columns={columns}
        rows={members}
        rowKey={(row) => row.id}
        footer={
          amounts.length > 1 && (
            <tr>
              <td colSpan={3} className="phone-title">
                {t('customer.householdTotal')}
              </td>
              <td className="number">
                <Money value={sumAmounts(amounts)} />
              </td>
            </tr>
          )
        }
      />
    </Block>
  );
}
