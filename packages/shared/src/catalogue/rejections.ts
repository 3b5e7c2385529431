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
} as const satisfies Record<string, CatalogueEntry>;
