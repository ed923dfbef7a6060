import { type ComponentType, lazy } from 'react';
import type { Body, WholeDefinition } from '../../../api/definitions.ts';

/** What a tab of a rule's page works with. */
export interface RuleTabProps {
  /** The rule as it is stored; nothing before it is saved for the first time. */
  whole: WholeDefinition | undefined;
  /** As it stands in the editor, saved or not. */
  body: Body;
}

export interface RuleTab {
  code: string;
  label: { zh: string; en: string };
  /** Whether there is anything to show for this rule. */
  shows: (props: RuleTabProps) => boolean;
  /** Loaded when the tab is opened. */
  Panel: ComponentType<RuleTabProps>;
}

/** The tabs of a rule's page between its definition and its history, in their order. */
export const ruleTabs: readonly RuleTab[] = [
  {
    code: 'rehearsal',
    label: { zh: '试跑', en: 'Rehearsal' },
    shows: ({ body }) => typeof body.if === 'string' && body.if !== '',
    Panel: lazy(async () => ({ default: (await import('./rehearsal.tsx')).RehearsalTab })),
  },
  {
    code: 'why',
    label: { zh: '为何', en: 'Why' },
    shows: ({ whole }) => whole?.status === 'published',
    Panel: lazy(async () => ({ default: (await import('./why-rule.tsx')).WhyRuleTab })),
  },
];
