// The old system's tables: their keys and columns, as its published migrations made them. Reads nothing.
import { DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';

export interface OldTable {
  readonly name: string;
  readonly key: string;
  readonly keyType: 'integer' | 'uuid';
  readonly kind: 'register' | 'batch' | 'staging' | 'fact' | 'log';
  readonly dataset?: DatasetName;
  /** Columns that every published version of the table has; others are kept and reported. */
  readonly columns: readonly string[];
}

const PROVENANCE = ['source_type', 'source_api_endpoint', 'source_device_id', 'ingestion_method', 'ingested_at'];
const ENERGY = ['energy_id', 'device_id', 'ts', 'energy_kwh', 'source_file', 'created_at', ...PROVENANCE];
const STAGING = [
  ...['staging_id', 'file_id', 'row_number', 'raw_data', 'transformed_data', 'validation_errors'],
  ...['is_valid', 'loaded_to_final', 'created_at'],
];
const measuresOf = (dataset: DatasetName) => DATASETS[dataset].measures.map(({ name }) => name);

const staging = (dataset: DatasetName, name: string): OldTable => ({
  name,
  key: 'staging_id',
  keyType: 'integer',
  kind: 'staging',
  dataset,
  columns: STAGING,
});

const fact = (dataset: DatasetName, key: string, columns: readonly string[]): OldTable => ({
  name: DATASETS[dataset].table,
  key,
  keyType: 'integer',
  kind: 'fact',
  dataset,
  columns,
});

const plain = (name: string, kind: OldTable['kind'], columns: string): OldTable => ({
  name,
  key: 'id',
  keyType: 'integer',
  kind,
  columns: columns.split(' '),
});

/** In the order in which they are copied: what decides about others goes first, and staging rows before the old cleanup takes them. */
export const OLD_TABLES: readonly OldTable[] = [
  staging('energy_hourly', 'staging_energy_hourly'),
  staging('energy_daily', 'staging_energy_daily'),
  staging('environmental_metrics', 'staging_environmental_metrics'),
  staging('dairy_production', 'staging_dairy_production'),
  plain('device', 'register', 'id device_id device_token device_name client alias created_at'),
  plain(
    'generic_device',
    'register',
    'id device_id device_type alias client description status timezone metadata created_at updated_at',
  ),
  {
    name: 'ingest_file',
    key: 'file_id',
    keyType: 'uuid',
    kind: 'batch',
    columns: [
      ...['file_id', 'file_name', 'device_id', 'granularity', 'start_date', 'end_date', 'sha256', 'ingested_at'],
      ...['execution_time_ms', 'validation_status', 'quality_score', 'pipeline_version'],
    ],
  },
  fact('energy_hourly', 'energy_id', ENERGY),
  fact('energy_daily', 'energy_id', ENERGY),
  fact('environmental_metrics', 'id', [
    ...['id', 'timestamp', 'source_file', 'created_at'],
    ...measuresOf('environmental_metrics'),
    ...PROVENANCE,
  ]),
  fact('dairy_production', 'id', [
    ...['id', 'production_date', 'source_file'],
    ...measuresOf('dairy_production'),
    ...PROVENANCE,
  ]),
  plain(
    'pipeline_execution',
    'log',
    'id file_id pipeline_name stage started_at completed_at status records_in records_out error_message execution_metadata created_at',
  ),
  plain(
    'data_quality_checks',
    'log',
    'id file_id dataset check_type check_name passed failed_count total_count failure_rate sample_failures checked_at',
  ),
  plain(
    'api_fetch_cursor',
    'log',
    'id connector_id endpoint_id device_id last_fetch_timestamp last_fetch_success fetch_count created_at updated_at',
  ),
];

/** @throws TypeError on a name that is none of the old tables' */
export function findOldTable(name: string): OldTable {
  const table = OLD_TABLES.find((one) => one.name === name);
  if (table === undefined) throw new TypeError(`no old table is named ${name}`);
  return table;
}
