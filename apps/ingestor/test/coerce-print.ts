// Prints what the coerce stage makes of a few times, for the test that starts this under several TZ.
import { openZone } from '@cei-inoe/shared/zone';
import { makeSequence } from '../src/stages/coerce/sequence.ts';
import { compileTimeFormat } from '../src/stages/coerce/time-format.ts';
import { sniffTimeFormat } from '../src/stages/coerce/time-sniff.ts';

function read(format: string, text: string): number {
  const reader = compileTimeFormat(format);
  reader.read(Buffer.from(text), 0, text.length);
  return reader.localSeconds;
}

const hour = 3600;
const autumn = Date.parse('2025-10-26T03:00Z') / 1000;
const sequence = makeSequence(openZone('Asia/Nicosia'), 'sequence');
for (const local of [autumn - hour, autumn, autumn, autumn + hour]) sequence.offer(local);
const verdict = sniffTimeFormat(['03/04/2025'], { formats: [] });

process.stdout.write(
  JSON.stringify([
    read('iso', '2025-03-30 03:00'),
    read('MM/dd/yyyy hh:mm:ss a', '10/26/2025 3:00:00 AM'),
    read('epoch_s', '1735689600'),
    verdict.ok ? verdict.format : verdict.message,
    [...sequence.resolveHeld(autumn + 3 * hour - 2 * hour)],
  ]),
);
