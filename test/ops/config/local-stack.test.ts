/** The stack's own state file, as `millrace stack up` leaves it: no server runs, since only addresses are read. */
import { expect } from 'chai';
import { addressesOf } from '../../../ops/stack/stack-addresses.ts';
import { stackDirectory, writeStackState, type StackState } from '../../../ops/stack/stack-state.ts';
import { readConfig } from '../../../ops/config/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const STATE: StackState = { kind: 'cluster', brokers: 3, basePort: 20_000, s3: 'seaweedfs', processes: { registry: { pid: 1, started: 'then' } } };

describe('the local stack of the data directory', () => {
  it('gives its addresses from `up` to `down`', () => withTemporaryFolder(async (data) => {
    const read = () => readConfig({ env: { MILLRACE_DATA: data }, workingDirectory: data });
    expect((await read()).config.profile).to.equal('embedded');

    await writeStackState(stackDirectory(data, 'cluster'), STATE);
    const { config, origins } = await read();
    const { kafkaBrokers, schemaRegistry, elasticsearch, s3 } = addressesOf(STATE);
    expect(config.profile).to.equal('cluster');
    expect(config.kafka.brokers).to.deep.equal(kafkaBrokers.split(','));
    expect([config.schemaRegistry.url, config.elasticsearch.url]).to.deep.equal([schemaRegistry, [elasticsearch]]);
    expect(config.s3).to.include(s3);
    expect(origins['elasticsearch.url']).to.deep.equal({ from: 'stack' });

    await writeStackState(stackDirectory(data, 'cluster'), { ...STATE, processes: {} });
    expect((await read()).config.profile).to.equal('embedded');
  }));
});
