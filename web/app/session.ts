/** Signing in, being thrown out, signing out: each empties what the last person was shown. */
import { redirect } from '@tanstack/react-router';
import { isApiError, patch, remove, request } from '../api/client.ts';
import { metadataQuery, queryClient, sessionQuery } from '../api/queries.ts';
import type { Language, Session } from '../api/types.ts';
import { changeLanguage } from '../texts/texts.ts';

/** Lets only people through who are signed in; others are shown the door and come back afterwards. */
export async function guard({ location }: { location: { href: string } }): Promise<void> {
  try {
    const known = queryClient.getQueryData(sessionQuery.queryKey);
    const session = known ?? (await queryClient.fetchQuery(sessionQuery));
    if (!known) await changeLanguage(session.user.language);
    await queryClient.ensureQueryData(metadataQuery);
  } catch (error) {
    if (!isApiError(error) || error.status !== 401) throw error;
    throw redirect({ to: '/sign-in', search: { to: location.href === '/' ? undefined : location.href } });
  }
}

/** The sign-in is done: whatever the last person saw is gone. */
export async function enter(session: Session): Promise<void> {
  queryClient.clear();
  queryClient.setQueryData(sessionQuery.queryKey, session);
  await changeLanguage(session.user.language);
}

export async function leave(): Promise<void> {
  await remove('/session');
  queryClient.clear();
}

/** Changes the words at once and lets the server keep the choice; its own texts come anew in the other language. */
export async function choose(language: Language): Promise<void> {
  await changeLanguage(language);
  queryClient.setQueryData(sessionQuery.queryKey, (session) =>
    session ? { ...session, user: { ...session.user, language } } : session,
  );
  await patch('/session', { language });
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
}

/** Whether the session is over, asked without throwing anybody out. */
export async function isSignedIn(): Promise<boolean> {
  try {
    queryClient.setQueryData(sessionQuery.queryKey, await request<Session>('/session'));
    return true;
  } catch {
    return false;
  }
}
