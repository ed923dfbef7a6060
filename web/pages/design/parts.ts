/** The parts of the editor that bring the expression language with them, loaded when one is shown. */
import { lazy } from 'react';

export const ConditionEditor = lazy(() =>
  import('../../conditions/condition-editor.tsx').then((module) => ({ default: module.ConditionEditor })),
);
export const CalculationEditor = lazy(() =>
  import('../../conditions/calculation-editor.tsx').then((module) => ({ default: module.CalculationEditor })),
);
export const Differences = lazy(() => import('./differences.tsx').then((module) => ({ default: module.Differences })));
export const Members = lazy(() => import('./members.tsx').then((module) => ({ default: module.Members })));
