// Environment: air, dust against named limits, wind, and sensors that fell silent.
import type { DashboardSpec } from '../dashboard.ts';
import { makeBarChart, makeLines, makeTable } from '../panels.ts';
import { makeClientVariable, makeSourceVariable, makeZoneVariable } from '../variables.ts';

const types = "'weather'";
/**
 * Limits of the daily mean in µg/m³, and the days a year that may be above them.
 * WHO: WHO global air quality guidelines 2021, table 0.1 (99th percentile: 3 to 4 days). EU: Directive 2008/50/EC, annex XI;
 * Directive (EU) 2024/2881, annex I, table 1, to be met by 1 January 2030.
 */
const limits = `
    ('PM10', 'PM10, EU 2008/50/EC', 50, 35),
    ('PM10', 'PM10, EU 2024/2881', 45, 18),
    ('PM10', 'PM10, WHO 2021', 45, 3),
    ('PM2.5', 'PM2.5, EU 2024/2881', 25, 18),
    ('PM2.5', 'PM2.5, WHO 2021', 15, 3)`;

export const ENVIRONMENT: DashboardSpec = {
  name: 'environment',
  title: 'environment',
  description: 'Air, dust against limits, noise and wind of the weather stations.',
  from: 'now-30d',
  variables: [makeClientVariable(), makeSourceVariable('Station', `data_type IN (${types})`), makeZoneVariable()],
  panels: [
    makeLines({ title: 'Temperature', query: 'environment/temperature', fill: { types }, unit: 'celsius' }),
    makeLines({ title: 'Humidity', query: 'environment/humidity', fill: { types }, unit: 'humidity' }),
    makeLines({
      title: 'PM10 per local day',
      query: 'environment/particles',
      fill: { types, limits, measure: 'pm10', particles: 'PM10' },
      unit: 'conμgm3',
    }),
    makeLines({
      title: 'PM2.5 per local day',
      query: 'environment/particles',
      fill: { types, limits, measure: 'pm2p5', particles: 'PM2.5' },
      unit: 'conμgm3',
    }),
    makeTable({
      title: 'Days above limits',
      query: 'environment/limit-days',
      fill: { types, limits },
      units: { 'µg/m³': 'conμgm3' },
    }),
    makeBarChart({
      title: 'Wind rose',
      query: 'environment/wind-rose',
      fill: { types },
      unit: 'percent',
      x: 'From',
      stacked: true,
    }),
    makeLines({ title: 'Wind speed', query: 'environment/wind-speed', fill: { types }, unit: 'velocityms' }),
    makeLines({ title: 'Noise', query: 'environment/noise', fill: { types }, unit: 'dB' }),
    makeLines({ title: 'Air pressure', query: 'environment/atm-pressure', fill: { types }, unit: 'pressurehpa' }),
    makeTable({
      title: 'Silent sensors',
      query: 'environment/silent',
      fill: { types },
      units: { 'Last value': 'dateTimeAsIso', 'Silent for': 's', Missing: 'percent' },
    }),
  ],
};
