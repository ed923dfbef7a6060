/** A dialog gives the focus to what carries this attribute, which React leaves out, and else to its close button. */
export const markForFocus = (element: HTMLElement | null): void => element?.setAttribute('autofocus', '');
