/** Texts of the day plan, in both languages. */
export const dayPlanZh = {
  title: '今日工作',
};

export const dayPlanEn: Record<keyof typeof dayPlanZh, string> = {
  title: 'Day plan',
};
