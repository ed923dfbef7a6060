import { compile, type Expression, placeOf, type Scope } from '#expressions';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

/** Compiles an expression of a pack; a refusal names the file and the place in it. */
export function compilePackText(
  owner: { file: string; code: string },
  path: string,
  text: string,
  scope: Scope,
  type?: Expression['type'],
): Expression {
  try {
    return compile(text, scope, type);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(kinds.expression_invalid, {
      file: owner.file,
      code: owner.code,
      path,
      reason: { zh: error.text('zh'), en: error.text('en') },
      ...placeOf(error),
    });
  }
}
