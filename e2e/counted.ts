import type { Page } from '@playwright/test';

/** Counts what a person does: a press, a word typed, a choice made. */
export function counted(page: Page) {
  let steps = 0;
  const did = async (act: Promise<unknown>) => {
    steps += 1;
    await act;
  };
  return {
    press: (name: string | RegExp, role: 'button' | 'link' | 'menuitem' | 'menuitemradio' | 'tab' = 'button') =>
      did(
        page
          .getByRole(role, { name, ...(typeof name === 'string' && { exact: true }) })
          .first()
          .click(),
      ),
    /** Opens a word of the sentence and picks by typing. */
    pick: async (words: string, typed: string, index = 0) => {
      await did(page.getByRole('button', { name: words }).nth(index).click());
      await did(
        page
          .getByRole('combobox', { name: words.split(' ')[0]! })
          .last()
          .fill(typed),
      );
      await did(page.keyboard.press('Enter'));
    },
    fill: (name: string | RegExp, text: string, index = 0) =>
      did(page.getByRole('textbox', { name }).nth(index).fill(text)),
    choose: (name: string, value: string) => did(page.getByRole('combobox', { name }).first().selectOption(value)),
    key: (key: string) => did(page.keyboard.press(key)),
    steps: () => steps,
  };
}

/** Steps that a business person does in two minutes, at four seconds each. */
export const STEPS_MAX = 30;
