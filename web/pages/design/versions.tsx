import { Suspense, useState } from 'react';
import {
  type DefinitionKind,
  type DefinitionVersion,
  type Publication,
  revertDefinition,
  type Vocabulary,
  type WholeDefinition,
} from '../../api/definitions.ts';
import { Badge, Button, Confirm, DateText, Skeleton, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Differences } from './parts.ts';

const statusColours = { draft: 'amber', published: 'green', retired: 'grey' } as const;

/** Every version with what it changed against the one before; any of them can be put in force anew. */
export function Versions({
  kind,
  whole,
  vocabulary,
  mayRevert,
  onReverted,
}: {
  kind: DefinitionKind;
  whole: WholeDefinition;
  vocabulary: Vocabulary;
  mayRevert: boolean;
  onReverted: (publication: Publication) => void;
}) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [open, setOpen] = useState(whole.versions[0]?.version);
  const [reverting, setReverting] = useState<DefinitionVersion>();
  const inForce = whole.status === 'published' ? whole.version : undefined;
  const revert = async (version: DefinitionVersion) => {
    setReverting(undefined);
    try {
      onReverted(
        await revertDefinition(
          kind,
          whole.code,
          version.version,
          t('design.versions.revertNote', { version: version.version }),
        ),
      );
    } catch (error) {
      toast(errorText(error), 'problem');
    }
  };
  return (
    <ol className="versions">
      {whole.versions.map((version, index) => {
        const former = whole.versions.slice(index + 1).find(({ status }) => status !== 'retired');
        const isOpen = open === version.version;
        return (
          <li key={version.version} className="version">
            <div className="version-head">
              <button
                type="button"
                className="version-open"
                aria-expanded={isOpen}
                onClick={() => setOpen(isOpen ? undefined : version.version)}
              >
                <strong>
                  {version.version === 0
                    ? t('design.versions.pack')
                    : t('design.version', { version: version.version })}
                </strong>
                <Badge colour={version.version === inForce ? 'green' : statusColours[version.status]}>
                  {version.version === inForce ? t('design.inForce') : t(`design.statuses.${version.status}`)}
                </Badge>
                <span className="quiet">
                  {version.at && <DateText value={version.at} />} {version.by}
                </span>
                {version.note && <span className="version-note">{version.note}</span>}
              </button>
              {mayRevert && version.status !== 'draft' && version.version !== inForce && (
                <Button onClick={() => setReverting(version)}>{t('design.versions.revert')}</Button>
              )}
            </div>
            {isOpen && version.body && (
              <Suspense fallback={<Skeleton lines={3} />}>
                <Differences kind={kind} before={former?.body} after={version.body} vocabulary={vocabulary} />
              </Suspense>
            )}
          </li>
        );
      })}
      {reverting && (
        <Confirm
          title={t('design.versions.revert')}
          text={t('design.versions.revertText')}
          yes={t('design.versions.revert')}
          onYes={() => void revert(reverting)}
          onNo={() => setReverting(undefined)}
        />
      )}
    </ol>
  );
}
