// Dairy: milk, herd, feed and rumination. Days are the farm's own, as the robot reports them: no choice of a zone.
import type { DashboardSpec } from '../dashboard.ts';
import { makeLines, makeStackedBars, makeTable } from '../panels.ts';
import { OWN_ZONE } from '../query.ts';
import { makeClientVariable, makeSourceVariable } from '../variables.ts';

const types = "'dairy'";
const fill = { types, zone: OWN_ZONE };

export const DAIRY: DashboardSpec = {
  name: 'dairy',
  title: 'dairy',
  description: 'Milk, herd, feed efficiency and rumination by day of the farm.',
  from: 'now-1y',
  variables: [makeClientVariable(), makeSourceVariable('Herd', `data_type IN (${types})`)],
  panels: [
    makeLines({ title: 'Milk per cow and day', query: 'dairy/milk-per-cow', fill, unit: 'masskg' }),
    makeStackedBars({ title: 'Milk per day', query: 'dairy/milk', fill, unit: 'masskg' }),
    makeLines({ title: 'Cows', query: 'dairy/animals', fill, unit: 'none' }),
    makeLines({ title: 'Feed efficiency', query: 'dairy/feed-efficiency', fill, unit: 'none' }),
    makeLines({ title: 'Feed and water per cow', query: 'dairy/intake', fill, unit: 'masskg' }),
    makeLines({ title: 'Rumination', query: 'dairy/rumination', fill, unit: 'm' }),
    makeLines({ title: 'Days in milk', query: 'dairy/lactation', fill, unit: 'd' }),
    makeTable({
      title: 'Months',
      query: 'dairy/months',
      fill,
      units: { Milk: 'masskg', 'Milk per cow and day': 'masskg', Rumination: 'm' },
    }),
  ],
};
