// The time formats that are tried on a file whose mapping names none. Reads no times.
import { type DateOrder, reorder } from './date-order.ts';

/** Dates that can be meant in one way only. */
const PLAIN_DATES = [
  'yyyy/MM/dd',
  'yyyy.MM.dd',
  'yyyy-MM-dd',
  'dd-MMM-yyyy',
  'dd MMM yyyy',
  'dd. MMM yyyy',
  "dd 'de' MMM 'de' yyyy",
  'dd/MMM/yyyy',
  'dd.MMM.yyyy',
  'dd-MMM-yy',
  'dd MMM yy',
  'MMM dd, yyyy',
  'MMM dd yyyy',
];
/** Dates of which the other orders are tried too. */
const ORDERED_DATES = ['MM/dd/yyyy', 'MM-dd-yyyy', 'MM.dd.yyyy', 'MM/dd/yy', 'MM-dd-yy', 'MM.dd.yy'];
const CLOCKS = [
  '',
  ' HH:mm[:ss][.SSS]',
  ' hh:mm[:ss] a',
  ', HH:mm[:ss]',
  ', hh:mm[:ss] a',
  "'T'HH:mm[:ss][.SSS][XXX]",
  ' HH.mm[.ss]',
  ' HH:mm[:ss] XXX',
];
const COMPACT = ['yyyyMMdd', 'yyyyMMddHHmm', 'yyyyMMddHHmmss', 'yyyyMMdd HH:mm[:ss]', "yyyyMMdd'T'HHmm[ss][XXX]"];

/** Ten digits that begin with 1 are seconds of 2001 to 2033, thirteen are milliseconds; no date is written so. */
const EPOCHS = [
  [/^1\d{9}(\.\d{1,9})?$/, 'epoch_s'],
  [/^1\d{12}$/, 'epoch_ms'],
] as const;

/** The count of seconds or milliseconds that every one of the texts is; undefined where one is not. */
export const findEpoch = (texts: readonly string[]): string | undefined =>
  EPOCHS.find(([pattern]) => texts.every((text) => pattern.test(text)))?.[1];

/** Formats in the order of preference; with `order`, only that one of the three for dates that could be meant in several. */
export function listCandidates(order: DateOrder | undefined): string[] {
  const orders: readonly DateOrder[] = order === undefined ? ['mdy', 'dmy'] : [order];
  const dates = [...PLAIN_DATES, ...ORDERED_DATES.flatMap((date) => listOrders(date, orders))];
  return ['iso', ...new Set(dates.flatMap((date) => CLOCKS.map((clock) => date + clock))), ...COMPACT];
}

/** Two-digit years come first only where dashes stand between. */
function listOrders(date: string, orders: readonly DateOrder[]): string[] {
  const mayLead = date === 'MM-dd-yy';
  const all: readonly DateOrder[] = mayLead && orders.length > 1 ? [...orders, 'ymd'] : orders;
  return all.map((order) => reorder(date, order));
}
