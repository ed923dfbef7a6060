import { useId } from 'react';
import type { Point } from './points.ts';

interface SparklineProps {
  points: readonly Point[];
  /** What it shows, for readers who cannot see it. */
  label: string;
  height?: number;
}

const WIDTH = 400;
const INSET = 3;

/** The course of an amount without axes; stretched to the width that it is given. */
export function Sparkline({ points, label, height = 44 }: SparklineProps) {
  const fill = useId();
  if (points.length < 2) return null;
  const values = points.map(([, amount]) => Number(amount));
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const times = points.map(([date]) => Date.parse(date));
  const start = times[0]!;
  const length = times.at(-1)! - start || 1;
  const x = (index: number) => (((times[index]! - start) / length) * WIDTH).toFixed(1);
  const y = (index: number) => (INSET + (1 - (values[index]! - low) / span) * (height - 2 * INSET)).toFixed(1);
  // Each amount stands until the next: steps, not slopes.
  const course = points.map((_, index) => (index === 0 ? `M0,${y(0)}` : `H${x(index)} V${y(index)}`)).join(' ');
  return (
    <svg
      className="sparkline"
      width="100%"
      height={height}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <defs>
        <linearGradient id={fill} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="var(--accent)" stopOpacity="0.16" />
          <stop offset="1" stopColor="var(--accent)" stopOpacity="0" />
        </linearGradient>
      </defs>
      <path d={`${course} V${height} H0 Z`} fill={`url(#${fill})`} />
      <path
        d={course}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}
