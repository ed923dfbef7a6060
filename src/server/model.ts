import path from 'node:path';
import { loadModel, type Model } from '#metadata';
import { projectFolder } from './config.ts';

let loaded: Model | undefined;

/** The model of the packs that ship with the program; read once. */
export function packModel(): Model {
  loaded ??= loadModel([path.join(projectFolder, 'packs', 'core')]);
  return loaded;
}
