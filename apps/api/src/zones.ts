// Refuses whatever is not an IANA time zone name, as the table does. Converts no time.
import { Fault } from '@cei-inoe/shared/errors';
import { openZone } from '@cei-inoe/shared/zone';

/**
 * Checks the zone that the request's `field` names; null and undefined pass.
 * @throws Fault zone_invalid for unknown names, offsets, POSIX forms and abbreviations
 */
export function checkZone(name: string | null | undefined, field: string): void {
  if (name === null || name === undefined) return;
  const message = findTrouble(name);
  if (message !== null) throw new Fault('zone_invalid', message, { errors: [{ field, message }] });
}

function findTrouble(name: string): string | null {
  try {
    return openZone(name).kind === 'iana' ? null : `"${name}" is an offset and not a time zone.`;
  } catch (error) {
    if (error instanceof Fault && error.code === 'zone_invalid') return error.message;
    throw error;
  }
}
