import { Link } from '@tanstack/react-router';
import { formatCount } from '#kernel';
import type { Body, CheckAnswer, DefinitionKind, Effect, Preview, Vocabulary } from '../../api/definitions.ts';
import { useMetadata } from '../../api/hooks.ts';
import { Badge, Notice, Panel, Skeleton, useErrorText } from '../../kit/kit.ts';
import { Measure } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';
import { settingOf } from './rule/rule.ts';

interface PreviewPanelProps {
  kind: DefinitionKind;
  body: Body;
  vocabulary: Vocabulary;
  /** Whether it is whole enough to be asked about. */
  ready: boolean;
  answer: CheckAnswer | undefined;
  error: unknown;
  busy: boolean;
}

/** What the definition would do, as it stands in the form: how many customers, some of them with what decides, who comes and goes. */
export function PreviewPanel({ kind, body, vocabulary, ready, answer, error, busy }: PreviewPanelProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const preview = answer?.preview;
  return (
    <aside className="preview" aria-label={t('design.preview.title')} aria-busy={busy}>
      <Panel title={t('design.preview.title')} actions={busy && <span className="spinner" />}>
        {body.manual ? (
          <p className="quiet preview-part">{t('design.preview.manual')}</p>
        ) : !ready ? (
          <p className="quiet preview-part">{t(`design.preview.teach.${kind}`)}</p>
        ) : error && !answer ? (
          <Notice kind="warn">{errorText(error)}</Notice>
        ) : answer && !answer.ok ? (
          <p className="quiet preview-part">{t('design.preview.wrong')}</p>
        ) : !preview ? (
          busy ? (
            <Skeleton lines={5} />
          ) : (
            <p className="quiet preview-part">{t('design.preview.nothing')}</p>
          )
        ) : (
          <Answer kind={kind} body={body} preview={preview} vocabulary={vocabulary} />
        )}
      </Panel>
    </aside>
  );
}

