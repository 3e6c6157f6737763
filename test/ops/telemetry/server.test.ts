import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { startTelemetry } from '../../../ops/telemetry/index.ts';
import type { Telemetry, TelemetryOptions } from '../../../ops/telemetry/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, jsonSerde, stringSerde } from '../../../topology/index.ts';
import type { StreamsOptions, Topology } from '../../../topology/index.ts';
import { writeValues } from '../../topology/support/log.ts';
import { RestoringLogDriver } from '../../topology/support/restoring-log-driver.ts';
import { until } from '../../topology/support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };
const TOPICS = [{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }];

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).groupByKey().count({ name: 'counts', ...counts }).toStream().to('out', counts);
  return builder.build();
}

function refusing(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).mapValues((): string => { throw new Error('not this one'); }).to('out', text);
  return builder.build();
}

/** A line of the Prometheus text format: a comment, or a series with its value. */
const SERIES = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*)\})? (?<value>[-+]?(?:\d[\d.e+-]*|Inf)|NaN)(?: \d+)?$/;
const COMMENT = /^# (?:HELP [\w:]+ .*|TYPE [\w:]+ (?:counter|gauge|histogram|summary|untyped)|UNIT .*)$/;

interface Series {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

function parse(body: string): Series[] {
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const { name, labels, value } = SERIES.exec(line)?.groups ?? {};
    if (name === undefined) throw new Error(`no series: ${line}`);
    return { name, labels: labels ?? '', value: Number(value) };
  });
}

