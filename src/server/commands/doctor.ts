import type { Command } from '../command.ts';
import { diagnose, type Finding } from '../doctor.ts';

const marks: Record<Finding['state'], string> = { ok: '✓', note: '·', problem: '✗' };

export const command: Command = {
  name: 'doctor',
  summary: { zh: '检查运行环境，指出问题与解决办法', en: 'look for what is wrong and how to mend it' },
  async run(ctx) {
    const findings = await diagnose(ctx);
    const { language } = ctx;
    const lines = findings.flatMap(({ label, state, found, remedy }) => [
      `${marks[state]} ${label[language]}${language === 'zh' ? '：' : ': '}${found[language]}`,
      ...(remedy ? [`    → ${remedy[language]}`] : []),
    ]);
    const problems = findings.filter(({ state }) => state === 'problem').length;
    const verdict =
      problems > 0 ? { zh: `${problems} 个问题`, en: `problems: ${problems}` } : { zh: '一切正常', en: 'all is well' };
    return { ok: problems === 0, data: { ok: problems === 0, findings }, lines: [...lines, verdict[language]] };
  },
};
