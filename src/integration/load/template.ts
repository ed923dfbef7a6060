import { Failure } from '#kernel';
import { mappingKinds } from '../failures.ts';
import type { MappingDocument, MappingPath } from '../mapping/read.ts';
import type { Read, Scope } from './scope.ts';

/** Text with `{column}` places, as its texts and columns in turn; `{{` and `}}` stand for braces. */
function partsOf(template: string): { text: string; column?: string }[] | undefined {
  const parts: { text: string; column?: string }[] = [];
  let text = '';
  for (let at = 0; at < template.length; at++) {
    const sign = template[at]!;
    if ((sign === '{' || sign === '}') && template[at + 1] === sign) {
      text += sign;
      at += 1;
    } else if (sign === '{') {
      const close = template.indexOf('}', at);
      const column = template.slice(at + 1, close).trim();
      if (close < 0 || column === '') return undefined;
      parts.push({ text, column });
      text = '';
      at = close;
    } else if (sign === '}') {
      return undefined;
    } else {
      text += sign;
    }
  }
  parts.push({ text });
  return parts;
}

/**
 * Compiles a template. For a key every column must have a value, else it is null; a text leaves missing values out and is null
 * when all are missing.
 */
export function compileTemplate(
  template: string,
  purpose: 'key' | 'text',
  scope: Scope,
  document: MappingDocument,
  path: MappingPath,
): Read {
  const parts = partsOf(template);
  if (!parts) {
    const params = { place: document.place(path), template, example: '{account_id}' };
    throw new Failure(mappingKinds.template, params, path.join('.'));
  }
  const reads = parts.map(({ text, column }) => ({
    text,
    read: column === undefined ? undefined : scope.column(column, path).read,
  }));
  const [only, rest] = reads;
  if (reads.length === 2 && only!.text === '' && rest!.text === '') return only!.read!;
  return (values, joined) => {
    let result = '';
    let some = reads.length === 1;
    for (const { text, read } of reads) {
      result += text;
      if (!read) continue;
      const value = read(values, joined);
      if (value !== null) {
        result += value;
        some = true;
      } else if (purpose === 'key') return null;
    }
    return some ? result : null;
  };
}