function Answer({
  kind,
  body,
  preview,
  vocabulary,
}: {
  kind: DefinitionKind;
  body: Body;
  preview: Preview;
  vocabulary: Vocabulary;
}) {
  const { t, text } = useTexts();
  // What a value was is known once somebody watches it.
  const isOfChange = kind === 'rules' && settingOf(body).change !== undefined;
  const figure = `${formatCount(preview.matches)}${preview.capped ? '+' : ''}`;
  const codes = [...new Set(preview.sample.flatMap(({ values }) => Object.keys(values)))].slice(0, VALUES_MAX);
  const nameOf = (code: string) => vocabulary.names.find((name) => name.code === code);
  const labelOf = (code: string) =>
    code === body.code && kind === 'metrics' ? text(body.label) : text(nameOf(code)?.label) || code;
  const unitOf = (code: string) => (code === body.code && kind === 'metrics' ? body.unit : nameOf(code)?.unit);
  return (
    <>
      {kind === 'rules' && preview.sentence && <p className="preview-sentence">{text(preview.sentence)}</p>}
      {isOfChange && <p className="quiet preview-part">{t('rules.previewChange')}</p>}
      {kind !== 'parameters' && !isOfChange && (
        <p className="preview-count" role="status">
          <strong>{figure}</strong>{' '}
          <span className="quiet">
            {t(
              kind === 'metrics'
                ? 'design.preview.having'
                : kind === 'rules'
                  ? 'design.preview.alerting'
                  : 'design.preview.matching',
            )}
          </span>
        </p>
      )}
      <Effects effects={preview.effects ?? []} own={body} kind={kind} />
      {preview.moves && preview.moves.length > 0 && <Moves moves={preview.moves} own={body} />}
      {preview.sample.length > 0 ? (
        <div className="preview-scroll">
          <table className="table preview-sample" aria-label={t('design.preview.sample')}>
            <thead>
              <tr>
                <th scope="col">{t('design.preview.customer')}</th>
                {codes.map((code) => (
                  <th key={code} scope="col" className="number">
                    {labelOf(code)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {preview.sample.slice(0, SAMPLE_MAX).map((customer) => (
                <tr key={customer.id}>
                  <td>
                    <Link to="/customers/$id" params={{ id: customer.id }} target="_blank">
                      {customer.name ?? t('common.masked')}
                    </Link>
                  </td>
                  {codes.map((code) => (
                    <td key={code} className="number">
                      <Shown
                        value={customer.values[code] ?? null}
                        unit={unitOf(code)}
                        options={nameOf(code)?.options}
                      />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        kind !== 'parameters' && !isOfChange && <p className="quiet preview-part">{t('design.preview.noMatch')}</p>
      )}
      <p className="faint preview-part">
        {preview.sample.length > 0 && codes.length === 0 && t('design.preview.hiddenValues')}
        {t('design.preview.reach')}
      </p>
    </>
  );
}

const VALUES_MAX = 6;
const SAMPLE_MAX = 10;

function Shown({
  value,
  unit,
  options,
}: {
  value: string | null;
  unit: string | undefined;
  options: { code: string; label: { zh: string; en: string } }[] | undefined;
}) {
  const { text } = useTexts();
  const option = options?.find(({ code }) => code === value);
  return option ? text(option.label) : <Measure value={value} unit={unit} />;
}

/** Who would come in and who would go. */
function Effects({ effects, own, kind }: { effects: Effect[]; own: Body; kind: DefinitionKind }) {
  const { t, text } = useTexts();
  const metadata = useMetadata();
  if (effects.length === 0) {
    return kind === 'parameters' ? <p className="quiet preview-part">{t('design.preview.noEffect')}</p> : null;
  }
  const optionOf = (effect: Effect) =>
    effect.code === own.code
      ? { label: own.label, color: own.color }
      : (effect.kind === 'tiers' ? metadata.tiers : metadata.tags).find(({ code }) => code === effect.code);
  return (
    <table className="table preview-effects" aria-label={t('design.preview.effects')}>
      <thead>
        <tr>
          <th scope="col">{t('design.preview.effects')}</th>
          <th scope="col" className="number">
            {t('design.preview.entering')}
          </th>
          <th scope="col" className="number">
            {t('design.preview.leaving')}
          </th>
        </tr>
      </thead>
      <tbody>
        {effects.map((effect) => {
          const option = optionOf(effect);
          return (
            <tr key={`${effect.kind} ${effect.code}`}>
              <td>
                <Badge colour={option?.color}>{option ? text(option.label) : effect.code}</Badge>
              </td>
              <td className="number">{effect.entering > 0 ? `+${formatCount(effect.entering)}` : '0'}</td>
              <td className="number">{effect.leaving > 0 ? `−${formatCount(effect.leaving)}` : '0'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** From where to where: one row for each tier of now, one column for each tier to come. */
function Moves({ moves, own }: { moves: NonNullable<Preview['moves']>; own: Body }) {
  const { t, text } = useTexts();
  const { tiers } = useMetadata();
  const codes = (side: 'from' | 'to') => [...new Set(moves.map((move) => move[side]))];
  const labelOf = (code: string | null) =>
    code === null
      ? t('common.none')
      : code === own.code
        ? text(own.label)
        : text(tiers.find((tier) => tier.code === code)?.label) || code;
  return (
    <div className="preview-scroll">
      <table className="table preview-moves" aria-label={t('design.preview.moves')}>
        <thead>
          <tr>
            <th scope="col">{t('design.preview.moves')}</th>
            {codes('to').map((to) => (
              <th key={to} scope="col" className="number">
                → {labelOf(to)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {codes('from').map((from) => (
            <tr key={from}>
              <th scope="row">{labelOf(from)}</th>
              {codes('to').map((to) => {
                const found = moves.find((move) => move.from === from && move.to === to);
                return (
                  <td key={to} className="number">
                    {found ? formatCount(found.count) : <span className="faint">0</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
