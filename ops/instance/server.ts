/**
 * The owner's socket: HTTP with JSON over a Unix socket in the data directory, for the other commands of the same
 * user. Its rights are the directory's; it is not for the network.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { chmod, rm } from 'node:fs/promises';
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import { requests, type RequestName } from './protocol.ts';
import type { Instance } from './instance.ts';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Listens until closed. A socket file that a killed owner left is replaced: the log's lock has proved that it is gone. */
export async function serveInstance(instance: Instance, socket: string): Promise<Server> {
  await rm(socket, { force: true });
  const server = createServer((request, response) => void handle(instance, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => { resolve(); });
  });
  await chmod(socket, 0o600);
  return server;
}

async function handle(instance: Instance, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const name = (request.url ?? '').slice(1);
    if (!Object.hasOwn(requests, name)) throw new MillraceError('MILL_CONFIG_INVALID', `The instance knows no request "${name}".`);
    const result = await requests[name as RequestName].answer(instance, await readBody(request));
    send(response, 200, result ?? null);
  } catch (error) {
    const { code, message, hint } = toMillraceError(error);
    send(response, 500, { code, message, hint });
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new MillraceError('MILL_CONFIG_INVALID', `A request is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return bytes === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}
