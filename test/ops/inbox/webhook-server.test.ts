import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { serveWebhook } from '../../../ops/inbox/index.ts';

const TOKEN = 'sesame';
const record = (key: string, { bucket = 'inbox', eventName = 's3:ObjectCreated:Put' } = {}) => ({ eventName, s3: { bucket: { name: bucket }, object: { key } } });

interface Posted {
  readonly post: (body: unknown, token?: string) => Promise<number>;
  readonly url: string;
  readonly told: readonly string[];
  fail: MillraceError | undefined;
}

async function withServer(use: (posted: Posted) => Promise<void>): Promise<void> {
  const told: string[] = [];
  const intake = {
    async told(key: string) {
      if (posted.fail !== undefined) throw posted.fail;
      told.push(key);
    },
  };
  const server = await serveWebhook({ host: '127.0.0.1', port: 0, token: TOKEN, bucket: 'inbox', intake, notice: () => undefined });
  const posted: Posted = {
    told, fail: undefined, url: server.url,
    post: async (body, token = TOKEN) => {
      const answer = await fetch(server.url, { method: 'POST', headers: { authorization: `Bearer ${token}`, connection: 'close' }, body: typeof body === 'string' ? body : JSON.stringify(body) });
      return answer.status;
    },
  };
  try {
    await use(posted);
  } finally {
    await server.close();
  }
}

describe('the webhook of an inbox', () => {
  it('takes what was put into its bucket, by the key that it had', () => withServer(async ({ post, told }) => {
    expect(await post({ Records: [record('a+b%2F%C3%BC%2B1.mp4'), record('other', { bucket: 'elsewhere' }), record('gone', { eventName: 's3:ObjectRemoved:Delete' }), record('c', { eventName: 'ObjectCreated:Put' })] })).to.equal(200);
    expect(told).to.deep.equal(['a b/ü+1.mp4', 'c']);
  }));

  it('refuses who does not show the token, what is no notification, and what is too long', () => withServer(async ({ post, told, url }) => {
    expect(await post({ Records: [record('a')] }, 'guess')).to.equal(401);
    expect(await post('no json')).to.equal(400);
    expect(await post({ Records: 'none' })).to.equal(400);
    expect(await post({ Records: [record('x'.repeat(2 << 20))] })).to.equal(413);
    expect((await fetch(url, { method: 'PUT', headers: { connection: 'close' } })).status).to.equal(405);
    expect(told).to.deep.equal([]);
  }));

  it('answers 503 while Kafka does not take the event, so that it is sent again', () => withServer(async (posted) => {
    posted.fail = new MillraceError('MILL_KAFKA_UNAVAILABLE', 'No broker answers.');
    expect(await posted.post({ Records: [record('a')] })).to.equal(503);
    posted.fail = undefined;
    expect(await posted.post({ Records: [record('a')] })).to.equal(200);
    expect(posted.told).to.deep.equal(['a']);
  }));

  it('says that it is there', () => withServer(async ({ url, post, told }) => {
    expect((await fetch(url, { method: 'HEAD', headers: { connection: 'close' } })).status).to.equal(200);
    expect(await post('')).to.equal(200);
    expect(told).to.deep.equal([]);
  }));

  it('answers what is being worked on when it closes, and waits for no connection that is kept or silent', async () => {
    let work = (): void => undefined;
    const worked = new Promise<void>((resolve) => { work = resolve; });
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => { begin = resolve; });
    const told = async (): Promise<void> => {
      begin();
      await worked;
    };
    const server = await serveWebhook({ host: '127.0.0.1', port: 0, token: TOKEN, bucket: 'inbox', intake: { told }, notice: () => undefined });
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1');
    silent.write(`POST / HTTP/1.1\r\nHost: inbox\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n{`);
    const silenced = once(silent, 'close');
    const answer = fetch(server.url, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body: JSON.stringify({ Records: [record('a')] }) });
    await begun;
    const closed = server.close();
    work();
    expect((await answer).status).to.equal(200);
    await Promise.all([closed, silenced]);
  });

  it('names the address that is taken', () => withServer(async ({ url }) => {
    const { port } = new URL(url);
    const error: unknown = await serveWebhook({ host: '127.0.0.1', port: Number(port), token: TOKEN, bucket: 'inbox', intake: { told: async () => undefined }, notice: () => undefined }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_PORT_UNAVAILABLE');
  }));
});
