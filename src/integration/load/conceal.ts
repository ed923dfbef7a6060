// Rejected rows are kept beside the loads, in clear, for people who see no customers. What they need is where the fault is: file,
// line, column and reason. The whole row stands in the source's own file.

/** Numbers of persons and accounts: a phone has 11 digits, an account more. */
const NUMBER = /\d{7,}[\dXx]?/g;
const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const HAN_CELL = /(?<=^|[,;|\t"])\s*\p{Script=Han}[\p{Script=Han}·\d\w（）()-]*(?=$|[,;|\t"])/gu;
/** Longer texts are addresses and names of companies. */
const NAME_LENGTH_MAX = 4;

/** A message with identifiers masked. */
export function concealNumbers(text: string): string {
  return text.replace(EMAIL, (email) => `${email[0]}***${email.slice(email.indexOf('@'))}`).replace(NUMBER, maskNumber);
}

/** A row of a source with identifiers, names and addresses masked; short numbers, codes and dates stay. */
export function concealRow(text: string): string {
  return concealNumbers(text).replace(HAN_CELL, (cell) => {
    const letters = [...cell.trim()];
    return letters.length <= NAME_LENGTH_MAX ? `${letters[0]}**` : `${letters.slice(0, NAME_LENGTH_MAX).join('')}****`;
  });
}

function maskNumber(number: string): string {
  return `****${number.slice(-Math.min(4, number.length - 4))}`;
}
