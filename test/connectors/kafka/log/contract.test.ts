import { describeLogContract } from '../../log-contract.ts';
import { CLIENTS, withKafka } from './support.ts';

for (const client of CLIENTS) describeLogContract(`Kafka by ${client}`, (use) => withKafka(client, async (kit) => use(await kit.open())));
