/** Configuration of one Elasticsearch: a single node for one machine, open to nobody else. */
import { elasticsearchPorts, HOST } from '../ports.ts';

export interface ElasticsearchConfigOptions {
  readonly basePort: number;
  readonly dataDirectory: string;
  readonly logDirectory: string;
  readonly overrides: Readonly<Record<string, string>>;
}

/** elasticsearch.yml. A JSON string is one of YAML too. */
export function elasticsearchYaml({ basePort, dataDirectory, logDirectory, overrides }: ElasticsearchConfigOptions): string {
  const ports = elasticsearchPorts(basePort);
  const settings: Record<string, string> = {
    'cluster.name': 'millrace',
    'node.name': 'millrace-1',
    'path.data': dataDirectory,
    'path.logs': logDirectory,
    'network.host': HOST,
    'http.port': String(ports.http),
    'transport.port': String(ports.transport),
    'discovery.type': 'single-node',
    // A workstation's disk is fuller than a server's may be.
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    'xpack.security.enabled': 'false',
    ...overrides,
  };
  return Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('');
}

/** log4j2.properties: all in one file. */
export const loggingProperties = (logFile: string): string => `status = error
appender.file.type = File
appender.file.name = file
appender.file.fileName = ${logFile}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1.}: %m%n%throwable
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
`;

/** Those that come with the server, but for the log of its garbage collector. */
export const jvmOptions = (shipped: string): string => shipped.split('\n').filter((line) => !line.startsWith('-Xlog:gc')).join('\n');
