// Makes the workbook of the benchmark: serial dates and numbers, as a spreadsheet program saves them. Loads nothing.
import { writeFile } from 'node:fs/promises';
import { utils, write } from '@e965/xlsx';
import { makeLocalClock } from './clock.ts';
import { type Expected, type GenerateOptions, generateEnergy, makeRandom } from './generate.ts';

/** Serial number of 1970-01-01 in the 1900 system. */
const EPOCH_SERIAL = 25_569;
const DAY_SECONDS = 86_400;

/** Writes `options.raw` as .xlsx and `options.clean` as CSV for psql. There are no bad rows in it. */
export async function generateWorkbook(options: GenerateOptions): Promise<Expected> {
  const plain = { ...options, badPerMille: 0, quotedPerMille: 0 };
  const expected = generateEnergy(plain);
  const random = makeRandom(options.seed);
  const toLocal = makeLocalClock();
  const rows: unknown[][] = [['Date and Time', 'Hourly']];
  for (let row = 0; row < options.rows; row++) {
    const local = toLocal(options.start + row * options.stepSeconds);
    const value = Math.floor(random() * 30_000) * 2;
    random();
    rows.push([{ t: 'n', v: local / DAY_SECONDS + EPOCH_SERIAL, z: 'yyyy-mm-dd hh:mm:ss' }, value / 1000]);
  }
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows), 'Data');
  await writeFile(options.raw, write(book, { type: 'buffer', bookType: 'xlsx', compression: true }) as Buffer);
  return expected;
}
