// The four datasets: which table each fills, its key, and its measures with their units. The one list that loader, API and views share.

export type MeasureType = 'float' | 'integer';

/** A measured column. `unit` is what the table stores; NULL in it means "not measured", never 0. */
export interface Measure {
  readonly name: string;
  readonly type: MeasureType;
  readonly unit: string;
  readonly required: boolean;
}

/** A table of measurements. `time` is its time column: an instant (timestamptz) or a local day of the source (date). */
export interface Dataset {
  readonly name: DatasetName;
  readonly table: string;
  readonly time: string;
  readonly timeKind: 'instant' | 'day';
  readonly dataType: 'energy' | 'weather' | 'dairy';
  readonly measures: readonly Measure[];
  /** First key of the advisory locks, fixed for ever: a number per dataset. */
  readonly lockClass: number;
}

export const DATASET_NAMES = ['energy_hourly', 'energy_daily', 'environmental_metrics', 'dairy_production'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

const measure = (name: string, unit: string, type: MeasureType = 'float', required = false): Measure => ({
  name,
  type,
  unit,
  required,
});

export const DATASETS: Readonly<Record<DatasetName, Dataset>> = {
  energy_hourly: {
    name: 'energy_hourly',
    table: 'fact_energy_hourly',
    time: 'ts',
    timeKind: 'instant',
    dataType: 'energy',
    measures: [measure('energy_kwh', 'kWh', 'float', true)],
    lockClass: 0x43450001,
  },
  energy_daily: {
    name: 'energy_daily',
    table: 'fact_energy_daily',
    time: 'ts',
    timeKind: 'day',
    dataType: 'energy',
    measures: [measure('energy_kwh', 'kWh', 'float', true)],
    lockClass: 0x43450002,
  },
  environmental_metrics: {
    name: 'environmental_metrics',
    table: 'environmental_metrics',
    time: 'timestamp',
    timeKind: 'instant',
    dataType: 'weather',
    measures: [
      measure('atm_pressure', 'hPa'),
      measure('noise_level_db', 'dB'),
      measure('temperature', '°C'),
      measure('humidity', '%'),
      measure('pm10', 'µg/m³'),
      measure('pm2p5', 'µg/m³'),
      measure('wind_speed', 'm/s'),
      measure('wind_direction_sectors', 'sector'),
      measure('wind_angle', '°'),
    ],
    lockClass: 0x43450003,
  },
  dairy_production: {
    name: 'dairy_production',
    table: 'dairy_production',
    time: 'production_date',
    timeKind: 'day',
    dataType: 'dairy',
    measures: [
      measure('day_production_per_cow_kg', 'kg'),
      measure('number_of_animals', '1', 'integer'),
      measure('average_lactation_days', 'd'),
      measure('fed_per_cow_total_kg', 'kg'),
      measure('fed_per_cow_water_kg', 'kg'),
      measure('feed_efficiency', '1'),
      measure('rumination_minutes', 'min'),
    ],
    lockClass: 0x43450004,
  },
};
