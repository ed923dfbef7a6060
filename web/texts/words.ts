/** The shape of a set of texts: the same keys, any words. What English must fill is derived from the Chinese. */
export type Words<T> = { [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
