import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { Failure } from '#kernel';
import { projectFolder, readConfig } from './config.ts';

test('without settings: this machine only, port 7300, data below the project', () => {
  assert.deepEqual(readConfig({ PORT: '', HOST: ' ' }), {
    host: '127.0.0.1',
    port: 7300,
    databaseUrl: undefined,
    home: path.join(projectFolder, '.tongguan'),
    keys: path.join(projectFolder, '.tongguan', 'keys'),
    masterPassphrase: undefined,
    dataCipher: 'aes',
    auditWitness: undefined,
    secureCookies: false,
    publicOrigin: 'http://localhost:7300',
    trustedProxies: [],
    metricsToken: undefined,
  });
});

test('every setting is honoured', () => {
  const environment = {
    PORT: '8080',
    HOST: '0.0.0.0',
    DATABASE_URL: 'postgres://a:b@c/d',
    TONGGUAN_HOME: '/var/tongguan/../data',
    TONGGUAN_SECURE_COOKIES: '1',
    PUBLIC_ORIGIN: 'https://crm.bank.example/',
    TRUSTED_PROXIES: '10.0.0.5, 10.1.0.0/16,::1',
    METRICS_TOKEN: 'scrape-me',
    TONGGUAN_KEYS: '/mnt/keys',
    DATA_CIPHER: 'sm4',
    AUDIT_WITNESS: '/mnt/roots',
  };
  assert.deepEqual(readConfig(environment), {
    host: '0.0.0.0',
    port: 8080,
    databaseUrl: 'postgres://a:b@c/d',
    home: path.resolve('/var/data'),
    keys: path.resolve('/mnt/keys'),
    masterPassphrase: undefined,
    dataCipher: 'sm4',
    auditWitness: '/mnt/roots',
    secureCookies: true,
    publicOrigin: 'https://crm.bank.example',
    trustedProxies: ['10.0.0.5', '10.1.0.0/16', '::1'],
    metricsToken: 'scrape-me',
  });
});

test('a wrong setting is named with what it may be', () => {
  for (const environment of [
    { PORT: '0' },
    { PORT: '70000' },
    { PORT: '80a' },
    { TONGGUAN_SECURE_COOKIES: 'yes' },
    { DATA_CIPHER: 'des' },
    { PUBLIC_ORIGIN: 'crm.bank.example' },
    { PUBLIC_ORIGIN: 'https://crm.bank.example/app' },
    { TRUSTED_PROXIES: 'proxy.internal' },
    { TRUSTED_PROXIES: '10.0.0.0/33' },
  ]) {
    assert.throws(
      () => readConfig(environment),
      (error) => {
        assert.ok(error instanceof Failure && error.kind.code === 'server.invalid_setting');
        const [[name, value]] = Object.entries(environment) as [[string, string]];
        assert.ok(error.text('zh').includes(name) && error.text('en').includes(value));
        return true;
      },
    );
  }
});
