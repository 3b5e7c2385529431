// Reads the bounds of ranges: RFC 3339 instants and bare dates. Knows no zone.

/** `day`: local midnight in a zone still to be said. `at`: an instant, as text that PostgreSQL reads without loss. */
export type Moment = { readonly kind: 'day'; readonly day: string } | { readonly kind: 'instant'; readonly at: string };

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
// A `+` that was not escaped in a query string arrives as a blank.
const INSTANT = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?([Zz]|[-+ ]\d{2}:\d{2})$/;

/** @returns the moment, or the sentence that says what is wrong with `text` */
export function parseMoment(text: string): Moment | string {
  if (DAY.test(text)) return isDay(text) ? { kind: 'day', day: text } : `${text} is not a day of the calendar`;
  const match = INSTANT.exec(text);
  if (match === null) {
    return /^\d{4}-\d{2}-\d{2}[T ]/.test(text)
      ? 'must end with Z or an offset such as +02:00 (written %2B02:00 in an address)'
      : 'must be a date (2025-03-30) or an instant (2025-03-30T01:00:00Z)';
  }
  const [, day = '', hour = '', minute = '', second = '00', fraction = '', zone = ''] = match;
  const inRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60 && isOffset(zone);
  if (!inRange || !isDay(day)) return `${text} is not a time of the calendar`;
  return {
    kind: 'instant',
    at: `${day}T${hour}:${minute}:${second}${fraction}${zone.replace(' ', '+').toUpperCase()}`,
  };
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !text.startsWith('0000') && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function isOffset(zone: string): boolean {
  return /^[Zz]$/.test(zone) || (Number(zone.slice(1, 3)) <= 15 && Number(zone.slice(4)) < 60);
}
