import { createContext, useContext } from 'react';
import type { ExpressionType } from '#expressions';
import type { Wording } from './sentence.ts';
import type { Group, Item, Operand } from './tree.ts';
import type { Names } from './vocabulary.ts';
import type { Gap } from './write.ts';

/** A part that is edited as text in a window of its own. */
export interface TextTask {
  operand: Operand;
  type: ExpressionType | undefined;
  onDone: (operand: Operand) => void;
}

/** What the parts of one builder share. */
export interface Building {
  names: Names;
  wording: Wording;
  disabled: boolean;
  gaps: readonly Gap[];
  /** What is wrong with a row that is filled in, by its id. */
  problems: ReadonlyMap<string, string>;
  change: (change: (root: Group) => Group, focus?: string) => void;
  put: (item: Item) => void;
  editText: (task: TextTask) => void;
}

export const BuildingContext = createContext<Building | undefined>(undefined);

export const useBuilder = (): Building => useContext(BuildingContext)!;
