import { expect } from 'chai';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { projectFile } from '../../../ops/paths.ts';
import { startKafkaStack, type KafkaStack } from '../../../ops/stack/index.ts';
import { identify, isAlive } from '../../../ops/system/index.ts';
import { removeFolder, temporaryFolder, withTemporaryFolder } from '../../support/folders.ts';
import { withKafkaStack } from '../../support/kafka-stack.ts';

const client = (bootstrap: string): Kafka => new Kafka({ clientId: 'test', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });

async function withAdmin<T>(bootstrap: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client(bootstrap).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

async function send(bootstrap: string, topic: string, values: readonly string[]): Promise<void> {
  const producer = client(bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
}

const nodeIds = (bootstrap: string): Promise<number[]> =>
  withAdmin(bootstrap, async (admin) => (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b));

const failureOf = (started: Promise<unknown>): Promise<unknown> => started.then(() => undefined, (error: unknown) => error);

describe('a stack of one broker', function () {
  this.timeout(120_000);

  it('keeps what was acknowledged when the broker is killed and started again', () => withKafkaStack({}, async (stack) => {
    await withAdmin(stack.bootstrap, (admin) => admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] }));
    await send(stack.bootstrap, 'kept', ['a', 'b', 'c']);
    const broker = stack.broker(1);
    const { pid } = broker;
    await broker.kill();
    expect(() => broker.pid).to.throw(MillraceError, /does not run/);
    await broker.start();
    expect(broker.pid).to.not.equal(pid);
    expect((await withAdmin(stack.bootstrap, (admin) => admin.fetchTopicOffsets('kept')))[0]?.high).to.equal('3');
  }));

  it('goes on with its data when asked to, and otherwise begins anew', () => withTemporaryFolder(async (directory) => {
    const topics = async (reuseData: boolean): Promise<string[]> => {
      const stack = await startKafkaStack({ directory, reuseData });
      try {
        return await withAdmin(stack.bootstrap, async (admin) => {
          const found = await admin.listTopics();
          await admin.createTopics({ topics: [{ topic: 'made-before' }] });
          return found;
        });
      } finally {
        await stack.stop();
      }
    };
    expect(await topics(false)).to.deep.equal([]);
    expect(await topics(true)).to.deep.equal(['made-before']);
    expect(await topics(false)).to.deep.equal([]);
  }));

  it('runs beside another one, with its own ports', () => withKafkaStack({}, (one) => withKafkaStack({}, async (other) => {
    expect(other.bootstrap).to.not.equal(one.bootstrap);
    expect(await Promise.all([nodeIds(one.bootstrap), nodeIds(other.bootstrap)])).to.deep.equal([[1], [1]]);
  })));

  for (const [how, end] of [['is killed', 'waits'], ['ends without stopping it', 'ends']] as const) {
    it(`ends with the program that started it, when that ${how}`, () => withTemporaryFolder(async (directory) => {
      const program = spawn(process.execPath, ['--import', 'tsx', projectFile('test', 'ops', 'stack', 'abandoned-stack.ts'), directory, end], { cwd: projectFile(), stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise((resolve) => program.once('exit', resolve));
      const pid = await new Promise<number>((resolve) => program.stdout.once('data', (line: Buffer) => { resolve(Number(line.toString())); }));
      const broker = await identify(pid);
      if (end === 'waits') {
        expect(await isAlive(broker)).to.equal(true);
        program.kill('SIGKILL');
      }
      await ended;
      while (await isAlive(broker)) await sleep(20);
    }));
  }
});

describe('a stack of three brokers', function () {
  this.timeout(120_000);
  let directory: string;
  let stack: KafkaStack;

  before(async () => {
    directory = await temporaryFolder();
    stack = await startKafkaStack({ directory, brokers: 3 });
  });

  after(async () => {
    await stack.kill();
    await removeFolder(directory);
  });

  it('is one cluster', async () => {
    expect(stack.brokers).to.have.lengthOf(3);
    for (const address of stack.brokers) expect(await nodeIds(address)).to.deep.equal([1, 2, 3]);
  });

  it('has another controller when that is killed, and gets the killed one back', async () => {
    const first = await stack.controllerId();
    await stack.broker(first).kill();
    let next = first;
    while (next === first || next < 0) {
      await sleep(50);
      next = await stack.controllerId();
    }
    expect(next).to.be.oneOf([1, 2, 3].filter((id) => id !== first));
    await stack.broker(first).start();
    expect(await nodeIds(stack.broker(first).address)).to.deep.equal([1, 2, 3]);
  });

  it('goes on without a paused broker, which joins again when it wakes', async () => {
    const controller = await stack.controllerId();
    const [asleep = 1, awake = 1] = [1, 2, 3].filter((id) => id !== controller);
    stack.broker(asleep).pause();
    while ((await stack.broker(awake).liveBrokers()).includes(asleep)) await sleep(50);
    stack.broker(asleep).resume();
    await stack.broker(awake).whenServing([1, 2, 3]);
  });
});

describe('a stack that cannot start', function () {
  this.timeout(120_000);

  it('says what the broker said, and leaves no process', () => withTemporaryFolder(async (directory) => {
    const taken = createServer();
    await new Promise<void>((resolve) => { taken.listen(0, '127.0.0.1', resolve); });
    const address = taken.address();
    const basePort = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const failure = await failureOf(startKafkaStack({ directory, basePort }));
      expect(failure).to.be.instanceOf(MillraceError).with.property('code', 'MILL_STACK_FAILED');
      expect(failure).to.have.property('message').that.matches(/broker-1 ended while it started; the end of .*server\.log:\n[\s\S]*Address already in use/);
    } finally {
      taken.close();
    }
  }));

  it('says which setting Kafka refuses', () => withTemporaryFolder(async (directory) => {
    const failure = await failureOf(startKafkaStack({ directory, brokerConfig: { 'num.io.threads': 'many' } }));
    expect(failure).to.be.instanceOf(MillraceError).with.property('message').that.includes('num.io.threads');
  }));

  it('refuses options that it does not know', async () => {
    const failure = await failureOf(startKafkaStack({ directory: '/nowhere', ...{ broker: 3 } }));
    expect(failure).to.be.instanceOf(MillraceError).with.property('code', 'MILL_CONFIG_INVALID');
  });
});
