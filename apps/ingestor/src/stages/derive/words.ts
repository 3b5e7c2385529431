// Times and amounts as messages say them. Formats only.
import type { Zone } from '@cei-inoe/shared/zone';

/** `2025-10-26 03:00`, or with the offset where the clock alone does not tell (`withOffset`). */
export function formatLocal(micros: number, zone: Zone): string {
  const seconds = Math.floor(micros / 1_000_000);
  const offset = zone.offsetAt(seconds);
  const text = new Date((seconds + offset) * 1000).toISOString();
  const clock = text.slice(11, 19).replace(/:00$/, '');
  return `${text.slice(0, 10)} ${clock}${formatOffset(offset)}`;
}

function formatOffset(offset: number): string {
  const minutes = Math.abs(Math.round(offset / 60));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2025-10-26` from days since 1970. */
export const formatDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** `45 min`, `90 s` */
export function formatLength(micros: number): string {
  const seconds = micros / 1_000_000;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
