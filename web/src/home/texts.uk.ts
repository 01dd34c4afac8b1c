// What the home page says, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Сьогодні',
  'placed': 'Замовлень',
  'revenue': 'Виторг',
  'basket': 'Середній кошик',
  'yesterday': 'учора на цей час: {value}',
  'states': 'Де сьогоднішні замовлення',
  'hours': 'За годинами',
  'waiting': 'Робота, що чекає',
  'hour': '{hour}:00 – замовлень: {n}, {value}',
  'welcome': 'Вітаємо, {name}',
  'none': 'Для вашої ролі тут нічого немає',
  'none.text': 'Запитайте керівника, які робочі місця вам потрібні.',
  'calls': 'Зателефонувати',
  'calls.overdue': {
    one: '{n} прострочений',
    few: '{n} прострочені',
    many: '{n} прострочених',
    other: '{n} простроченого',
  },
  'picks': 'Зібрати й запакувати',
  'picks.leaving': { one: '{n} видати', few: '{n} видати', many: '{n} видати', other: '{n} видати' },
  'picks.back': {
    one: '{n} повернути на місце',
    few: '{n} повернути на місця',
    many: '{n} повернути на місця',
    other: '{n} повернути на місця',
  },
  'stops': 'Доставити',
  'stops.again': { one: '{n} ще раз', few: '{n} ще раз', many: '{n} ще раз', other: '{n} ще раз' },
  'open': 'Підтверджено, не видано',
  'open.placed': {
    one: '{n} ще не підтверджене',
    few: '{n} ще не підтверджені',
    many: '{n} ще не підтверджених',
    other: '{n} ще не підтвердженого',
  },
  'incidents': 'Процедури, що зупинились',
  'incidents.none': 'усе рухається',
  'incidents.look': 'перегляньте',
  'troubles': 'Сервіси, яким щось заважає',
};
