/** The version of what callers and fleet speak. A change that a caller could notice makes it another one. */
export const apiVersion = 1;
