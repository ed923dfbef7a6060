import type { Body, Measure, Vocabulary } from '../../api/definitions.ts';
import { useTexts } from '../../texts/texts.ts';
import { windowOf } from './kinds.ts';

/** Reads a metric back as a sentence: “近 30 天 交易 金额 的 合计”. */
export function useMetricWords(vocabulary: Vocabulary): (body: Body) => string {
  const { t, text } = useTexts();
  const nameOf = (code: string) => text(vocabulary.names.find((name) => name.code === code)?.label) || code;
  const measured = (measure: Measure): string => {
    const entity = vocabulary.entities.find(({ code }) => code === measure.entity);
    const field = entity?.fields.find(({ code }) => code === measure.field);
    const window = vocabulary.windows.find(({ code }) => code === windowOf(measure));
    const time =
      measure.days !== undefined && windowOf(measure) !== 'today'
        ? t(measure.calendar ? 'design.metrics.lastTradingDays' : 'design.metrics.lastDays', { days: measure.days })
        : text(window?.label);
    const said = {
      time,
      entity: text(entity?.label) || measure.entity,
      field: text(field?.label),
      what: text(vocabulary.aggregates.find(({ code }) => code === measure.function)?.label),
    };
    const sentence = t(measure.function === 'count' ? 'design.metrics.countSentence' : 'design.metrics.sentence', said);
    return (measure.where ? `${sentence}${t('design.metrics.whereSentence')}` : sentence).trim();
  };
  return (body) => {
    if (body.measure) return measured(body.measure);
    if (body.ratio) return t('design.metrics.ratioSentence', { of: nameOf(body.ratio.of), to: nameOf(body.ratio.to) });
    if (body.household) {
      const { function: wanted, of } = body.household;
      return t('design.metrics.householdSentence', { of: nameOf(of), what: t(`design.metrics.household.${wanted}`) });
    }
    if (body.ledger) {
      const ledger = vocabulary.ledgers.find(({ value }) => JSON.stringify(value) === JSON.stringify(body.ledger));
      return text(ledger?.label);
    }
    return body.expression ? t('design.metrics.expressionSentence', { expression: body.expression }) : t('common.none');
  };
}
