import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Actor, Language, Text } from '#kernel';

/** What the http room itself asks of a request's context; the rooms above put more into it. */
export interface BaseContext {
  /** Null when nobody is signed in. */
  actor: Actor | null;
  language: Language;
  /** Address of the caller, for audit and limits. */
  address: string;
  /** Throws the Failure that asks for a fresh proof of who is calling, when there is none; routes with `stepUp` call it. */
  requireProof?(): void;
}

/** What a request says of its caller; the rooms above find out who that is. */
export interface RequestOrigin {
  /** Empty for a caller with a bearer token: what a browser sends by itself must not add to it. */
  cookies: Record<string, string | undefined>;
  /** The token of `Authorization: Bearer …`. */
  bearer: string | undefined;
  language: Language;
  /** The address that connected, or that a trusted proxy names. */
  address: string;
  /** The browser or program, in its own words. */
  agent: string;
}

/**
 * Who may call: `public` anybody, `signed_in` any signed-in user, else a permission's code. The check runs before anything
 * else of the route.
 */
export type RoutePermission = 'public' | 'signed_in' | (string & {});

export interface Route<C extends BaseContext = never> {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** For example `/api/tasks/:id/result`. */
  path: string;
  permission: RoutePermission;
  /** Asks the caller to have proven anew, within the last minutes, who he is. */
  stepUp?: boolean;
  summary: Text;
  /** Groups routes in the API page. */
  tag: string;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Headers that mean something to the route; others are let through. */
  headers?: z.ZodType;
  /** Default 1 MiB. */
  bodyBytesMax?: number;
  /**
   * The body is bytes (`application/octet-stream`), handed over as a stream as they arrive; the handler limits how many it takes. Excludes
   * `body`.
   */
  stream?: boolean;
  /** Shape of the answer, for OpenAPI and the typed client. */
  output: z.ZodType;
  /** Default 200. */
  status?: 200 | 201 | 202 | 204;
  handler: (ctx: C, input: RouteInput) => Promise<unknown>;
}

export interface RouteInput {
  // biome-ignore lint/suspicious/noExplicitAny: typed by `route` from the schemas
  params: any;
  // biome-ignore lint/suspicious/noExplicitAny: typed by `route` from the schemas
  query: any;
  // biome-ignore lint/suspicious/noExplicitAny: typed by `route` from the schemas
  body: any;
  // biome-ignore lint/suspicious/noExplicitAny: typed by `route` from the schemas
  headers: any;
  /** Cookies of the request; only identity reads them. */
  cookies: Record<string, string | undefined>;
  /** The body of a route with `stream`. */
  stream: Readable;
}

type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

/** Declares a route; the handler's input is typed by the schemas. */
export function route<
  C extends BaseContext,
  const P extends z.ZodType | undefined = undefined,
  const Q extends z.ZodType | undefined = undefined,
  const B extends z.ZodType | undefined = undefined,
  const H extends z.ZodType | undefined = undefined,
>(
  definition: Omit<Route<C>, 'params' | 'query' | 'body' | 'headers' | 'handler'> & {
    params?: P;
    query?: Q;
    body?: B;
    headers?: H;
    handler: (
      ctx: C,
      input: {
        params: Out<P>;
        query: Out<Q>;
        body: Out<B>;
        headers: Out<H>;
        cookies: Record<string, string | undefined>;
        stream: Readable;
      },
    ) => Promise<unknown>;
  },
): Route<C> {
  return definition as Route<C>;
}

/** An answer that is JSON text already, as PostgreSQL made it: sent as it is, without parsing. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export const jsonText = (text: string) => new JsonText(text);

/** An answer that the browser saves as a file. */
export class Attachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: NodeJS.ReadableStream | string | Buffer;
  constructor(fileName: string, contentType: string, content: NodeJS.ReadableStream | string | Buffer) {
    this.fileName = fileName;
    this.contentType = contentType;
    this.content = content;
  }
}
export const attachment = (fileName: string, contentType: string, content: NodeJS.ReadableStream | string | Buffer) =>
  new Attachment(fileName, contentType, content);

export interface Cookie {
  name: string;
  /** Null clears it. */
  value: string | null;
  maxAgeSeconds: number;
}

/** An answer that sets or clears cookies besides its body. */
export class WithCookie {
  readonly body: unknown;
  readonly cookies: readonly Cookie[];
  constructor(body: unknown, ...cookies: Cookie[]) {
    this.body = body;
    this.cookies = cookies;
  }
}
