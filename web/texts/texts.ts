import i18next, { type TFunction } from 'i18next';
import { createContext, createElement, type ReactNode, useContext, useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Language, Text } from '#kernel';
import { speak } from '../api/client.ts';
import { en } from './en.ts';
import { type Texts, zh } from './zh.ts';

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

export function startTexts(): void {
  const language = remembered();
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: 'web',
    resources: { zh: { web: zh }, en: { web: en } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  reflect(language);
}

export function changeLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
  reflect(language);
  void i18next.changeLanguage(language);
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
