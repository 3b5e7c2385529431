// Writes rows of a dataset as Apache Parquet, row group by row group. Knows no route and no SQL.
import type { Dataset, Measure } from '@cei-inoe/shared/datasets';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Row } from './rows.ts';

/** Rows of a row group: what is held in memory. */
export const ROW_GROUP_ROWS = 20_000;

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Value = string | number | bigint | null;

interface Column {
  readonly name: string;
  readonly element: Element;
  readonly read: (row: Row) => Value;
}

/** Bytes of a Parquet file (Snappy). Instants are UTC in microseconds, days are DATE, kilowatt-hours and the like DOUBLE. */
export async function* writeParquet(dataset: Dataset, blocks: AsyncIterable<Row[]>): AsyncGenerator<Buffer> {
  const columns = listColumns(dataset);
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(({ element }) => element)],
    createdBy: 'cei-inoe',
    kvMetadata: dataset.measures.map(({ name, unit }) => ({ key: `unit.${name}`, value: unit })),
  });
  for await (const rows of blocks) {
    const columnData = columns.map(({ name, read }) => ({ name, data: rows.map(read) }));
    await writer.write({ columnData, rowGroupSize: rows.length });
    yield takeBytes(bytes);
  }
  await writer.finish();
  yield takeBytes(bytes);
}

/** What was written since the last time; its offset goes on counting. */
function takeBytes(bytes: ByteWriter): Buffer {
  const taken = Buffer.from(bytes.buffer.slice(0, bytes.index));
  bytes.index = 0;
  return taken;
}

function listColumns(dataset: Dataset): Column[] {
  return [
    makeColumn({ name: 'datasource_id', type: 'INT32', repetition_type: 'REQUIRED' }),
    makeTimeColumn(dataset),
    ...dataset.measures.map(makeMeasureColumn),
    makeColumn({ name: 'batch_id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }),
    makeColumn({ name: 'source_row', type: 'INT32', repetition_type: 'OPTIONAL' }),
    makeColumn({ name: 'quality', type: 'INT32', repetition_type: 'REQUIRED' }),
  ];
}

const makeColumn = (element: Element): Column => ({
  name: element.name,
  element,
  read: (row) => row[element.name] ?? null,
});

const makeMeasureColumn = ({ name, type, required }: Measure): Column =>
  makeColumn({
    name,
    type: type === 'integer' ? 'INT32' : 'DOUBLE',
    repetition_type: required ? 'REQUIRED' : 'OPTIONAL',
  });

function makeTimeColumn({ time, timeKind }: Dataset): Column {
  if (timeKind === 'day') {
    return {
      name: time,
      element: { name: time, type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
      read: (row) => Date.parse(`${row[time]}`) / 86_400_000,
    };
  }
  return {
    name: time,
    element: {
      name: time,
      type: 'INT64',
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      repetition_type: 'REQUIRED',
    },
    read: (row) => readMicros(`${row[time]}`),
  };
}

/** Microseconds since 1970 of an instant with `Z` and up to six digits of a second. */
function readMicros(instant: string): bigint {
  const [seconds = '', fraction = ''] = instant.slice(0, -1).split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0'));
}
