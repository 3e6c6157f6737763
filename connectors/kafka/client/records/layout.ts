/** Where things lie in a record batch (message format 2, which Kafka 0.11 and newer write), and what its attributes say. */
export const AT = {
  firstOffset: 0, length: 8, leaderEpoch: 12, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, firstTimestamp: 27, maxTimestamp: 35,
  producerId: 43, producerEpoch: 51, firstSequence: 53, count: 57, records: 61,
} as const;

/** The length counts from here on; the CRC from the attributes on. */
export const LENGTH_END = 12;
export const MAGIC = 2;

export const ATTRIBUTES = { codec: 0b111, logAppendTime: 1 << 3, transactional: 1 << 4, control: 1 << 5 } as const;
