import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { cancelPublication, type DefinitionKind, definitionQuery } from '../../api/definitions.ts';
import { jobQuery } from '../../api/queries.ts';
import { useMay } from '../../app/permissions.ts';
import { Button, Notice, Progress, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const OTHERS_MS = 2_000;

/** How far a publication has come: the back-fill of a metric, the evaluation of a condition; then it is in force. */
export function Publication({
  job: id,
  kind,
  code,
  onDone,
}: {
  job: string;
  kind: DefinitionKind;
  code: string;
  onDone: () => void;
}) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const mayPublish = useMay('definitions.publish');
  const { data: job, error } = useQuery(jobQuery(id));
  // How far the work of others has come is theirs; whether it is done the definition tells.
  useQuery({ ...definitionQuery(kind, code), enabled: error !== null, refetchInterval: OTHERS_MS });
  const status = job?.status;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when it is over
  useEffect(() => {
    if (status !== 'done') return;
    toast(t('design.isPublished'));
    onDone();
  }, [status]);
  if (status === 'failed') {
    return (
      <Notice kind="danger" action={<Button onClick={onDone}>{t('common.close')}</Button>}>
        {t('design.publishFailed')} {job?.error}
      </Notice>
    );
  }
  const progress = job?.progress ?? {};
  const [done, total] = [Number(progress.done), Number(progress.total)];
  const share = total > 0 && Number.isFinite(done) ? done / total : null;
  return (
    <div className="publication" role="status">
      <p className="live">
        <span>{t('design.publishing')}</span>
        {share !== null && <strong>{Math.round(share * 100)} %</strong>}
        {mayPublish && (
          <Button
            look="quiet"
            onClick={() =>
              void cancelPublication(kind, code).then(onDone, (error: unknown) => toast(errorText(error), 'problem'))
            }
          >
            {t('design.cancelPublication')}
          </Button>
        )}
      </p>
      <Progress share={share} label={t('design.publishing')} />
    </div>
  );
}
