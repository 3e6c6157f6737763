/** The instance that owns the data directory, reached over its socket. */
import { Agent, request } from 'node:http';
import { ERROR_CODES, MillraceError, type ErrorCode } from '../../connectors/ports/index.ts';
import type { Instance } from './instance.ts';
import type { RequestName, ResultOf } from './protocol.ts';

/** Submissions go in parts of this many, so that a request stays small. */
const SUBMISSIONS_PER_REQUEST = 1000;

/** `undefined` when nobody listens. */
export async function connectInstance(socket: string): Promise<Instance | undefined> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const call = <Name extends RequestName>(name: Name, body: unknown = null): Promise<ResultOf<Name>> => send(agent, socket, name, body) as Promise<ResultOf<Name>>;
  const instance: Instance = {
    async submit(events) {
      for (let i = 0; i < events.length; i += SUBMISSIONS_PER_REQUEST) await call('submit', events.slice(i, i + SUBMISSIONS_PER_REQUEST));
    },
    remove: (assetIds) => call('remove', assetIds),
    assets: (assetIds) => call('assets', assetIds),
    assetsUnder: (library, folderUri) => call('assetsUnder', [library, folderUri]),
    status: () => call('status'),
    deadLetters: (limit, filter = {}) => call('deadLetters', [limit, filter]),
    deadLetter: (id) => call('deadLetter', id),
    retryDeadLetters: (filter) => call('retryDeadLetters', filter),
    purgeDeadLetters: (filter) => call('purgeDeadLetters', filter),
    auditEnd: () => call('auditEnd'),
    audit: (from) => call('audit', from),
    close: async () => { agent.destroy(); },
  };
  try {
    // Needs no server: an instance that waits for one is there all the same.
    await call('ping');
    return instance;
  } catch (error) {
    agent.destroy();
    if (error instanceof MillraceError && error.code === 'MILL_NOT_RUNNING') return undefined;
    throw error;
  }
}

function send(agent: Agent, socketPath: string, name: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const gone = (cause: Error): void => {
      reject(new MillraceError('MILL_NOT_RUNNING', 'No running instance answers in this data directory.', { cause }));
    };
    const outgoing = request({ agent, socketPath, path: `/${name}`, method: 'POST' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', gone);
      response.on('end', () => {
        const answer: unknown = JSON.parse(Buffer.concat(chunks).toString());
        if (response.statusCode === 200) resolve(answer);
        else reject(toError(answer));
      });
    });
    outgoing.on('error', gone);
    outgoing.end(body === null ? undefined : JSON.stringify(body));
  });
}

function toError(answer: unknown): MillraceError {
  const { code, message, hint } = answer as { code: string; message: string; hint: string };
  return new MillraceError(code in ERROR_CODES ? (code as ErrorCode) : 'MILL_PROCESSOR_FAILED', message, { hint });
}
