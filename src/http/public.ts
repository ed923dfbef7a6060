export {
  Attachment,
  attachment,
  type BaseContext,
  type Cookie,
  jsonText,
  type RequestOrigin,
  type Route,
  route,
  WithCookie,
} from './route.ts';
export { createHttpServer, type HttpServerOptions, type Refusal } from './server.ts';
