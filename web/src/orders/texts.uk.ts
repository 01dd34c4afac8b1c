// What the orders workspace says, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Замовлення',
  'search': 'Номер або клієнт',
  'number': 'Номер',
  'placed': 'Оформлено',
  'state': 'Стан',
  'payment': 'Оплата',
  'total': 'Разом',
  'empty': 'Замовлень ще немає',
  'empty.text': 'Вони з’являться тут самі, щойно хтось оформить перше.',
  'order': 'Замовлення {number}',
  'lines': 'Рядки',
  'product': 'Товар',
  'quantity': 'Кількість',
  'price': 'Ціна',
  'money': 'Гроші',
  'goods': 'Товари',
  'delivery': 'Доставка',
  'due': 'Ще до сплати',
  'customer': 'Клієнт',
  'cancel': 'Скасувати замовлення',
  'cancel.text': 'Його товари знову стануть доступними, а зарезервовані гроші звільняться. Повернути це не можна.',
  'cancel.reason': 'Причина',
  'reason.customer': 'Так хоче клієнт',
  'reason.unreachable': 'Клієнт недоступний',
  'reason.fraud': 'Підозра на шахрайство',
  'reason.other': 'Інше',
  'cancelled': 'Замовлення {number} скасовано',
};
