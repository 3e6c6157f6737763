/** `millrace topology`: the graph that runs, as text or as a Mermaid picture. */
import type { Command } from 'commander';
import { outlineMediaTopology } from '../../../topology/media/index.ts';
import { contextOf, type Register } from '../command.ts';

export const register: Register = (program) => {
  program
    .command('topology')
    .description('print the media topology: sub-topologies, processors, stores and topics')
    .option('--mermaid', 'as a Mermaid flowchart')
    .addHelpText('after', '\nExample:\n  millrace topology --mermaid > topology.mmd')
    .action((options: { mermaid?: boolean }, command: Command) => {
      const topology = outlineMediaTopology();
      contextOf(command).terminal.print(options.mermaid === true ? topology.toMermaid() : topology.describe().toString());
    });
};
