/**
 * The two questions that a stack asks its brokers, in Kafka's wire protocol: who is in the cluster (Metadata 1), and who
 * leads the controllers' quorum (DescribeQuorum 0), which clients' metadata hide. No client library: a question is one
 * connection, one answer, no retries and no log of its own.
 */
import { connect } from 'node:net';

const METADATA = { key: 3, version: 1 };
const DESCRIBE_QUORUM = { key: 55, version: 0 };
const ANSWER_WITHIN_MS = 2000;

/** Node ids that serve, in order. @throws Error when there is no answer */
export async function liveBrokers(host: string, port: number): Promise<number[]> {
  const noTopics = Buffer.alloc(4);
  const answer = await ask(host, port, METADATA, noTopics, false);
  let at = 4;
  const count = answer.readInt32BE(at);
  at += 4;
  const ids: number[] = [];
  for (let i = 0; i < count; i += 1) {
    ids.push(answer.readInt32BE(at));
    at += 4;
    at += 2 + answer.readInt16BE(at) + 4;
    at += 2 + Math.max(0, answer.readInt16BE(at));
  }
  return ids.sort((a, b) => a - b);
}

/** Node id of the active controller; -1 while there is none. @throws Error when there is no answer */
export async function activeController(host: string, port: number): Promise<number> {
  const topic = Buffer.from('__cluster_metadata');
  // Compact lengths are one more than what they count; each structure ends with its (empty) tagged fields.
  const body = Buffer.concat([Buffer.from([2, topic.length + 1]), topic, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])]);
  const answer = await ask(host, port, DESCRIBE_QUORUM, body, true);
  let at = 4 + 1;
  const failure = answer.readInt16BE(at);
  if (failure !== 0) throw new Error(`DescribeQuorum: error ${failure}`);
  at += 2 + 1;
  at += answer.readUInt8(at);
  at += 1 + 4;
  const partitionFailure = answer.readInt16BE(at);
  if (partitionFailure !== 0) throw new Error(`DescribeQuorum: error ${partitionFailure}`);
  return answer.readInt32BE(at + 2);
}

/** @returns the answer from its correlation id on */
function ask(host: string, port: number, api: { key: number; version: number }, body: Buffer, flexible: boolean): Promise<Buffer> {
  const client = Buffer.from('millrace-stack');
  const head = Buffer.alloc(14);
  head.writeInt16BE(api.key, 4);
  head.writeInt16BE(api.version, 6);
  head.writeInt32BE(1, 8);
  head.writeInt16BE(client.length, 12);
  const request = Buffer.concat([head, client, ...(flexible ? [Buffer.from([0])] : []), body]);
  request.writeInt32BE(request.length - 4, 0);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => { fail(new Error(`no answer from ${host}:${port}`)); });
    socket.once('error', fail);
    socket.once('close', () => { reject(new Error(`${host}:${port} closed the connection`)); });
    socket.once('connect', () => { socket.write(request); });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      resolve(received.subarray(4));
      socket.destroy();
    });
  });
}
