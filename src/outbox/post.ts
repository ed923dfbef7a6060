import { lookup } from 'node:dns/promises';
import { request as plain } from 'node:http';
import { request as secured } from 'node:https';
import { isIP } from 'node:net';
import { Failure } from '#kernel';
import { addressAllowed } from './address.ts';
import { kinds, reasons } from './failures.ts';

const limits = {
  tryMs: 10_000,
  /** What a receiver says is of no interest beyond its status. */
  answerBytesMax: 65_536,
};

/**
 * Sends one body to an address and gives the status of the answer. Throws a Failure where the address may not be called, cannot be
 * reached or does not answer in time; redirects are answers like any other.
 */
export async function post(
  url: URL,
  target: { internal: boolean },
  headers: Record<string, string>,
  body: string,
  signal?: AbortSignal,
): Promise<number> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const address = await resolved(host, target);
  const timeout = AbortSignal.timeout(limits.tryMs);
  const send = url.protocol === 'https:' ? secured : plain;
  try {
    return await new Promise<number>((resolve, reject) => {
      const call = send(
        url,
        {
          method: 'POST',
          headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
          // The address judged above and no other: a name may lead elsewhere the next moment.
          lookup: (_host, options, done) =>
            options.all ? done(null, [{ address, family: isIP(address) }]) : done(null, address, isIP(address)),
          agent: false,
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        },
        (answer) => {
          let bytes = 0;
          answer.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > limits.answerBytesMax) answer.destroy();
          });
          answer.on('close', () => resolve(answer.statusCode!));
          answer.on('error', () => resolve(answer.statusCode!));
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  } catch (error) {
    if (timeout.aborted) throw new Failure(reasons.timed_out, { seconds: limits.tryMs / 1000 });
    throw new Failure(reasons.unreachable, {
      reason: (error as NodeJS.ErrnoException).code ?? (error as Error).message,
    });
  }
}

const OUTSIDE = {
  zh: '不是内网地址；请把目标改为外网，或改用内网地址',
  en: 'which is no internal address; make the target a public one or use an internal address',
};
const INSIDE = {
  zh: '是内网或保留地址，不允许外网目标访问',
  en: 'an internal or reserved address, which a public target may not call',
};

/** The address to call; throws a Failure where any of those that the name leads to is not allowed. */
async function resolved(host: string, target: { internal: boolean }): Promise<string> {
  let addresses = [host];
  if (isIP(host) === 0) {
    try {
      addresses = (await lookup(host, { all: true })).map((each) => each.address);
    } catch (error) {
      throw new Failure(reasons.unreachable, { reason: (error as NodeJS.ErrnoException).code ?? String(error) });
    }
  }
  const forbidden = addresses.find((address) => !addressAllowed(address, target));
  if (forbidden !== undefined || addresses.length === 0) {
    const internal = target.internal ? OUTSIDE : INSIDE;
    throw new Failure(kinds.address_forbidden, { host, address: forbidden ?? '?', internal }, 'url');
  }
  return addresses[0]!;
}
