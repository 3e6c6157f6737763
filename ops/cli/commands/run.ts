/** `millrace run`: keeps an instance running until it is told to stop; other commands reach it over its socket. */
import type { Command } from 'commander';
import type { Config } from '../../config/index.ts';
import { startInstance, type Owner } from '../../instance/index.ts';
import { startTelemetry, type TelemetryOptions } from '../../telemetry/index.ts';
import { stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { prepare } from '../prepare.ts';
import { createProblemNotes } from '../problems.ts';
import { printable } from '../terminal.ts';

const WATCH_EVERY_MS = 2000;

export const register: Register = (program) => {
  program
    .command('run')
    .description('run the topology until Ctrl-C; add, remove, status and search work beside it')
    .option('--stages <names>', 'run these alone, by comma; other instances run the rest (default: all)')
    .option('--metrics-port <port>', 'serve /metrics, /health and /ready on this port; 0 takes a free one')
    .option('--metrics-host <address>', 'address that they are served on (default: 127.0.0.1)')
    .addHelpText('after', '\nCtrl-C and SIGTERM end it in order, with exit code 0. Traces go where OTEL_EXPORTER_OTLP_ENDPOINT says.\n\nExample:\n  millrace run --metrics-port 9464 &\n  millrace add ~/Videos\n  millrace run --stages decode,vision --data /var/lib/millrace')
    .action(async (_options: unknown, command: Command) => {
      await run(stoppableContextOf(command));
    });
};

async function run(context: CommandContext): Promise<void> {
  const { terminal, paths, signal, notice } = context;
  const config = await context.config();
  await prepare(context);
  const telemetry = await startTelemetry({ ...telemetryOptions(config), notice });
  try {
    // Before there is an instance: what is not ready yet is what one wants to watch.
    if (telemetry.url !== null) terminal.note(`metrics at ${telemetry.url}/metrics; /health and /ready beside them`);
    const instance = await startInstance(config, paths, { notice, signal, watch: (streams) => { telemetry.watch(streams); } });
    await untilStopped(instance, context, config);
  } finally {
    await telemetry.close();
  }
}

function telemetryOptions({ telemetry: { metricsPort, metricsHost, traceEndpoint } }: Config): TelemetryOptions {
  return { metricsHost, ...(metricsPort === undefined ? {} : { metricsPort }), ...(traceEndpoint === undefined ? {} : { traceEndpoint }) };
}

async function untilStopped(instance: Owner, { terminal, paths, signal }: CommandContext, { stages }: Config): Promise<void> {
  terminal.note(`running${stages === undefined ? '' : ` ${stages.join(', ')}`}, data in ${printable(paths.data)}; stop with Ctrl-C`);
  const noteProblems = createProblemNotes(terminal);
  let asking = false;
  const watch = setInterval(() => {
    if (asking) return;
    asking = true;
    void instance.status().then(noteProblems, () => undefined).finally(() => { asking = false; });
  }, WATCH_EVERY_MS);
  try {
    if (!signal.aborted) await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => { resolve(); }, { once: true });
      instance.failed.catch(reject);
    });
  } finally {
    clearInterval(watch);
    await instance.close();
  }
}
