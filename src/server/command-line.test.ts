import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '#kernel';
import type { Command } from './command.ts';
import { overview, parseCommandLine, requireArguments, usage, usageKinds } from './command-line.ts';
import { commandTable } from './command-table.ts';

const command: Command = {
  name: 'sample',
  summary: { zh: '示例', en: 'a sample' },
  arguments: [
    { name: 'FILE', summary: { zh: '文件', en: 'a file' } },
    { name: 'TARGET', summary: { zh: '目标', en: 'a target' }, required: false },
  ],
  options: [
    { name: 'date', type: 'date', summary: { zh: '日期', en: 'a date' } },
    { name: 'size', type: 'integer', min: 1, max: 9, summary: { zh: '大小', en: 'a size' } },
    { name: 'share', type: 'number', min: 0, summary: { zh: '比例', en: 'a share' } },
    { name: 'quiet', type: 'flag', summary: { zh: '安静', en: 'quiet' } },
  ],
  run: async () => ({ data: null, lines: [] }),
};

const refused = (words: string[], code: string, shown: string) =>
  assert.throws(
    () => requireArguments(command, parseCommandLine(command, words)),
    (error) => {
      assert.ok(error instanceof Failure && usageKinds.has(error.kind));
      assert.equal(error.kind.code, `server.${code}`);
      for (const language of ['zh', 'en'] as const)
        assert.ok(error.text(language).includes(shown), error.text(language));
      return true;
    },
  );

describe('a command line', () => {
  test('is read by the definition', () => {
    const line = parseCommandLine(command, ['in.csv', '--size', '3', '--date=2026-01-31', '--quiet', '--', '--odd']);
    assert.deepEqual(line.arguments, { FILE: 'in.csv', TARGET: '--odd' });
    const { options } = line;
    assert.deepEqual(
      [
        options.number('size'),
        options.date('date'),
        options.flag('quiet'),
        options.number('share'),
        options.flag('json'),
      ],
      [3, '2026-01-31', true, undefined, false],
    );
    requireArguments(command, line);
  });

  test('is refused with the word that is wrong', () => {
    refused([], 'missing_argument', 'FILE');
    refused(['a', 'b', 'c'], 'superfluous_argument', 'c');
    refused(['a', '--nosuch'], 'unknown_option', '--nosuch');
    refused(['a', '-x'], 'unknown_option', '-x');
    refused(['a', '--size'], 'missing_value', 'size');
    refused(['a', '--quiet=yes'], 'superfluous_value', 'quiet');
    refused(['a', '--size', '10'], 'invalid_value', '[1, 9]');
    refused(['a', '--size', '1.5'], 'invalid_value', '1.5');
    refused(['a', '--share', '-1'], 'invalid_value', '-1');
    refused(['a', '--date', '2026-02-30'], 'invalid_value', '2026-02-30');
  });

  test('asking for an option the definition lacks is a defect', () => {
    const { options } = parseCommandLine(command, ['a']);
    assert.throws(() => options.text('nosuch'), /declares no text option nosuch/);
    assert.throws(() => options.flag('size'), /declares no flag option size/);
  });
});

describe('help', () => {
  test('names everything the definition has', () => {
    for (const [language, title] of [
      ['zh', '用法'],
      ['en', 'Usage'],
    ] as const) {
      const text = usage(command, language);
      for (const part of [title, 'tongguan sample FILE [TARGET]', '--date DATE', '--quiet', '--json', '--lang']) {
        assert.ok(text.includes(part), `${part} in ${text}`);
      }
    }
  });

  test('every command of the table answers to its name, in both languages', async () => {
    const commands = await Promise.all(Object.values(commandTable).map(async (load) => (await load()).command));
    assert.deepEqual(
      commands.map(({ name }) => name),
      Object.keys(commandTable),
    );
    for (const { name, summary, arguments: args = [], options = [] } of commands) {
      assert.ok(overview(commands, 'zh').includes(summary.zh) && overview(commands, 'en').includes(summary.en));
      for (const each of [...args, ...options]) assert.ok(each.summary.zh && each.summary.en, `${name} ${each.name}`);
    }
  });
});
