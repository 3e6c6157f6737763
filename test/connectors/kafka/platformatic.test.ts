import { describeKafkaClient } from './client-contract.ts';
import { describeMembership } from './membership-contract.ts';

describe('KafkaClient on @platformatic/kafka', () => {
  describeKafkaClient('platformatic');
  describe('membership in a group that changes', () => { describeMembership('platformatic'); });
});
