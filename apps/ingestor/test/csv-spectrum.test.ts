import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { readCells } from '../src/model/records.ts';
import { sniffEncoding } from '../src/stages/decode/sniff-encoding.ts';
import { parseCsvText } from '../src/stages/parse/csv.ts';

// The cells that the csv-spectrum suite (BSD-2-Clause) expects of its files.
const SUITE = dirname(createRequire(import.meta.url).resolve('csv-spectrum/package.json'));
const NAMES = readdirSync(join(SUITE, 'csvs'))
  .map((name) => name.replace(/\.csv$/, ''))
  // Its JSON has another telephone number than its CSV.
  .filter((name) => name !== 'location_coordinates');

it.each(NAMES)('csv-spectrum: %s has the cells that the suite expects', (name) => {
  const bytes = readFileSync(join(SUITE, 'csvs', `${name}.csv`));
  const { bomBytes } = sniffEncoding(bytes);
  const rows: string[][] = [];
  for (const chunk of parseCsvText(bytes.subarray(bomBytes), { kind: 'csv', delimiter: ',', quote: '"' })) {
    for (let row = 0; row < chunk.rows; row++) rows.push(readCells(chunk, row));
  }
  const [header = [], ...records] = rows;
  const found = records.map((cells) => Object.fromEntries(header.map((key, at) => [key, cells[at]])));
  // A suite of one record gives the record itself.
  expect(found).toEqual([JSON.parse(readFileSync(join(SUITE, 'json', `${name}.json`), 'utf8'))].flat());
});
