// Makes batch ids: UUID version 7 (RFC 9562), so that ids grow with time and a batch's rows lie together. Reads only the clock.
import { randomBytes } from 'node:crypto';

let lastMs = 0;
let sequence = 0;

/**
 * A new id, greater than every id this process made before.
 * RFC 9562 section 6.2, method 1: the 12 bits of rand_a count the ids of one millisecond; when they are used up, or the clock
 * steps back, the stored time moves on by itself.
 */
export function makeBatchId(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // Begins in the lower half, so that there is room to count.
    sequence = randomBytes(2).readUInt16BE() & 0x7ff;
  } else if (++sequence > 0xfff) {
    lastMs += 1;
    sequence = 0;
  }
  const tail = randomBytes(8);
  tail[0] = 0x80 | ((tail[0] ?? 0) & 0x3f);
  const hex = lastMs.toString(16).padStart(12, '0') + (0x7000 | sequence).toString(16) + tail.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
