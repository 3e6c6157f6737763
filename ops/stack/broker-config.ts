/** server.properties of one broker: a combined broker and controller (KRaft), sized for a machine that does other work too. */
import { brokerPorts, HOST } from './ports.ts';

export interface BrokerConfigOptions {
  readonly id: number;
  readonly brokers: number;
  readonly basePort: number;
  readonly dataDirectory: string;
  /** More listeners, and their settings. */
  readonly security: SecurityConfig | null;
  readonly overrides: Readonly<Record<string, string>>;
}

export interface SecurityConfig {
  readonly listeners: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
  readonly settings: Readonly<Record<string, string>>;
}

export function brokerProperties({ id, brokers, basePort, dataDirectory, security, overrides }: BrokerConfigOptions): string {
  const ports = brokerPorts(basePort, id);
  const ids = Array.from({ length: brokers }, (_, i) => i + 1);
  const replicas = String(brokers);
  const inSync = String(Math.max(1, brokers - 1));
  const extra = security?.listeners ?? [];
  const addresses = [`PLAINTEXT://${HOST}:${ports.plaintext}`, ...extra.map(({ name, port }) => `${name}://${HOST}:${port}`)];
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': ids.map((voter) => `${voter}@${HOST}:${brokerPorts(basePort, voter).controller}`).join(','),
    'listeners': [...addresses, `CONTROLLER://${HOST}:${ports.controller}`].join(','),
    'advertised.listeners': addresses.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...extra.map(({ name, protocol }) => `${name}:${protocol}`)].join(','),
    'log.dirs': dataDirectory,
    // Threads, partitions and buffers for a few clients.
    'num.network.threads': '2',
    'num.io.threads': '2',
    'num.recovery.threads.per.data.dir': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    'log.cleaner.threads': '1',
    'log.cleaner.dedupe.buffer.size': '8388608',
    // A topic that nobody created is a mistake, which should show.
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    // What waits for minutes in production waits for seconds here.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'log.cleaner.backoff.ms': '1000',
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'replica.lag.time.max.ms': '3000',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
    ...security?.settings,
    ...overrides,
  };
  return Object.entries(settings).map(([key, value]) => `${key}=${value}\n`).join('');
}
