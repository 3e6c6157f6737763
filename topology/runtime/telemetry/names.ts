/** Every metric of the engine, with what it means. docs/telemetry.md says which of Kafka Streams' each corresponds to. */
interface Described {
  readonly name: string;
  readonly description: string;
}

/** All in seconds. */
export const HISTOGRAMS = {
  processLatency: { name: 'millrace.streams.task.process.latency', description: 'One turn of a task: a batch through its synchronous nodes.' },
  commitLatency: { name: 'millrace.streams.task.commit.latency', description: 'One commit, from sealing the state to the answer of the log.' },
  callLatency: { name: 'millrace.streams.node.call.latency', description: 'One record in the call of an enrich, its retries included.' },
  storeGet: { name: 'millrace.streams.store.get.latency', description: 'One read of the store below its uncommitted writes, which serves all keys of a batch.' },
  storePut: { name: 'millrace.streams.store.put.latency', description: 'One write into the open epoch, sampled.' },
  messagingProcess: { name: 'messaging.process.duration', description: 'Processing of one batch of records.' },
  messagingOperation: { name: 'messaging.client.operation.duration', description: 'One commit to the log.' },
} as const satisfies Record<string, Described>;

interface Observed extends Described {
  readonly kind: 'counter' | 'gauge';
  readonly unit: string;
}

export const OBSERVED = {
  state: { name: 'millrace.streams.state', kind: 'gauge', unit: '1', description: '1 for the state that the Streams is in, 0 for every other.' },
  tasks: { name: 'millrace.streams.tasks', kind: 'gauge', unit: '{task}', description: 'Tasks that are assigned here, by status.' },
  records: { name: 'millrace.streams.task.process.records', kind: 'counter', unit: '{record}', description: 'Source records processed, repeats after a failure included.' },
  commits: { name: 'millrace.streams.task.commits', kind: 'counter', unit: '{commit}', description: 'Commits that succeeded.' },
  committed: { name: 'millrace.streams.task.commit.records', kind: 'counter', unit: '{record}', description: 'Source records whose processing is committed.' },
  restarts: { name: 'millrace.streams.task.restarts', kind: 'counter', unit: '{restart}', description: 'Times that the task was opened anew after a failure.' },
  bufferedRecords: { name: 'millrace.streams.task.buffered.records', kind: 'gauge', unit: '{record}', description: 'Fetched, in flight and waiting for a commit.' },
  bufferedBytes: { name: 'millrace.streams.task.buffered.bytes', kind: 'gauge', unit: 'By', description: 'The same in bytes.' },
  restoreRemaining: { name: 'millrace.streams.task.restore.remaining_records', kind: 'gauge', unit: '{record}', description: 'Offsets between what is restored and the end of the changelogs.' },
  restoreRate: { name: 'millrace.streams.task.restore.rate', kind: 'gauge', unit: '{record}/s', description: 'Records restored a second, since the restore began.' },
  lag: { name: 'millrace.streams.task.lag', kind: 'gauge', unit: '{record}', description: 'Records of the source partition behind the committed position.' },
  nodeProcessed: { name: 'millrace.streams.node.process.records', kind: 'counter', unit: '{record}', description: 'Records that came to the node.' },
  dropped: { name: 'millrace.streams.node.dropped_records', kind: 'counter', unit: '{record}', description: 'Tombstones nobody asked for, repeats, records without a key, and what an error handler skipped.' },
  deadLetters: { name: 'millrace.streams.node.dead_letters', kind: 'counter', unit: '{record}', description: 'Records that were dead-lettered at the node.' },
  deadLettersDropped: { name: 'millrace.streams.node.dead_letters_dropped', kind: 'counter', unit: '{record}', description: 'Records read from the dead-letter topic that failed again.' },
  retries: { name: 'millrace.streams.node.retries', kind: 'counter', unit: '{retry}', description: 'Calls tried again in place.' },
  delayedRetries: { name: 'millrace.streams.node.delayed_retries', kind: 'counter', unit: '{record}', description: 'Records sent to a retry topic.' },
  timeouts: { name: 'millrace.streams.node.timeouts', kind: 'counter', unit: '{timeout}', description: 'Calls that took longer than their time-out.' },
  inFlight: { name: 'millrace.streams.node.in_flight', kind: 'gauge', unit: '{record}', description: 'Records in an enrich now.' },
  outage: { name: 'millrace.streams.node.outage', kind: 'gauge', unit: '1', description: '1 while calls of an enrich wait for a server or a disk.' },
  consumed: { name: 'messaging.client.consumed.messages', kind: 'counter', unit: '{message}', description: 'Records fetched from the log.' },
  sent: { name: 'messaging.client.sent.messages', kind: 'counter', unit: '{message}', description: 'Records that commits have written.' },
} as const satisfies Record<string, Observed>;
