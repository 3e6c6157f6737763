/** Interactive queries over HTTP. */
export { serveQueries } from './server.ts';
export type { QueryServer, QueryServerOptions } from './server.ts';
