// Counts the attempts of this process to deliver, for Prometheus. What waits is in the database and counted there.
import { Counter } from 'prom-client';

export type AttemptOutcome = 'delivered' | 'failed' | 'given_up';

export function makeAttemptCounter(): Counter<'outcome'> {
  const counter = new Counter({
    name: 'cei_webhook_attempts_total',
    help: 'Attempts to deliver a webhook, by how they ended; failed ones are tried again.',
    labelNames: ['outcome'],
    registers: [],
  });
  for (const outcome of ['delivered', 'failed', 'given_up'] satisfies AttemptOutcome[]) counter.inc({ outcome }, 0);
  return counter;
}
