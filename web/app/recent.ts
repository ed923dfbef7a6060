/** Customers opened last from the search box and texts asked there last, in this browser, for each person by himself. */

export interface Recent {
  customers: { id: string; name: string }[];
  texts: string[];
}

const limits = { customers: 6, texts: 5 };
const keyOf = (userId: string) => `tongguan.recent.${userId}`;

/** Empty where the browser keeps nothing. */
export function readRecent(userId: string): Recent {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(userId)) ?? 'null') as Partial<Recent> | null;
    return { customers: kept?.customers ?? [], texts: kept?.texts ?? [] };
  } catch {
    return { customers: [], texts: [] };
  }
}

function keep(userId: string, recent: Recent): void {
  try {
    localStorage.setItem(keyOf(userId), JSON.stringify(recent));
  } catch {
    // A browser that keeps nothing has no recent customers.
  }
}

export function rememberCustomer(userId: string, customer: { id: string; name: string }): void {
  const recent = readRecent(userId);
  const others = recent.customers.filter(({ id }) => id !== customer.id);
  keep(userId, { ...recent, customers: [customer, ...others].slice(0, limits.customers) });
}

/** Numbers are not kept: they may be somebody's phone or identity document. */
export function rememberText(userId: string, text: string): void {
  if (/\d{3}/.test(text)) return;
  const recent = readRecent(userId);
  keep(userId, { ...recent, texts: [text, ...recent.texts.filter((each) => each !== text)].slice(0, limits.texts) });
}

export function forgetRecent(userId: string): void {
  keep(userId, { customers: [], texts: [] });
}
