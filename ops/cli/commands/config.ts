/** `millrace config`: the values in effect and where each comes from, or everything that is wrong with them. */
import type { Command } from 'commander';
import { explain } from '../../config/index.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { printable, table } from '../terminal.ts';

export const register: Register = (program) => {
  const config = program
    .command('config')
    .description('the configuration: explain the values in effect, or check them')
    .addHelpText('after', '\ndocs/configuration.md has all settings.\n\nExamples:\n  millrace config explain\n  millrace --config cluster.yaml config check');
  config
    .command('explain')
    .description('print each setting with its value and where that comes from; secrets are masked')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', '\nExample:\n  millrace config explain --json')
    .action(async (options: { json?: boolean }, command: Command) => {
      await explainConfig(contextOf(command), options.json ?? false);
    });
  config
    .command('check')
    .description('check the file and the environment; prints all errors at once')
    .addHelpText('after', '\nExit code 2 when something is wrong.\n\nExample:\n  millrace config check')
    .action(async (_options: unknown, command: Command) => {
      await checkConfig(contextOf(command));
    });
};

async function explainConfig({ terminal, loadedConfig }: CommandContext, json: boolean): Promise<void> {
  const loaded = await loadedConfig();
  const settings = explain(loaded);
  if (json) {
    const { file, notices } = loaded;
    terminal.print(JSON.stringify({ file, settings: settings.map(({ setting, value, origin, secret }) => ({ setting, value, origin, secret })), notices }, null, 2));
    return;
  }
  const rows = settings.map(({ setting, text }) => [setting, printable(text.value), printable(text.origin)]);
  for (const line of table([['setting', 'value', 'from'], ...rows])) terminal.print(line);
}

async function checkConfig({ terminal, loadedConfig }: CommandContext): Promise<void> {
  const { config, file } = await loadedConfig();
  terminal.print(`The configuration is right: profile ${config.profile}, ${file === null ? 'no file' : printable(file)}.`);
}
