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
const isNumeric = (cells: readonly string[]) => (index: number) => /^-?\d+(\.\d+)?%?$/.test(cells[index]!);
