/** What the customer has and owes: a table for each, with the columns and cells of the entity's own definition. */
import { addDays, amountOf, minorUnits, sumAmounts } from '#kernel';
import type { Profile } from '../../api/customer.ts';
import { fieldOf, useEntityByCode } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { Change, type Column, Money, Table } from '../../kit/kit.ts';
import { Cell, isFigure } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing, sourceOf } from './block.tsx';
import { Some } from './some.tsx';

const ROWS_AT_FIRST = 8;
const SOON_DAYS = 90;

/** Columns of an entity by code, each drawn by its type; fields out of the reader's sight fall away. */
export function useFieldColumns(entityCode: string, codes: string[], title: string): Column<Row>[] {
  const entity = useEntityByCode(entityCode);
  const { text } = useTexts();
  return codes.flatMap((code) => {
    const field = entity && fieldOf(entity, code);
    if (!field) return [];
    return {
      code,
      label: text(field.label),
      number: isFigure(field),
      cell: (row: Row) => <Cell field={field} value={row[code]} />,
      ...(code === title ? { phone: 'title' as const } : {}),
    };
  });
}

const amount = (row: Row, field: string): string | null => {
  const value = row[field];
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? value : null;
};

const sumOf = (rows: Row[], field: string): string => sumAmounts(rows.flatMap((row) => amount(row, field) ?? []));

/** A date of maturity stands out when it is near. */
function soonColumn(columns: Column<Row>[], on: string): Column<Row>[] {
  const near = addDays(on, SOON_DAYS);
  return columns.map((column) =>
    column.code !== 'maturity_date'
      ? column
      : {
          ...column,
          cell: (row: Row) => {
            const date = row.maturity_date;
            const soon = typeof date === 'string' && date >= on && date <= near && row.status !== 'redeemed';
            return <span className={soon ? 'due-soon' : ''}>{column.cell(row)}</span>;
          },
        },
  );
}

export function Holdings({ profile, on }: { profile: Profile; on: string }) {
  const { t } = useTexts();
  const readable = useEntityByCode('holding')?.access.read;
  const fields = ['product', 'market_value', 'principal', 'bought_on', 'maturity_date', 'status'];
  const columns = soonColumn(useFieldColumns('holding', fields, 'product'), on);
  const gain: Column<Row> = {
    code: 'gain',
    label: t('customer.gain'),
    number: true,
    cell: (row) => <Gain row={row} />,
  };
  const at = columns.findIndex((column) => column.code === 'principal') + 1;
  const rows = profile.holdings;
  const held = rows.filter((row) => row.status === 'held');
  if (!readable) return null;
  return (
    <Block title={t('customer.holdings')} count={rows.length} source={sourceOf(profile.holdings)}>
      {rows.length === 0 ? (
        <Nothing>{t('customer.none', { what: t('customer.holdings') })}</Nothing>
      ) : (
        <Some rows={rows} atFirst={ROWS_AT_FIRST}>
          {(some) => (
            <Table
              label={t('customer.holdings')}
              columns={at > 0 ? columns.toSpliced(at, 0, gain) : columns}
              rows={some}
              rowKey={(row) => row.id}
              footer={
                held.length > 1 && (
                  <tr>
                    <td className="phone-title">{t('customer.total')}</td>
                    <td className="number">
                      <Money value={sumOf(held, 'market_value')} />
                    </td>
                    <td className="number">
                      <Money value={sumOf(held, 'principal')} />
                    </td>
                    <td colSpan={4} className="phone-hide" />
                  </tr>
                )
              }
            />
          )}
        </Some>
      )}
    </Block>
  );
}

function Gain({ row }: { row: Row }) {
  const { t } = useTexts();
  const [value, principal] = [amount(row, 'market_value'), amount(row, 'principal')];
  if (value === null || principal === null) return <span className="faint">{t('common.none')}</span>;
  const gain = amountOf(minorUnits(value) - minorUnits(principal));
  return (
    <Change value={gain}>
      <Money value={gain} />
    </Change>
  );
}

export function Accounts({ profile }: { profile: Profile }) {
  const { t } = useTexts();
  const columns = useFieldColumns(
    'account',
    ['number', 'product', 'kind', 'balance', 'currency', 'opened_on', 'maturity_date', 'status'],
    'number',
  );
  const role = useFieldColumns('account_role', ['role'], '');
  const shared = profile.accounts.some((row) => row.role !== 'owner' && row.role !== undefined);
  return (
    <Positions
      entity="account"
      title={t('customer.accounts')}
      rows={profile.accounts}
      columns={withoutEmpty(shared ? [...columns, ...role] : columns, profile.accounts)}
      source={sourceOf(profile.accounts)}
    />
  );
}

export function Cards({ profile }: { profile: Profile }) {
  const { t } = useTexts();
  const columns = useFieldColumns('card', ['number', 'kind', 'account', 'issued_on', 'status'], 'number');
  if (profile.cards.length === 0) return null;
  return (
    <Positions
      entity="card"
      title={t('customer.cards')}
      rows={profile.cards}
      columns={withoutEmpty(columns, profile.cards)}
      source={sourceOf(profile.cards)}
    />
  );
}

export function Loans({ profile, on }: { profile: Profile; on: string }) {
  const { t } = useTexts();
  const codes = ['number', 'product', 'amount', 'balance', 'monthly_payment', 'granted_on', 'maturity_date', 'status'];
  const columns = useFieldColumns('loan', codes, 'number');
  return (
    <Positions
      entity="loan"
      title={t('customer.loans')}
      rows={profile.loans}
      columns={soonColumn(withoutEmpty(columns, profile.loans), on)}
      source={sourceOf(profile.loans)}
    />
  );
}

export function StandingOrders({ profile }: { profile: Profile }) {
  const { t } = useTexts();
  const codes = ['number', 'purpose', 'amount', 'account', 'counterparty_bank', 'counterparty_account'];
  const columns = useFieldColumns('standing_order', codes, 'number');
  if (profile.standingOrders.length === 0) return null;
  return (
    <Positions
      entity="standing_order"
      title={t('customer.standingOrders')}
      rows={profile.standingOrders}
      columns={withoutEmpty(columns, profile.standingOrders)}
      source={sourceOf(profile.standingOrders)}
    />
  );
}

/** Columns that say nothing in any row take no room. */
const withoutEmpty = (columns: Column<Row>[], rows: Row[]): Column<Row>[] =>
  columns.filter(({ code }) => rows.some((row) => row[code] !== null && row[code] !== undefined && row[code] !== ''));

interface PositionsProps {
  entity: string;
  title: string;
  rows: Row[];
  columns: Column<Row>[];
  source: ReturnType<typeof sourceOf>;
}

/** Who may not read these is not told that there are none. */
function Positions({ entity, title, rows, columns, source }: PositionsProps) {
  const { t } = useTexts();
  const readable = useEntityByCode(entity)?.access.read;
  if (!readable) return null;
  return (
    <Block title={title} count={rows.length} source={source}>
      {rows.length === 0 ? (
        <Nothing>{t('customer.none', { what: title })}</Nothing>
      ) : (
        <Some rows={rows} atFirst={ROWS_AT_FIRST}>
          {(some) => <Table label={title} columns={columns} rows={some} rowKey={(row) => row.id} />}
        </Some>
      )}
    </Block>
  );
}
