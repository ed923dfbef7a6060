import type { ReactNode } from 'react';
import type { Colour, Option } from '../api/types.ts';
import { useTexts } from '../texts/texts.ts';

const colours = new Set<string>(['grey', 'blue', 'green', 'amber', 'red', 'violet', 'gold', 'teal']);

/** A short word on a tinted ground. Colour only repeats what the word says. */
export function Badge({
  colour = 'grey',
  children,
  title,
}: {
  colour?: Colour | undefined;
  children: ReactNode;
  title?: string;
}) {
  const known = colours.has(colour) ? colour : 'grey';
  return (
    <span className="badge" data-colour={known} title={title}>
      {children}
    </span>
  );
}

/** A point of colour before a word, for states that fill a whole column. */
export function Dot({ colour = 'grey', children }: { colour?: Colour | undefined; children: ReactNode }) {
  const known = colours.has(colour) ? colour : 'grey';
  return (
    <span className="dot" data-colour={known}>
      {children}
    </span>
  );
}

/** One of a list of options by its code; a code that is not in the list shows as it is. */
export function OptionBadge({ options, code }: { options: Option[]; code: string }) {
  const { text } = useTexts();
  const option = options.find((each) => each.code === code);
  return <Badge colour={option?.color}>{option ? text(option.label) : code}</Badge>;
}
