// Datasources as requests and answers show them.
import { DATA_TYPES, DATASOURCE_STATUSES, SOURCE_CATEGORIES } from '@cei-inoe/shared/batches';
import { z } from 'zod';
import { id, jsonObject, PAGE, pageOf, sortBy, text } from './query.ts';

const zone = text(100).nullable().describe('IANA name; null until known, and then local times are refused.');

const metadata = z.record(z.string(), z.unknown());
const newMetadata = jsonObject();

export const Datasource = z
  .object({
    id: z.int(),
    external_id: z.string(),
    source_category: z.enum(SOURCE_CATEGORIES),
    data_type: z.enum(DATA_TYPES),
    name: z.string().nullable(),
    alias: z.string().nullable(),
    client: z.string().nullable(),
    description: z.string().nullable(),
    status: z.enum(DATASOURCE_STATUSES),
    timezone: z.string().nullable(),
    metadata,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({
    id: 'Datasource',
    description: 'One series of measurements: a register of a meter, a weather station, a milking robot.',
  });
export type Datasource = z.output<typeof Datasource>;

const optionalText = (maxLength: number) => text(maxLength).nullable().optional();
const CHANGEABLE = {
  source_category: z.enum(SOURCE_CATEGORIES),
  data_type: z.enum(DATA_TYPES),
  name: optionalText(200),
  alias: optionalText(200),
  client: optionalText(200),
  description: optionalText(2000),
  status: z.enum(DATASOURCE_STATUSES).optional(),
  timezone: zone.optional(),
  metadata: newMetadata.optional(),
} as const;

export const DatasourceToCreate = z
  .strictObject({
    external_id: text(200),
    ...CHANGEABLE,
    source_category: CHANGEABLE.source_category.default('device'),
  })
  .meta({ id: 'DatasourceToCreate' });
export type DatasourceToCreate = z.output<typeof DatasourceToCreate>;

/** `external_id` is left out on purpose: files, seeds and other systems know the source by it. */
export const DatasourceChange = z
  .strictObject({
    ...CHANGEABLE,
    source_category: CHANGEABLE.source_category.optional(),
    data_type: CHANGEABLE.data_type.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must change at least one field')
  .meta({ id: 'DatasourceChange' });
export type DatasourceChange = z.output<typeof DatasourceChange>;

export const SORT_FIELDS = ['id', 'external_id', 'name', 'client', 'created_at', 'updated_at'] as const;

export const DatasourceQuery = z.strictObject({
  data_type: z.enum(DATA_TYPES).optional().describe('Those that measure this.'),
  source_category: z.enum(SOURCE_CATEGORIES).optional().describe('Those whose readings come this way.'),
  status: z.enum(DATASOURCE_STATUSES).optional().describe('`offline` are the retired ones.'),
  client: text(200).optional().describe('Those of this client.'),
  q: text(200).optional().describe('Found anywhere in external_id, name, alias, client or description.'),
  sort: sortBy(SORT_FIELDS, 'id'),
  ...PAGE,
});
export type DatasourceQuery = z.output<typeof DatasourceQuery>;

export const DatasourcePage = pageOf(Datasource);
export const DatasourceParams = z.strictObject({ id: id().describe('Number of the datasource.') });
export const ExternalParams = z.strictObject({
  external_id: text(200).describe('The name by which files and other systems know the datasource.'),
});

export const DeleteQuery = z.strictObject({
  purge: z.enum(['true', 'false']).default('false').describe('true: remove the datasource and all its data for good.'),
  confirm: z.string().max(200).optional().describe('With purge: its external_id, exactly.'),
});

export const PurgeResult = z
  .object({
    purged: z.literal(true),
    id: z.int(),
    external_id: z.string(),
    measurements: z.int(),
    history: z.int(),
    batches: z.int(),
  })
  .meta({ id: 'PurgeResult' });
export type PurgeResult = z.output<typeof PurgeResult>;

export const DatasourceTypes = z.object({
  data: z.array(z.object({ data_type: z.enum(DATA_TYPES), datasets: z.array(z.string()), datasources: z.int() })),
  source_categories: z.array(z.enum(SOURCE_CATEGORIES)),
  statuses: z.array(z.enum(DATASOURCE_STATUSES)),
});
