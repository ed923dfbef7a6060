import { useSuspenseQuery } from '@tanstack/react-query';
import { createContext, createElement, type ReactNode, useContext } from 'react';
import { metadataQuery, sessionQuery } from './queries.ts';
import type { Entity, Field, Metadata, Session } from './types.ts';

const SessionContext = createContext<Session | undefined>(undefined);
const MetadataContext = createContext<Metadata | undefined>(undefined);

/** Follows who is signed in and what there is, once for the whole page: hundreds of cells of a list ask for it. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const session = useSuspenseQuery(sessionQuery).data;
  const metadata = useSuspenseQuery(metadataQuery).data;
  return createElement(
    SessionContext.Provider,
    { value: session },
    createElement(MetadataContext.Provider, { value: metadata }, children),
  );
}

/** Who is signed in. Only within the shell, behind the guard of the router. */
export function useSession(): Session {
  return useContext(SessionContext)!;
}

/** The institution's zone, currency and business date. */
export function useInstitution(): Session['institution'] {
  return useSession().institution;
}

export function useMetadata(): Metadata {
  return useContext(MetadataContext)!;
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
