import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { blindIndex, type normalised } from './blind-index.ts';
import { CIPHERS, type CipherKey, deriveKey, openValue, readSealed, sealValue, sealWith } from './cipher.ts';

const secret = createSecretKey(Buffer.alloc(32, 1));
const other = createSecretKey(Buffer.alloc(32, 2));
const salt = Buffer.alloc(16, 3);
const keyOf = (cipher: (typeof CIPHERS)[number]) => deriveKey(cipher, secret, salt, 'person/customer');
const open = (key: CipherKey, text: string, place: string) => openValue(key, readSealed(text)!, place);

const hex = (text: string) => Buffer.from(text, 'hex');
const plainKey = (cipher: 'aes' | 'sm4', material: Buffer): CipherKey =>
  cipher === 'aes'
    ? { cipher, encryption: createSecretKey(material) }
    : {
        cipher,
        encryption: createSecretKey(material.subarray(0, 16)),
        authentication: createSecretKey(material.subarray(16)),
      };

test('AES-256-GCM gives the answers of the GCM specification', () => {
  // McGrew and Viega, test case 14 without its AAD: what authenticates here is the place, so ciphertexts are compared.
  const key = plainKey('aes', Buffer.alloc(32));
  const sealed = readSealed(sealWith(key, 'test', 'place', '\0'.repeat(16), Buffer.alloc(12)))!;
  assert.deepEqual(sealed.body.subarray(0, 16), hex('cea7403d4d606b6e074ec5d3baf39d18'));
});

test('SM4 and SM3 give the answers of GB/T 32907 and GB/T 32905', async () => {
  const { createCipheriv, hash } = await import('node:crypto');
  const key = hex('0123456789abcdeffedcba9876543210');
  const block = createCipheriv('sm4-ecb', key, null).setAutoPadding(false).update(key);
  assert.deepEqual(block, hex('681edf34d206965e86b3e94f536e4246'));
  assert.equal(hash('sm3', 'abc'), '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
  // CTR encrypts the counter block, so a zero value at that counter shows the block cipher's own answer.
  const sm4 = plainKey('sm4', Buffer.concat([key, Buffer.alloc(32)]));
  const sealed = readSealed(sealWith(sm4, 'test', 'place', '\0'.repeat(16), key))!;
  assert.deepEqual(sealed.body.subarray(0, 16), hex('681edf34d206965e86b3e94f536e4246'));
});

for (const cipher of CIPHERS) {
  test(`${cipher}: what was sealed opens in its place, whatever it says`, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        assert.equal(
          open(keyOf(cipher), sealValue(keyOf(cipher), 'key1', 'customer/phone/7', value), 'customer/phone/7'),
          value,
        );
      }),
    );
  });

  test(`${cipher}: one changed bit of nonce, ciphertext or tag, and it opens no more`, () => {
    const key = keyOf(cipher);
    const sealed = readSealed(sealValue(key, 'key1', 'customer/phone/7', '13800010001'))!;
    for (const part of ['nonce', 'body'] as const) {
      for (let bit = 0; bit < sealed[part].length * 8; bit++) {
        const flipped = Buffer.from(sealed[part]);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        assert.throws(() => openValue(key, { ...sealed, [part]: flipped }, 'customer/phone/7'), /altered or moved/);
      }
    }
  });

  test(`${cipher}: it opens in no other row, column, table, with no other key, salt or key id`, () => {
    const text = sealValue(keyOf(cipher), 'key1', 'customer/phone/7', '13800010001');
    for (const place of ['customer/phone/8', 'customer/email/7', 'user/phone/7', 'customer/phone/77']) {
      assert.throws(() => open(keyOf(cipher), text, place), /altered or moved/);
    }
    const wrong = [
      deriveKey(cipher, other, salt, 'person/customer'),
      deriveKey(cipher, secret, randomBytes(16), 'person/customer'),
      deriveKey(cipher, secret, salt, 'person/user'),
      keyOf(cipher === 'aes' ? 'sm4' : 'aes'),
    ];
    for (const key of wrong) assert.throws(() => open(key, text, 'customer/phone/7'), /altered or moved/);
    assert.throws(() => open(keyOf(cipher), text.replace('.key1.', '.key2.'), 'customer/phone/7'), /altered or moved/);
  });

  test(`${cipher}: a value sealed twice looks different, in the form v1.letter.key.nonce.content`, () => {
    const texts = Array.from({ length: 5_000 }, () => sealValue(keyOf(cipher), 'key1', 'p', 'same'));
    assert.equal(new Set(texts.map((text) => text.split('.')[3])).size, texts.length);
    assert.match(texts[0]!, /^v1\.[as]\.key1\.[\w-]{16,22}\.[\w-]+$/);
  });
}

test('texts that are no sealed values are told from them', () => {
  for (const text of [
    '',
    '13800010001',
    'v1.x.key1.AAAAAAAAAAAAAAAA.AAAA',
    'v2.a.key1.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA',
  ])
    assert.equal(readSealed(text), undefined);
});

test('the same number in its many writings has one blind index', () => {
  const same: [Parameters<typeof normalised>[0], string[]][] = [
    [
      'phone',
      [
        '13800010001',
        '+86 138 0001 0001',
        '+8613800010001',
        '0086-138-0001-0001',
        '１３８０００１０００１',
        ' 138-0001-0001 ',
      ],
    ],
    [
      'id_number',
      [
        '11010519491231002X',
        '11010519491231002x',
        '110105 19491231 002X',
        '１１０１０５１９４９１２３１００２Ｘ',
        '110105491231002',
      ],
    ],
    ['email', ['A.B@Example.com', ' a.b@example.com']],
  ];
  for (const [form, writings] of same) {
    assert.equal(new Set(writings.map((value) => blindIndex(secret, 'key1', form, value))).size, 1, writings.join());
  }
  assert.notEqual(
    blindIndex(secret, 'key1', 'phone', '13800010001'),
    blindIndex(other, 'key1', 'phone', '13800010001'),
  );
  assert.notEqual(
    blindIndex(secret, 'key1', 'phone', '13800010001'),
    blindIndex(secret, 'key1', 'phone', '13800010002'),
  );
  // 128 bits and the key's id, nothing of the value.
  assert.match(blindIndex(secret, 'key1', 'phone', '13800010001'), /^key1\.[\w-]{22}$/);
});
