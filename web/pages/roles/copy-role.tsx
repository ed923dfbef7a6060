import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { isApiError } from '../../api/client.ts';
import { createRole, type Role, roleQuery, rolesQuery } from '../../api/governance.ts';
import { Button, Dialog, Field, Notice, TextInput, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** A new role begins as the copy of one that is there. */
export function CopyRole({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t, text } = useTexts();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const [code, setCode] = useState(`${role.code}_2`);
  const [label, setLabel] = useState({ zh: `${role.label.zh} 2`, en: `${role.label.en} 2` });
  const [refused, setRefused] = useState<{ field: string | undefined; message: string }>();
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const made = await createRole({ ...role, code, label });
      queries.setQueryData(roleQuery(made.code).queryKey, made);
      void queries.invalidateQueries({ queryKey: rolesQuery.queryKey, exact: true });
      toast(t('governance.roles.made'));
      onClose();
      void navigate({ to: '/admin/roles/$code', params: { code: made.code } });
    } catch (error) {
      setBusy(false);
      setRefused({ field: isApiError(error) ? error.field : undefined, message: errorText(error) });
    }
  };
  const aboutCode = refused?.field === 'role.code';
  return (
    <Dialog
      title={t('governance.roles.copyTitle', { name: text(role.label) })}
      onClose={onClose}
      width={460}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="copy-role" busy={busy}>
            {t('common.create')}
          </Button>
        </>
      }
    >
      <form id="copy-role" className="role-copy" onSubmit={(event) => void save(event)} noValidate>
        {refused && !aboutCode && <Notice kind="danger">{refused.message}</Notice>}
        <Field
          label={t('governance.roles.code')}
          help={t('governance.roles.codeHelp')}
          error={aboutCode ? refused.message : undefined}
          required
        >
          {(control) => (
            <TextInput {...control} className="mono" value={code} onChange={(event) => setCode(event.target.value)} />
          )}
        </Field>
        {(['zh', 'en'] as const).map((language) => (
          <Field
            key={language}
            label={t(language === 'zh' ? 'governance.roles.nameZh' : 'governance.roles.nameEn')}
            required
          >
            {(control) => (
              <TextInput
                {...control}
                value={label[language]}
                onChange={(event) => setLabel({ ...label, [language]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </form>
    </Dialog>
  );
}
