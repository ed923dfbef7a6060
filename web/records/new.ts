/** In the place of an id: a row that is yet to be made. */
export const NEW = 'new';
