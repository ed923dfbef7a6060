import type { Node } from './ast.ts';
import { bySlot, type Cells } from './by-slot.ts';
import { type Access, type Evaluate, evaluator, numberTest, outcomes } from './evaluate.ts';
import { linearly } from './linear.ts';
import type { Run } from './run.ts';
import type { Row, Value } from './types.ts';

/**
 * A condition as parts that are joined by `and` or by `or`. Those that hold a number of the row against a known one stand in arrays and
 * are decided in one loop: a call for each would take longer than the comparison.
 */
export interface Flat {
  /** What settles it: true behind `or`, false behind `and`. */
  decisive: boolean;
  /** By part: the slot of the number; -1 where `parts` has to say. */
  slots: Int32Array;
  bounds: Float64Array;
  /** By part: for which outcomes it holds, as bits. */
  holding: Uint8Array;
  parts: Evaluate[];
}

/** Of what a comparison with a number that is there may come to; the last bit says that without a value nothing is known. */
const [BELOW, EQUAL, ABOVE, MISSING, UNKNOWN] = [1, 2, 4, 8, 16] as const;

export function flat(node: Node, cells: Cells): Flat {
  const nodes = node.kind === 'and' || node.kind === 'or' ? node.parts : [node];
  const access = bySlot(cells);
  const tests = nodes.map((part) => (part.kind === 'compare' ? numberTest(part) : undefined));
  const slots = tests.map((test) => (test ? cells.slotOf(test.name.entry.key, 'number') : -1));
  return {
    decisive: node.kind === 'or',
    slots: Int32Array.from(slots),
    bounds: Float64Array.from(tests, (test) => test?.bound ?? Number.NaN),
    holding: Uint8Array.from(tests, (test) => (test ? bits(test.operator) : 0)),
    parts: nodes.map((part) => partEvaluator(part, cells, access)),
  };
}

function partEvaluator(part: Node, cells: Cells, access: Access): Evaluate {
  const exact = evaluator(part, access);
  return (part.kind === 'compare' && !numberTest(part) && linearly(part, cells, exact)) || exact;
}

function bits(operator: keyof typeof outcomes): number {
  const [below, equal, above] = outcomes[operator];
  const known = (below ? BELOW : 0) | (equal ? EQUAL : 0) | (above ? ABOVE : 0);
  // Equality knows two truth values.
  return known | (operator === '=' ? 0 : operator === '!=' ? MISSING : UNKNOWN);
}

export function holdsFlat(
  { decisive, slots, bounds, holding, parts }: Flat,
  { doubles, missing }: Cells,
  row: Row,
  run: Run,
): Value {
  let result: Value = !decisive;
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index]!;
    let holds: Value;
    if (slot < 0) {
      holds = parts[index]!(row, run, row);
    } else {
      const a = doubles[slot]!;
      const b = bounds[index]!;
      const bit = a < b ? BELOW : a > b ? ABOVE : a === b ? EQUAL : missing[slot] === 1 ? MISSING : 0;
      if (bit === 0) holds = parts[index]!(row, run, row);
      else if (bit === MISSING && (holding[index]! & UNKNOWN) !== 0) holds = null;
      else holds = (holding[index]! & bit) !== 0;
    }
    if (holds === decisive) return decisive;
    if (holds === null) result = null;
  }
  return result;
}
