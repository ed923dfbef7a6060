import { useQuery } from '@tanstack/react-query';
import { get, proveAnew } from '../api/client.ts';
import type { Method } from '../api/security.ts';
import { Dialog, ErrorState } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { ProofForm } from './proof-form.tsx';

/** Closing it without a proof leaves things as they were. */
export function StepUpDialog({ onDone }: { onDone: (proven: boolean) => void }) {
  const { t } = useTexts();
  const { data, error } = useQuery({
    queryKey: ['step-up'],
    queryFn: ({ signal }) => get<{ methods: Method[] }>('/session/step-up', undefined, signal),
    staleTime: 0,
    gcTime: 0,
  });
  // Not before it can be answered: Enter must not meet the close button.
  if (!data && !error) return null;
  return (
    <Dialog title={t('security.stepUpTitle')} onClose={() => onDone(false)} width={380}>
      <p className="quiet step-up-hint">{t('security.stepUpHint')}</p>
      {!data ? (
        <ErrorState error={error} />
      ) : (
        <ProofForm
          methods={data.methods}
          optionsPath="/session/step-up/options"
          submit={t('security.confirm')}
          onProof={async (proof) => {
            await proveAnew(proof);
            onDone(true);
          }}
        />
      )}
    </Dialog>
  );
}
