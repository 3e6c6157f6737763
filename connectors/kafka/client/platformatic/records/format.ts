/** Record batch format 2, which Kafka 0.11 to 4 write. */
export const MAGIC = 2;

/** From the first offset to the count of records. */
export const BATCH_HEAD_BYTES = 61;
/** Where the part begins that the CRC covers. */
export const CRC_FROM = 21;

export const ATTRIBUTES = { codec: 0b111, logAppendTime: 1 << 3, transactional: 1 << 4, control: 1 << 5 } as const;
