import i18next, { type TFunction } from 'i18next';
import { createContext, createElement, type ReactNode, useContext, useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Language, Text } from '#kernel';
import { speak } from '../api/client.ts';
import type { Texts } from './zh.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'web';
    resources: { web: Texts };
  }
}

const STORED = 'tongguan.language';

/** The language last chosen on this device, else Chinese; the session of the person signed in overrules it. */
function remembered(): Language {
  return localStorage.getItem(STORED) === 'en' ? 'en' : 'zh';
}

function reflect(language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  speak(language);
}

/** The texts of one language: nobody waits for those of a language that he does not read. */
async function textsOf(language: Language): Promise<Texts> {
  return language === 'zh' ? (await import('./zh.ts')).zh : (await import('./en.ts')).en;
}

/** To be awaited before the first page is drawn. */
export async function startTexts(): Promise<void> {
  const language = remembered();
  reflect(language);
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: 'web',
    resources: { [language]: { web: await textsOf(language) } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
}

/** What is asked for last counts, also where the texts of one language come after those of the other. */
let asked: Language;

export async function changeLanguage(language: Language): Promise<void> {
  asked = language;
  localStorage.setItem(STORED, language);
  reflect(language);
  if (!i18next.hasResourceBundle(language, 'web')) {
    i18next.addResourceBundle(language, 'web', await textsOf(language));
  }
  if (asked === language) await i18next.changeLanguage(language);
}

/** A name within a sentence: English writes it small unless it is an abbreviation, Chinese has no such letters. */
export const inSentence = (name: string): string =>
  /^[A-Z]{2}/.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1);

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function wordsOf(t: TFunction, language: Language) {
  return {
    /** The words of the page. */
    t,
    language,
    /** Reads texts that come from the server in both languages. */
    text: (both: Text | string | null | undefined): string =>
      both === null || both === undefined ? '' : typeof both === 'string' ? both : both[language],
    /** Rows of an entity: Chinese has one word for one and many, English takes the plural of the address. */
    many: (entity: { label: Text; plural: string }): string =>
      language === 'zh' ? entity.label.zh : capital(entity.plural.replaceAll('-', ' ')),
  };
}

const Words = createContext<ReturnType<typeof wordsOf> | undefined>(undefined);

/** Follows the language once for the whole page: a list has hundreds of cells that speak. */
export function TextsProvider({ children }: { children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'zh';
  const words = useMemo(() => wordsOf(t, language), [t, language]);
  return createElement(Words.Provider, { value: words }, children);
}

export function useTexts() {
  return useContext(Words)!;
}
