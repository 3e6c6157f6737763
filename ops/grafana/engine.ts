/** The engine: whether it keeps up, how its commits go, and what fails. For any topology, of media or not. */
import { dashboard } from './dashboard.ts';
import { graph, heading, number } from './panels.ts';

const APPLICATION = 'application_id=~"$application_id"';
const TASK = `${APPLICATION}, subtopology=~"$subtopology"`;
const RATE = '[$__rate_interval]';

const rate = (metric: string, by: string): string => `sum by (${by}) (rate(${metric}{${TASK}}${RATE}))`;
const quantile = (q: number, metric: string, by: string): string => `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${TASK}}${RATE})))`;
/** A task that has moved says 0 where it was. */
const lag = (by: string): string => `sum by (${by}) (max by (subtopology, topic, partition) (millrace_streams_task_lag{${TASK}}))`;

export const engineDashboard = (): Readonly<Record<string, unknown>> => dashboard({
  uid: 'millrace-engine',
  title: 'Millrace: engine',
  description: 'Lag, throughput, commits, retries and outages of the stream engine. docs/telemetry.md says what each metric means.',
  panels: [
    number({ title: 'Instances running', description: 'In the state RUNNING.', queries: [{ expr: `sum(millrace_streams_state{${APPLICATION}, state="RUNNING"})`, legend: 'running' }] }),
    number({ title: 'In error', description: 'Instances that do not mend by themselves.', redFrom: 1, queries: [{ expr: `sum(millrace_streams_state{${APPLICATION}, state="ERROR"})`, legend: 'error' }] }),
    number({ title: 'Tasks running', description: 'All that are assigned should be.', queries: [{ expr: `sum(millrace_streams_tasks{${APPLICATION}, status="RUNNING"})`, legend: 'running' }] }),
    number({ title: 'Tasks backing off', description: 'Failed, and waiting to be opened anew; /ready tells why.', redFrom: 1, queries: [{ expr: `sum(millrace_streams_tasks{${APPLICATION}, status="BACKING_OFF"})`, legend: 'backing off' }] }),
    number({ title: 'Outages', description: 'Nodes whose calls wait for a server or a disk.', redFrom: 1, queries: [{ expr: `sum(max by (subtopology, node) (millrace_streams_node_outage{${TASK}}))`, legend: 'waiting' }] }),
    number({ title: 'Records behind', description: 'Over all sub-topologies.', queries: [{ expr: `sum(${lag('subtopology')})`, legend: 'records' }] }),

    heading('Does it keep up?'),
    graph({ title: 'Lag', description: 'Records behind the committed position.', queries: [{ expr: lag('subtopology, topic'), legend: '{{subtopology}} · {{topic}}' }] }),
    graph({ title: 'Throughput', description: 'Source records processed, repeats after a failure included.', unit: 'cps', queries: [{ expr: rate('millrace_streams_task_process_records_total', 'subtopology'), legend: '{{subtopology}}' }] }),
    graph({ title: 'Buffered', description: 'Fetched, in flight and waiting for a commit. Flat at its limit: this stage is the slowest.', unit: 'bytes', queries: [{ expr: `sum by (subtopology) (millrace_streams_task_buffered_bytes{${TASK}})`, legend: '{{subtopology}}' }] }),
    graph({ title: 'Batch, 99th percentile', description: 'One turn of a task through its synchronous nodes.', unit: 's', queries: [{ expr: quantile(0.99, 'millrace_streams_task_process_latency', 'subtopology'), legend: '{{subtopology}}' }] }),
    graph({ title: 'Records in enrich', description: 'Calls that run now.', queries: [{ expr: `sum by (subtopology, node) (millrace_streams_node_in_flight{${TASK}})`, legend: '{{node}}' }] }),
    graph({ title: 'Call of an enrich, 95th percentile', description: 'Retries and waits included.', unit: 's', queries: [{ expr: quantile(0.95, 'millrace_streams_node_call_latency', 'node'), legend: '{{node}}' }] }),

    heading('Commits'),
    graph({ title: 'Commits', description: 'That succeeded.', unit: 'cps', queries: [{ expr: rate('millrace_streams_task_commits_total', 'subtopology'), legend: '{{subtopology}}' }] }),
    graph({
      title: 'Commit latency', description: 'From sealing the state to the answer of the log.', unit: 's',
      queries: [0.5, 0.99].map((q) => ({ expr: quantile(q, 'millrace_streams_task_commit_latency', 'subtopology'), legend: `{{subtopology}} p${q * 100}` })),
    }),
    graph({ title: 'Records written', description: 'By commits, into topics.', unit: 'cps', queries: [{ expr: `sum by (messaging_destination_name) (rate(messaging_client_sent_messages_total${RATE}))`, legend: '{{messaging_destination_name}}' }] }),

    heading('Failures'),
    graph({ title: 'Outages', description: '1 while calls wait for a server or a disk. They are tried again without end, and nothing is lost.', redFrom: 1, queries: [{ expr: `max by (subtopology, node) (millrace_streams_node_outage{${TASK}})`, legend: '{{node}}' }] }),
    graph({
      title: 'Retries', description: 'In place, by retry topic, and calls that took too long.', unit: 'cps',
      queries: [
        { expr: rate('millrace_streams_node_retries_total', 'node'), legend: '{{node}} in place' },
        { expr: rate('millrace_streams_node_delayed_retries_total', 'node'), legend: '{{node}} delayed' },
        { expr: rate('millrace_streams_node_timeouts_total', 'node'), legend: '{{node}} time-outs' },
      ],
    }),
    graph({
      title: 'Dead letters and drops', description: 'Dead letters are kept in their topic; drops are counted only.', unit: 'short',
      queries: [
        { expr: `sum by (node) (increase(millrace_streams_node_dead_letters_total{${TASK}}${RATE}))`, legend: '{{node}} dead-lettered' },
        { expr: `sum by (node) (increase(millrace_streams_node_dead_letters_dropped_total{${TASK}}${RATE}))`, legend: '{{node}} dead letter dropped' },
        { expr: `sum by (node) (increase(millrace_streams_node_dropped_records_total{${TASK}}${RATE}))`, legend: '{{node}} dropped' },
      ],
    }),
    graph({ title: 'Task restarts', description: 'Opened anew after a failure.', queries: [{ expr: `sum by (subtopology) (increase(millrace_streams_task_restarts_total{${TASK}}${RATE}))`, legend: '{{subtopology}}' }] }),
    graph({ title: 'Tasks by status', description: 'During a rebalance some are OPENING or RESTORING.', stacked: true, queries: [{ expr: `sum by (status) (millrace_streams_tasks{${APPLICATION}})`, legend: '{{status}}' }] }),
    graph({ title: 'To restore', description: 'Offsets between what is restored and the end of the changelogs.', queries: [{ expr: `sum by (subtopology) (millrace_streams_task_restore_remaining_records{${TASK}})`, legend: '{{subtopology}}' }] }),

    heading('State and process'),
    graph({ title: 'Store reads, 99th percentile', description: 'One read below the uncommitted writes, which serves all keys of a batch.', unit: 's', queries: [{ expr: quantile(0.99, 'millrace_streams_store_get_latency', 'store'), legend: '{{store}}' }] }),
    graph({ title: 'CPU', description: 'Cores, of all threads.', queries: [{ expr: `sum by (service, instance) (rate(process_cpu_time_total{job="millrace"}${RATE}))`, legend: '{{service}} {{instance}}' }] }),
    graph({ title: 'Resident memory', description: 'The container ends at its limit.', unit: 'bytes', queries: [{ expr: 'sum by (service, instance) (process_memory_usage{job="millrace"})', legend: '{{service}} {{instance}}' }] }),
    graph({ title: 'Event loop delay, 99th percentile', description: 'Heartbeats to Kafka go out only while it turns.', unit: 's', queries: [{ expr: 'max by (service, instance) (nodejs_eventloop_delay_p99{job="millrace"})', legend: '{{service}} {{instance}}' }] }),
    graph({ title: 'Event loop utilization', description: 'Share of the time that it was busy.', unit: 'percentunit', queries: [{ expr: 'max by (service, instance) (nodejs_eventloop_utilization{job="millrace"})', legend: '{{service}} {{instance}}' }] }),
    graph({ title: 'Heap', description: 'Of the main thread.', unit: 'bytes', queries: [{ expr: 'max by (service, instance) (v8js_memory_heap_used{job="millrace"})', legend: '{{service}} {{instance}}' }] }),
  ],
});
