import { projectFolder } from '../src/server/config.ts';
import { measureFirstLoads, SCRIPT_GZIP_BYTES_MAX } from '../tools/first-load.ts';
import { atMost, type Bench } from './harness.ts';

/** Script that a browser fetches before each page shows, gzipped, from a fresh build of the web. */
export const bench: Bench = async () => {
  const pages = await measureFirstLoads(projectFolder);
  return {
    figures: { pages },
    targets: pages.map(({ page, scriptGzipBytes }) =>
      atMost(`gzip bytes of script: ${page}`, scriptGzipBytes, SCRIPT_GZIP_BYTES_MAX),
    ),
  };
};
