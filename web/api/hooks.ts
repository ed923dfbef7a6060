import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { metadataQuery, sessionQuery } from './queries.ts';
import type { Entity, Field, Metadata, Session } from './types.ts';

/** Who is signed in. Only below the guard of the router, which has asked already. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** The institution's zone, currency and business date; plain defaults before anybody is signed in. */
export function useInstitution(): Session['institution'] {
  const { data } = useQuery({ ...sessionQuery, enabled: false });
  return data?.institution ?? { name: { zh: '', en: '' }, zone: 'Asia/Shanghai', currency: 'CNY', businessDate: null };
}

export function useMetadata(): Metadata {
  return useSuspenseQuery(metadataQuery).data;
}

/** An entity by its plural, or undefined when there is none or this person may not know of it. */
export function useEntity(plural: string): Entity | undefined {
  return useMetadata().entities.find((entity) => entity.plural === plural);
}

export function useEntityByCode(code: string | undefined): Entity | undefined {
  return useMetadata().entities.find((entity) => entity.code === code);
}

export function fieldOf(entity: Entity, code: string): Field | undefined {
  return entity.fields.find((field) => field.code === code);
}
