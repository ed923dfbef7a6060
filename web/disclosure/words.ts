import { useQuery } from '@tanstack/react-query';
import { type Export, type ExportState, purposesQuery, type Reveal, type RevealState } from '../api/disclosure.ts';
import { useMetadata } from '../api/hooks.ts';
import type { Colour } from '../api/types.ts';
import { inSentence, useTexts } from '../texts/texts.ts';

export const stateColours: Record<RevealState | ExportState, Colour> = {
  requested: 'amber',
  active: 'green',
  expired: 'grey',
  lapsed: 'grey',
  refused: 'red',
  cancelled: 'grey',
  revoked: 'red',
  queued: 'blue',
  running: 'blue',
  done: 'green',
  failed: 'red',
};

/** How purposes, entities and fields of requests are called for this reader. */
export function useRequestWords() {
  const { t, text, many } = useTexts();
  const { entities } = useMetadata();
  const { data: purposes } = useQuery(purposesQuery);
  const entityOf = (code: string) => entities.find((each) => each.code === code);
  const fieldName = (entity: string, code: string) =>
    text(entityOf(entity)?.fields.find((field) => field.code === code)?.label ?? code);
  const entityName = (code: string) => {
    const entity = entityOf(code);
    return entity ? many(entity) : code;
  };
  return {
    fieldName,
    entityName,
    purpose: (code: string) => text(purposes?.find((each) => each.code === code)?.label ?? code),
    columns: ({ entity, columns }: Pick<Export, 'entity' | 'columns'>) =>
      columns
        .map(({ code, view }) => {
          const field = fieldName(entity, code);
          return view === 'masked' ? t('disclosure.maskedField', { field }) : field;
        })
        .join(t('disclosure.between')),
    sentence: (request: Reveal | Export) => {
      const maker = request.maker?.name ?? '';
      return request.act === 'reveal'
        ? t('disclosure.askedReveal', {
            maker,
            whose: request.customer?.label ?? t('disclosure.noCustomer'),
            field: inSentence(fieldName(request.entity, request.field)),
          })
        : t('disclosure.askedExport', {
            maker,
            entity: inSentence(entityName(request.entity)),
            rows: request.rows ?? request.rowsExpected,
          });
    },
  };
}
