import { expect, test } from 'vitest';
import { hideSecrets } from '../src/log.ts';

const KEY = `cei_${'aB3-_'.repeat(9).slice(0, 43)}`;

test.each([
  ['postgres://cei:s3cret@db:5432/cei', 'postgres://cei:***@db:5432/cei'],
  ['postgresql://cei:s3c@ret@db/cei', 'postgresql://cei:***@db/cei'],
  ['{"a":"postgres://:pw@h/x","b":"me@example.org"}', '{"a":"postgres://:***@h/x","b":"me@example.org"}'],
  ['postgres://cei@db/cei', 'postgres://cei@db/cei'],
  ['host=db user=cei password=s3cret dbname=cei', 'host=db user=cei password=*** dbname=cei'],
  [`GET /datasources?x=${KEY}`, 'GET /datasources?x=cei_***'],
  ['role cei_ingestor, key cei_2Zk0rU…', 'role cei_ingestor, key cei_2Zk0rU…'],
  ['"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw="', '"secret":"whsec_***"'],
])('of %s the log keeps %s', (text, kept) => expect(hideSecrets(text)).toBe(kept));
