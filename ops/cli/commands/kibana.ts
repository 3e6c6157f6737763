/** `millrace kibana`: the data views and dashboards, as Kibana imports them. */
import type { Command } from 'commander';
import { kibanaFile } from '../../kibana/index.ts';
import { contextOf, type Register } from '../command.ts';

export const register: Register = (program) => {
  program
    .command('kibana')
    .description('print data views and dashboards for Kibana, for the index prefix of the configuration')
    .addHelpText('after', `
Examples:
  millrace kibana > millrace.ndjson      then in Kibana: Stack Management, Saved Objects, Import
  millrace kibana | curl -X POST "$KIBANA/api/saved_objects/_import?overwrite=true" -H 'kbn-xsrf: true' --form file=@-\\;filename=millrace.ndjson`)
    .action(async (_options: unknown, command: Command) => {
      const { terminal, config } = contextOf(command);
      const { elasticsearch: { indexPrefix } } = await config();
      terminal.print(kibanaFile(indexPrefix).trimEnd());
    });
};
