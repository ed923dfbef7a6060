import path from 'node:path';
import { metricListFields } from '#facts';
import { type EntityDefinition, type ListField, loadModel, type Model } from '#metadata';
import { tagListFields } from '#rules';
import { projectFolder } from './config.ts';

/** Later packs build on earlier ones. */
const packs = ['core', 'bank', 'securities'];

let loaded: Model | undefined;

/** The model of the packs that ship with the program, with what the rooms add to its lists; read once. */
export function packModel(): Model {
  loaded ??= { ...loadModel(packs.map((pack) => path.join(projectFolder, 'packs', pack))), listFields };
  return loaded;
}

function listFields(model: Model, entity: EntityDefinition): readonly ListField[] {
  return entity.code === 'customer' ? [...tagListFields(model), ...metricListFields(model)] : [];
}
