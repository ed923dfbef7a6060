import type { RoleChange, RolePreview } from '../../api/governance.ts';
import { Badge, Button, type Column, Dialog, Notice, Table } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** What differs, one line each. */
export function Changes({ changes, label }: { changes: RoleChange[]; label: string }) {
  const { t, text } = useTexts();
  const columns: Column<RoleChange>[] = [
    { code: 'what', label: t('governance.roles.what'), phone: 'title', cell: (change) => text(change.label) },
    {
      code: 'before',
      label: t('governance.roles.before'),
      cell: (change) => <span className="quiet">{text(change.before)}</span>,
    },
    { code: 'after', label: t('governance.roles.after'), cell: (change) => text(change.after) },
    {
      code: 'wider',
      label: '',
      cell: (change) =>
        change.part === 'property' ? null : (
          <Badge colour={change.wider ? 'amber' : 'green'}>
            {t(change.wider ? 'governance.roles.wider' : 'governance.roles.narrower')}
          </Badge>
        ),
    },
  ];
  return (
    <Table
      label={label}
      columns={columns}
      rows={changes}
      rowKey={(change) => `${change.part} ${change.label.en} ${change.after.en}`}
    />
  );
}

/** The last look before a role changes for everybody who holds it. */
export function Review({
  preview,
  busy,
  onSave,
  onClose,
}: {
  preview: RolePreview;
  busy: boolean;
  onSave: () => void;
  onClose: () => void;
}) {
  const { t, text } = useTexts();
  const more = preview.changesTotal - preview.changes.length;
  return (
    <Dialog
      title={t('governance.roles.reviewTitle')}
      onClose={onClose}
      width={760}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" busy={busy} onClick={onSave}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <div className="role-review">
        <p>{t('governance.roles.holdersTouched', { count: preview.holders })}</p>
        {preview.warnings.map((warning) => (
          <Notice key={warning.en} kind="warn">
            {text(warning)}
          </Notice>
        ))}
        <Changes changes={preview.changes} label={t('governance.roles.reviewTitle')} />
        {more > 0 && <p className="faint">{t('governance.roles.moreChanges', { count: more })}</p>}
      </div>
    </Dialog>
  );
}
