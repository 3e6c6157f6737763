/** What settings ask of each other: each rule looks at the whole, so that all that is wrong is said at once. */
import type { SettingPath } from './config.ts';
import { rowOf } from './config.ts';
import type { Origin, Problem } from './given.ts';
import { describeOrigin } from './given.ts';

export interface Whole {
  readonly values: Readonly<Record<SettingPath, unknown>>;
  readonly origins: Readonly<Partial<Record<SettingPath, Origin>>>;
  /** Whose own value is wrong: of these one message is enough. */
  readonly broken: ReadonlySet<string>;
}

/** Each needs the others. */
const TOGETHER: readonly (readonly [setting: SettingPath, needs: readonly SettingPath[]])[] = [
  ['kafka.brokers', ['schemaRegistry.url']],
  ['kafka.saslMechanism', ['kafka.username', 'kafka.password']],
  ['kafka.username', ['kafka.saslMechanism']],
  ['kafka.password', ['kafka.saslMechanism']],
  ['schemaRegistry.username', ['schemaRegistry.password']],
  ['schemaRegistry.password', ['schemaRegistry.username']],
  ['elasticsearch.username', ['elasticsearch.password']],
  ['elasticsearch.password', ['elasticsearch.username']],
  ['elasticsearch.apiKey', ['elasticsearch.url']],
  ['elasticsearch.username', ['elasticsearch.url']],
  ['s3.endpoint', ['s3.accessKey', 's3.secretKey']],
  ['s3.accessKey', ['s3.endpoint']],
  ['s3.secretKey', ['s3.endpoint']],
  ['s3.sessionToken', ['s3.endpoint']],
  ['s3.publicEndpoint', ['s3.endpoint']],
];

/** Of the cluster profile: an embedded instance uses no server, whatever the environment names. */
export function brokenRules(whole: Whole): Problem[] {
  if (whole.values.profile !== 'cluster') return [];
  const missing = TOGETHER.flatMap(([setting, needs]) => (isGiven(whole, setting) ? needs.filter((need) => lacks(whole, need)).map((need) => problem(whole, setting, `needs ${named(need)}`)) : []));
  return [...missing, ...needsBrokers(whole), ...oneLogin(whole), ...ownBuckets(whole), ...refreshInTime(whole)];
}

/** What is allowed, and may surprise. */
export function surprises(whole: Whole): string[] {
  const { values, origins } = whole;
  const servers = ['elasticsearch.url', 's3.endpoint'] as const;
  if (values.profile === 'embedded') {
    return origins.profile?.from !== 'default' ? [] : servers.filter((server) => isGiven(whole, server)).map((server) => `${server} is given (${describeOrigin(origins[server] ?? { from: 'default' })}) and not used: without ${named('kafka.brokers')} the profile is embedded`);
  }
  if (origins.profile?.from === 'default') return [];
  return [
    ...(lacks(whole, 'elasticsearch.url') ? [`profile cluster without ${named('elasticsearch.url')}: the index lies in the data directory`] : []),
    ...(lacks(whole, 's3.endpoint') ? [`profile cluster without ${named('s3.endpoint')}: blobs lie in the data directory`] : []),
  ];
}

function needsBrokers(whole: Whole): Problem[] {
  return lacks(whole, 'kafka.brokers') ? [problem(whole, 'profile', `cluster needs ${named('kafka.brokers')}, or a local stack: ./millrace stack up`)] : [];
}

function oneLogin(whole: Whole): Problem[] {
  return isGiven(whole, 'elasticsearch.apiKey') && isGiven(whole, 'elasticsearch.username') ? [problem(whole, 'elasticsearch.apiKey', 'is instead of elasticsearch.username and password: leave one out')] : [];
}

/** What is written as a blob must not come back as a new asset. */
function ownBuckets(whole: Whole): Problem[] {
  return isGiven(whole, 's3.endpoint') && whole.values['s3.inboxBucket'] === whole.values['s3.blobBucket'] ? [problem(whole, 's3.inboxBucket', 'must not be the bucket of the blobs (s3.blobBucket)')] : [];
}

/** A removal waits for a refresh, within one request. */
function refreshInTime(whole: Whole): Problem[] {
  const [refreshMs, requestMs] = [whole.values['elasticsearch.refreshIntervalMs'], whole.values['elasticsearch.requestTimeoutMs']].map(Number);
  return isGiven(whole, 'elasticsearch.url') && Number(refreshMs) * 2 > Number(requestMs) ? [problem(whole, 'elasticsearch.refreshIntervalMs', 'must be at most half of elasticsearch.requestTimeoutMs: removals wait for a refresh')] : [];
}

const isGiven = ({ values }: Whole, setting: SettingPath): boolean => values[setting] !== undefined;
const lacks = (whole: Whole, setting: SettingPath): boolean => !isGiven(whole, setting) && !whole.broken.has(setting);
const named = (setting: SettingPath): string => `${setting} (${rowOf(setting).variable})`;

function problem({ origins }: Whole, setting: SettingPath, text: string): Problem {
  return { setting, text: `${describeOrigin(origins[setting] ?? { from: 'default' })}: ${setting} ${text}` };
}
