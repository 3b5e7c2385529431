// Everything that the old system's migrations made, by name: what is parked, and dropped in the end, and nothing else. Reads nothing.
import { OWN_VIEWS, SAME_VIEWS } from './compat.ts';
import { OLD_TABLES } from './tables.ts';

export const OLD_RELATIONS: readonly string[] = [
  ...OLD_TABLES.map(({ name }) => name),
  'flyway_schema_history',
  ...SAME_VIEWS,
  ...OWN_VIEWS,
];

export const OLD_FUNCTIONS: readonly string[] = ['cleanup_staging_data', 'update_generic_device_timestamp'];
