import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { followAssets } from '../../../ops/cli/follow.ts';
import { openTerminal } from '../../../ops/cli/terminal.ts';
import { readConfig } from '../../../ops/config/index.ts';
import type { Instance, StatusReport } from '../../../ops/instance/index.ts';
import { resolvePaths } from '../../../ops/paths.ts';

const IDLE: StatusReport = {
  state: 'RUNNING', processId: 1, dataDirectory: '/data', servers: [], assets: { total: 0, byState: {} }, moments: 0, stages: [], deadLetters: 0, problems: [], models: [],
};

/** An instance that never gets on. */
const stuck: Instance = {
  submit: async () => undefined, remove: async () => undefined, status: async () => IDLE, assets: async () => [], assetsUnder: async () => [], deadLetters: async () => [],
  deadLetter: async () => { throw new MillraceError('MILL_DEAD_LETTER_UNKNOWN', 'none'); }, retryDeadLetters: async () => 0, purgeDeadLetters: async () => 0,
  auditEnd: async () => [0], audit: async (from) => ({ events: [], next: from }), close: async () => undefined,
};

describe('following assets', () => {
  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const instance: Instance = { ...stuck, audit: async (from) => { stop.abort(new MillraceError('MILL_INTERRUPTED', 'enough')); return stuck.audit(from); } };
    const loadedConfig = () => readConfig({ env: {}, findStack: async () => null });
    const context = { terminal: openTerminal(), paths: resolvePaths(), config: async () => (await loadedConfig()).config, loadedConfig, signal: stop.signal, notice: () => undefined };
    const following = followAssets(instance, context, { assetIds: ['a'], cursor: [0], label: 'processing' });
    const error = await following.then(() => undefined, (caught: unknown) => caught);
    expect(error).to.equal(stop.signal.reason);
  });
});
