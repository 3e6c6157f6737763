import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { openElasticsearchIndex } from '../../../../connectors/elasticsearch/index.ts';
import type { SearchIndex } from '../../../../connectors/ports/index.ts';
import { testIndexes, type TestIndexes } from '../../../support/elasticsearch-indexes.ts';
import { axis, moment } from '../../sample-documents.ts';

/** Stands between a reader and the server, and can stop to answer. */
class Gate {
  readonly #target: URL;
  readonly #server = createServer((socket) => {
    this.#accept(socket);
  });
  readonly #sockets = new Set<Socket>();
  /** Connections since it was opened last. */
  accepted = 0;
  state: 'open' | 'cut' | 'silent' = 'open';

  constructor(url: string) {
    this.#target = new URL(url);
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection, and does so with later ones, or lets them hang. */
  become(state: 'open' | 'cut' | 'silent'): void {
    this.state = state;
    this.accepted = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.become('cut');
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    this.accepted += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    if (this.state === 'cut') socket.destroy();
    if (this.state !== 'open') return;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    server.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => server.destroy()).pipe(server).pipe(socket);
  }
}

describe('searches while Elasticsearch is away', () => {
  const REQUEST_TIMEOUT_MS = 2_000;
  let indexes: TestIndexes;
  let gate: Gate;
  let index: SearchIndex;

  before(async () => {
    indexes = await testIndexes();
    gate = new Gate(indexes.url);
    const writer = await openElasticsearchIndex({ url: indexes.url, indexPrefix: indexes.prefix });
    await writer.write([{ type: 'moment', document: moment('m', { text: 'dog' }) }]);
    await writer.close();
    await indexes.refresh();
    index = await openElasticsearchIndex({ url: await gate.open(), indexPrefix: indexes.prefix, readOnly: true, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  });
  after(async () => {
    await index.close();
    await gate.close();
    await indexes.remove();
  });

  const failureOf = (search: () => Promise<unknown>): Promise<unknown> => search().then(() => undefined, (reason: unknown) => reason);
  const searches = (): (() => Promise<unknown>)[] => [() => index.searchText('dog', 5, {}), () => index.searchVector(axis(0), 5, {}), () => index.searchAssets('dog', 5, {}), () => index.counts()];

  it('fail with a clear error after one more try, and find again when it is back', async () => {
    for (const search of searches()) {
      gate.become('cut');
      const error = await failureOf(search);
      expect(error).to.have.property('code', 'MILL_INDEX_UNAVAILABLE');
      expect(error).to.have.property('message').that.includes('127.0.0.1');
      expect(gate.accepted).to.be.at.most(2);
    }
    gate.become('open');
    expect((await index.searchText('dog', 5, {})).map((hit) => hit.moment.id)).to.deep.equal(['m']);
  });

  it('wait for a server that has gone silent once, and no longer than a request may take', async () => {
    for (const search of [() => index.searchText('dog', 5, {}), () => index.searchVector(axis(0), 5, {})]) {
      gate.become('silent');
      const error = await failureOf(search);
      expect(error).to.have.property('code', 'MILL_INDEX_UNAVAILABLE');
      expect(error).to.have.property('message').that.includes('in time');
      expect(gate.accepted).to.equal(1);
    }
    gate.become('open');
    expect(await index.searchVector(axis(0), 5, {})).to.have.length(1);
  });
});
