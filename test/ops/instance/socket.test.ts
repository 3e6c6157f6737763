import { expect } from 'chai';
import { request } from 'node:http';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AssetSubmitted } from '../../../schemas/index.ts';
import type { Instance } from '../../../ops/instance/index.ts';
import { connectInstance } from '../../../ops/instance/remote.ts';
import { serveInstance } from '../../../ops/instance/server.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const EVENT: AssetSubmitted = {
  eventId: 'e', assetId: 'a', library: 'default', priority: 'LIVE', sourceUri: 'file:///a', fileName: 'a', sizeBytes: null, modifiedAtMs: null, submittedAtMs: 1, attributes: { k: 'v' },
};

interface Recorder extends Instance {
  readonly submitted: AssetSubmitted[];
}

function recorder(): Recorder {
  const submitted: AssetSubmitted[] = [];
  return {
    submitted,
    submit: async (events) => { submitted.push(...events); },
    remove: async () => { throw new MillraceError('MILL_DISK_FULL', 'no room'); },
    assets: async () => [],
    assetsUnder: async () => [],
    status: async () => { throw new Error('unexpected'); },
    deadLetters: async () => [],
    deadLetter: async (id) => { throw new MillraceError('MILL_DEAD_LETTER_UNKNOWN', id); },
    retryDeadLetters: async ({ ids = [] }) => ids.length,
    purgeDeadLetters: async () => 0,
    auditEnd: async () => [3, 4],
    audit: async (from) => ({ events: [], next: from }),
    close: async () => undefined,
  };
}

async function withServer(use: (socket: string, instance: Recorder) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const socket = path.join(folder, 's.sock');
    await writeFile(socket, 'what a killed owner left');
    const instance = recorder();
    const server = await serveInstance(instance, socket);
    try {
      await use(socket, instance);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}

describe('the socket of an instance', () => {
  it('is found while the servers that it works with are away', () => withTemporaryFolder(async (folder) => {
    const socket = path.join(folder, 'millrace.sock');
    const unavailable = async (): Promise<never> => { throw new MillraceError('MILL_KAFKA_UNAVAILABLE', 'no broker answers'); };
    const server = await serveInstance({ ...recorder(), auditEnd: unavailable, status: unavailable }, socket);
    try {
      const remote = await connectInstance(socket);
      expect(remote).not.to.equal(undefined);
      await remote?.close();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }));

  it('answers a remote instance as the local one would, in parts when there is much', () => withServer(async (socket, instance) => {
    const remote = await connectInstance(socket);
    const events = Array.from({ length: 2500 }, (_, i) => ({ ...EVENT, eventId: String(i) }));
    await remote?.submit(events);
    expect(instance.submitted).to.deep.equal(events);
    expect(await remote?.auditEnd()).to.deep.equal([3, 4]);
    expect(await remote?.audit([1, 2])).to.deep.equal({ events: [], next: [1, 2] });
    await remote?.close();
  }));

  it('passes errors on with their code and hint', () => withServer(async (socket) => {
    const remote = await connectInstance(socket);
    const error = await remote?.remove(['a']).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(MillraceError).and.include({ code: 'MILL_DISK_FULL', message: 'no room' });
    await remote?.close();
  }));

  it('says that nobody answers any more when its owner is gone', () => withTemporaryFolder(async (folder) => {
    const socket = path.join(folder, 's.sock');
    const server = await serveInstance(recorder(), socket);
    const remote = await connectInstance(socket);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const error = await remote?.auditEnd().catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(MillraceError).and.include({ code: 'MILL_NOT_RUNNING', hint: 'Start it first: ./millrace run' });
    await remote?.close();
  }));

  it('is for its owner alone, and refuses what is no request', () => withServer(async (socket) => {
    expect((await stat(socket)).mode & 0o777).to.equal(0o600);
    const answer = (name: string, body: string): Promise<number> => new Promise((resolve, reject) => {
      request({ socketPath: socket, path: `/${name}`, method: 'POST' }, (response) => { response.resume(); resolve(response.statusCode ?? 0); }).on('error', reject).end(body);
    });
    expect(await answer('nothing', '')).to.equal(500);
    expect(await answer('submit', '[{"eventId":1}]')).to.equal(500);
    expect(await answer('submit', 'not JSON')).to.equal(500);
    expect(await answer('constructor', '')).to.equal(500);
  }));

  it('is nobody where nobody listens', () => withTemporaryFolder(async (folder) => {
    expect(await connectInstance(path.join(folder, 'none.sock'))).to.equal(undefined);
  }));
});
