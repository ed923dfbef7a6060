import type { Profile } from '../../api/customer.ts';
import { fieldOf, useEntityByCode, useInstitution, useMetadata } from '../../api/hooks.ts';
import { Cell } from '../../records/cell.tsx';
import { isShown } from '../../records/shown.ts';
import { Measure } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing, sourceOf } from './block.tsx';
import { Revealable } from './reveal.tsx';
import { Some } from './some.tsx';

const METRICS_AT_FIRST = 12;

/** The figures of the engine, as the packs define them. */
export function Metrics({ profile }: { profile: Profile }) {
  const { t, text } = useTexts();
  const { metrics } = useMetadata();
  const { businessDate } = useInstitution();
  const customer = useEntityByCode('customer');
  const known = metrics.filter(({ code }) => profile.metrics[code] !== undefined && profile.metrics[code] !== null);
  // They are figures of the assets: for whom those are masked there are none, today or later.
  if (!customer || fieldOf(customer, 'aum')?.access.see !== 'clear') return null;
  return (
    <Block title={t('customer.metrics')} count={known.length} source={{ source: null, asOf: businessDate }}>
      {known.length === 0 ? (
        <Nothing>{t('customer.noMetrics')}</Nothing>
      ) : (
        <Some rows={known} atFirst={METRICS_AT_FIRST}>
          {(some) => (
            <dl className="pairs">
              {some.map(({ code, label, unit }) => (
                <div key={code}>
                  <dt>{text(label)}</dt>
                  <dd className="number">
                    <Measure value={String(profile.metrics[code])} unit={unit} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </Some>
      )}
    </Block>
  );
}

/** Every field of the customer that this person may see; masked ones can be asked for. */
export function Details({ customer, profile }: { customer: string; profile: Profile }) {
  const { t, text } = useTexts();
  const entity = useEntityByCode('customer');
  if (!entity) return null;
  const row = profile.customer;
  const fields = entity.fields.filter(
    (field) =>
      !field.hidden &&
      field.access.see !== 'hidden' &&
      isShown(entity, field, row) &&
      // Nothing is behind a mask any more, and the name is one word for all.
      !(row.erased_on && (field.code === 'name' || row[field.code] === null)),
  );
  return (
    <Block title={t('customer.details')} source={sourceOf([profile.customer])}>
      <dl className="pairs">
        {fields.map((field) => (
          <div key={field.code}>
            <dt>{text(field.label)}</dt>
            <dd>
              {field.access.see === 'masked' ? (
                <Revealable customer={customer} field={field} value={row[field.code]} />
              ) : (
                <Cell field={field} value={row[field.code]} whole />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Block>
  );
}
