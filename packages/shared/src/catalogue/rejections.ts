// Reasons why one record is refused. They are stored with the batch and never stop it.
import { type CatalogueEntry, entry } from './entry.ts';

export const REJECTIONS = {
  required: entry(422, 3, 'A value that must be there is missing.', 'Fill in the cell.'),
  not_a_number: entry(
    422,
    3,
    'The text is not a number.',
    'Write a plain number in the style of the rest of the column.',
  ),
  not_an_integer: entry(422, 3, 'The number must be whole.', 'Write a whole number.'),
  out_of_range: entry(
    422,
    3,
    'The number is outside the range that the mapping allows.',
    'Correct the value, or the limits in the mapping.',
  ),
  not_a_time: entry(422, 3, 'The text is not a time in the form that this file uses.', 'Write it like the other rows.'),
  nonexistent_local_time: entry(
    422,
    3,
    'This local time does not exist: the clocks were put forward.',
    'Correct the time, or give times with an offset.',
  ),
  ambiguous_local_time: entry(
    422,
    3,
    'This local time occurred twice, and nothing in the file tells which is meant.',
    'Give the time with its offset (+02:00).',
  ),
  zone_unknown: entry(
    422,
    3,
    'The time has no offset, and the time zone of its datasource is not known.',
    'Set the timezone of the datasource and load the file again.',
  ),
  future_time: entry(422, 3, 'The time lies in the future.', 'Correct the date.'),
  ragged_row: entry(
    422,
    3,
    'The row has not as many cells as the header.',
    'Correct the line: a separator is missing, or one is too many or not quoted.',
  ),
  bad_quoting: entry(422, 3, 'The quotes in this row do not close.', 'Double the quotes inside the cell and close it.'),
  bad_json: entry(422, 3, 'The record is not valid JSON.', 'Correct the line; each must be one JSON object.'),
  cell_error: entry(422, 3, 'The cell of the workbook holds an error.', 'Correct the formula.'),
  duplicate_conflict: entry(
    422,
    3,
    'Other lines of the file give another value for the same time and datasource.',
    'Keep the right one.',
  ),
  unknown_datasource: entry(422, 3, 'No datasource has the name in this row.', 'Create it, or correct the name.'),
  not_allowed: entry(422, 3, 'The value is not one of those that the mapping allows.', 'Correct the value.'),
  no_measure: entry(422, 3, 'The row has a time but not one value.', 'Fill in at least one value.'),
  encoding: entry(
    422,
    3,
    'The row has bytes that are no characters in the encoding of the file.',
    'Save the file as UTF-8.',
  ),

  // of one cell or record, by the mapping's rules
  pattern_mismatch: entry(422, 3, 'The text is not of the form that the mapping asks for.', 'Correct the text.'),
  rule_broken: entry(
    422,
    3,
    'Two values of the row contradict a rule of the mapping.',
    'Correct the one that is wrong.',
  ),

  // of readings that rows are derived from
  incomplete_interval: entry(
    422,
    3,
    'Too little of the hour or day is there to load it.',
    'Add the missing readings to the rejects file and load it again.',
  ),
  interval_misfit: entry(
    422,
    3,
    'The reading lasts beyond the end of its hour or day.',
    'Correct its time, or values.interval in the mapping.',
  ),
  interval_overlap: entry(
    422,
    3,
    'Readings cover the same time twice.',
    'Correct their times, or values.interval in the mapping.',
  ),
  counter_glitch: entry(
    422,
    3,
    'The counter shows something here that does not fit what it shows before and after.',
    'Correct the reading.',
  ),
  counter_reset: entry(
    422,
    3,
    'The counter was set back: what was used since the reading before cannot be known.',
    'Nothing can be done unless the last value before is known; counting goes on from here.',
  ),
  counter_exchange: entry(
    422,
    3,
    'The counter jumps, as another meter would: what was used since the reading before cannot be known.',
    'Nothing can be done unless both last values are known; counting goes on from here.',
  ),
  counter_gap: entry(
    422,
    3,
    'Readings are missing: what was used since the reading before belongs to several hours or days.',
    'Add the missing readings to the rejects file and load it again.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
