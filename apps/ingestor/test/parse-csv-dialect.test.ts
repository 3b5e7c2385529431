// Promises of the guess at how a CSV file is written down.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countSepLines, listDialects } from '../src/stages/parse/csv-dialect.ts';

const guess = (text: string | Buffer) => listDialects(Buffer.from(text)).map((d) => d.delimiter + d.quote)[0];

describe('the most plausible dialect of', () => {
  test.each([
    ['commas', 'time,kWh\n2025-01-01,1.5\n2025-01-02,2.5\n', ',"'],
    ['semicolons with decimal commas', 'Datum;kWh\n01.01.2025;1,5\n02.01.2025;2,5\n', ';"'],
    ['semicolons with decimal commas in every column', 'a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n', ';"'],
    ['tabs', 'time\tkWh\n2025-01-01\t1,5\n', '\t"'],
    ['bars', 'time|kWh\n2025-01-01|1,5\n2025-01-01|1,5\n', '|"'],
    ['commas with semicolons in a quoted text', 'time,note\n1,"a;b"\n2,"c;d"\n3,"e;f"\n', ',"'],
    ['single quotes', "time\tnote\n1\t'a\tb'\n2\t'c\td'\n", "\t'"],
    ['a header alone', 'time,kWh\n', ',"'],
    [
      'commas below a preamble with other signs',
      `Site: x; y; z\nFrom; to\n\ntime,kWh\n${'2025-01-01,1\n'.repeat(20)}`,
      ',"',
    ],
    ['a sample cut in the middle of a record', `a;b;c\n${'1;2;3\n'.repeat(9)}1;`, ';"'],
    ['a sep line', 'sep=|\na|b\n1,5|2\n', '|"'],
    ['a sep line behind a byte order mark', '\ufeffsep=;\r\na;b\r\n', ';"'],
  ])('%s', (_, text, dialect) => {
    expect(guess(text)).toBe(dialect);
  });
});

test('text without columns has no dialect', () => {
  expect(listDialects(Buffer.from('time\n2025-01-01\n'))).toEqual([]);
  expect(listDialects(Buffer.from(''))).toEqual([]);
});

test('a sep line is said to be one', () => {
  expect(countSepLines(Buffer.from('sep=,\na,b\n'))).toBe(1);
  expect(countSepLines(Buffer.from('"sep=;"\na;b\n'))).toBe(1);
  expect(countSepLines(Buffer.from('separator,b\n'))).toBe(0);
});

test('the sample is left as it was', () => {
  const sample = Buffer.from('a,"b""c"\n');
  listDialects(sample);
  expect(sample.toString()).toBe('a,"b""c"\n');
});

const corpus = process.env.CORPUS_DIR ?? '/nowhere';
describe.skipIf(!existsSync(corpus))('real files', () => {
  test.each([
    ['energy/edc_cr_15min.csv', ';'],
    ['energy/enel_wide_15min_2024-09.csv', ';'],
    ['energy/energiemanager_daily_2014.csv', ';'],
    ['energy/vanons_desc_2023.csv', ';'],
    ['energy/sma_daily_preamble.csv', ','],
    ['energy/unitedpower_hourly_report.csv', ','],
    ['energy/metern_daily_2021_noheader.csv', ','],
    ['energy/xcel_bills.csv', ','],
    ['weather/hobo_charlies_air_bom.csv', ','],
    ['weather/pvgis_hourly_Timeseries_45.000_8.000_SA_30deg_0deg_2016_2016.csv', ','],
    ['weather/cams_radiation_1min_verbose.csv', ';'],
    ['weather/dwd_poi_observations_current.csv', ';'],
    ['csv/duckdb_auto/tab_single_quote.csv', '\t'],
    ['csv/duckdb_auto/pipe_delim_quote.csv', '|'],
    ['csv/duckdb_auto/14177.csv', ','],
  ])('%s', (name, delimiter) => {
    expect(guess(readFileSync(join(corpus, name)).subarray(0, 65_536))?.[0]).toBe(delimiter);
  });
});
