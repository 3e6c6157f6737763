/** What must be there before media is processed: the models of the stages that run here. A stage whose model cannot be had is skipped. */
import { needsOf, STAGES } from '../../topology/media/index.ts';
import type { CommandContext } from './command.ts';
import { installModels, noteUnavailable } from './models-setup.ts';

export async function prepare(context: CommandContext): Promise<void> {
  const { stages = STAGES } = await context.config();
  const { models: tasks } = needsOf(stages);
  if (tasks.length > 0) noteUnavailable(context, await installModels(context, { tasks }));
}
