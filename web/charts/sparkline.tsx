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
  const places = values.map((value, index) => {
    const x = (index / (values.length - 1)) * WIDTH;
    const y = INSET + (1 - (value - low) / span) * (height - 2 * INSET);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
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
      <path d={`M0,${height} L${places.join(' L')} L${WIDTH},${height} Z`} fill={`url(#${fill})`} />
      <path
        d={`M${places.join(' L')}`}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}
