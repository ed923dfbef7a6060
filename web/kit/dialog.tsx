import { type CSSProperties, type ReactNode, useEffect, useId, useRef } from 'react';
import { useTexts } from '../texts/texts.ts';
import { Button, IconButton } from './button.tsx';

interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  /** `dialog`: in the middle. `drawer`: along the right edge. Both are sheets from below on a phone. */
  shape?: 'dialog' | 'drawer';
  width?: number;
  /** The buttons below, the most wanted last. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A modal window. It is open while it is rendered. */
export function Dialog({ title, onClose, shape = 'dialog', width, actions, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const { t } = useTexts();
  useEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    if (!element.open) element.showModal();
    return () => {
      element.close();
      before?.focus?.();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the dialog's own; the press on the veil is for the pointer only
    <dialog
      ref={dialog}
      className={`dialog dialog-${shape}`}
      aria-labelledby={heading}
      style={width === undefined ? undefined : ({ '--dialog-width': `${width}px` } as CSSProperties)}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2 id={heading}>{title}</h2>
          <IconButton icon="close" label={t('common.close')} onClick={onClose} />
        </header>
        <div className="dialog-content">{children}</div>
        {actions && <footer className="dialog-actions">{actions}</footer>}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  yes: string;
  no?: string;
  danger?: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** A question that must be answered before something is lost. */
export function Confirm({ title, text, yes, no, danger, onYes, onNo }: ConfirmProps) {
  const { t } = useTexts();
  return (
    <Dialog
      title={title}
      onClose={onNo}
      width={400}
      actions={
        <>
          <Button onClick={onNo}>{no ?? t('common.cancel')}</Button>
          <Button look={danger ? 'danger' : 'primary'} onClick={onYes}>
            {yes}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
