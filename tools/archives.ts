import { crc32, deflateRawSync } from 'node:zlib';

// Archives and workbooks for tests and proofs, wrong ones among them. The product's own writer makes none that are wrong.

/** An entry as an archive states it; wrong on purpose where a test says so. */
export interface TestEntry {
  name: string;
  data: Buffer;
  /** General purpose flags: 1 is encrypted, 0x800 names in UTF-8. */
  flags?: number;
  /** What the archive says that the data unpack to. */
  claimed?: number;
  /** Packed data that stand for themselves. */
  packed?: Buffer;
  crc?: number;
  rawName?: Buffer;
}

/** A ZIP archive in memory (APPNOTE 6.3). */
export function zipOf(entries: readonly TestEntry[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const {
    name,
    data,
    flags = 0x800,
    claimed = data.length,
    packed = deflateRawSync(data),
    crc = crc32(data),
    rawName,
  } of entries) {
    const label = rawName ?? Buffer.from(name);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(flags, 2);
    about.writeUInt16LE(8, 4);
    about.writeUInt32LE(crc, 10);
    about.writeUInt32LE(packed.length, 14);
    about.writeUInt32LE(claimed, 18);
    about.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, label, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), about, tail, label]));
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const STYLES = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>';

const part = (name: string, data: string): TestEntry => ({ name, data: Buffer.from(data) });

/** All of a workbook but its sheets and shared texts. */
export function workbookParts(names: readonly string[], styles = STYLES, date1904 = false): TestEntry[] {
  const relations = names.map(
    (_, at) => `<Relationship Id="rId${at + 1}" Type="${RELATION}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`,
  );
  const sheets = names.map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`);
  return [
    part('[Content_Types].xml', '<Types/>'),
    part(
      '_rels/.rels',
      `<Relationships><Relationship Id="r" Type="${RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ),
    part(
      'xl/workbook.xml',
      `<workbook xmlns:r="${RELATION}"><workbookPr${date1904 ? ' date1904="1"' : ''}/><sheets>${sheets.join('')}</sheets></workbook>`,
    ),
    part(
      'xl/_rels/workbook.xml.rels',
      `<Relationships>${relations.join('')}<Relationship Id="s" Type="${RELATION}/styles" Target="/xl/styles.xml"/><Relationship Id="t" Type="${RELATION}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    ),
    part('xl/styles.xml', styles),
  ];
}

/** A workbook of sheets given as XML of their rows. */
export function workbookOf(
  sheets: Record<string, string>,
  more: { strings?: string[]; styles?: string; date1904?: boolean } = {},
): Buffer {
  return zipOf([
    ...workbookParts(Object.keys(sheets), more.styles, more.date1904),
    part('xl/sharedStrings.xml', `<sst>${(more.strings ?? []).map((each) => `<si>${each}</si>`).join('')}</sst>`),
    ...Object.values(sheets).map((rows, at) =>
      part(
        `xl/worksheets/sheet${at + 1}.xml`,
        `<?xml version="1.0"?><worksheet><sheetData>${rows}</sheetData></worksheet>`,
      ),
    ),
  ]);
}
