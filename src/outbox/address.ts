import { BlockList, isIP, isIPv4 } from 'node:net';

// Which addresses a target may lead to. Its name is looked up at every try, and the connection goes to the very address that was judged.

const list = (subnets: readonly string[]) => {
  const found = new BlockList();
  for (const subnet of subnets) {
    const [net, bits] = subnet.split('/');
    found.addSubnet(net!, Number(bits), isIPv4(net!) ? 'ipv4' : 'ipv6');
  }
  return found;
};

/** Networks of an institution, and this very machine. */
const internal = list([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '::1/128',
  'fc00::/7',
]);

/** Addresses that are no receiver's: of the own link (a cloud's metadata service among them), of nobody, of many. */
const never = list([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/128',
  '64:ff9b::/96',
  '2002::/16',
  'fe80::/10',
  'ff00::/8',
]);

/** May a target of this kind be called at the address? */
export function addressAllowed(address: string, target: { internal: boolean }): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return addressAllowed(mapped, target);
  // Another spelling of an IPv4 address within an IPv6 one is nothing that a receiver has.
  if (/^::ffff:/i.test(address)) return false;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  return !never.check(address, family) && internal.check(address, family) === target.internal;
}

/** The address without what is not sent; undefined where it cannot be a target's. */
export function targetUrl(text: string, { internal: within }: { internal: boolean }): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const secure = url.protocol === 'https:' || (within && url.protocol === 'http:');
  const plain = url.username === '' && url.password === '' && url.hash === '';
  return secure && plain && url.hostname !== '' ? url : undefined;
}
