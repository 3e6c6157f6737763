/** Members of one group in this process, on a real broker, with each driver. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { expect } from 'chai';
import type { KafkaClient } from '../../../../connectors/kafka/client/index.ts';
import { openKafkajsClient } from '../../../../connectors/kafka/client/kafkajs/index.ts';
import { openPlatformaticClient } from '../../../../connectors/kafka/client/platformatic/index.ts';
import { joinKafkaGroup } from '../../../../connectors/kafka/group/index.ts';
import type { KafkaGroup } from '../../../../connectors/kafka/group/index.ts';
import { decodeUserData } from '../../../../connectors/kafka/group/user-data.ts';
import { compileKafkaLogOptions } from '../../../../connectors/kafka/options.ts';
import { MillraceError } from '../../../../connectors/ports/index.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { sharedKafka } from '../../../support/kafka-stack.ts';
import { until, without } from './support.ts';

const PARTITIONS = 6;
const SUBTOPOLOGY = 's';

interface TestMember {
  readonly name: string;
  readonly group: KafkaGroup;
  /** As the engine was told. */
  readonly tasks: Set<number>;
  readonly shadowed: Set<number>;
  leave(): Promise<void>;
}

class TestGroup {
  readonly groupId = `group-${randomUUID()}`;
  readonly sources = [`left-${randomUUID()}`, `right-${randomUUID()}`];
  readonly members = new Map<string, TestMember>();
  readonly faults: string[] = [];
  readonly client: KafkaClient;
  readonly #open: () => Promise<KafkaClient>;
  readonly #folder: string;

  constructor(client: KafkaClient, open: () => Promise<KafkaClient>, folder: string) {
    this.client = client;
    this.#open = open;
    this.#folder = folder;
  }

