/** Signing in by steps, proving who one is, and one's own and other people's accounts. */
import { queryOptions } from '@tanstack/react-query';
import { get, post } from './client.ts';
import type { Session } from './types.ts';

export type Method = 'password' | 'totp' | 'webauthn' | 'recovery';
export type SignInStep = 'second_factor' | 'new_password' | 'enrol_factor';

/** A session, or what the sign-in still needs. */
export type SignInAnswer = (Session & { recoveryCodes?: string[] }) | { next: SignInStep; methods: Method[] };

export type Proof = { password: string } | { code: string } | { recoveryCode: string } | { assertion: unknown };

export interface Enrolment {
  secret: string;
  uri: string;
}

export interface SecurityKey {
  id: string;
  name: string;
  createdAt: string;
  usedAt: string | null;
}

export interface DeviceSession {
  id: string;
  own: boolean;
  device: string;
  address: string | null;
  createdAt: string;
  seenAt: string;
  proof: Method;
}

interface Factors {
  totp: { since: string } | null;
  keys: SecurityKey[];
  recoveryCodesLeft: number;
  sessions: DeviceSession[];
}

export interface Security extends Factors {
  passwordChangedAt: string | null;
  factorRequired: boolean;
  keyOrigin: string;
}

export interface ApiToken {
  id: string;
  name: string;
  hint: string;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  usedAt: string | null;
  usedFrom: string | null;
}

export const signIn = (username: string, password: string) => post<SignInAnswer>('/session', { username, password });
export const giveSecondFactor = (proof: Proof) => post<SignInAnswer>('/session/second-factor', proof);
export const giveNewPassword = (password: string) => post<SignInAnswer>('/session/new-password', { password });
export const enrolAtSignIn = () => post<Enrolment>('/session/enrol');
export const confirmAtSignIn = (code: string) => post<SignInAnswer>('/session/enrol/confirm', { code });

export const securityQuery = queryOptions({
  queryKey: ['security'],
  queryFn: ({ signal }) => get<Security>('/security', undefined, signal),
  staleTime: 0,
});

export const userSecurityQuery = (id: string) =>
  queryOptions({
    queryKey: ['user-security', id],
    queryFn: ({ signal }) => get<Factors>(`/users/${id}/security`, undefined, signal),
    staleTime: 0,
  });

export const userTokensQuery = (id: string) =>
  queryOptions({
    queryKey: ['user-tokens', id],
    queryFn: ({ signal }) => get<ApiToken[]>(`/users/${id}/tokens`, undefined, signal),
    staleTime: 0,
  });
