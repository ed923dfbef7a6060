/** The icons: 16 px line drawings of our own, one path each, drawn in the colour of the text. */
const drawings = {
  add: 'M8 3.2v9.6M3.2 8h9.6',
  api: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5M9 3.2 7 12.8',
  arrowDown: 'M8 3v10M4 9l4 4 4-4',
  arrowLeft: 'M13 8H3M7 4 3 8l4 4',
  arrowUp: 'M8 13V3M4 7l4-4 4 4',
  bell: 'M8 2.2a4 4 0 0 0-4 4v2.6L2.7 11h10.6L12 8.8V6.2a4 4 0 0 0-4-4ZM6.6 13.2a1.5 1.5 0 0 0 2.8 0',
  building: 'M3 13.5V3.5h6v10M9 6.5h4v7M1.8 13.5h12.4M5 6h2M5 8.5h2M5 11h2',
  calendar: 'M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.2v3M10.5 2.2v3',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  chevronDown: 'm4 6 4 4 4-4',
  chevronLeft: 'M10 4 6 8l4 4',
  chevronRight: 'm6 4 4 4-4 4',
  clock: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM8 5v3.2l2.2 1.4',
  close: 'm4 4 8 8M12 4l-8 8',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  customers:
    'M6 7.6a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8ZM1.8 13.2c.3-2.4 2-3.8 4.2-3.8s3.9 1.4 4.2 3.8M10.6 3.1a2.3 2.3 0 0 1 0 4.3M12 9.8c1.3.5 2.1 1.7 2.3 3.4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  danger: 'M8 2.2 14.4 13.4H1.6zM8 6.5v3.4M8 11.5v.3',
  database:
    'M2.8 4c0-1 2.3-1.8 5.2-1.8s5.2.8 5.2 1.8-2.3 1.8-5.2 1.8S2.8 5 2.8 4ZM2.8 4v8c0 1 2.3 1.8 5.2 1.8s5.2-.8 5.2-1.8V4M2.8 8c0 1 2.3 1.8 5.2 1.8s5.2-.8 5.2-1.8',
  dayPlan: 'M2 4.2l1.2 1.2 2-2.2M2 11l1.2 1.2 2-2.2M8 4.5h6M8 11.3h6',
  download: 'M8 2.5v8M4.5 7.2 8 10.7l3.5-3.5M2.8 13.5h10.4',
  edit: 'm9.8 3.6 2.6 2.6M2.8 13.2l.7-3.3 7-7a1.3 1.3 0 0 1 1.8 0l.8.8a1.3 1.3 0 0 1 0 1.8l-7 7z',
  eraser:
    'M6.2 13.2 2.6 9.6a1 1 0 0 1 0-1.4l5.4-5.4a1 1 0 0 1 1.4 0l3.8 3.8a1 1 0 0 1 0 1.4l-5.2 5.2zM5.2 5.6l5.2 5.2M6.2 13.2h7.3',
  external: 'M9.5 2.8h3.7v3.7M13.2 2.8 7.5 8.5M11.5 9.3v3.9H2.8V4.5h3.9',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 9.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8Z',
  eyeOff:
    'M2.5 2.5l11 11M6.3 4.1A6.5 6.5 0 0 1 8 3.8c4 0 6.5 4.2 6.5 4.2a11 11 0 0 1-2 2.4M10 11.9a6 6 0 0 1-2 .3C4 12.2 1.5 8 1.5 8a11 11 0 0 1 2.7-2.9',
  filter: 'M2 3.5h12M4.3 8h7.4M6.5 12.5h3',
  globe:
    'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM2.2 8h11.6M8 2.2c2 1.6 2.6 3.6 2.6 5.8S10 12.2 8 13.8C6 12.2 5.4 10.2 5.4 8S6 3.8 8 2.2Z',
  help: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM6.2 6.4c.1-1 .8-1.6 1.8-1.6s1.8.7 1.8 1.6c0 1.3-1.8 1.4-1.8 2.7M8 11.1v.2',
  home: 'M2.5 7.5 8 2.8l5.5 4.7M4 6.5v7h8v-7M6.8 13.5V9.5h2.4v4',
  info: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM8 7.3v3.6M8 5v.3',
  key: 'M5.4 10.6a2.9 2.9 0 1 1 2.5-4.4h6.3v2.6h-2v1.9H9.6V8.8H8.2a2.9 2.9 0 0 1-2.8 1.8ZM5.2 7.7h.1',
  keyboard: 'M1.8 4h12.4v8H1.8zM4 6.5h.2M6.6 6.5h.2M9.2 6.5h.2M11.8 6.5h.2M4.5 9.5h7',
  list: 'M5.5 4h8.5M5.5 8h8.5M5.5 12h8.5M2.2 4h.6M2.2 8h.6M2.2 12h.6',
  load: 'M2.5 9.5v4h11v-4M8 2.5v7.2M4.8 6.6 8 9.8l3.2-3.2',
  monitor: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  note: 'M3 2.5h10v11H3zM5.5 6h5M5.5 8.5h5M5.5 11h3',
  phone:
    'M4.2 2.5h2l1 3-1.5 1.2c.7 1.5 1.8 2.6 3.3 3.3L10.2 8.5l3 1v2c0 1-.8 1.8-1.8 1.7C6.5 12.7 3 9.2 2.5 4.3c-.1-1 .7-1.8 1.7-1.8Z',
  pin: 'M5.5 2.5h5M6.3 2.5v4L4.2 9h7.6L9.7 6.5v-4M8 9v4.5',
  play: 'M4.5 3v10l8-5z',
  print: 'M4.5 6V2.5h7V6M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7v4h-7z',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2.2v2.8h-2.8',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.4 10.4l3.3 3.3',
  signOut: 'M6.5 2.8H3v10.4h3.5M10 5l3 3-3 3M13 8H6.5',
  sortAscending: 'M8 12.5v-9M5 6.3 8 3.3l3 3',
  sortDescending: 'M8 3.5v9M5 9.7l3 3 3-3',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  tag: 'M2.5 2.5h5.3l6 6-5.3 5.3-6-6zM5.2 5.2h.1',
  team: 'M8 6.6a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM4.9 10.7a3.1 3.1 0 0 1 6.2 0M3.4 10.4a1.5 1.5 0 1 0 0-3M12.6 10.4a1.5 1.5 0 1 1 0-3M1.5 13.6a2 2 0 0 1 3.8 0M10.7 13.6a2 2 0 0 1 3.8 0',
  undo: 'M5.5 3 2.5 6l3 3M2.8 6h6.4a4 4 0 0 1 0 8H6',
  user: 'M8 7.6A2.6 2.6 0 1 0 8 2.4a2.6 2.6 0 0 0 0 5.2ZM3.2 13.5c.3-2.7 2.3-4.3 4.8-4.3s4.5 1.6 4.8 4.3',
} as const;

export type IconName = keyof typeof drawings;

/** Decorative: whoever places an icon without text beside it gives its own label. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={drawings[name]} />
    </svg>
  );
}
