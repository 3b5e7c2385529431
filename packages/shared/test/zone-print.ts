// Prints what a zone says of three times, for the test that starts this under several TZ.
import { makeLocalInstants, openZone } from '../src/zone.ts';

const zone = openZone('Asia/Nicosia');
const answers = ['2025-10-26T03:00Z', '2025-03-30T03:00Z'].map((local) => {
  const out = makeLocalInstants();
  zone.findInstants(Date.parse(local) / 1000, out);
  return [out.count, out.first, out.second].join(',');
});
process.stdout.write([...answers, zone.offsetAt(Date.parse('2025-01-01T00:00Z') / 1000)].join(';'));
