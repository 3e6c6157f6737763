import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { avroSerde, serdes, stringSerde, type Insight, type SchemaName } from '../../schemas/index.ts';
import { examples, vector } from './examples.ts';

const embedding = (values: unknown): Insight => ({ ...examples.Insight, result: { ...examples.Insight.result, vector: values } as Insight['result'] });

function codeAndMessage(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof MillraceError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('Avro serdes', () => {
  for (const name of Object.keys(examples) as SchemaName[]) {
    it(`read back the ${name} that they wrote`, () => {
      const serde = avroSerde(name);
      expect({ ...serde.deserialize(serde.serialize(examples[name])) }).to.deep.equal(examples[name]);
    });
  }

  it('write a zero byte, the schema id and the Avro body', () => {
    const bytes = serdes.auditEvent.serialize(examples.AuditEvent);
    expect(bytes[0]).to.equal(0);
    expect(bytes.readInt32BE(1)).to.be.greaterThan(0);
    // assetId "asset-1", revision 0, library "default", type ADMITTED (index 1), detail "", atMs -1
    expect(bytes.subarray(5).toString('hex')).to.equal('0e61737365742d31000e64656661756c74020001');
  });

  it('give different records different ids, and the same record the same id in each run', () => {
    const ids = (Object.keys(examples) as SchemaName[]).map((name) => avroSerde(name).serialize(examples[name] as never).readInt32BE(1));
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('write each result of an insight under its type and read the type back', () => {
    const results: Insight['result'][] = [
      null,
      { type: 'ShotList', shots: [{ startMs: 0, endMs: 10, confidence: 1, continuesPrevious: false }] },
      { type: 'TagList', tags: [{ label: 'boat', confidence: 0.5 }] },
      { type: 'ScreenText', lines: [{ text: 'EXIT', confidence: 0.5, box: [1, 2, 3, 4] }] },
      { type: 'VoiceActivity', spans: [{ startMs: 1, endMs: 2 }] },
      { type: 'Transcript', language: 'en', phrases: [{ startMs: 0, endMs: 1, text: 'a', confidence: null }] },
      { type: 'TextEmbedding', vector, origin: 'SPEECH', text: 'a', charStart: null, frameBlobKey: null, tags: [] },
    ];
    const read = results.map((result) => serdes.insight.deserialize(serdes.insight.serialize({ ...examples.Insight, result })).result);
    expect(read).to.deep.equal(results);
  });

  it('read vectors as Float32Array, whether written from one, from a view into one, or from numbers', () => {
    const large = new Float32Array(400);
    large.set(vector, 3);
    for (const written of [vector, large.subarray(3, 387), [...vector]]) {
      const { result } = serdes.insight.deserialize(serdes.insight.serialize(embedding(written)));
      expect(result?.type === 'ImageEmbedding' && result.vector).to.deep.equal(vector);
    }
  });

  it('write records that are larger than any before, without mixing them with later ones', () => {
    const large = { ...examples.TextUnit, text: 'ü'.repeat(300_000) };
    const [first, second] = [serdes.textUnit.serialize(large), serdes.textUnit.serialize(examples.TextUnit)];
    expect(serdes.textUnit.deserialize(first).text).to.equal(large.text);
    expect(serdes.textUnit.deserialize(second).text).to.equal(examples.TextUnit.text);
  });

  it('keep a map key that is the name of a builtin property', () => {
    const attributes = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
    const read = serdes.assetSubmitted.deserialize(serdes.assetSubmitted.serialize({ ...examples.AssetSubmitted, attributes })).attributes;
    expect(Object.entries(read)).to.deep.equal([['__proto__', 'a'], ['constructor', 'b']]);
  });

  it('name the field that does not fit its schema', () => {
    const write = (changes: object) => codeAndMessage(() => serdes.insight.serialize({ ...examples.Insight, ...changes }));
    expect(write({ revision: 1.5 })).to.equal('MILL_SERIALIZATION avro:Insight: value.revision should be long, but is 1.5');
    expect(write({ task: 'GUESS' })).to.equal('MILL_SERIALIZATION avro:Insight: value.task should be millrace.media.Task, but is "GUESS"');
    expect(write({ spawned: [{ unitId: 'a', tasks: ['OCR', 5] }] })).to.include('value.spawned.0.tasks.1');
    expect(write({ result: { type: 'TagList', tags: [{ label: 'a', confidence: 'high' }] } })).to.include('value.result.tags.0.confidence should be double, but is "high"');
    expect(write({ result: { type: 'Guess' } })).to.match(/value\.result should be .*ShotList.*, but is a record of type "Guess"/);
    expect(write({ model: undefined, lineage: undefined })).to.include('value.lineage should be string, but is undefined');
    expect(codeAndMessage(() => serdes.insight.serialize(embedding(['x'])))).to.include('value.result.vector should be');
  });

  it('refuse bytes that are no record of theirs, and say why', () => {
    const bytes = serdes.auditEvent.serialize(examples.AuditEvent);
    const read = (input: Buffer) => codeAndMessage(() => serdes.auditEvent.deserialize(input));
    expect(read(Buffer.alloc(0))).to.match(/^MILL_DESERIALIZATION .*0 bytes are too few/);
    expect(read(Buffer.from('{"json": true}'))).to.match(/^MILL_DESERIALIZATION .*starts with byte 123 instead of 0/);
    expect(read(bytes.subarray(0, bytes.length - 1))).to.match(/^MILL_DESERIALIZATION .*ends early/);
    expect(read(Buffer.concat([bytes, Buffer.from([0])]))).to.match(/^MILL_DESERIALIZATION .*1 bytes are left over/);
    expect(read(Buffer.concat([Buffer.from([0, 0, 0, 0, 77]), bytes.subarray(5)]))).to.match(/^MILL_SCHEMA_UNKNOWN .*schema id 77 is not known/);
    expect(read(serdes.deadLetter.serialize(examples.DeadLetter))).to.match(/^MILL_DESERIALIZATION .*is of another record/);
  });
});

describe('the string serde', () => {
  it('reads back any text, a byte order mark included', () => {
    for (const text of ['', 'asset-1/segment:0', '\uFEFFümlaut 👋']) expect(stringSerde.deserialize(stringSerde.serialize(text))).to.equal(text);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeAndMessage(() => stringSerde.deserialize(Buffer.from([0xff, 0xfe])))).to.match(/^MILL_DESERIALIZATION/);
  });
});
