import { describeThreeBrokers } from './three-brokers-contract.ts';

describe('KafkaClient on @platformatic/kafka with three brokers', () => {
  describeThreeBrokers('platformatic');
});
