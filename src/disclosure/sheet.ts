import { csvLine } from '#kernel';
import { openZip } from './zip.ts';

/** A value of the file: `text` as people read it, and how a spreadsheet is to take it. */
export interface Cell {
  text: string;
  kind: 'text' | 'number' | 'date' | 'datetime';
}

export interface SheetColumn {
  label: string;
  kind: Cell['kind'];
}

export interface Sheet {
  columns: SheetColumn[];
  /** Lines that say whose file this is and what it is for. */
  notice: string[];
  sheetName: string;
  noticeName: string;
}

type Write = (bytes: Buffer) => Promise<void>;
type Rows = AsyncIterable<Cell[][]>;

/** Writes rows as they come; holds no more than one batch of them. */
export const formats: Record<
  'csv' | 'xlsx',
  { type: string; write(sheet: Sheet, rows: Rows, write: Write): Promise<void> }
> = {
  csv: { type: 'text/csv; charset=utf-8', write: writeCsv },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', write: writeXlsx },
};

/** UTF-8 with its mark, which Excel asks for; the notice is one line with as many cells as every other. */
async function writeCsv(sheet: Sheet, rows: Rows, write: Write): Promise<void> {
  const { columns, notice } = sheet;
  const padding = columns.slice(1).map(() => '');
  const head = csvLine([notice.join('  '), ...padding]) + csvLine(columns.map(({ label }) => label));
  await write(Buffer.from(`\uFEFF${head}`));
  for await (const batch of rows) {
    const lines = batch.map((cells) =>
      csvLine(
        cells.map(({ text }) => text),
        (index) => cells[index]!.kind !== 'text',
      ),
    );
    await write(Buffer.from(lines.join('')));
  }
}

const STYLES = { plain: 0, text: 1, number: 2, date: 3, datetime: 4, head: 5 };
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

/** Excel cuts text beyond this. */
const CELL_LENGTH_MAX = 32_767;
/** Digits that a spreadsheet's number holds; longer ones stay text and lose nothing. */
const DIGITS_MAX = 15;

/** Signs that XML 1.0 has no place for, halves of surrogate pairs among them. */
function isXml(sign: string): boolean {
  const code = sign.codePointAt(0)!;
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

function escaped(text: string): string {
  return [...text.slice(0, CELL_LENGTH_MAX)]
    .filter(isXml)
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** An Office Open XML workbook (ECMA-376) with inline texts: a text cell is never a formula. */
async function writeXlsx(sheet: Sheet, rows: Rows, write: Write): Promise<void> {
  const zip = openZip(write);
  const part = (name: string, text: string) => zip.add(name, (put) => put(XML + text));
  await part('[Content_Types].xml', contentTypes);
  await part('_rels/.rels', relations([['officeDocument', 'xl/workbook.xml']]));
  await part('xl/workbook.xml', workbook([sheet.noticeName, sheet.sheetName]));
  await part(
    'xl/_rels/workbook.xml.rels',
    relations([
      ['worksheet', 'worksheets/sheet1.xml'],
      ['worksheet', 'worksheets/sheet2.xml'],
      ['styles', 'styles.xml'],
    ]),
  );
  await part('xl/styles.xml', styles);
  await part('xl/worksheets/sheet1.xml', noticeSheet(sheet.notice));
  await zip.add('xl/worksheets/sheet2.xml', async (put) => {
    await put(XML + sheetHead(sheet));
    await put(rowXml(sheet.columns.map(({ label }) => textCell(label, STYLES.head))));
    for await (const batch of rows) await put(batch.map((cells) => rowXml(cells.map(cellXml))).join(''));
    // The notice is printed on every page.
    const foot = escaped(sheet.notice.join('  ').replaceAll('&', '&&').slice(0, 200));
    await put(`</sheetData><headerFooter><oddHeader>&amp;C${foot}</oddHeader></headerFooter></worksheet>`);
  });
  await zip.end();
}

const rowXml = (cells: string[]) => `<row>${cells.join('')}</row>`;

function textCell(text: string, style: number): string {
  return `<c s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

const numberCell = (value: string | number, style: number) => `<c s="${style}"><v>${value}</v></c>`;

function cellXml({ text, kind }: Cell): string {
  if (text === '') return '<c/>';
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= DIGITS_MAX) {
    return numberCell(text, STYLES.number);
  }
  const serial = kind === 'date' || kind === 'datetime' ? serialOf(text) : undefined;
  return serial === undefined ? textCell(text, STYLES.text) : numberCell(serial, STYLES[kind as 'date' | 'datetime']);
}

/** Days since 1899-12-30, as spreadsheets count from March 1900 on; undefined for earlier dates. */
function serialOf(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}))?$/.exec(text);
  if (!match || match[1]! < '1900-03-01') return undefined;
  const days = (Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}Z`) - Date.parse('1899-12-30T00:00:00Z')) / 86_400_000;
  return Number(days.toFixed(9));
}

function sheetHead({ columns }: Sheet): string {
  const widths = columns.map(({ label, kind }, index) => {
    const width = kind === 'datetime' ? 20 : kind === 'date' ? 12 : Math.min(40, Math.max(14, label.length * 2 + 4));
    return `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`;
  });
  return `<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.join('')}</cols><sheetData>`;
}

function noticeSheet(notice: string[]): string {
  const rows = notice.map((line) => rowXml([textCell(line, STYLES.text)])).join('');
  return `<worksheet xmlns="${MAIN}"><cols><col min="1" max="1" width="90" customWidth="1"/></cols><sheetData>${rows}</sheetData></worksheet>`;
}

const contentTypes = `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/worksheets/sheet2.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`;

function relations(targets: [type: string, target: string][]): string {
  const each = targets.map(
    ([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${PACKAGE}/relationships">${each.join('')}</Relationships>`;
}

function workbook(names: string[]): string {
  const sheets = names.map(
    (name, index) => `<sheet name="${escaped(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  // The rows are what people open it for.
  return `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><bookViews><workbookView activeTab="1"/></bookViews><sheets>${sheets.join('')}</sheets></workbook>`;
}

/** In the order of STYLES. `quotePrefix` keeps a text a text when somebody edits the cell. */
const styles = `<styleSheet xmlns="${MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="#,##0.00"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="6"><xf/><xf numFmtId="49" applyNumberFormat="1" quotePrefix="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/><xf numFmtId="166" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>`;
