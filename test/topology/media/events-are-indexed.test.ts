import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { DeadLetterIndexEvent, IndexEvent, WorkIndexEvent } from '../../../connectors/ports/index.ts';
import { TOPICS } from '../../../topology/media/index.ts';
import { createRefusalNotes } from '../../../topology/media/events/index.ts';
import { FILM, Harness, PHOTO } from './harness.ts';

describe('media topology: events for dashboards', () => {
  let harness: Harness;
  beforeEach(async () => { harness = await Harness.open(); });
  afterEach(async () => { await harness.close(); });

  const events = <T extends IndexEvent['type']>(type: T): Extract<IndexEvent, { type: T }>[] =>
    [...harness.world.events.values()].filter((event): event is Extract<IndexEvent, { type: T }> => event.type === type);
  const nodeOf = (node: string, counter: 'processed' | 'deadLettered'): number =>
    harness.driver.metrics().tasks.reduce((sum, { nodes }) => sum + (nodes[node]?.[counter] ?? 0), 0);

  it('has every state change, and every task of every unit with its cost', async () => {
    harness.submit('film', FILM);
    await harness.drain();
    expect(events('audit').map(({ event }) => event).sort()).to.deep.equal(harness.auditOf('film').sort());
    expect(events('audit')[0]).to.include({ assetId: 'film', revision: 1, library: 'home' });
    const work = events('work');
    expect(work.map(({ stage, task }) => `${stage} ${task}`).filter((each, at, all) => all.indexOf(each) === at).sort()).to.deep.equal([
      'audio SPEECH', 'audio VOICE_ACTIVITY', 'decode DECODE', 'decode SHOTS', 'text TEXT_EMBEDDING', 'vision IMAGE_EMBEDDING', 'vision OCR', 'vision TAGS',
    ]);
    expect(work.find(({ task }) => task === 'SPEECH')).to.include({ assetId: 'film', status: 'OK', reason: null, model: 'speech@1', computeMs: 1, mediaKind: 'VIDEO' } satisfies Partial<WorkIndexEvent>);
    expect(work.find(({ task }) => task === 'IMAGE_EMBEDDING')?.mediaMs).to.equal(60_000);
    expect(work.find(({ task }) => task === 'DECODE')?.mediaMs).to.equal(null);
  });

  it('has every dead letter: where it came from, what failed, and of which asset', async () => {
    harness.submit('bad', { ...PHOTO, fault: 'MILL_MEDIA_CORRUPT' });
    harness.driver.inputBytes(TOPICS.frames, Buffer.from('photo/frame:0'), Buffer.from('no Avro'), 1_000);
    await harness.drain();
    const letters = events('dead-letter').sort((a, b) => (a.node < b.node ? -1 : 1));
    expect(letters).to.have.length(2);
    // The claim is keyed by its content, and names the asset inside.
    expect(letters[0]).to.include({ topic: TOPICS.claims, node: 'content-probe', stage: 'admit', code: 'MILL_MEDIA_CORRUPT', assetId: 'bad', message: 'as the test wants it' } satisfies Partial<DeadLetterIndexEvent>);
    expect(letters[1]).to.include({ topic: TOPICS.frames, offset: 0, stage: 'vision', code: 'MILL_DESERIALIZATION', assetId: 'photo' } satisfies Partial<DeadLetterIndexEvent>);
  });

  it('what cannot be decoded and what the index refuses is counted, and never dead-lettered again', async () => {
    harness.world.refuses = ({ type }) => (type === 'dead-letter' ? 'mapping conflict' : undefined);
    harness.driver.inputBytes(TOPICS.audit, Buffer.from('a'), Buffer.from('no Avro'), 1_000);
    harness.driver.inputBytes(TOPICS.deadLetters, null, null, 1_000);
    harness.driver.inputBytes(TOPICS.deadLetters, Buffer.from('a'), Buffer.from('raw'), 1_000);
    harness.submit('photo', PHOTO);
    await harness.driver.drain();
    expect(nodeOf('events-refused', 'processed')).to.equal(3);
    expect(['events', 'events-write', 'events-dead-letters'].map((node) => nodeOf(node, 'deadLettered'))).to.deep.equal([0, 0, 0]);
    expect(harness.driver.deadLetters().map(({ errors }) => errors['code'] ?? 'put there by the test')).to.deep.equal(['put there by the test', 'put there by the test']);
    expect(events('audit').map(({ event }) => event)).to.include('COMPLETED');
    expect(events('dead-letter')).to.be.empty;
  });

  it('an index that is down is waited for, and the documents are searchable meanwhile', async () => {
    let down = true;
    harness.world.beforeEvents = async () => { if (down) throw new MillraceError('MILL_INDEX_UNAVAILABLE', 'nobody answers'); };
    harness.submit('photo', PHOTO);
    const drained = harness.driver.drain();
    await harness.until(() => harness.driver.metrics().tasks.some(({ nodes }) => nodes['events-write']?.outage !== null && nodes['events-write'] !== undefined));
    await harness.until(() => harness.auditOf('photo').includes('COMPLETED'));
    expect(events('audit')).to.be.empty;
    down = false;
    await drained;
    expect(events('audit').map(({ event }) => event)).to.include('COMPLETED');
    expect(harness.deadLetters).to.be.empty;
  });

  it('a refusal is told at once, and then once a minute with how many there were', () => {
    const [lines, nowMs]: [string[], { value: number }] = [[], { value: 0 }];
    const note = createRefusalNotes((line) => { lines.push(line); }, () => nowMs.value);
    note('one');
    note('two');
    nowMs.value = 60_000;
    note('three');
    expect(lines).to.deep.equal([
      '1 event is missing in the dashboards; the last was refused: one',
      '2 events are missing in the dashboards; the last was refused: three',
    ]);
  });
});
