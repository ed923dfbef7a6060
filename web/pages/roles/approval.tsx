import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { approvalQuery, type DefinitionKind, definitionKinds, setApproval } from '../../api/definitions.ts';
import { useMay } from '../../app/permissions.ts';
import { Notice, Switch, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** Which kinds of definitions two persons have to publish; the security administrator decides. */
export function Approval() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const maySet = useMay('access.manage');
  const { data } = useQuery(approvalQuery);
  const [refused, setRefused] = useState<string>();
  if (!data) return null;
  const change = async (kind: DefinitionKind, on: boolean) => {
    const kinds = definitionKinds.filter((each) => (each === kind ? on : data.kinds.includes(each)));
    try {
      queries.setQueryData(approvalQuery.queryKey, await setApproval(kinds));
      setRefused(undefined);
      toast(t('governance.approval.saved'));
    } catch (error) {
      setRefused(errorText(error));
    }
  };
  return (
    <section className="roles-approval">
      <h2>{t('governance.approval.title')}</h2>
      <p className="quiet">{data.kinds.length === 0 ? t('governance.approval.none') : t('governance.approval.hint')}</p>
      {refused !== undefined && <Notice kind="danger">{refused}</Notice>}
      <div className="roles-approval-kinds">
        {definitionKinds.map((kind) => (
          <Switch
            key={kind}
            checked={data.kinds.includes(kind)}
            disabled={!maySet}
            onChange={(on) => void change(kind, on)}
            label={t(`design.useKinds.${kind}`)}
          />
        ))}
      </div>
    </section>
  );
}
