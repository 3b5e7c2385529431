import { expect, test } from 'vitest';
import { describeLogLine } from '../src/log-line.ts';

test.each<[object | string, string | undefined]>([
  [
    { level: 30, msg: 'loaded', file: 'a.csv', dataset: 'energy_hourly', read: 1200, inserted: 1199, rejected: 1 },
    '! a.csv: energy_hourly: 1,200 read, 1,199 inserted, 1 rejected',
  ],
  [
    { level: 30, msg: 'loaded', file: 'a.csv', dataset: 'energy_hourly', read: 2, inserted: 0, unchanged: 2 },
    '✓ a.csv: energy_hourly: 2 read, 0 inserted, 2 unchanged',
  ],
  [
    {
      level: 30,
      msg: 'loaded',
      file: 'a.xlsx',
      dataset: 'energy_hourly',
      read: 1,
      inserted: 1,
      notices: ['sheet_unread'],
    },
    '! a.xlsx: energy_hourly: 1 read, 1 inserted (sheet_unread)',
  ],
  [{ level: 30, msg: 'loaded already', file: 'a.csv', duplicate_of: 'b1' }, '= a.csv: loaded already as batch b1'],
  [
    {
      level: 40,
      app: 'ingestor',
      msg: 'failed: No mapping.',
      file: 'a.csv',
      code: 'header_unknown',
      err: { stack: 'at x' },
    },
    '✗ a.csv: failed: No mapping. (header_unknown)',
  ],
  [{ level: 50, app: 'api', msg: 'broken' }, '✗ api: broken'],
  [{ level: 30, app: 'api', msg: 'request completed' }, ''],
  ['not of our log', undefined],
  ['12', undefined],
])('of %j the terminal shows %j', (entry, expected) => {
  expect(describeLogLine(typeof entry === 'string' ? entry : JSON.stringify(entry))).toBe(expected);
});
