import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { type Answer, PASSWORD, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

const ORIGIN = 'http://localhost:7300';
const base64url = (data: Uint8Array | string): string => Buffer.from(data).toString('base64url');
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();
const cookieOf = (answer: Answer, name: string): string =>
  new RegExp(`${name}=[^;]+`).exec(String(answer.headers['set-cookie']))?.[0] ?? assert.fail(answer.text);

interface Signing {
  challenge: string;
  origin?: string;
  host?: string;
  counter?: number;
}

/** A security key in software: ES256, no attestation, as browsers pass it on. */
function softKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const id = randomBytes(32);
  const cose = isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(jwk.x!, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(jwk.y!, 'base64url'))],
    ]),
  );
  const clientData = (type: string, { challenge, origin = ORIGIN }: Signing) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const authenticatorData = (flags: number, { host = 'localhost', counter = 0 }: Signing, ...rest: Uint8Array[]) => {
    const head = Buffer.alloc(5);
    head[0] = flags;
    head.writeUInt32BE(counter, 1);
    return Buffer.concat([sha256(host), head, ...rest]);
  };
  const answer = { id: base64url(id), rawId: base64url(id), type: 'public-key', clientExtensionResults: {} };
  return {
    create(signing: Signing) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const data = authenticatorData(0x45, signing, Buffer.alloc(16), length, id, cose);
      const attestation = isoCBOR.encode(
        new Map<string, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', new Uint8Array(data)],
        ]) as never,
      );
      return {
        ...answer,
        response: {
          clientDataJSON: base64url(clientData('webauthn.create', signing)),
          attestationObject: base64url(attestation),
        },
      };
    },
    get(signing: Signing) {
      const client = clientData('webauthn.get', signing);
      const data = authenticatorData(0x05, signing);
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey);
      return {
        ...answer,
        response: {
          clientDataJSON: base64url(client),
          authenticatorData: base64url(data),
          signature: base64url(signature),
        },
      };
    },
  };
}

describe('a security key', () => {
  const key = softKey();
  let counter = 0;
  let session = '';
  const call = (method: string, url: string, body?: unknown) =>
    server.call(method, url, { headers: { cookie: session }, ...(body === undefined ? {} : { body }) });
  const register = async (made: ReturnType<typeof softKey>, signing: Partial<Signing> = {}) => {
    const { challenge } = (await call('POST', '/api/security/keys/options')).json;
    return call('POST', '/api/security/keys', { name: '蓝色密钥', credential: made.create({ challenge, ...signing }) });
  };
  const begin = () => server.call('POST', '/api/session', { body: { username: 'rm001', password: PASSWORD } });
  const asked = async (first: Answer) => {
    const headers = { cookie: cookieOf(first, 'tongguan_sign_in') };
    const { json } = await server.call('POST', '/api/session/second-factor/options', { headers });
    return { headers, challenge: json.challenge as string, allowed: json.allowCredentials };
  };
  const give = (headers: Record<string, string>, assertion: unknown) =>
    server.call('POST', '/api/session/second-factor', { headers, body: { assertion } });
  const signInWith = async (signing: Partial<Signing>, by = key) => {
    const { headers, challenge } = await asked(await begin());
    return give(headers, by.get({ challenge, ...signing }));
  };

  before(async () => {
    session = cookieOf(await begin(), 'tongguan_session');
  });

  test('is taken only for this address and in answer to this question', async () => {
    assert.equal((await register(key, { origin: 'https://evil.example' })).json.code, 'identity.key_refused');
    assert.equal((await register(key, { host: 'evil.example' })).json.code, 'identity.key_refused');
    assert.equal((await register(key, { challenge: base64url(randomBytes(32)) })).json.code, 'identity.key_refused');
    const registered = await register(key);
    assert.equal(registered.status, 200, registered.text);
    assert.equal(registered.json.recoveryCodes.length, 10);
    assert.equal((await register(key)).json.code, 'identity.key_refused'); // it is there already
    const unasked = await call('POST', '/api/security/keys', {
      name: '另一把',
      credential: softKey().create({ challenge: 'AAAA' }),
    });
    assert.equal(unasked.json.code, 'identity.challenge_gone');
    const { keys } = (await call('GET', '/api/security')).json;
    assert.deepEqual(
      keys.map(({ name }: { name: string }) => name),
      ['蓝色密钥'],
    );
  });

  test('signs in, and its answer does so once', async () => {
    const first = await begin();
    assert.deepEqual(first.json, { next: 'second_factor', methods: ['webauthn', 'recovery'] });
    const { headers, challenge, allowed } = await asked(first);
    assert.equal(allowed.length, 1);
    counter = 7;
    const answer = key.get({ challenge, counter });
    const entered = await give(headers, answer);
    assert.equal(entered.json.user.username, 'rm001', entered.text);
    session = cookieOf(entered, 'tongguan_session');
    const second = await asked(await begin());
    assert.equal((await give(second.headers, answer)).json.code, 'identity.proof_wrong');
    // A question is gone once it was answered, rightly or not.
    assert.equal((await give(second.headers, key.get({ challenge: second.challenge, counter: 9 }))).status, 422);
  });

  test('is refused from another address, by another key, and when its counter does not grow', async () => {
    await server.database.query('truncate sign_in_attempt');
    assert.equal((await signInWith({ counter: 20, origin: 'http://localhost:7301' })).status, 422);
    assert.equal((await signInWith({ counter: 20, host: '127.0.0.1' })).status, 422);
    assert.equal((await signInWith({ counter: 20 }, softKey())).status, 422);
    assert.equal((await signInWith({ counter: 7 })).status, 422);
    await server.database.query('truncate sign_in_attempt');
    assert.equal((await signInWith({ counter: 6 })).status, 422);
    assert.equal((await signInWith({ counter: 8 })).status, 200);
  });

  test('proves anew who one is, which the password no longer does', async () => {
    server.clock.set('2026-11-20T02:10:00Z');
    const remove = async () => {
      const { keys } = (await call('GET', '/api/security')).json;
      return call('DELETE', `/api/security/keys/${keys[0].id}`);
    };
    assert.equal((await remove()).json.code, 'identity.step_up_needed');
    assert.equal((await call('POST', '/api/session/step-up', { password: PASSWORD })).status, 422);
    const { challenge } = (await call('POST', '/api/session/step-up/options')).json;
    const proven = await call('POST', '/api/session/step-up', { assertion: key.get({ challenge, counter: 30 }) });
    assert.equal(proven.status, 204, proven.text);
    session = cookieOf(proven, 'tongguan_session');
    assert.equal((await remove()).status, 204);
    // With the last factor the recovery codes go, and the password alone signs in again.
    assert.equal((await begin()).json.user.username, 'rm001');
    assert.equal((await call('GET', '/api/security')).json.recoveryCodesLeft, 0);
  });
});
