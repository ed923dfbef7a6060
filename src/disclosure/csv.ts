/** What may make a spreadsheet take a text for a formula: ASCII signs, their full-width forms, and what hides them (ASVS 5.0 1.2.10). */
const FORMULA = /^[\s\u200b-\u200d\u2060\ufeff]*[=+\-@＝＋－＠]|^[\t\r]/;

export function looksLikeFormula(text: string): boolean {
  return FORMULA.test(text);
}

/** A text that no spreadsheet calculates. */
export function plainCell(text: string): string {
  return looksLikeFormula(text) ? `'${text}` : text;
}

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** One line of a CSV file (RFC 4180). Cells are texts; numbers are given as they are to be read. */
export function csvLine(cells: readonly string[], isNumber: (index: number) => boolean = isNumeric(cells)): string {
  return `${cells.map((cell, index) => quoted(isNumber(index) ? cell : plainCell(cell))).join(',')}\r\n`;
}

/** A number that is written as one is no formula, whatever its sign. */
const isNumeric = (cells: readonly string[]) => (index: number) => /^-?\d+(\.\d+)?$/.test(cells[index]!);

/** The rows of a CSV text, up to a limit; commas, semicolons or tabs between cells. */
export function parseCsv(text: string, rowsMax: number): string[][] {
  const separator = separatorOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let inQuotes = false;
  const endRow = () => {
    row.push(cell);
    rows.push(row);
    row = [];
    cell = '';
  };
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length && rows.length < rowsMax; at++) {
    const sign = text[at]!;
    if (inQuotes) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else inQuotes = false;
    } else if (sign === '"' && cell === '') inQuotes = true;
    else if (sign === separator) {
      row.push(cell);
      cell = '';
    } else if (sign === '\n') endRow();
    else if (sign !== '\r') cell += sign;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}

function separatorOf(text: string): string {
  const head = text.slice(0, 10_000);
  const count = (sign: string) => head.split(sign).length;
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}
