/** Texts of the customer 360, in both languages. */
export const customerZh = {
  title: '客户全景',
};

export const customerEn: Record<keyof typeof customerZh, string> = {
  title: 'Customer 360',
};
