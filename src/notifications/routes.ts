import { z } from 'zod';
import type { Context } from '#access';
import { type Route, route } from '#http';
import { LEVELS } from './notify.ts';
import { countUnread, markAllRead, markRead, readNotifications } from './read.ts';

const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
/** Where a page begins: the instant and the id of the last one before. */
const place = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z_[1-9]\d{0,18}$/, 'take it from `next` of the page before');

const notification = z.object({
  id: z.string(),
  at: z.string(),
  level: z.enum(LEVELS),
  title: z.string(),
  text: z.string().nullable(),
  withheld: z.boolean(),
  customer: z.object({ id: z.string(), label: z.string().nullable() }).nullable(),
  path: z.string().nullable(),
  rule: z.string().nullable(),
  readAt: z.string().nullable(),
});

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/notifications',
    permission: 'signed_in',
    summary: { zh: '本人的通知，新的在前', en: 'Own notifications, newest first' },
    tag: 'notifications',
    query: z.strictObject({ unread: z.enum(['true', 'false']).default('false'), after: place.optional() }),
    output: z.object({ items: z.array(notification), next: z.string().nullable() }),
    handler: async (ctx: Context, { query }) => {
      const [at, last] = query.after?.split('_') ?? [];
      return await readNotifications(ctx, {
        unread: query.unread === 'true',
        after: at && last ? { at, id: last } : null,
      });
    },
  }),
  route({
    method: 'GET',
    path: '/api/notifications/count',
    permission: 'signed_in',
    summary: { zh: '本人未读通知的数量', en: 'How many notifications are unread' },
    tag: 'notifications',
    output: z.object({ unread: z.int(), urgent: z.int(), capped: z.boolean() }),
    handler: (ctx: Context) => countUnread(ctx),
  }),
  route({
    method: 'POST',
    path: '/api/notifications/:id/read',
    permission: 'signed_in',
    summary: { zh: '把一条通知标记为已读或未读', en: 'Mark a notification as read or unread' },
    tag: 'notifications',
    params: z.strictObject({ id }),
    body: z.strictObject({ read: z.boolean().default(true) }),
    output: z.undefined(),
    status: 204,
    handler: (ctx: Context, { params, body }) => markRead(ctx, params.id, body.read),
  }),
  route({
    method: 'POST',
    path: '/api/notifications/read',
    permission: 'signed_in',
    summary: { zh: '把本人的全部通知标记为已读', en: 'Mark all own notifications as read' },
    tag: 'notifications',
    output: z.object({ marked: z.int() }),
    handler: async (ctx: Context) => ({ marked: await markAllRead(ctx) }),
  }),
];
