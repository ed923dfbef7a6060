import { isMap, parseDocument, stringify } from 'yaml';
import type { Body } from '../../../api/definitions.ts';

// A rule as the text that packs hold: written, read, and where its parts stand in it.

const LINE = 110;

export const yamlOf = (body: Body): string => stringify(body, { lineWidth: LINE });

interface Reading {
  body?: Body;
  mistakes: { zh: string; en: string; from: number; to: number }[];
}

/** The definition that a text is; or what is wrong with the text, and where. */
export function readYaml(text: string): Reading {
  const document = parseDocument(text, { uniqueKeys: true, maxAliasCount: 0 } as never);
  const [error] = document.errors;
  if (error) {
    const [from, to] = error.pos;
    const line = text.slice(0, from).split('\n').length;
    const why = error.message.split('\n')[0]!.replace(/ at line .*$/, '');
    return {
      mistakes: [
        {
          zh: `第 ${line} 行写法有误，请检查缩进、冒号与引号（${why}）`,
          en: `line ${line} is not well formed; look at indents, colons and quotes (${why})`,
          from,
          to,
        },
      ],
    };
  }
  if (!isMap(document.contents)) {
    return {
      mistakes: [
        {
          zh: '应为“名称: 内容”的形式，从 label、when、if、then 写起',
          en: 'write "name: content", beginning with label, when, if, then',
          from: 0,
          to: text.length,
        },
      ],
    };
  }
  try {
    return { body: document.toJS({ maxAliasCount: 0 }) as Body, mistakes: [] };
  } catch {
    return {
      mistakes: [
        {
          zh: '不能使用 YAML 的引用（& 和 *），请把内容写全',
          en: 'aliases of YAML (& and *) cannot be used; write it out',
          from: 0,
          to: text.length,
        },
      ],
    };
  }
}

/** Where in the text a part of the definition stands. */
export function placeInYaml(text: string, path: string): { from: number; to: number } | undefined {
  const document = parseDocument(text);
  const keys = path === '' ? [] : path.split('/').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  for (let most = keys.length; most > 0; most -= 1) {
    const node = document.getIn(keys.slice(0, most), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return { from: node.range[0], to: node.range[1] };
  }
  return undefined;
}
