import { connection } from './connection.ts';

/** A refusal by the server, in the reader's language. `field` is the path of the offending input, where one is. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  field: string | undefined;
  params: Record<string, unknown>;
}

export class ApiError extends Error implements Refusal {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly params: Record<string, unknown>;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'ApiError';
    this.status = refusal.status;
    this.code = refusal.code;
    this.field = refusal.field;
    this.params = refusal.params;
  }
}

/** The code of the error that stands for "the server did not answer at all". */
export const unreachable = 'web.unreachable';

export const isApiError = (error: unknown): error is ApiError => error instanceof ApiError;

export type QueryValue = string | number | boolean | undefined | null;
export type Query = Record<string, QueryValue | QueryValue[]>;

interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

let language = 'zh';
let onSignedOut: (() => void) | undefined;
let askForProof: (() => Promise<boolean>) | undefined;
/** How often the session got a new token; what was under way with the old one is asked again. */
let renewals = 0;

/** The language in which the server words its refusals. */
export function speak(next: string): void {
  language = next;
}

/** Called when any request but the sign-in itself is answered "not signed in". */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** Called when the server wants a fresh proof of who is there; resolves to whether one was given. */
export function whenProofNeeded(listener: () => Promise<boolean>): void {
  askForProof = listener;
}

/** Gives a fresh proof; the session goes on with a new token. */
export async function proveAnew(proof: unknown): Promise<void> {
  await post<void>('/session/step-up', proof);
  renewals += 1;
}

const PROOF_NEEDED = 'identity.step_up_needed';
/** Answers "not signed in" while signing in: not a reason to throw anybody out. */
const signingIn = /^\/session(\/(second-factor|new-password|enrol).*)?$/;

/** `/customers` + {filter: ['tier:eq:gold'], q: ''} → `/api/customers?filter=tier%3Aeq%3Agold`. Empty values are left out. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') search.append(name, String(each));
    }
  }
  const text = search.toString();
  return `/api${path}${text === '' ? '' : `?${text}`}`;
}

/** Asks the server; resolves to the JSON of the answer, rejects with an ApiError. */
export async function request<T>(path: string, options: Request = {}): Promise<T> {
  const { method = 'GET', query, body, signal } = options;
  const renewalsBefore = renewals;
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        'accept-language': language,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.lost();
    throw new ApiError({ status: 0, code: unreachable, message: '', field: undefined, params: {} });
  }
  connection.found();
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer as T;
  const said = (answer ?? {}) as Partial<Refusal>;
  const refusal = new ApiError({
    status: response.status,
    code: said.code ?? `http.${response.status}`,
    message: said.message ?? '',
    field: said.field ?? undefined,
    params: said.params ?? {},
  });
  if (refusal.code === PROOF_NEEDED && (await askForProof?.())) return request<T>(path, options);
  if (response.status === 401 && !signingIn.test(path)) {
    if (renewals > renewalsBefore) return request<T>(path, options);
    onSignedOut?.();
  }
  throw refusal;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => request<T>(path, { query, signal });
export const post = <T>(path: string, body: unknown = {}) => request<T>(path, { method: 'POST', body });
export const put = <T>(path: string, body: unknown) => request<T>(path, { method: 'PUT', body });
export const patch = <T>(path: string, body: unknown) => request<T>(path, { method: 'PATCH', body });
export const remove = <T>(path: string) => request<T>(path, { method: 'DELETE' });
