export { Attachment, attachment, type BaseContext, jsonText, type Route, route, WithCookie } from './route.ts';
export { createHttpServer, type HttpServerOptions } from './server.ts';
