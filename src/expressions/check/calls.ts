import type { Failure, Language, Text } from '#kernel';
import { type Aggregate, aggregates, type Node } from '../ast.ts';
import { kinds, refusal } from '../failures.ts';
import type { ArgumentType, FunctionDefinition } from '../functions/definition.ts';
import { functionNames, signaturesOf } from '../functions/table.ts';
import { takenAt, typeOfArgument, usageOf } from '../functions/usage.ts';
import { nearest } from '../nearest.ts';
import { normalName } from '../spelling.ts';
import type { Syntax } from '../syntax.ts';
import { type Place, typeLabels } from '../types.ts';
import { type Checking, expect, near, typed, wrongType } from './checking.ts';
import { isList } from './fields.ts';
import { checkAggregate } from './lists.ts';
import { checkName } from './names.ts';
import { conversionsOfWritten } from './written.ts';

export function checkCall(checking: Checking, syntax: Extract<Syntax, { kind: 'call' }>): Node {
  const place = { from: syntax.from, to: syntax.to };
  const name = normalName(syntax.name);
  const [only] = syntax.arguments.length === 1 ? syntax.arguments : [];
  if (only?.kind === 'text' && Object.hasOwn(conversionsOfWritten, name)) {
    return conversionsOfWritten[name]!(checking, only.value, place);
  }
  if (name === 'duration') throw refusal(kinds.duration_not_written, place);
  if (name === 'not' && only) {
    return {
      ...place,
      kind: 'not',
      type: 'boolean',
      value: expect(checking, checking.visit(checking, only), 'boolean'),
    };
  }
  const aggregate = aggregates.find((known) => known === name);
  if (aggregate && only && isList(checking, only.kind === 'path' ? only.base : only)) {
    return checkAggregate(checking, aggregate, only, place);
  }
  // `today()` and `now()` are FEEL's spelling of the values that the run gives.
  if (syntax.arguments.length === 0 && checking.names.get(name)?.given === 'context') {
    return checkName(checking, syntax.name, place);
  }
  const signatures = signaturesOf(name);
  if (signatures.length === 0) throw unknownFunction(checking, syntax, aggregate);
  const values = syntax.arguments.map((argument) => checking.visit(checking, argument));
  const definition = signatures.find((signature) => accepts(signature, values));
  if (!definition) throw wrongArguments(checking, syntax.name, place, signatures, values);
  return {
    ...place,
    kind: 'call',
    type: definition.gives,
    definition,
    arguments: values.map((value, index) => typed(value, typeOfArgument(takenAt(definition, index)))),
  };
}

function accepts(signature: FunctionDefinition, values: Node[]): boolean {
  const enough = signature.repeats ? values.length >= 1 : values.length === signature.takes.length;
  return enough && values.every((value, index) => fits(value, takenAt(signature, index)));
}

function fits(value: Node, type: ArgumentType): boolean {
  return value.type === 'null' || value.type === typeOfArgument(type);
}

function unknownFunction(
  checking: Checking,
  syntax: Extract<Syntax, { kind: 'call' }>,
  aggregate?: Aggregate,
): Failure {
  const [first] = syntax.arguments;
  if (aggregate && first) return refusal(kinds.not_a_list, first, { near: near(checking, first) });
  const place = { from: syntax.from, to: syntax.from + syntax.name.length };
  const suggestion = nearest(syntax.name, functionNames);
  return suggestion
    ? refusal(kinds.unknown_function_near, place, { name: syntax.name, near: suggestion })
    : refusal(kinds.unknown_function, place, { name: syntax.name });
}

function wrongArguments(
  checking: Checking,
  name: string,
  place: Place,
  signatures: readonly FunctionDefinition[],
  values: Node[],
): Failure {
  const [signature, ...others] = signatures.filter(({ takes }) => takes.length === values.length);
  const wrong = signature && values.findIndex((value, index) => !fits(value, takenAt(signature, index)));
  if (wrong !== undefined && wrong >= 0 && others.length === 0) {
    return wrongType(checking, values[wrong]!, typeOfArgument(takenAt(signature!, wrong)));
  }
  const inBoth = (say: (language: Language) => string): Text => ({ zh: say('zh'), en: say('en') });
  return refusal(kinds.wrong_arguments, place, {
    name,
    usage: inBoth((language) => signatures.map((candidate) => usageOf(candidate, language)).join(' / ')),
    found: inBoth((language) => values.map((value) => typeLabels[value.type][language]).join(', ')),
  });
}
