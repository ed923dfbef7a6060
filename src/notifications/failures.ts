import { failures } from '#kernel';

export const kinds = failures('notifications', {
  not_found: { status: 404, zh: '没有这条通知', en: 'there is no such notification' },
});
