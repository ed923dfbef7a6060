import { useSyncExternalStore } from 'react';

/** The colours that charts draw with, as the kit defines them. */
const names = ['ink', 'ink-2', 'ink-3', 'line', 'line-strong', 'accent', 'accent-soft', 'raised', 'surface'] as const;

export type ChartColours = Record<(typeof names)[number], string> & { font: string };

/** Variables may hold `light-dark(…)`, so a probe element is asked what colour comes out of them. */
function read(): ChartColours {
  const probe = document.createElement('i');
  document.body.append(probe);
  const colours = Object.fromEntries(
    names.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as Record<(typeof names)[number], string>;
  const font = getComputedStyle(document.body).fontFamily;
  probe.remove();
  return { ...colours, font };
}

let current: ChartColours | undefined;

function subscribe(listener: () => void): () => void {
  const change = () => {
    current = undefined;
    listener();
  };
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', change);
  const chosen = new MutationObserver(change);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme', 'lang'] });
  return () => {
    system.removeEventListener('change', change);
    chosen.disconnect();
  };
}

/** The present colours; a chart that uses them draws anew when the reader turns to dark. */
export function useChartColours(): ChartColours {
  return useSyncExternalStore(subscribe, () => {
    current ??= read();
    return current;
  });
}
