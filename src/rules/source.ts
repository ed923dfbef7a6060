/** The source under which alerts and what rules make are kept; their keys are made of rule, customer and occasion. */
export const SOURCE = 'rule';
