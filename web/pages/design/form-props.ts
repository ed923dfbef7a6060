import type { Body, CheckAnswer, DefinitionKind, Vocabulary, WholeDefinition } from '../../api/definitions.ts';

/** What the parts of the form of a definition share. */
export interface FormProps {
  kind: DefinitionKind;
  body: Body;
  whole: WholeDefinition | undefined;
  vocabulary: Vocabulary;
  disabled: boolean;
  issues: CheckAnswer['issues'];
  onChange: (body: Body) => void;
  /** Tells whether the text of a part is whole and right. */
  onReady: (path: string, isReady: boolean) => void;
}

/** What the server says against the text of a part, with the place in it. */
export function refusalOf(
  issues: CheckAnswer['issues'],
  path: string,
  text: (both: CheckAnswer['issues'][0]['message']) => string,
) {
  const issue = issues.find((each) => each.path === path);
  return issue && { message: text(issue.message), ...issue.position };
}
