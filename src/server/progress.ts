import { formatDuration, type Language, type Text } from '#kernel';

/** Tells a person how far a long piece of work is. One stage is shown at a time. */
export interface Progress {
  /** Begins a stage; `total` where the amount of work is known. */
  stage(label: Text, total?: number): ProgressStage;
}

export interface ProgressStage {
  /** Cheap: may be called for every row. */
  update(done: number, total?: number): void;
  /** Ends the stage with an optional remark, for example what came out. */
  end(remark?: Text): void;
}

const limits = {
  /** A terminal is redrawn at most this often, … */
  redrawMs: 100,
  /** … a log gets a line at most this often. */
  lineMs: 10_000,
  /** … and a stage that is over sooner gets no opening line. */
  openingMs: 1_000,
  barCells: 24,
  /** Before this the speed of a stage says nothing about its end. */
  estimateMs: 2_000,
};

/** Draws a bar on a terminal, writes plain lines anywhere else. */
export function createProgress(stream: NodeJS.WriteStream, language: Language): Progress {
  const terminal = stream.isTTY === true;
  const intervalMs = terminal ? limits.redrawMs : limits.lineMs;
  return {
    stage(label, initialTotal) {
      const started = performance.now();
      let shown = started - (terminal ? intervalMs : 0);
      let total = initialTotal;
      const open = () => stream.write(`${label[language]} …\n`);
      const opening = terminal ? undefined : setTimeout(open, limits.openingMs).unref();
      return {
        update(done, newTotal = total) {
          total = newTotal;
          const now = performance.now();
          if (now - shown < intervalMs) return;
          shown = now;
          const line = `${label[language]} ${amount(done, total, terminal)}${left(now - started, done, total, language)}`;
          stream.write(terminal ? `\r\x1b[2K${line.slice(0, stream.columns - 1)}` : `${line}\n`);
        },
        end(remark) {
          clearTimeout(opening);
          const seconds = ((performance.now() - started) / 1000).toFixed(1);
          const line = `${label[language]} ✓ ${seconds} s${remark ? ` · ${remark[language]}` : ''}\n`;
          stream.write(terminal ? `\r\x1b[2K${line}` : line);
        },
      };
    },
  };
}

function amount(done: number, total: number | undefined, bar: boolean): string {
  const figure = done.toLocaleString('en');
  if (total === undefined || total <= 0) return figure;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * limits.barCells);
  const drawn = bar ? `${'█'.repeat(filled)}${'░'.repeat(limits.barCells - filled)} ` : '';
  return `${drawn}${Math.floor(share * 100)} % ${figure} / ${total.toLocaleString('en')}`;
}

/** The time that is left at the speed so far. */
function left(elapsedMs: number, done: number, total: number | undefined, language: Language): string {
  if (total === undefined || done <= 0 || done >= total || elapsedMs < limits.estimateMs) return '';
  const time = formatDuration((elapsedMs * (total - done)) / done, language);
  return { zh: ` · 约剩 ${time}`, en: ` · about ${time} left` }[language];
}
