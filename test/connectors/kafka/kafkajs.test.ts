import { describeKafkaClient } from './client-contract.ts';
import { describeMembership } from './membership-contract.ts';

describe('KafkaClient on kafkajs', () => {
  describeKafkaClient('kafkajs');
  describe('membership', () => { describeMembership('kafkajs'); });
});
