/** What must be there before media is processed: the models. A stage whose model cannot be had is skipped. */
import type { CommandContext } from './command.ts';
import { installModels, noteUnavailable } from './models-setup.ts';

export async function prepare(context: CommandContext): Promise<void> {
  noteUnavailable(context, await installModels(context, {}));
}
