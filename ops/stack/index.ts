/** The servers that Millrace runs on, on this machine: for tests, benchmarks and `millrace stack`. */
export { startKafkaStack, type KafkaStack } from './kafka-stack.ts';
export type { Broker } from './broker.ts';
export type { KafkaStackOptions } from './options.ts';
export type { StackSecurity } from './security.ts';
export { downStack, stackLogs, stackStatus, upStack, type ServerLog, type ServerReport, type StackReport, type UpOptions } from './detached-stack.ts';
export { javaVersion, mavenVersion } from './java.ts';
export { prepareServers, type PreparedServers } from './prepare-servers.ts';
export type { FetchServersOptions } from './servers.ts';
