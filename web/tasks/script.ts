import type { Language } from '#kernel';

/** Who speaks to whom, as far as the reader may know. */
export interface Speaking {
  customer: string | null;
  gender?: string | null | undefined;
  manager: string;
}

const honorifics: Record<string, string> = { female: '女士', male: '先生' };

/** Scripts keep marks in the place of people's names; they are filled for the one who reads. A name out of sight keeps its mark. */
export function spoken(script: string, { customer, gender, manager }: Speaking, language: Language): string {
  const addressed =
    customer === null ? undefined : language === 'zh' ? `${customer}${honorifics[gender ?? ''] ?? ''}` : customer;
  return script.replaceAll('[客户姓名]', addressed ?? '[客户姓名]').replaceAll('[经理姓名]', manager);
}
