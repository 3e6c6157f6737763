/**
 * Worker thread against child process as the home of a model: time of a round trip, throughput, and memory of each
 * further worker. The decision and its figures are in docs/inference.md.
 *
 *   node --import tsx bench/inference/transport.ts [--rounds N] MODEL.onnx
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { median } from '../harness.ts';
import type { TransportRequest } from './transport-peer.ts';

interface Peer {
  /** Of the process that the peer lives in. */
  readonly pid: number;
  ask(payload: Uint8Array, images: number): Promise<void>;
  close(): Promise<void>;
}

const peerModule = new URL('transport-peer.ts', import.meta.url);

function peerOver(pid: number, send: (request: TransportRequest) => void, listen: (on: (reply: { id: number }) => void) => void, close: () => Promise<void>): Peer {
  const waiting = new Map<number, () => void>();
  let next = 0;
  listen(({ id }) => {
    waiting.get(id)?.();
    waiting.delete(id);
  });
  return {
    pid,
    ask: (payload, images) => new Promise((resolve) => {
      waiting.set(next, resolve);
      send({ id: next, payload, images });
      next += 1;
    }),
    close,
  };
}

/** On Node 20 a thread does not inherit `--import tsx` for its first module, so the thread registers it itself. */
const threadStart = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => { register(); return import(${JSON.stringify(peerModule.href)}); })`;

function openThread(model: string): Peer {
  const worker = new Worker(threadStart, { eval: true, argv: [model] });
  return peerOver(process.pid, (request) => { worker.postMessage(request); }, (on) => worker.on('message', on), async () => { await worker.terminate(); });
}

function openProcess(model: string): Peer {
  const child = fork(peerModule, [model], { serialization: 'advanced' });
  return peerOver(child.pid ?? 0, (request) => void child.send(request), (on) => child.on('message', on), async () => {
    child.kill();
    await once(child, 'exit');
  });
}

/** Proportional set size of one process. */
const pssMb = (pid: number): number => Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;

async function roundTripMs(peer: Peer, bytes: number, images: number, rounds: number): Promise<number> {
  const payload = new Uint8Array(bytes);
  const times: number[] = [];
  for (let round = 0; round < rounds + 5; round += 1) {
    const start = performance.now();
    await peer.ask(payload, images);
    if (round >= 5) times.push(performance.now() - start);
  }
  return median(times);
}

const { values, positionals } = parseArgs({ options: { rounds: { type: 'string', default: '200' } }, allowPositionals: true });
const rounds = Number(values.rounds);
const model = positionals[0] ?? '';
const report: Record<string, Record<string, number>> = {};
for (const [name, open] of [['thread', openThread], ['process', openProcess]] as const) {
  const before = pssMb(process.pid);
  const startedAt = performance.now();
  const peers: Peer[] = [];
  for (let count = 0; count < 2; count += 1) {
    const started = open(model);
    await started.ask(new Uint8Array(0), 0);
    peers.push(started);
  }
  const row: Record<string, number> = { startMs: performance.now() - startedAt };
  const [peer] = peers;
  if (peer === undefined) throw new Error('no peer');
  row['emptyMs'] = await roundTripMs(peer, 0, 0, rounds);
  row['100kBMs'] = await roundTripMs(peer, 100_000, 0, rounds);
  row['6MBMs'] = await roundTripMs(peer, 6_000_000, 0, rounds);
  const start = performance.now();
  await Promise.all(Array.from({ length: rounds * 10 }, () => peer.ask(new Uint8Array(100), 0)));
  row['pipelinedPerSecond'] = (rounds * 10) / ((performance.now() - start) / 1000);
  row['8ImagesMs'] = await roundTripMs(peer, 8 * 224 * 224 * 3, 8, Math.ceil(rounds / 10));
  await peers[1]?.ask(new Uint8Array(8 * 224 * 224 * 3), 8);
  const own = new Set(peers.map(({ pid }) => pid));
  row['memoryMbOfTwo'] = [...own].reduce((total, pid) => total + pssMb(pid), 0) - (own.has(process.pid) ? before : 0);
  await Promise.all(peers.map((each) => each.close()));
  report[name] = Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value.toPrecision(3))]));
}
console.table(report);
