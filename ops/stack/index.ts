/** The servers that Millrace runs on, on this machine: for tests, benchmarks and `millrace stack`. */
export { startKafkaStack, type KafkaStack } from './kafka-stack.ts';
export type { Broker } from './broker.ts';
export type { KafkaStackOptions } from './options.ts';
export type { StackSecurity } from './security.ts';
export { fetchServers, type FetchServersOptions, type Servers } from './servers.ts';
