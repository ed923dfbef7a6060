import { createContext, useContext } from 'react';
import type { Language } from '#kernel';

/** The language in which the texts of the rule are being written. */
export const LanguageContext = createContext<Language>('zh');

export const useLanguageOfTexts = (): Language => useContext(LanguageContext);
