import i18next from 'i18next';
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

/** A name within a sentence: English writes it small, Chinese has no such letters. */
export const inSentence = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** The words of the page (`t`), its language, and the reader for texts that come from the server in both languages. */
export function useTexts() {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'zh';
  const text = (both: Text | string | null | undefined): string =>
    both === null || both === undefined ? '' : typeof both === 'string' ? both : both[language];
  /** Rows of an entity: Chinese has one word for one and many, English takes the plural of the address. */
  const many = (entity: { label: Text; plural: string }): string =>
    language === 'zh' ? entity.label.zh : capital(entity.plural.replaceAll('-', ' '));
  return { t, language, text, many };
}
