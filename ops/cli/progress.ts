/** Progress: a moving bar with rate and ETA on a terminal, a plain line now and then elsewhere. */
import { SingleBar } from 'cli-progress';
import { formatDuration, type Terminal } from './terminal.ts';

export interface Progress {
  /** `done` of `total` units so far; `detail` is a short phrase on what goes on. */
  update(done: number, total: number, detail?: string): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly label: string;
  /** Name of the unit, plural. @default none: `format` says it */
  readonly unit?: string;
  /** How a count is written. @default the number itself */
  readonly format?: (count: number) => string;
  /** Least time between two plain lines. @default 10 s */
  readonly lineEveryMs?: number;
  /** @default Date.now */
  readonly nowMs?: () => number;
}

export function startProgress(terminal: Terminal, options: ProgressOptions): Progress {
  return terminal.interactive ? startBar(terminal, options) : startLines(terminal, options);
}

const withUnit = (figure: string, unit: string): string => (unit === '' ? figure : `${figure} ${unit}`);

/** Units a second and the time that the rest takes, from the average since the start. */
function pace(done: number, total: number, elapsedMs: number, { unit = '', format = String }: ProgressOptions): string {
  if (done === 0 || elapsedMs < 1000) return '';
  const perSecond = (done * 1000) / elapsedMs;
  const rate = perSecond >= 1 ? `${withUnit(format(Math.round(perSecond)), unit)}/s` : `${withUnit((perSecond * 60).toFixed(1), unit)}/min`;
  return done >= total ? rate : `${rate}, about ${formatDuration(((total - done) / perSecond) * 1000)} left`;
}

function startBar(terminal: Terminal, options: ProgressOptions): Progress {
  const { label, format = String, nowMs = Date.now } = options;
  const startedMs = nowMs();
  let closed = false;
  const bar = new SingleBar({
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: false,
    // Whoever started the bar stops it, also when a signal ends the work.
    gracefulExit: false,
    etaBuffer: 30,
    format: `${label} [{bar}] {counts}  {pace}  {detail}`,
    barsize: Math.max(10, Math.min(30, terminal.columns - 70)),
    linewrap: false,
  });
  return {
    update(done, total, detail = '') {
      if (closed) return;
      if (!bar.isActive) bar.start(1, 0, { counts: '', pace: '', detail: '' });
      bar.setTotal(Math.max(1, total));
      bar.update(done, { counts: `${format(done)}/${format(total)}`, pace: pace(done, total, nowMs() - startedMs, options), detail });
    },
    stop() {
      closed = true;
      if (bar.isActive) bar.stop();
    },
  };
}

function startLines(terminal: Terminal, options: ProgressOptions): Progress {
  const { label, unit = '', format = String, lineEveryMs = 10_000, nowMs = Date.now } = options;
  const startedMs = nowMs();
  let writtenMs = Number.NEGATIVE_INFINITY;
  let latest = '';
  let written = '';
  const write = (): void => {
    if (latest === written || latest === '') return;
    terminal.note(latest);
    written = latest;
    writtenMs = nowMs();
  };
  return {
    update(done, total, detail = '') {
      const rest = [pace(done, total, nowMs() - startedMs, options), detail].filter(Boolean).join('; ');
      latest = `${label}: ${withUnit(`${format(done)} of ${format(total)}`, unit)}${rest === '' ? '' : ` (${rest})`}`;
      if (nowMs() - writtenMs >= lineEveryMs) write();
    },
    stop: write,
  };
}
