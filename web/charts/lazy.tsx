import { lazy, Suspense } from 'react';
import type { Point } from './points.ts';

const Curve = lazy(() => import('./aum-curve.tsx'));

/** The AUM curve; ECharts comes with the first one that is shown, and the place is kept until then. */
export function AumCurve(props: { points: readonly Point[]; label: string; height: number }) {
  return (
    <Suspense fallback={<div className="bone chart-bone" style={{ height: props.height }} />}>
      <Curve {...props} />
    </Suspense>
  );
}
