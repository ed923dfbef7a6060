/** What does not fit together in a ladder of tiers. Loaded on demand: it reads the conditions. */
import { compile, type Node } from '#expressions';
import { Failure } from '#kernel';
import type { Body } from '../../api/definitions.ts';
import { namesOf, type VocabularyName } from '../../conditions/vocabulary.ts';
import { Notice } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** The lower bound that a condition of one comparison sets: `aum > x`. */
interface Bound {
  subject: string;
  value: number;
}

interface Warning {
  kind: 'unreachable' | 'stayAbove';
  tier: Body;
  other: Body;
}

/**
 * Tiers that nobody can be in, because a higher one takes all of them; and staying conditions that ask for more than entering does.
 * Only plain bounds on one metric are judged: what is not understood is not warned of.
 */
export function warningsOf(tiers: readonly Body[], vocabulary: readonly VocabularyName[]): Warning[] {
  const found: Warning[] = [];
  const bounds = tiers.map((tier) => boundOf(tier.if, vocabulary));
  for (const [index, tier] of tiers.entries()) {
    const own = bounds[index];
    const above = tiers.slice(0, index).find((_, at) => {
      const bound = bounds[at];
      return own && bound && bound.subject === own.subject && bound.value <= own.value;
    });
    if (above) found.push({ kind: 'unreachable', tier, other: above });
    const stay = boundOf(tier.keep_if, vocabulary);
    if (own && stay && stay.subject === own.subject && stay.value >= own.value) {
      found.push({ kind: 'stayAbove', tier, other: tier });
    }
  }
  return found;
}

function boundOf(text: string | undefined, vocabulary: readonly VocabularyName[]): Bound | undefined {
  if (!text) return undefined;
  try {
    return boundIn(compile(text, namesOf(vocabulary).scope, 'boolean').ast, vocabulary);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function boundIn(node: Node, vocabulary: readonly VocabularyName[]): Bound | undefined {
  if (node.kind !== 'compare' || (node.operator !== '>' && node.operator !== '>=')) return undefined;
  const { left, right } = node;
  if (left.kind !== 'name' || left.source !== 'row') return undefined;
  const given =
    right.kind === 'name' && right.source === 'context'
      ? vocabulary.find(({ code }) => code === right.entry.key)?.value
      : right.kind === 'literal'
        ? String(right.value)
        : undefined;
  // Only compared with each other: a float is exact enough for a warning.
  const value = Number(given);
  return given === undefined || Number.isNaN(value) ? undefined : { subject: left.entry.key, value };
}

export function LadderWarnings({ tiers, vocabulary }: { tiers: Body[]; vocabulary: readonly VocabularyName[] }) {
  const { t, text } = useTexts();
  return warningsOf(tiers, vocabulary).map(({ kind, tier, other }) => (
    <Notice key={`${kind} ${tier.code}`} kind="warn">
      {t(`design.tiers.${kind}`, { name: text(tier.label), other: text(other.label) })}
    </Notice>
  ));
}
