// Farm: energy against milk and weather. Days are the farm's own, as the robot reports them: no choice of a zone.
import type { DashboardSpec } from '../dashboard.ts';
import { makeLines, makeScatter, makeStat, makeTable } from '../panels.ts';
import { CHOSEN, OWN_ZONE } from '../query.ts';
import { makeClientVariable, makeSourceVariable } from '../variables.ts';

/** A register of a grid connection counts what the other meters count already. */
const NO_GRID = "metadata ->> 'register' IS NULL";
const fill = { types: "'energy'", chosen: `${CHOSEN} AND d.${NO_GRID}`, zone: OWN_ZONE };

export const FARM: DashboardSpec = {
  name: 'farm',
  title: 'farm',
  description: 'Energy per milk, and energy against milk and temperature.',
  from: 'now-1y',
  variables: [makeClientVariable(), makeSourceVariable('Meter', `data_type = 'energy' AND ${NO_GRID}`)],
  panels: [
    makeStat({
      title: 'kWh per 100 kg of milk',
      query: 'farm/whole',
      fill,
      unit: 'none',
      rows: true,
      height: 6,
      width: 24,
    }),
    makeLines({ title: 'kWh per 100 kg of milk and day', query: 'farm/per-milk', fill, unit: 'none', width: 24 }),
    makeScatter({
      title: 'Energy against milk',
      query: 'farm/milk-scatter',
      fill,
      x: 'Milk (kg)',
      y: 'Energy (kWh)',
      by: 'Farm',
    }),
    makeScatter({
      title: 'Energy against temperature',
      query: 'farm/temperature-scatter',
      fill,
      x: 'Temperature (°C)',
      y: 'Energy (kWh)',
      by: 'Farm',
    }),
    makeTable({ title: 'Months', query: 'farm/months', fill, units: { Energy: 'kwatth', Milk: 'masskg' }, width: 24 }),
  ],
};
