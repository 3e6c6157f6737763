/** docs/kafka.md lists the options of Kafka with the defaults that they have. */
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { compileKafkaLogOptions } from '../../connectors/kafka/options.ts';
import { projectFile } from '../../ops/paths.ts';

const given = { brokers: ['broker:9092'], stateDirectory: 'state' };

describe('docs/kafka.md', () => {
  it('states every option that has a default, and no other default', async () => {
    const page = await readFile(projectFile('docs', 'kafka.md'), 'utf8');
    const rows = new Map([...page.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name = '', value = '']): [string, string] => [name, value.replaceAll('`', '').replaceAll('\'', '')]));
    for (const [name, value] of Object.entries(compileKafkaLogOptions(given))) {
      expect(rows.get(name), name).to.equal(name in given ? 'required' : JSON.stringify(value).replaceAll('"', ''));
    }
  });
});
