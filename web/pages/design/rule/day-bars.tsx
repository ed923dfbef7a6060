interface Bar {
  label: string;
  value: number;
  /** The value in words. */
  shown: string;
}

interface DayBarsProps {
  bars: readonly Bar[];
  /** What they show, for readers who cannot see it. */
  label: string;
  height: number;
}

const WIDTH = 1_000;

/** One bar a day without axes, each told on hover; the first, the highest and the last day stand below. */
export function DayBars({ bars, label, height }: DayBarsProps) {
  const top = Math.max(1, ...bars.map(({ value }) => value));
  const step = WIDTH / Math.max(1, bars.length);
  const highest = bars.reduce<Bar | undefined>(
    (found, bar) => (found && found.value >= bar.value ? found : bar),
    undefined,
  );
  return (
    <figure className="day-bars">
      <svg
        width="100%"
        height={height}
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {bars.map(({ label: day, value, shown }, index) => (
          <g key={day}>
            <title>{`${day}  ${shown}`}</title>
            <rect className="day-bar-room" x={index * step} y={0} width={step} height={height} />
            <rect
              className="day-bar"
              x={index * step + step * 0.12}
              y={height - Math.max(value > 0 ? 2 : 0, (value / top) * (height - 2))}
              width={step * 0.76}
              height={Math.max(value > 0 ? 2 : 0, (value / top) * (height - 2))}
            />
          </g>
        ))}
      </svg>
      <figcaption className="faint">
        <span>{bars[0]?.label}</span>
        {highest && (
          <span>
            {highest.label}: {highest.shown}
          </span>
        )}
        <span>{bars.at(-1)?.label}</span>
      </figcaption>
    </figure>
  );
}
