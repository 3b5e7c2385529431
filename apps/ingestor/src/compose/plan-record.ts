// The plan of a file as its batch remembers it, and back: a redo reads the bytes exactly as they were read.
import { Fault } from '@cei-inoe/shared/errors';
import type { Mapping } from '../model/mapping.ts';
import type { FilePlan, PlannedColumn, Source } from '../model/plan.ts';
import { SAME_UNIT } from '../model/units.ts';
import { planShaping } from './shape-records.ts';

/** `ingest_batch.context.decisions` */
export interface PlanRecord {
  readonly wrapping?: FilePlan['wrapping'];
  readonly encoding: FilePlan['encoding'];
  readonly bom_bytes: number;
  readonly dialect: FilePlan['dialect'];
  readonly header_line: number;
  readonly header: readonly string[];
  /** `name`: of the column in the mapping, where several go to one field. */
  readonly columns: readonly (Omit<PlannedColumn, 'spec'> & { readonly field: string; readonly name?: string })[];
  readonly time_format: string;
  readonly local_times: boolean;
  readonly corrected: boolean;
  /** The header of the file, where that of its reshaped records is another. */
  readonly file_header?: readonly string[];
  readonly deriving?: NonNullable<FilePlan['deriving']>;
  readonly date?: string;
  readonly meter?: string;
}

/** What the batch remembers: the zones in force, and everything that was decided about its file. */
export function describeContext(plan: FilePlan, sources: readonly Source[]): { zones: object; decisions: PlanRecord } {
  return {
    zones: Object.fromEntries(sources.map((source) => [source.externalId, source.zone])),
    decisions: {
      ...(plan.wrapping === 'none' ? {} : { wrapping: plan.wrapping }),
      encoding: plan.encoding,
      bom_bytes: plan.bomBytes,
      dialect: plan.dialect,
      header_line: plan.headerLine,
      header: plan.header,
      columns: plan.columns.map(({ spec, ...column }) => ({
        ...column,
        field: findField(plan.mapping, spec),
        name: plan.mapping.columns[spec]?.header ?? '',
      })),
      time_format: plan.timeFormat,
      local_times: plan.localTimes,
      corrected: plan.corrected,
      ...(plan.shaping === undefined ? {} : { file_header: plan.fileHeader }),
      ...(plan.deriving === undefined ? {} : { deriving: plan.deriving }),
      ...(plan.date === undefined ? {} : { date: plan.date }),
      ...(plan.meter === undefined ? {} : { meter: plan.meter }),
    },
  };
}

/** Makes the plan again from what the batch remembers and the mapping it was read with. */
export function restorePlan(mapping: Mapping, record: PlanRecord): FilePlan {
  const fileHeader = record.file_header ?? record.header;
  const columns = record.columns.map(({ field, name, ...column }) => {
    const spec = mapping.columns.findIndex(
      ({ header }, at) => findField(mapping, at) === field && (name === undefined || name === header),
    );
    if (spec < 0) throw new Fault('internal', `The mapping ${mapping.name} has no column for ${field}.`);
    return { ...column, spec, conversion: keepSame(column.conversion) };
  });
  return {
    wrapping: record.wrapping ?? 'none',
    encoding: record.encoding,
    bomBytes: record.bom_bytes,
    dialect: record.dialect,
    mapping,
    headerLine: record.header_line,
    fileHeader,
    header: record.header,
    shaping: planShaping(mapping, fileHeader, record.date)?.shaping,
    deriving: record.deriving,
    date: record.date,
    meter: record.meter,
    columns,
    timeFormat: record.time_format,
    localTimes: record.local_times,
    corrected: record.corrected,
  };
}

/** The one object that stands for "no conversion", so that readers need not compute. */
const keepSame = (conversion: PlannedColumn['conversion']): PlannedColumn['conversion'] => {
  const { shift, multiply, divide } = conversion;
  return shift === 0 && multiply === 1 && divide === 1 ? SAME_UNIT : conversion;
};

function findField(mapping: Mapping, at: number): string {
  const target = mapping.columns[at]?.target;
  return target?.kind === 'measure' ? target.measure.name : mapping.dataset.time;
}
