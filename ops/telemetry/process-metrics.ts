/** Metrics of the process, by OpenTelemetry's names: CPU, memory, and how late the event loop is. Read when somebody collects. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

const RESOLUTION_MS = 20;
const NS_PER_S = 1e9;
const US_PER_S = 1e6;

/** Returns what ends it. */
export function observeProcess(meter: Meter): () => void {
  const cpu = meter.createObservableCounter('process.cpu.time', { unit: 's', description: 'CPU time of all threads of the process.' });
  const memory = meter.createObservableUpDownCounter('process.memory.usage', { unit: 'By', description: 'Resident memory.' });
  const heap = meter.createObservableUpDownCounter('v8js.memory.heap.used', { unit: 'By', description: 'Used heap of the main thread.' });
  const delayMean = meter.createObservableGauge('nodejs.eventloop.delay.mean', { unit: 's', description: 'Mean delay of the event loop since the last collection.' });
  const delayP99 = meter.createObservableGauge('nodejs.eventloop.delay.p99', { unit: 's', description: '99th percentile of the same.' });
  const delayMax = meter.createObservableGauge('nodejs.eventloop.delay.max', { unit: 's', description: 'Longest of the same.' });
  const utilization = meter.createObservableGauge('nodejs.eventloop.utilization', { unit: '1', description: 'Share of time that the event loop was busy since the last collection.' });

  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let loop = performance.eventLoopUtilization();
  // The histogram has the whole time between two samples: what is over the resolution was delay.
  const seconds = (ns: number): number => (Number.isFinite(ns) && delay.count > 0 ? Math.max(0, ns / NS_PER_S - RESOLUTION_MS / 1000) : 0);
  const instruments = [cpu, memory, heap, delayMean, delayP99, delayMax, utilization];
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const { user, system } = process.cpuUsage();
    result.observe(cpu, user / US_PER_S, { 'cpu.mode': 'user' });
    result.observe(cpu, system / US_PER_S, { 'cpu.mode': 'system' });
    const { rss, heapUsed } = process.memoryUsage();
    result.observe(memory, rss);
    result.observe(heap, heapUsed);
    result.observe(delayMean, seconds(delay.mean));
    result.observe(delayP99, seconds(delay.percentile(99)));
    result.observe(delayMax, seconds(delay.max));
    delay.reset();
    const now = performance.eventLoopUtilization();
    result.observe(utilization, performance.eventLoopUtilization(now, loop).utilization);
    loop = now;
  };
  meter.addBatchObservableCallback(observe, instruments);
  return () => {
    meter.removeBatchObservableCallback(observe, instruments);
    delay.disable();
  };
}
