// Writes rows of a dataset as an Excel workbook of one sheet, row by row into the zip. Knows no route and no SQL.
import { Readable } from 'node:stream';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { ZipFile } from 'yazl';
import type { Row } from './rows.ts';

/** More rows make no workbook: spreadsheets get slow, and one sheet ends at 1,048,576. */
export const MAX_WORKBOOK_ROWS = 100_000;

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** The parts of the package beside the sheet. Source: ECMA-376 part 1, 12.3. Style 1 is a date with a time, style 2 a date. */
const listParts = (sheet: string): readonly (readonly [path: string, xml: string])[] => [
  [
    '[Content_Types].xml',
    `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPES}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPES}.styles+xml"/></Types>`,
  ],
  [
    '_rels/.rels',
    `<Relationships xmlns="${RELS}"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ],
  [
    'xl/workbook.xml',
    `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ],
  [
    'xl/_rels/workbook.xml.rels',
    `<Relationships xmlns="${RELS}"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
  ],
  [
    'xl/styles.xml',
    `<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`,
  ],
];

/** Bytes of the workbook. Instants are UTC: a sheet knows no zones, so its name says it. Texts are never formulas. */
export function writeWorkbook(dataset: Dataset, blocks: AsyncIterable<Row[]>): Readable {
  const zip = new ZipFile();
  const name = dataset.timeKind === 'day' ? dataset.name : `${dataset.name} UTC`;
  for (const [path, xml] of listParts(name)) zip.addBuffer(Buffer.from(XML + xml), path);
  const sheet = Readable.from(writeSheet(dataset, blocks));
  const output = zip.outputStream as Readable;
  sheet.on('error', (error) => output.destroy(error));
  output.on('close', () => sheet.destroy());
  zip.addReadStream(sheet, 'xl/worksheets/sheet1.xml');
  zip.end();
  return output;
}

async function* writeSheet(dataset: Dataset, blocks: AsyncIterable<Row[]>): AsyncGenerator<string> {
  const columns = [
    'datasource_id',
    dataset.time,
    ...dataset.measures.map(({ name }) => name),
    'batch_id',
    'source_row',
    'quality',
  ];
  const widths = columns.map((name, at) => {
    const width = name === 'batch_id' ? 38 : name === dataset.time ? 20 : Math.max(10, name.length + 2);
    return `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`;
  });
  yield `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.join('')}</cols><sheetData>`;
  yield `<row>${columns.map((name) => writeText(name, 3)).join('')}</row>`;
  for await (const rows of blocks) {
    yield rows
      .map((row) => `<row>${columns.map((name) => writeCell(dataset, name, row[name] ?? null)).join('')}</row>`)
      .join('');
  }
  yield '</sheetData></worksheet>';
}

function writeCell(dataset: Dataset, name: string, value: string | number | null): string {
  if (value === null) return '<c/>';
  if (typeof value === 'number') return `<c><v>${value}</v></c>`;
  if (name === dataset.time) return `<c s="${dataset.timeKind === 'day' ? 2 : 1}"><v>${makeSerial(value)}</v></c>`;
  return writeText(value, 0);
}

const writeText = (text: string, style: number): string =>
  `<c s="${style}" t="inlineStr"><is><t>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</t></is></c>`;

/** Days since 1899-12-30, the 1900 date system for every day from March 1900 on. */
const makeSerial = (time: string): number => Date.parse(time) / 86_400_000 + 25_569;
