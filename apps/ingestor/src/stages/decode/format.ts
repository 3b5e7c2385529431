// The kinds of content that are told apart. Holds no logic.

export type Format =
  | 'csv'
  | 'workbook'
  | 'json'
  | 'xml'
  | 'records'
  | 'html'
  | 'gzip'
  | 'zip'
  | 'pdf'
  | 'image'
  | 'binary'
  | 'empty';

export interface SniffedFormat {
  readonly format: Format;
  /** What it is in words, for messages: "a PDF document". */
  readonly label: string;
  /** A workbook in a container that says it is protected by a password. */
  readonly encrypted?: boolean;
}
