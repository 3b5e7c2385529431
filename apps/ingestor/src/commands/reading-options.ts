// The options that say of a file what it does not say itself; the same for `ingest` and `batches replay`.
import { type Command, InvalidArgumentError, Option } from 'commander';

function readDay(text: string): string {
  const day = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('It is a day such as 2026-01-15.');
}

export const addReadingOptions = (command: Command): Command =>
  command
    .option('--datasource <external-id>', 'whose readings these are (external id or alias)')
    .option('--mapping <name>', 'the mapping to read them with')
    .addOption(new Option('--date-order <order>', 'which comes first in the dates').choices(['mdy', 'dmy', 'ymd']))
    .option('--date <YYYY-MM-DD>', 'the day of files whose records do not say it', readDay);
