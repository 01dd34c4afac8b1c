// What the home page says, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Сьогодні',
  'as-of': 'станом на {time}',
  'placed': 'Замовлень',
  'revenue': 'Виторг',
  'basket': 'Середній кошик',
  'yesterday': 'учора на цей час: {value}',
  'states': 'Де сьогоднішні замовлення',
  'hours': 'За годинами',
  'waiting': 'Робота, що чекає',
  'calls': { one: '{n} дзвінок', few: '{n} дзвінки', many: '{n} дзвінків', other: '{n} дзвінка' },
  'calls.overdue': { one: 'з них прострочено {n}', other: 'з них прострочено {n}' },
  'incidents': {
    one: '{n} процедура зупинилась',
    few: '{n} процедури зупинились',
    many: '{n} процедур зупинилось',
    other: '{n} процедури зупинилось',
  },
  'troubles': {
    one: '{n} сервісу щось заважає',
    few: '{n} сервісам щось заважає',
    many: '{n} сервісам щось заважає',
    other: '{n} сервісу щось заважає',
  },
  'open': {
    one: '{n} замовлення видати',
    few: '{n} замовлення видати',
    many: '{n} замовлень видати',
    other: '{n} замовлення видати',
  },
  'nothing': 'Нічого не чекає',
  'hour': '{hour}:00 – замовлень: {n}, {value}',
  'welcome': 'Вітаємо, {name}',
  'none': 'Для вашої ролі тут нічого немає',
  'none.text': 'Запитайте керівника, які робочі місця вам потрібні.',
};
