import { SaxesParser } from 'saxes';
import { Failure, formatBytes } from '#kernel';
import { loadKinds as kinds } from '../failures.ts';

const limits = {
  depthMax: 64,
  /** A text, a comment, the attributes of an element. */
  textBytesMax: 1_048_576,
  attributesMax: 64,
};

export interface XmlHandlers {
  /** Names come without their prefix: `x:row` is `row`. */
  open?(name: string, attributes: Record<string, string>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/**
 * Reads XML as it comes. A document type is refused whatever it says: entities of one's own are how a kilobyte becomes a gigabyte or
 * reads another file, and no format of banks has any.
 */
export function createXmlReader(file: string, handlers: XmlHandlers) {
  const parser = new SaxesParser({ position: true });
  let depth = 0;
  /** Characters since the last thing that was whole. */
  let pending = 0;
  const malformed = (reason: string) => new Failure(kinds.xml_malformed, { file, line: parser.line, reason });
  parser.on('error', (error) => {
    throw malformed(error.message.replace(/^[^:]*:\d+:\d+: /, ''));
  });
  parser.on('doctype', () => {
    throw new Failure(kinds.xml_doctype, { file });
  });
  parser.on('opentag', (tag) => {
    pending = 0;
    depth += 1;
    if (depth > limits.depthMax)
      throw new Failure(kinds.nested_deep, { file, line: parser.line, max: limits.depthMax });
    handlers.open?.(localName(tag.name), tag.attributes as Record<string, string>);
  });
  parser.on('closetag', (tag) => {
    pending = 0;
    depth -= 1;
    handlers.close?.(localName(tag.name));
  });
  const text = (value: string) => {
    pending = 0;
    handlers.text?.(value);
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('comment', () => {
    pending = 0;
  });
  return {
    write(piece: string): void {
      pending += piece.length;
      parser.write(piece);
      // An element that never ends, or a document type with a thousand entities before its end.
      if (pending > limits.textBytesMax) {
        throw new Failure(kinds.huge_line, { file, line: parser.line, max: formatBytes(limits.textBytesMax) });
      }
    },
    end(): void {
      parser.close();
    },
    get line() {
      return parser.line;
    },
  };
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);
