import { createHmac, randomBytes } from 'node:crypto';

/** A new secret, as Standard Webhooks writes it: 192 random bits in base64 behind `whsec_`. */
export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/**
 * The headers of one delivery, by Standard Webhooks 1.0: the receiver computes HMAC-SHA256 over `id.timestamp.body` with the secret and
 * compares; an old timestamp is a replay, a known id a repetition.
 */
export function signedHeaders(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': 'tongguan',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
    'idempotency-key': id,
  };
}
