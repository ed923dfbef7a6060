import { Link } from '@tanstack/react-router';
import type { DefinitionReference } from '../../api/definitions.ts';
import { Badge, Empty } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** What names this definition: changing it changes them. */
export function Uses({ uses }: { uses: DefinitionReference[] }) {
  const { t, text } = useTexts();
  if (uses.length === 0) return <Empty title={t('design.unused')} hint={t('design.unusedHint')} />;
  return (
    <ul className="uses">
      {uses.map(({ kind, code, label }) => (
        <li key={`${kind} ${code}`}>
          <Badge>{t(`design.useKinds.${kind}`)}</Badge>
          <Link to="/design/$kind/$code" params={{ kind, code }}>
            {text(label)}
          </Link>
          <span className="mono faint">{code}</span>
        </li>
      ))}
    </ul>
  );
}
