// Builds the pages, on behalf of `ensureWeb`.
import { buildWeb } from './web-build.ts';

await buildWeb();
