import { fileAt, inspectFile, openSource, plainFormat, type SourceFormat } from '#integration';
import { Failure } from '#kernel';

// Reads one file in a process of its own, as a load does, and prints what came of it with the most memory it had. For `prove/load-kill.ts`.

const [path, wanted] = process.argv.slice(2) as [string, string];
const format = JSON.parse(wanted) as Partial<SourceFormat>;
let rows = 0;
let faulty = 0;
let refused: string | undefined;
try {
  const source = await openSource(await fileAt(path), { ...plainFormat, ...format });
  for await (const batch of source.rows()) {
    rows += batch.length;
    for (const { fault } of batch) if (fault) faulty += 1;
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  refused = error.kind.code;
}
// What the mapping page asks of the same file.
const inspected = await inspectFile(path);
// The kernel counts kilobytes.
const peakBytes = process.resourceUsage().maxRSS * 1_024;
console.log(JSON.stringify({ rows, faulty, refused, problem: inspected.problem?.kind.code, peakBytes }));
