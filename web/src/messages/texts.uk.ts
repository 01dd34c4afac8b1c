// What the messages pages says, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Повідомлення',
  'order.number': 'Замовлення {number}',
  'sending': 'Як надіслано',
  'text': 'Текст',
  'order': 'Замовлення',
  'to': 'Кому',
  'subject': 'Тема',
  'state': 'Стан',
  'template': 'Вид',
  'when': 'Коли',
  'state.waiting': 'Чекає',
  'state.sent': 'Надіслано',
  'state.failed': 'Не вдалося',
  'state.skipped': 'Не потрібно',
  'empty': 'Повідомлень ще немає',
  'empty.text': 'Клієнтам пишуть, коли замовлення прийнято, готове, у дорозі чи скасоване.',
  'back': 'Повідомлення',
  'again': 'Надіслати ще раз',
  'again.done': 'Надіслано ще раз',
  'attempts': 'Спроби',
  'reason': 'Чому не надіслано',
  'template.order_placed': 'Підтвердження',
  'template.ready_for_pick_up': 'Можна забрати',
  'template.on_its_way': 'У дорозі',
  'template.order_cancelled': 'Скасування',
  'template.not_ready_yet': 'Ще не готове',
  'template.order_returned': 'Повертається',
  'template.invoice': 'Рахунок',
};
