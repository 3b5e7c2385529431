// Energy: how much, when, and against the month before.
import type { DashboardSpec } from '../dashboard.ts';
import { makeBarChart, makeHeatmap, makeLines, makeStackedBars, makeStat, makeTable } from '../panels.ts';
import { WHOLE_MONTHS } from '../query.ts';
import { makeClientVariable, makeSourceVariable, makeZoneVariable } from '../variables.ts';

const types = "'energy'";

export const ENERGY: DashboardSpec = {
  name: 'energy',
  title: 'energy',
  description: 'Energy by meter and local day, hours, base load, peaks and months.',
  from: 'now-90d',
  variables: [makeClientVariable(), makeSourceVariable('Meter', `data_type IN (${types})`), makeZoneVariable()],
  panels: [
    makeStackedBars({
      title: 'Energy per local day',
      query: 'energy/per-day',
      fill: { types },
      unit: 'kwatth',
      width: 24,
      height: 10,
    }),
    makeStat({
      title: 'Energy of the time range',
      query: 'energy/totals',
      fill: { types },
      unit: 'kwatth',
      rows: true,
    }),
    makeLines({ title: 'Energy per hour', query: 'energy/per-hour', fill: { types }, unit: 'kwatth' }),
    makeHeatmap({
      title: 'Hour of the day × day',
      query: 'energy/hour-by-day',
      fill: { types },
      unit: 'kwatt',
      width: 24,
      height: 12,
    }),
    makeBarChart({ title: 'The mean day', query: 'energy/profile', fill: { types }, unit: 'kwatt', x: 'Hour' }),
    makeLines({ title: 'Base load', query: 'energy/base-load', fill: { types }, unit: 'kwatt' }),
    makeTable({ title: 'Peaks', query: 'energy/peaks', fill: { types }, units: { kWh: 'kwatth' } }),
    makeStackedBars({
      title: 'Fed in per local day',
      query: 'energy/feed-in',
      // All of them: they are no choice among the consumers.
      fill: { types: "'pv'", chosen: 'true' },
      unit: 'kwatth',
    }),
    makeTable({
      title: 'Months compared',
      query: 'energy/months',
      fill: { types, ...WHOLE_MONTHS },
      units: {
        kWh: 'kwatth',
        'kWh per day': 'kwatth',
        'Against the month before': 'percent',
        'Against the year before': 'percent',
      },
      width: 24,
    }),
  ],
};
