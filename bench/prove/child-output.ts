import { strict as assert } from 'node:assert';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Everything that a child prints until it ends. Throws, with the beginning of its complaints, when it ends with another code than 0. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  let problems = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    problems += chunk;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, problems.slice(0, 1_000));
  return output;
}
