// Operations: is everything coming in, and does it come in well?
import type { DashboardSpec } from '../dashboard.ts';
import { makeBarChart, makePoints, makeShares, makeStackedBars, makeStat, makeTable } from '../panels.ts';
import { makeClientVariable, makeSourceVariable, makeZoneVariable } from '../variables.ts';

const ALL_TYPES = "'energy', 'weather', 'dairy', 'pv', 'other'";

export const OPERATIONS: DashboardSpec = {
  name: 'operations',
  title: 'operations',
  description: 'Which source is late, what was loaded and refused, and why.',
  from: 'now-30d',
  refresh: '1m',
  variables: [makeClientVariable(), makeSourceVariable('Datasource', 'true'), makeZoneVariable()],
  panels: [
    makeStat({ title: 'Sources', query: 'operations/states', height: 5 }),
    makeStat({ title: 'Queue', query: 'operations/queue', units: { 'Longest wait': 's' }, height: 5 }),
    makeTable({
      title: 'Last reading and last load of each source',
      query: 'operations/last-batch',
      units: {
        Age: 's',
        'Loaded ago': 's',
        'Last reading': 'dateTimeAsIso',
        'Next due': 'dateTimeAsIso',
        Loaded: 'dateTimeAsIso',
      },
      width: 24,
    }),
    makeShares({
      title: 'Completeness by source and local day',
      query: 'operations/completeness',
      fill: { types: ALL_TYPES },
      unit: 'percent',
      width: 24,
      height: 12,
    }),
    makeStackedBars({ title: 'Records per local day', query: 'operations/rows-per-day', unit: 'short' }),
    makeBarChart({ title: 'Reasons of refusals', query: 'operations/reasons', x: 'Reason', horizontal: true }),
    makePoints({ title: 'Duration of loads', query: 'operations/durations', unit: 's' }),
    makeTable({
      title: 'Duration of stages',
      query: 'operations/stages',
      units: { Mean: 's', '95 of 100 below': 's', Longest: 's' },
    }),
    makeTable({
      title: 'Batches',
      query: 'operations/batches',
      units: { 'Came in': 'dateTimeAsIso', Took: 's' },
      width: 24,
    }),
  ],
};
