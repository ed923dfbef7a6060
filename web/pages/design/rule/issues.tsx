import { createContext, useContext } from 'react';
import type { CheckAnswer } from '../../../api/definitions.ts';
import { useTexts } from '../../../texts/texts.ts';

type Issues = CheckAnswer['issues'];

/** What the server says against the rule, for the controls to take up. */
export const IssuesContext = createContext<Issues>([]);

/** What is wrong at a place, in the reader's words; `deep` takes what lies below it as well. */
export function useIssue(path: string, deep = false): string | undefined {
  const { text } = useTexts();
  const issues = useContext(IssuesContext);
  const found = issues.find((issue) => issue.path === path || (deep && issue.path.startsWith(`${path}/`)));
  return found && text(found.message);
}

/** What is wrong at a place with the place in its text, as the editor of conditions takes it. */
export function useRefusal(path: string) {
  const { text } = useTexts();
  const found = useContext(IssuesContext).find((issue) => issue.path === path);
  return found && { message: text(found.message), ...found.position };
}

/** A line that says what is wrong at a place where no control says it itself. */
export function Wrong({ path, deep = false }: { path: string; deep?: boolean }) {
  const message = useIssue(path, deep);
  return message === undefined ? null : (
    <p className="field-error" role="alert">
      {message}
    </p>
  );
}
