// What readings of weather and air can be, generously. First mappings say so; beyond it lies what stands for "not measured". Checks nothing.

/** By field, in the unit of the table. */
export const WEATHER_LIMITS: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  ['temperature', { min: -60, max: 70 }],
  ['humidity', { min: 0, max: 100 }],
  // Of stations in the mountains, too.
  ['atm_pressure', { min: 400, max: 1_200 }],
  ['wind_angle', { min: 0, max: 360 }],
  ['wind_speed', { min: 0, max: 120 }],
  ['pm10', { min: 0, max: 10_000 }],
  ['pm2p5', { min: 0, max: 10_000 }],
  ['noise_level_db', { min: 0, max: 200 }],
]);