describe('Telemetry over HTTP', () => {
  let telemetry: Telemetry;
  const closing: (() => Promise<unknown>)[] = [];
  const open = async (options: TelemetryOptions = { metricsPort: 0 }): Promise<void> => {
    telemetry = await startTelemetry(options);
    closing.push(() => telemetry.close());
  };
  const get = async (path: string, method = 'GET'): Promise<{ status: number; body: string }> => {
    const response = await fetch(`${telemetry.url ?? ''}${path}`, { method });
    return { status: response.status, body: await response.text() };
  };
  const json = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const { status, body } = await get(path);
    return { status, body: JSON.parse(body) as Record<string, unknown> };
  };
  const start = (topology: Topology, options: StreamsOptions): { streams: Streams; started: Promise<void> } => {
    const streams = new Streams(topology, options);
    closing.unshift(() => streams.closeDirty());
    telemetry.watch(streams);
    return { streams, started: streams.start() };
  };
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('gives metrics in the text format of Prometheus', async () => {
    await open({ metricsPort: 0, serviceName: 'counter', instanceId: 'one' });
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(TOPICS);
    const { streams, started } = start(counting(), { applicationId: 'app', driver, lingerMs: 0 });
    await started;
    await writeValues(driver, 'in', [['a', 'x'], ['b', 'y'], ['a', 'z']], stringSerde);
    await streams.whenIdle();
    const { status, body } = await get('/metrics');
    expect(status).to.equal(200);
    expect(body.split('\n').filter((line) => line.startsWith('#') && !COMMENT.test(line))).to.deep.equal([]);
    const series = parse(body);
    const valueOf = (name: string, ...labels: string[]): number | undefined => series.find((each) => each.name === name && labels.every((label) => each.labels.includes(label)))?.value;
    const task = ['application_id="app"', 'subtopology="in"', 'partition="0"'];
    expect(valueOf('millrace_streams_task_process_records_total', ...task)).to.equal(3);
    expect(valueOf('millrace_streams_task_lag', ...task, 'topic="in"')).to.equal(0);
    expect(valueOf('millrace_streams_state', 'state="RUNNING"')).to.equal(1);
    expect(valueOf('millrace_streams_task_commit_latency_count', ...task)).to.equal(streams.metrics().tasks[0]?.commits);
    expect(valueOf('millrace_streams_node_process_records_total', ...task, 'node="counts"')).to.equal(3);
    expect(valueOf('millrace_streams_store_get_latency_count', ...task, 'store="counts"')).to.be.greaterThan(0);
    expect(valueOf('messaging_client_consumed_messages_total', 'messaging_destination_name="in"')).to.equal(3);
    expect(valueOf('process_cpu_time_total', 'cpu_mode="user"')).to.be.greaterThan(0);
    expect(valueOf('process_memory_usage')).to.be.greaterThan(1e6);
    expect(valueOf('nodejs_eventloop_delay_max')).to.be.at.least(0);
    expect(valueOf('target_info', 'service_name="counter"', 'service_instance_id="one"')).to.equal(1);
  });

  it('is alive and not ready while tasks restore, and ready when they run', async () => {
    await open();
    expect(await json('/health')).to.deep.equal({ status: 200, body: { state: 'CREATED' } });
    expect((await json('/ready')).status).to.equal(503);
    const driver = new RestoringLogDriver({ endOffset: 300 });
    await driver.ensureTopics(TOPICS);
    const { streams, started } = start(counting(), { applicationId: 'app', driver });
    await until(() => driver.restores.length === 1);
    driver.restores[0]?.batch(100);
    expect(await json('/health')).to.deep.equal({ status: 200, body: { state: 'REBALANCING' } });
    const { status, body } = await json('/ready');
    expect(status).to.equal(503);
    expect(body).to.deep.include({ state: 'REBALANCING', ready: false, reason: '1 task restores its stores.', problems: [] });
    const restoring = (body['restoring'] as Record<string, unknown>[])[0];
    expect(restoring).to.include({ subtopology: 'in', partition: 0, remainingRecords: 200, restoredRecords: 100 });
    driver.restores[0]?.end();
    await started;
    expect(await json('/ready')).to.deep.equal({ status: 200, body: { state: 'RUNNING', ready: true } });
    await streams.close();
    expect(await json('/ready')).to.deep.include({ status: 503 });
    expect(await json('/health')).to.deep.equal({ status: 200, body: { state: 'NOT_RUNNING' } });
  });

  it('is neither alive nor ready after a fatal error, and says which', async () => {
    await open();
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(TOPICS);
    const { streams, started } = start(refusing(), { applicationId: 'app', driver, onProcessingError: 'fail' });
    await started;
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    await until(() => streams.state === 'ERROR');
    const [health, ready] = [await json('/health'), await json('/ready')];
    expect([health.status, ready.status]).to.deep.equal([503, 503]);
    expect(health.body['error']).to.include({ code: 'MILL_PROCESSOR_FAILED', message: 'not this one' });
    expect(ready.body).to.deep.include({ state: 'ERROR', ready: false, reason: 'not this one' });
  });

  it('has nothing else, and takes no other method', async () => {
    await open();
    const statuses = [await get('/'), await get('/metrics/x'), await get('//'), await get('/health?now'), await get('/ready', 'POST')].map(({ status }) => status);
    expect(statuses).to.deep.equal([404, 404, 404, 200, 405]);
  });

  it('refuses a port that is taken, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    closing.push(async () => { other.close(); });
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error: unknown = await startTelemetry({ metricsPort: port }).then(() => undefined, (reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError);
    expect(error).to.include({ code: 'MILL_PORT_UNAVAILABLE', message: `Metrics cannot be served on 127.0.0.1:${port}: another process listens there.` });
    await open();
    expect((await get('/metrics')).status).to.equal(200);
  });

  it('refuses options that make no sense, and a second SDK in the process', async () => {
    const codeOf = (options: TelemetryOptions): Promise<unknown> => startTelemetry(options).then(() => undefined, (error: unknown) => (error as MillraceError).code);
    expect(await codeOf({ metricsPort: 70_000 })).to.equal('MILL_CONFIG_INVALID');
    expect(await codeOf({ traceEndpoint: 'collector:4318' })).to.equal('MILL_CONFIG_INVALID');
    await open();
    expect(await codeOf({ metricsPort: 0 })).to.equal('MILL_CONFIG_INVALID');
    expect((await get('/metrics')).status).to.equal(200);
  });

  it('is nowhere without a port, and takes everything back at its close', async () => {
    await open({});
    expect(telemetry.url).to.equal(null);
    await telemetry.close();
    await open();
    const { url } = telemetry;
    await telemetry.close();
    expect(await fetch(`${url ?? ''}/health`).then(() => 'answered', () => 'closed')).to.equal('closed');
    await open();
    expect((await get('/metrics')).status).to.equal(200);
  });

  it('an outage is told, and makes an instance neither unready nor unhealthy', async () => {
    await open();
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(TOPICS);
    const builder = new StreamsBuilder();
    builder.stream('in', text).enrich(async (): Promise<string> => { throw new MillraceError('MILL_INDEX_UNAVAILABLE', 'nobody answers'); }, { name: 'write' }).to('out', text);
    const { streams, started } = start(builder.build(), { applicationId: 'app', driver });
    await started;
    expect((await json('/ready')).body).to.deep.equal({ state: 'RUNNING', ready: true });
    await writeValues(driver, 'in', [['a', 'x']], stringSerde);
    await until(() => streams.metrics().tasks[0]?.nodes['write']?.outage !== null);
    for (const path of ['/ready', '/health']) {
      const { status, body } = await json(path);
      expect(status).to.equal(200);
      expect(body['waiting']).to.have.length(1);
      expect((body['waiting'] as unknown[])[0]).to.deep.include({ code: 'MILL_INDEX_UNAVAILABLE', message: 'nobody answers', subtopologies: ['in'] });
    }
    expect((await get('/metrics')).body).to.match(/^millrace_streams_node_outage\{[^}]*node="write"[^}]*\} 1$/m);
  });
});
