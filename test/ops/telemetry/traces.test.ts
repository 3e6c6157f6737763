import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { startTelemetry } from '../../../ops/telemetry/index.ts';
import { StreamsBuilder, TopologyTestDriver, stringSerde } from '../../../topology/index.ts';

const text = { key: stringSerde, value: stringSerde };

interface Received {
  readonly path: string;
  readonly body: string;
}

/** A collector: takes what is posted to it, and answers with the status. */
async function collector(status: number): Promise<{ server: Server; endpoint: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      received.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

async function processOne(): Promise<void> {
  const builder = new StreamsBuilder();
  builder.stream('in', text).to('out', text);
  const driver = new TopologyTestDriver(builder.build());
  driver.input('in', 'k', 'v');
  await driver.drain();
  await driver.close();
}

describe('Traces of a process', () => {
  it('are sent to the collector at the latest when telemetry closes', async () => {
    const { server, endpoint, received } = await collector(200);
    const telemetry = await startTelemetry({ traceEndpoint: `${endpoint}/`, serviceName: 'tracer' });
    await processOne();
    await telemetry.close();
    server.close();
    expect(received.map(({ path }) => path)).to.deep.equal(['/v1/traces']);
    const sent = JSON.parse(received[0]?.body ?? '{}') as { resourceSpans: { resource: { attributes: { key: string; value: { stringValue?: string } }[] }; scopeSpans: { spans: { name: string }[] }[] }[] };
    expect(sent.resourceSpans[0]?.resource.attributes).to.deep.include({ key: 'service.name', value: { stringValue: 'tracer' } });
    expect(sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans).map(({ name }) => name)).to.have.members(['process in', 'commit']);
  });

  it('that the collector refuses cost a notice, and no more', async () => {
    const { server, endpoint } = await collector(400);
    const notices: string[] = [];
    const telemetry = await startTelemetry({ traceEndpoint: endpoint, notice: (line) => { notices.push(line); } });
    await processOne();
    await telemetry.close();
    server.close();
    expect(notices[0]).to.include(`traces cannot be sent to ${endpoint}`);
  });
});
