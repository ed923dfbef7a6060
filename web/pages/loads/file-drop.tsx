import { type DragEvent, useRef, useState } from 'react';
import { formatBytes } from '#kernel';
import { sendFiles, type Upload } from '../../api/gateway.ts';
import { Icon, Notice, Progress, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

interface FileDropProps {
  purpose: 'load' | 'design';
  upload: Upload | undefined;
  accept?: string;
  onSent: (upload: Upload) => void;
}

/** Where files are dropped or chosen; sends them in pieces and goes on where it broke off. */
export function FileDrop({ purpose, upload, accept, onSent }: FileDropProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [sent, setSent] = useState<{ bytes: number; total: number }>();
  const [problem, setProblem] = useState<string>();
  const [begun, setBegun] = useState<Upload>();

  const send = async (files: File[]) => {
    if (files.length === 0) return;
    setProblem(undefined);
    setSent({ bytes: 0, total: files.reduce((sum, file) => sum + file.size, 0) });
    try {
      const whole = await sendFiles(files, purpose, (bytes, total) => setSent({ bytes, total }), upload ?? begun);
      setBegun(undefined);
      onSent(whole);
    } catch (error) {
      setBegun(upload);
      setProblem(`${errorText(error)} ${t('gateway.again')}`);
    }
    setSent(undefined);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void send([...event.dataTransfer.files]);
  };
  const share = sent && sent.total > 0 ? sent.bytes / sent.total : 0;
  return (
    <div className="stack">
      <button
        type="button"
        className={`file-drop ${over ? 'file-drop-over' : ''}`}
        disabled={sent !== undefined}
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Icon name="load" size={20} />
        <span>
          {sent
            ? t('gateway.sending', {
                share: Math.floor(share * 100),
                sent: formatBytes(sent.bytes),
                total: formatBytes(sent.total),
              })
            : t('gateway.dropHere')}
        </span>
        {sent && <Progress share={share} label={t('gateway.upload')} />}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={accept}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = '';
          void send(files);
        }}
      />
      {problem && <Notice kind="danger">{problem}</Notice>}
      {upload && upload.files.length > 0 && (
        <ul className="file-list">
          {upload.files.map(({ name, bytes, sha256 }) => (
            <li key={name}>
              <span className="mono ellipsis">{name}</span>
              <span className="faint">{formatBytes(bytes)}</span>
              {sha256 && <span className="mono faint">{sha256.slice(0, 12)}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
