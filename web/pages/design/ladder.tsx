import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { formatCount } from '#kernel';
import { type Definition, vocabularyQuery } from '../../api/definitions.ts';
import { useMay } from '../../app/permissions.ts';
import { Badge, Icon, Notice } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { States } from './states.tsx';

const ConditionText = lazy(() =>
  import('../../conditions/condition-text.tsx').then((module) => ({ default: module.ConditionText })),
);
const LadderWarnings = lazy(() =>
  import('./ladder-warnings.tsx').then((module) => ({ default: module.LadderWarnings })),
);

/** The tiers from the highest down: a customer is in the first whose condition holds. */
export function Ladder({ tiers }: { tiers: Definition[] }) {
  const { t, text } = useTexts();
  const mayEdit = useMay('definitions.edit');
  const vocabulary = useQuery(vocabularyQuery('tiers')).data;
  const rungs = inOrder(tiers.filter(({ status }) => status !== 'retired'));
  const all = rungs.reduce((sum, { health }) => sum + (health.size ?? 0), 0);
  return (
    <div className="ladder">
      <p className="quiet">{t('design.tiers.order')}</p>
      {vocabulary && (
        <Suspense>
          <LadderWarnings tiers={rungs.map(({ body }) => body)} vocabulary={vocabulary.names} />
        </Suspense>
      )}
      <ol className="ladder-rungs">
        {rungs.map((tier) => {
          const { body, health } = tier;
          const share = all > 0 ? (health.size ?? 0) / all : 0;
          return (
            <li key={tier.code} className="rung">
              <Link to="/design/$kind/$code" params={{ kind: 'tiers', code: tier.code }} className="rung-link">
                <span className="rung-head">
                  <Badge colour={body.color}>{text(tier.label)}</Badge>
                  <States definition={tier} />
                  <span className="rung-size">
                    {health.size === undefined
                      ? ''
                      : t('design.customers', { count: health.size, figure: formatCount(health.size) })}
                  </span>
                </span>
                <span className="rung-condition">
                  {body.if === undefined ? (
                    t('design.tiers.rest')
                  ) : vocabulary ? (
                    <Suspense fallback={<span className="mono">{body.if}</span>}>
                      <ConditionText text={body.if} vocabulary={vocabulary.names} />
                    </Suspense>
                  ) : (
                    <span className="mono">{body.if}</span>
                  )}
                </span>
                {body.keep_if && vocabulary && (
                  <span className="rung-keep quiet">
                    {t('design.tiers.stays')}{' '}
                    <Suspense fallback={body.keep_if}>
                      <ConditionText text={body.keep_if} vocabulary={vocabulary.names} />
                    </Suspense>
                  </span>
                )}
                <span className="rung-facts faint">
                  {t(body.effective === 'monthly' ? 'design.tiers.monthly' : 'design.tiers.daily')}
                </span>
                <span className="rung-bar" style={{ inlineSize: `${(share * 100).toFixed(1)}%` }} />
              </Link>
              {mayEdit && (
                <Link
                  to="/design/$kind/$code"
                  params={{ kind: 'tiers', code: 'new' }}
                  search={{ above: tier.code }}
                  className="rung-add"
                >
                  <Icon name="add" size={12} /> {t('design.tiers.addAbove', { name: text(tier.label) })}
                </Link>
              )}
            </li>
          );
        })}
      </ol>
      {rungs.length === 1 && <Notice kind="info">{t('design.kinds.tiers.teach')}</Notice>}
    </div>
  );
}

/** Those of no pack stand directly above the tier that they name. */
function inOrder(tiers: Definition[]): Definition[] {
  const found = tiers.filter(({ body }) => body.above === undefined);
  for (const tier of tiers.filter(({ body }) => body.above !== undefined)) {
    const at = found.findIndex(({ code }) => code === tier.body.above);
    found.splice(at < 0 ? 0 : at, 0, tier);
  }
  return found;
}
