/** The Kafka driver on @platformatic/kafka. */
export { openPlatformaticClient } from './platformatic-client.ts';