  async join(name: string): Promise<TestMember> {
    const client = await this.#open();
    const tasks = new Set<number>();
    const shadowed = new Set<number>();
    const group = await joinKafkaGroup({
      client,
      options: compileKafkaLogOptions({ brokers: ['unused:1'], stateDirectory: path.join(this.#folder, name), numStandbyReplicas: 1, heartbeatIntervalMs: 100, sessionTimeoutMs: 10_000 }),
      groupOptions: {
        groupId: this.groupId,
        subtopologies: [{ name: SUBTOPOLOGY, sources: this.sources, changelogs: [{ store: 'c', topic: 'c', format: 'keyed' }] }],
        endpoint: `${name}:80`,
        onAssignment: async (assignment) => {
          for (const { partition } of assignment.tasks) if (shadowed.has(partition)) this.faults.push(`${name} gets ${partition} and shadows it`);
          tasks.clear();
          for (const { partition } of assignment.tasks) tasks.add(partition);
        },
      },
      partitionCounts: new Map(this.sources.map((topic) => [topic, PARTITIONS])),
      warmTasks: async () => [],
      standby: {
        start: ({ partition }) => {
          if (tasks.has(partition)) this.faults.push(`${name} shadows ${partition} and has it`);
          shadowed.add(partition);
          return {
            stop: async () => {
              shadowed.delete(partition);
            },
          };
        },
      },
    });
    const member = {
      name, group, tasks, shadowed,
      leave: async () => {
        this.members.delete(name);
        await group.leave();
        await client.close();
      },
    };
    this.members.set(name, member);
    return member;
  }

  /** The engines have heard of their shares. */
  async settled(): Promise<Map<string, number[]>> {
    const members = [...this.members.values()];
    const share = PARTITIONS / members.length;
    await until(() => members.every(({ tasks }) => tasks.size === share) && new Set(members.flatMap(({ tasks }) => [...tasks])).size === PARTITIONS);
    return new Map(members.map(({ name, tasks }) => [name, [...tasks].sort()]));
  }

  async ownersByEndpoint(): Promise<Map<string, number[]>> {
    const owners = new Map<string, number[]>();
    for (const { task, endpoint } of await [...this.members.values()][0]?.group.owners() ?? []) {
      const name = String(endpoint).replace(':80', '');
      owners.set(name, [...owners.get(name) ?? [], task.partition].sort());
    }
    return owners;
  }
}

const drivers = { kafkajs: openKafkajsClient, platformatic: openPlatformaticClient };

for (const [driver, openClient] of Object.entries(drivers)) {
  async function withGroup(use: (group: TestGroup) => Promise<void>): Promise<void> {
    const { bootstrap } = await sharedKafka();
    const open = (): Promise<KafkaClient> => openClient(compileKafkaLogOptions({ brokers: bootstrap.split(','), stateDirectory: 'unused' }));
    const client = await open();
    try {
      await withTemporaryFolder(async (folder) => {
        const group = new TestGroup(client, open, folder);
        await client.createTopics(group.sources.map((topic) => ({ topic, partitions: PARTITIONS, configs: {} })));
        try {
          await use(group);
          expect(group.faults).to.be.empty;
        } finally {
          for (const member of group.members.values()) await member.leave();
          await client.deleteTopics(group.sources);
        }
      });
    } finally {
      await client.close();
    }
  }

  const namesOf = (shares: Map<string, number[]>, name: string): string[] => (shares.get(name) ?? []).map(String);

  describe(`group of members on a broker, with ${driver}`, () => {
    it('shares the tasks as members join, leave and are replaced; who stays keeps what balance allows', () => withGroup(async (group) => {
      await group.join('a');
      expect([...(await group.settled()).values()]).to.deep.equal([[0, 1, 2, 3, 4, 5]]);
      await group.join('b');
      const two = await group.settled();
      const leaving = await group.join('c');
      const three = await group.settled();
      for (const name of ['a', 'b']) expect(without(namesOf(three, name), namesOf(two, name)), 'gains nothing').to.be.empty;
      expect(await group.ownersByEndpoint()).to.deep.equal(three);

      await leaving.leave();
      const left = await group.settled();
      for (const name of ['a', 'b']) expect(namesOf(left, name)).to.include.members(namesOf(three, name));
      await group.join('d');
      const again = await group.settled();
      for (const name of ['a', 'b']) expect(without(namesOf(again, name), namesOf(left, name)), 'gains nothing').to.be.empty;
    }));

    it('assigns the sources of a task together, and shows what the members told', () => withGroup(async (group) => {
      await group.join('a');
      await group.join('b');
      const shares = await group.settled();
      const described = await group.client.describeGroup(group.groupId);
      expect(described).to.have.length(2);
      for (const { partitions, userData } of described) {
        const [left, right] = group.sources.map((topic) => [...partitions.get(topic) ?? []].sort());
        const data = decodeUserData(userData);
        expect(left).to.deep.equal(right);
        expect(left).to.deep.equal(shares.get(String(data?.endpoint).replace(':80', '')));
      }
      const epochs = described.map(({ userData }) => decodeUserData(userData)?.epoch);
      expect(Math.max(...epochs.map(Number)), 'the first member had an assignment before').to.be.at.least(1);
      const held = described.map(({ userData }) => decodeUserData(userData)?.held.length).sort();
      expect(held, 'told before the newer member came').to.deep.equal([0, PARTITIONS]);
    }));

    it('commits what it owns, through rebalances too, and is fenced for the rest', () => withGroup(async (group) => {
      const a = await group.join('a');
      await group.join('b');
      const [source = ''] = group.sources;
      const [own] = (await group.settled()).get('a') ?? [];
      const other = (await group.settled()).get('b')?.[0];
      const fenced = await a.group.commit(new Map([[`${source}/${String(other)}`, 5]])).catch((error: unknown) => error);
      expect(fenced).to.be.instanceOf(MillraceError).with.property('code', 'MILL_FENCED');

      const joined = new AbortController();
      const joining = group.join('c').then(() => {
        joined.abort();
      });
      let position = 0;
      let stillOurs = true;
      while (stillOurs && !joined.signal.aborted) {
        position += 1;
        stillOurs = await a.group.commit(new Map([[`${source}/${String(own)}`, position]])).then(() => true, (error: unknown) => {
          expect(error).to.have.property('code', 'MILL_FENCED');
          expect(a.group.isOwned({ subtopology: SUBTOPOLOGY, partition: Number(own) })).to.be.false;
          position -= 1;
          return false;
        });
      }
      await joining;
      const committed = await group.client.groupOffsets(group.groupId, [source]);
      expect(committed.get(`${source}/${String(own)}`)).to.equal(position);
      expect(position).to.be.at.least(1);
    }));

    it('keeps one standby of each task, away from its owner', () => withGroup(async (group) => {
      for (const name of ['a', 'b', 'c']) await group.join(name);
      const shares = await group.settled();
      const members = [...group.members.values()];
      const away = ({ name, shadowed }: TestMember): boolean => [...shadowed].every((partition) => shares.get(name)?.includes(partition) === false);
      await until(() => members.every(away) && members.reduce((sum, { shadowed }) => sum + shadowed.size, 0) === PARTITIONS);
      const shadowed = members.flatMap(({ shadowed: partitions }) => [...partitions]);
      expect(new Set(shadowed).size).to.equal(PARTITIONS);
    }));
  });
}
